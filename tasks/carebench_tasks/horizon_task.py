"""What all tasks of the kind "dead by a horizon?" do alike: load, cut, and say the truth.

Separate from the tasks so that each of them is a declaration with a data card, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from carebench import Split, Task, Truth

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.cohorts.declaration import Cohort, Patients
    from carebench_tasks.horizon import Horizon, Outcome

    Rows = NDArray[np.int64]

SHARED_MODULES = (
    "carebench_tasks.cohorts.declaration",
    "carebench_tasks.data.survset",
    "carebench_tasks.folds",
    "carebench_tasks.horizon",
    "carebench_tasks.horizon_task",
)
LOST = 2


class HorizonTask(Task):
    """Death by a horizon in one cohort, tested on each fifth of it in turn.

    Attributes:
        population: who is studied.
        horizon: how long they are followed.
    """

    family = "mortality"
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "folds"
    libraries = ("SurvSet",)
    population: ClassVar[Cohort]
    horizon: ClassVar[Horizon]

    def split(self, seed: int) -> Split:
        """Train on the four other folds, patients with a known outcome only; test on all of this one."""
        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        inputs = patients.columns.drop(columns=self._other_comparators())
        return Split(
            train=_take(inputs, train), test=_take(inputs, test), reveals={"y": outcome.event[train]}
        )

    def truth(self, seed: int) -> Truth:
        """Event and weight of the test rows, in their order, with the Kaplan-Meier risk among them."""
        from carebench_tasks.cohorts.declaration import labels
        from carebench_tasks.horizon import kaplan_meier_risk

        patients, outcome = self._patients()
        _, test = self._cut(seed, patients, outcome)
        columns = _take(patients.columns, test)
        risk = kaplan_meier_risk(self.horizon, patients.time[test], patients.event[test])
        return Truth(
            units=patients.units[test],
            answers={"event": outcome.event[test], "weight": outcome.weight[test]},
            groups={subgroup.name: labels(subgroup, columns) for subgroup in self.population.subgroups},
            facts={"km_risk": risk},
        )

    def _patients(self) -> tuple[Patients, Outcome]:
        from carebench_tasks.cohorts.declaration import load
        from carebench_tasks.horizon import outcome

        patients = load(self.population)
        return patients, outcome(self.horizon, patients.time, patients.event, self.name)

    def _cut(self, seed: int, patients: Patients, outcome: Outcome) -> tuple[Rows, Rows]:
        """Rows to train on and rows to test on, both in a hashed order."""
        import numpy as np

        from carebench_tasks.folds import assign, repeat_and_fold, shuffled

        repeat, tested = repeat_and_fold(seed)
        strata = np.where(outcome.known, outcome.event, LOST).astype(np.int8)
        fold = assign(patients.units, strata, self.name, self.version, repeat=repeat)
        train = np.flatnonzero((fold != tested) & outcome.known)
        test = np.flatnonzero(fold == tested)
        names = (self.name, self.version, seed)
        return shuffled(train, "training order", *names), shuffled(test, "test order", *names)

    def _other_comparators(self) -> list[str]:
        return [name for name in self.population.comparators if name not in self.comparators]


def _take(columns: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    return columns.iloc[rows].reset_index(drop=True)
