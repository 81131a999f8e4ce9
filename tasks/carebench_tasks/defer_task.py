"""What all deferral tasks on survival cohorts do alike: load, cut, let the experts read, and say the truth.

Separate from the tasks so that each of them is a declaration with a data card. The cut follows from cohort, horizon and
seed alone, so that all readers of one cohort meet the same patients in the same folds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from carebench import Split, Truth, derive_seed
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask, take

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.experts.readers import Reader
    from carebench_tasks.horizon import Outcome

    Decisions = NDArray[np.int8]

#: An expert's decision that is not known.
UNKNOWN = -1
DEFER_MODULES = (
    *SHARED_MODULES,
    "carebench_tasks.defer_task",
    "carebench_tasks.experts.readers",
    "carebench_tasks.experts.reference",
)


class DeferTask(HorizonTask):
    """Death by a horizon in one cohort, read by a model and by one or more experts.

    Attributes:
        readers: the simulated experts, in the order in which answers number them.
        known: share of training rows of which each expert's decision is known.
        cost: what one hand-over to each expert costs, in errors.
        capacity: largest share of all patients that each expert takes.
    """

    family = "defer"
    readers: ClassVar[tuple[Reader, ...]]
    known: ClassVar[tuple[float, ...]] = (1.0,)
    cost: ClassVar[tuple[float, ...]] = (0.0,)
    capacity: ClassVar[tuple[float, ...]] = (1.0,)

    def split(self, seed: int) -> Split:
        """Train on the four other folds with the experts' decisions there; test on this one without."""
        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        inputs = self._inputs(patients)
        expert = self._forgotten(seed, self._decided(seed, patients, outcome))[train]
        reveals = {"y": outcome.event[train], "expert": expert}
        for name, values in (("cost", self.cost), ("capacity", self.capacity)):
            reveals[name] = np.tile(np.array(values, dtype=np.float64), (len(train), 1))
        return Split(train=take(inputs, train), test=take(inputs, test), reveals=reveals)

    def truth(self, seed: int) -> Truth:
        """Event, weight, experts' decisions and those of the frozen reference model, of the test rows in their order."""
        from carebench_tasks.experts.reference import reference_decisions
        from carebench_tasks.resampling import ResampledTruth, counts

        truth = super().truth(seed)
        patients, outcome = self._patients()
        train, test = self._cut(seed, patients, outcome)
        expert, inputs = self._decided(seed, patients, outcome)[test], self._inputs(patients)
        answers = {f"expert_{number}": column for number, column in enumerate(expert.T)}
        answers["reference"] = reference_decisions(
            take(inputs, train), outcome.event[train], take(inputs, test)
        )
        drawn = counts(truth.units) * np.asarray(truth.answers["weight"], dtype=np.float64)[:, None]
        return ResampledTruth(
            units=truth.units,
            answers={**truth.answers, **answers},
            groups=truth.groups,
            facts={**truth.facts, **self._declared()},
            replicates=truth.replicates if isinstance(truth, ResampledTruth) else drawn,
        )

    def _inputs(self, patients: Patients) -> pd.DataFrame:
        """What a model sees: no comparator, since a reader may follow one."""
        return patients.columns.drop(columns=list(self.population.comparators))

    def _decided(self, seed: int, patients: Patients, outcome: Outcome) -> Decisions:
        """What every expert says of every patient, shape (n, n_experts): one reading a repeat of the cross-validation."""
        from carebench_tasks.experts.readers import decisions
        from carebench_tasks.folds import repeat_and_fold

        repeat, _ = repeat_and_fold(seed)
        names = (self.population.name, f"{self.horizon.at:g}", repeat)
        said = [
            decisions(reader, patients.columns, outcome.event, *names, number)
            for number, reader in enumerate(self.readers)
        ]
        return np.column_stack(said)

    def _forgotten(self, seed: int, expert: Decisions) -> Decisions:
        """The same with `UNKNOWN` where a training decision was not kept, at random."""
        from carebench_tasks.folds import repeat_and_fold

        repeat, _ = repeat_and_fold(seed)
        draw = np.random.default_rng(derive_seed("kept decisions", self.name, self.version, repeat))
        return np.where(draw.random(expert.shape) < np.array(self.known), expert, UNKNOWN).astype(np.int8)

    def _declared(self) -> dict[str, float]:
        """Costs above 0 and capacities below 1 of the experts, as facts that go with every score."""
        facts = {f"cost_{number}": value for number, value in enumerate(self.cost) if value > 0}
        return facts | {
            f"capacity_{number}": value for number, value in enumerate(self.capacity) if value < 1
        }

    @property
    def _cut_names(self) -> tuple[str | int, ...]:
        return ("defer", self.population.dataset, f"{self.horizon.at:g}", self.version)
