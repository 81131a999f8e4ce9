"""What all tasks of subpopulation shift do alike: groups seen in training, the worst one counted at test.

Separate from the tasks so that each is a declaration with a data card, and from mortality because rows are dealt by
group and the truth carries bootstrap replicates for a minimum over groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Truth
from carebench_tasks.horizon_task import LOST, HorizonTask, take

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.cohorts.declaration import Patients, Subgroup
    from carebench_tasks.horizon import Outcome
    from carebench_tasks.horizon_task import Rows

SUBPOPULATION_MODULES = ("carebench_tasks.shift.subpopulation",)


class SubpopulationTask(HorizonTask):
    """An event by a horizon, in groups that all take part in training.

    Attributes:
        grouping: one division, or several that are crossed.
        eligible: groups with at least 30 events and 30 non-events in every test part; the worst is one of them.
        parts: how many fifths of the cohort are tested at once.
    """

    family = "shift"
    grouping: ClassVar[tuple[Subgroup, ...]]
    eligible: ClassVar[tuple[str, ...]]
    parts: ClassVar[int] = 1

    def split(self, seed: int) -> Split:
        """Train on known outcomes of the other fifths; their groups are revealed as integers, in the order of names."""
        import numpy as np

        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        groups = group_labels(self.grouping, patients.columns)
        codes = np.unique(groups, return_inverse=True)[1].astype(np.int16)
        inputs = patients.columns.drop(columns=self._other_comparators())
        return Split(
            train=take(inputs, train),
            test=take(inputs, test),
            reveals={"y": outcome.event[train], "domain": codes[train]},
        )

    def truth(self, seed: int) -> Truth:
        """Event, weight, group and bootstrap replicates of the test rows, in their order."""
        import numpy as np

        patients, outcome = self._patients()
        _, test = self._cut(seed, patients, outcome)
        groups = group_labels(self.grouping, patients.columns)[test]
        truth = Truth(
            units=patients.units[test],
            answers={"event": outcome.event[test], "weight": outcome.weight[test]},
            groups={
                "group": groups,
                "eligible": np.where(np.isin(groups, self.eligible), groups, "").astype(np.str_),
            },
            facts=self._facts(patients, test),
        )
        return self._resampled(truth, patients, test)

    def _cut(self, seed: int, patients: Patients, outcome: Outcome) -> tuple[Rows, Rows]:
        """Rows to train on and to test on; which depends on cohort and seed alone, not on the task's name."""
        import numpy as np

        from carebench_tasks.folds import FOLDS, assign, repeat_and_fold, shuffled

        repeat, first = repeat_and_fold(seed)
        group = np.unique(group_labels(self.grouping, patients.columns), return_inverse=True)[1]
        strata = ((LOST + 1) * group + np.where(outcome.known, outcome.event, LOST)).astype(np.int8)
        names: tuple[str | int, ...] = (self.cohort, *(each.name for each in self.grouping), self.version)
        fold = assign(patients.units, strata, *names, repeat=repeat)
        tested = np.isin(fold, [(first + step) % FOLDS for step in range(self.parts)])
        train, test = np.flatnonzero(~tested & outcome.known), np.flatnonzero(tested)
        return shuffled(train, "training order", *names, seed), shuffled(test, "test order", *names, seed)


def group_labels(grouping: tuple[Subgroup, ...], columns: pd.DataFrame) -> NDArray[np.str_]:
    """The group of each row as text; crossed divisions are joined, as in "male, 65 and over"."""
    import numpy as np

    from carebench_tasks.cohorts.declaration import labels

    parts = [labels(each, columns) for each in grouping]
    return np.array([", ".join(row) for row in zip(*parts, strict=True)], dtype=np.str_)
