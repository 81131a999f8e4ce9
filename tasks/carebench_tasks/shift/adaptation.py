"""What all tasks of adaptation do alike: a labelled source, a target of which some patients lend their inputs alone.

Separate from generalisation, where nothing of the target is seen. Who lends inputs is never tested, and diagnostic
siblings, of generalisation too, train on those same patients with their answers: what could be known if somebody had looked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from carebench_tasks.families.shifted import UNLABELLED_ANSWERS
from carebench_tasks.horizon_task import take
from carebench_tasks.shift.generalisation import GENERALISATION_MODULES, GeneralisationTask

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench import Split
    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome
    from carebench_tasks.horizon_task import Rows

ADAPTATION_MODULES = (*GENERALISATION_MODULES, "carebench_tasks.shift.adaptation")
#: Fifths of the target whose inputs are given; the others are tested.
GIVEN = (3, 4)
SOURCE, TARGET = "source", "target"


class SetAside(GeneralisationTask):
    """An event by a horizon in a target of which two fifths are set aside, and the others tested.

    Attributes:
        labelled: `source`; for the diagnostic siblings `target` (trained on those set aside) or `source-same-n` (as many rows
            of the source), so that the two differ in where rows come from alone.
    """

    labelled: ClassVar[Literal["source", "target", "source-same-n"]] = "source"

    def _given(self, patients: Patients, outcome: Outcome) -> Rows:
        import numpy as np

        target = np.isin(self._domains(patients), list(self.tested))
        return self._ordered("given", target & np.isin(self._folds(patients, outcome), GIVEN))

    def _cut(self, seed: int, patients: Patients, outcome: Outcome) -> tuple[Rows, Rows]:
        """Rows to train on, and rows to test on: a fifth of the source, and those of the target that lend nothing."""
        import numpy as np

        del seed
        domains, fold = self._domains(patients), self._folds(patients, outcome)
        source, target = (np.isin(domains, list(part)) for part in (self.trained, self.tested))
        test = (source & (fold == 0)) | (target & ~np.isin(fold, GIVEN))
        seen = (source & (fold != 0)) & ~np.isin(patients.units, patients.units[test | target])
        given = self._given(patients, outcome)
        given = given[outcome.known[given] & ~np.isin(patients.units[given], patients.units[test])]
        train = self._ordered("training", seen & outcome.known)
        if self.labelled != SOURCE:
            size = min(len(train), len(given))
            train = (given if self.labelled == TARGET else train)[:size]
        return train, self._ordered("test", test)


class AdaptationTask(SetAside):
    """An event by a horizon in a target of which those set aside lend their inputs.

    Attributes:
        told: of so many of them the answer is told too, for recalibration; 0 but for diagnostic siblings.
    """

    family = "shift-adaptation"
    told: ClassVar[int] = 0
    tested: ClassVar[dict[str, tuple[str, ...]]] = {TARGET: ()}
    trained: ClassVar[dict[str, tuple[str, ...]]] = {SOURCE: ()}

    def split(self, seed: int) -> Split:
        """As for generalisation, with the inputs of two fifths of the target, and perhaps a few of their answers."""
        patients, outcome = self._patients()
        inputs = patients.columns.drop(columns=[*self._other_comparators(), *self.dropped])
        given, split = self._given(patients, outcome), super().split(seed)
        answers = {UNLABELLED_ANSWERS: self._told(given, outcome)} if self.told else {}
        return replace(split, unlabelled=take(inputs, given), reveals={**split.reveals, **answers})

    def _told(self, given: Rows, outcome: Outcome) -> NDArray[np.int8]:
        """Answers of the first rows whose outcome is known, -1 for all others; in the order of `given`."""
        import numpy as np

        answers = np.full(len(given), -1, np.int8)
        first = np.flatnonzero(outcome.known[given])[: self.told]
        answers[first] = outcome.event[given[first]]
        return answers


def uniforms(units: NDArray[np.uint64], *names: str | int) -> NDArray[np.float64]:
    """A number in (0, 1) for every row by hashing: equal units get one number, and ranks are evenly spaced."""
    import numpy as np

    from carebench import hashed_order

    distinct, place = np.unique(units, return_inverse=True)
    rank = np.empty(len(distinct))
    rank[hashed_order("uniform", *names, size=len(distinct))] = np.arange(len(distinct))
    return np.asarray(((rank + 0.5) / len(distinct))[place])
