"""What all tasks of new domains do alike: train in some domains, test in others, and on held-out rows of the first.

Separate from subpopulation shift, where every group is trained on. The test set is the same for every seed, so that all
patients of a new domain are tested; seeds vary the models alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Truth
from carebench_tasks.families.shift_generalisation import DOMAIN, IN, OUT, PART
from carebench_tasks.horizon_task import HorizonTask, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome
    from carebench_tasks.horizon_task import Rows

    Folds = Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]

GENERALISATION_MODULES = (
    "carebench_tasks.families.shift_generalisation",
    "carebench_tasks.shift.generalisation",
)


class GeneralisationTask(HorizonTask):
    """An event by a horizon, in domains that nobody was trained on.

    Attributes:
        domain: column that divides patients into domains; override `_levels` where it is no input.
        trained: domains trained on, each to the levels of the column that it holds.
        tested: new domains, each to its levels; with at least 30 events and 30 non-events.
        dropped: inputs that name the domain, and would be constant or unknown where it is tested.
    """

    family = "shift-generalisation"
    design = "fixed"
    domain: ClassVar[str] = ""
    trained: ClassVar[dict[str, tuple[str, ...]]]
    tested: ClassVar[dict[str, tuple[str, ...]]]
    dropped: ClassVar[tuple[str, ...]] = ()

    def split(self, seed: int) -> Split:
        """Train on four fifths of the domains trained on; the domain of each row is revealed as an integer."""
        import numpy as np

        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        codes = np.unique(self._domains(patients)[train], return_inverse=True)[1].astype(np.int16)
        inputs = patients.columns.drop(columns=[*self._other_comparators(), *self.dropped])
        return Split(
            train=take(inputs, train),
            test=take(inputs, test),
            reveals={"y": outcome.event[train], "domain": codes},
        )

    def truth(self, seed: int) -> Truth:
        """Event, weight and domain of the test rows, in their order."""
        import numpy as np

        patients, outcome = self._patients()
        _, test = self._cut(seed, patients, outcome)
        domains = self._domains(patients)[test]
        inside = np.isin(domains, list(self.trained))
        truth = Truth(
            units=patients.units[test],
            answers={"event": outcome.event[test], "weight": outcome.weight[test]},
            groups={
                DOMAIN: np.where(inside, "", domains).astype(np.str_),
                PART: np.where(inside, IN, OUT).astype(np.str_),
            },
        )
        return self._resampled(truth, patients, test) if self.is_resampled else truth

    def inner_folds(self, split: Split, seed: int) -> Folds | None:
        """Tuning leaves one training domain out in turn: selection is on domains that a trial did not see."""
        del seed
        return leave_one_domain_out(split)

    def _domains(self, patients: Patients) -> NDArray[np.str_]:
        """The domain of each row, empty for those that take no part."""
        return named_domains(self._levels(patients), {**self.trained, **self.tested})

    def _levels(self, patients: Patients) -> Sequence[str]:
        """The level of each row that decides its domain, in the order of the source's rows."""
        return [str(level) for level in patients.columns[self.domain]]

    def _cut(self, seed: int, patients: Patients, outcome: Outcome) -> tuple[Rows, Rows]:
        """Rows to train on and to test on; a patient tested in one domain is trained on in none."""
        import numpy as np

        del seed
        domains, fold = self._domains(patients), self._folds(patients, outcome)
        source = np.isin(domains, list(self.trained))
        test = np.isin(domains, list(self.tested)) | (source & (fold == 0))
        train = source & ~test & outcome.known & ~np.isin(patients.units, patients.units[test])
        return self._ordered("training", train), self._ordered("test", test)

    def _folds(self, patients: Patients, outcome: Outcome) -> NDArray[np.int64]:
        """The fifth of every row, stratified by outcome; it depends on the cohort, not on the task's name."""
        from carebench_tasks.folds import assign

        return assign(patients.units, outcome.event, self.cohort, "domains", repeat=0)

    def _ordered(self, part: str, mask: NDArray[np.bool_]) -> Rows:
        import numpy as np

        from carebench_tasks.folds import shuffled

        return shuffled(np.flatnonzero(mask), f"{part} order", self.cohort, "domains")


def named_domains(levels: Sequence[str], domains: dict[str, tuple[str, ...]]) -> NDArray[np.str_]:
    """The domain that each level belongs to, empty where none."""
    import numpy as np

    home = {level: name for name, held in domains.items() for level in held}
    return np.array([home.get(str(level), "") for level in levels], dtype=np.str_)


def leave_one_domain_out(split: Split) -> Folds | None:
    """Inner folds: each training domain judged once by what was fitted on the others; None where there is one alone."""
    import numpy as np

    domain = split.reveals["domain"]
    codes = np.unique(domain)
    if len(codes) < 2:
        return None
    return [(np.flatnonzero(domain != code), np.flatnonzero(domain == code)) for code in codes]
