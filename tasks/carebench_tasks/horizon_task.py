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
    "carebench_tasks.resampling",
)
LOST = 2
#: Where a larger share is lost before the horizon, intervals come from a bootstrap (PROTOCOL, section 2).
NEGLIGIBLE_LOSS = 0.01


class HorizonTask(Task):
    """Death by a horizon in one cohort, tested on each fifth of it in turn.

    Attributes:
        population: who is studied.
        horizon: how long they are followed.
        operating_point: the risk from which a patient is called, where a cited guideline names one; None for the share
            of deaths that the horizon declares: called is whose risk is above the average.
    """

    family = "mortality"
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "folds"
    libraries: ClassVar[tuple[str, ...]] = ("SurvSet",)
    population: ClassVar[Cohort]
    horizon: ClassVar[Horizon]
    operating_point: ClassVar[float | None] = None

    def split(self, seed: int) -> Split:
        """Train on the four other folds, patients with a known outcome only; test on all of this one.

        Follow-up of the training rows is revealed beside their outcomes, and patients of these folds who were lost before
        the horizon go along unlabelled, with the time of their loss, for methods that can use them.
        """
        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        inputs = patients.columns.drop(columns=self._other_comparators())
        lost = self._lost(seed, outcome, test)
        unlabelled = {"unlabelled_time": patients.time[lost]} if len(lost) else {}
        return Split(
            train=take(inputs, train),
            test=take(inputs, test),
            reveals={"y": outcome.event[train], **self._follow_up(patients, train), **unlabelled},
            unlabelled=take(inputs, lost) if len(lost) else None,
        )

    def truth(self, seed: int) -> Truth:
        """Event and weight of the test rows, in their order, with the risk that Kaplan and Meier give among them.

        Where more than 1 % of the cohort are lost, bootstrap replicates of the weights go with them.
        """
        from carebench_tasks.cohorts.declaration import labels

        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        columns = take(patients.columns, test)
        truth = Truth(
            units=patients.units[test],
            answers={"event": outcome.event[test], "weight": outcome.weight[test]},
            groups={subgroup.name: labels(subgroup, columns) for subgroup in self.population.subgroups},
            facts={**self._facts(patients, test), **self._decisions(outcome.event[train])},
        )
        return self._resampled(truth, patients, test) if self.is_resampled else truth

    @property
    def is_resampled(self) -> bool:
        """Whether intervals come from a bootstrap: so many are lost that their weights are uncertain too."""
        horizon = self.horizon
        return (
            horizon.censored_are == "weighted" and horizon.censored > NEGLIGIBLE_LOSS * self.population.rows
        )

    def _facts(self, patients: Patients, test: Rows) -> dict[str, float]:
        """The Kaplan-Meier risk; none where discharge ends follow-up, since those at home are not lost."""
        from carebench_tasks.horizon import kaplan_meier_risk

        if self.horizon.censored_are == "discharged":
            return {}
        return {"km_risk": kaplan_meier_risk(self.horizon, patients.time[test], patients.event[test])}

    def _decisions(self, trained: NDArray[np.int8]) -> dict[str, float]:
        """What the family's measures of decisions need: where the task decides, and how frequent events are in training."""
        from carebench_tasks.metrics.clinical import OPERATING_POINT, TRAIN_PREVALENCE

        if self.family != "mortality":
            return {}
        average = self.horizon.events / self.population.rows
        found = {OPERATING_POINT: average if self.operating_point is None else self.operating_point}
        return found | ({TRAIN_PREVALENCE: float(trained.mean())} if len(trained) else {})

    def _resampled(self, truth: Truth, patients: Patients, test: Rows) -> Truth:
        from dataclasses import fields

        from carebench_tasks.horizon import resampled_weights
        from carebench_tasks.resampling import ResampledTruth, counts

        drawn = counts(patients.units)
        kept = {field.name: getattr(truth, field.name) for field in fields(truth)}
        if self.horizon.censored_are != "weighted":
            return ResampledTruth(**kept, replicates=drawn[test].astype("float64"))
        return ResampledTruth(
            **kept, replicates=resampled_weights(self.horizon, patients.time, patients.event, drawn, test)
        )

    def _follow_up(self, patients: Patients, rows: Rows) -> dict[str, NDArray[np.generic]]:
        """Time, whether death was seen then, which may be after the horizon, and the horizon; nothing of a stay in hospital.

        Its end alive is an outcome there, and no loss, so that its times are none of follow-up.
        """
        import numpy as np

        if self.horizon.censored_are == "discharged":
            return {}
        horizon = np.full(len(rows), self.horizon.at, dtype=np.float64)
        return {"time": patients.time[rows], "event": patients.event[rows], "horizon": horizon}

    def _lost(self, seed: int, outcome: Outcome, test: Rows) -> Rows:
        """Rows outside the test whose state at the horizon is unknown, in a hashed order."""
        import numpy as np

        from carebench_tasks.folds import shuffled

        if self.design == "all-rows":
            return np.empty(0, dtype=np.int64)
        outside = np.setdiff1d(np.flatnonzero(~outcome.known), test)
        return shuffled(outside, "lost order", *self._cut_names, seed)

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
        fold = assign(patients.units, strata, *self._cut_names, repeat=repeat)
        train = np.flatnonzero((fold != tested) & outcome.known)
        test = np.flatnonzero(fold == tested)
        names = (*self._cut_names, seed)
        return shuffled(train, "training order", *names), shuffled(test, "test order", *names)

    @property
    def _cut_names(self) -> tuple[str | int, ...]:
        """What the cut follows from, beside the seed; tasks that share it share their folds."""
        return (self.name, self.version)

    def _other_comparators(self) -> list[str]:
        return [name for name in self.population.comparators if name not in self.comparators]


def take(columns: pd.DataFrame, rows: Rows) -> pd.DataFrame:
    """Some rows, numbered anew from 0."""
    return columns.iloc[rows].reset_index(drop=True)
