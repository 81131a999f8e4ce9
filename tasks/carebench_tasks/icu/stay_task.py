"""What all tasks of the kind "dead in hospital, from what was known at a cutoff?" do alike: cut, and say the truth.

Separate from the tasks so that each is a declaration with a data card, and from the loaders, which know no question. Both
modalities come from the same stays in the same order: a table of summaries, and the measurements themselves.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from carebench import Split, Task, Truth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench_tasks.icu.stays import Stays

    Rows = NDArray[np.int64]

STAY_MODULES = (
    "carebench_tasks.cohorts.declaration",
    "carebench_tasks.data.files",
    "carebench_tasks.folds",
    *(f"carebench_tasks.icu.{name}" for name in ("plausible", "stay_task", "stays", "summaries")),
)


class StayTask(Task):
    """Death in hospital among intensive-care stays, from the first 48 hours.

    Attributes:
        subgroups: the attributes of the stays by which figures are shown.
    """

    family = "mortality"
    modalities: ClassVar[tuple[str, ...]] = ("tabular", "series")
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "folds"
    demographics: ClassVar[tuple[str, ...]] = ("age", "sex")
    subgroups: ClassVar[tuple[str, ...]] = ("age", "sex", "unit")

    @abstractmethod
    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """The stays to train on and those to test on, each in an order that tells nothing."""

    def split(self, seed: int) -> Split:
        """Tables with the declared scores beside the summaries, and series."""
        import pandas as pd

        from carebench_tasks.icu.stays import table

        train, test = self.parts(seed)
        tables = [
            pd.concat([table(part), part.scores[list(self.comparators)]], axis=1) for part in (train, test)
        ]
        split = Split(train=tables[0], test=tables[1], reveals={"y": train.died})
        if "series" not in self.modalities:
            return split
        return replace(split, train_series=train.series, test_series=test.series)

    def truth(self, seed: int) -> Truth:
        """Death of the test stays, in their order; the unit is the patient."""
        import numpy as np

        train, test = self.parts(seed)
        seen = {"train_prevalence": float(train.died.mean())} if len(train) else {}
        point = seen.get("train_prevalence", float(test.died.mean()))
        return Truth(
            units=test.patients,
            answers={"event": test.died, "weight": np.ones(len(test))},
            groups={name: test.groups[name] for name in self.subgroups},
            facts={"operating_point": point, **seen},
        )

    def in_order(self, stays: Stays, purpose: str, *names: str | int) -> Stays:
        """The same stays in a hashed order."""
        import numpy as np

        from carebench_tasks.folds import shuffled

        return stays.take(shuffled(np.arange(len(stays)), purpose, self.name, self.version, *names))

    def folded(self, stays: Stays, seed: int) -> tuple[Stays, Stays]:
        """Four folds to train on and one to test, by patient, stratified by death."""
        import numpy as np

        from carebench_tasks.folds import assign, repeat_and_fold

        repeat, tested = repeat_and_fold(seed)
        fold = assign(stays.patients, stays.died, self.name, self.version, repeat=repeat)
        train, test = stays.take(np.flatnonzero(fold != tested)), stays.take(np.flatnonzero(fold == tested))
        return self.in_order(train, "training order", seed), self.in_order(test, "test order", seed)
