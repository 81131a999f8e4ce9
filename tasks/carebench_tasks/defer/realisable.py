"""A simulated question that a linear model and a linear order of handing over answer without any error.

Separate from the cohorts because nothing here is clinical: it is the setting in which theory says who can be beaten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from carebench import Split, Task, Truth, derive_seed
from carebench_tasks.cards import SharedCardEnd

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class World:
    """One draw: n rows of d inputs.

    Attributes:
        x: shape (n, d), uniform on 0 to 1.
        y: shape (n,), 0 or 1.
        human: shape (n,), what the expert says.
        hand_over: shape (n,), on which side of the true line of handing over each row lies.
    """

    x: Floats
    y: NDArray[np.int8]
    human: NDArray[np.int8]
    hand_over: NDArray[np.bool_]


def simulate(rows: int, inputs: int, human_error: float, seed: int) -> World:
    """Draw a world in which the best possible system error is 0.

    x is uniform on [0, 1]^d. A random line r.x > t hands over a share q of all rows, q uniform on 20 to 80 %, t the quantile
    of r.x; another random line a.x > s (s the median) is the classifier. Where nobody is handed over, y = [a.x > s], and the
    human is right with probability 1 - `human_error`. Where rows are handed over, y is a fair coin and the human is right.
    The entries of r and a are uniform on -1 to 1.

    Source: Mozannar, Lang, Wei, Sattigeri, Das, Sontag 2023, AISTATS (realisable linear setting).
    """
    draw = np.random.default_rng(seed)
    x = draw.random((rows, inputs))
    reject, classify = (x @ draw.uniform(-1, 1, inputs) for _ in range(2))
    hand_over = reject > np.quantile(reject, 1 - draw.uniform(0.2, 0.8))
    y = np.where(hand_over, draw.random(rows) < 0.5, classify > np.median(classify))
    wrong = ~hand_over & (draw.random(rows) < human_error)
    return World(x=x, y=y.astype(np.int8), human=(y ^ wrong).astype(np.int8), hand_over=hand_over)


#: How the card of both tasks ends.
CARD_END = """Left out: nothing.

Source: drawn here after Mozannar et al. 2023; no data.

Access: open.

Licence: Apache-2.0, as carebench.

Citation: Mozannar H, Lang H, Wei D, Sattigeri P, Das S, Sontag D. Who should predict? Exact algorithms for learning to
defer to humans. AISTATS 2023, PMLR 206."""


class RealisableLinear(SharedCardEnd, Task):
    """Thirty numbers, a label and an expert, so made that a line to classify and a line to hand over make no error.

    Input: x1 to x30, uniform on 0 to 1. Expert: always right where the line of handing over puts the row, there the label is
    a fair coin; right in 70 % elsewhere, there the label follows a line. Every seed draws new lines and rows.

    Answer: the label, and which rows to hand over. The best possible system error is 0 at the share that the line hands over, 20 to 80 %.

    Cohort: simulated: 1,000 rows to train on and 2,000 to test on.
    """

    card_end = CARD_END
    family = "defer"
    name = "defer/realisable-linear"
    title = "Realisable linear deferral: the best system error is 0"
    cohort = "realisable-linear"
    flags: ClassVar[tuple[str, ...]] = (
        "simulated: no patients",
        "every seed is a new draw of lines and rows",
    )
    source = "simulated by carebench after Mozannar et al. 2023"
    citation = (
        "Mozannar H, Lang H, Wei D, Sattigeri P, Das S, Sontag D. Who should predict? Exact algorithms for learning to "
        "defer to humans. AISTATS 2023, PMLR 206:10520-10545."
    )
    modules = (
        "carebench_tasks.cohorts.declaration",
        "carebench_tasks.defer.realisable",
        "carebench_tasks.experts.reference",
        "carebench_tasks.resampling",
    )
    inputs: ClassVar[int] = 30
    training_rows: ClassVar[int] = 1000
    test_rows: ClassVar[int] = 2000
    human_error: ClassVar[float] = 0.3

    def split(self, seed: int) -> Split:
        """The first rows of a world to train on, the others to test on."""
        world, table = self._world(seed)
        rows = self.training_rows
        ones = np.ones((rows, 1))
        return Split(
            train=table.iloc[:rows].reset_index(drop=True),
            test=table.iloc[rows:].reset_index(drop=True),
            reveals={
                "y": world.y[:rows],
                "expert": world.human[:rows, None],
                "cost": 0 * ones,
                "capacity": ones,
            },
        )

    def truth(self, seed: int) -> Truth:
        """Label, expert and reference model on the test rows; the share that the true line hands over as a fact."""
        from carebench_tasks.experts.reference import reference_decisions
        from carebench_tasks.resampling import ResampledTruth, counts

        world, table = self._world(seed)
        rows = self.training_rows
        units = self._units(seed)
        return ResampledTruth(
            units=units,
            answers={
                "event": world.y[rows:],
                "weight": np.ones(self.test_rows),
                "expert_0": world.human[rows:],
                "reference": reference_decisions(table.iloc[:rows], world.y[:rows], table.iloc[rows:]),
            },
            facts={"best_rate": float(world.hand_over[rows:].mean())},
            replicates=counts(units).astype(np.float64),
        )

    def _world(self, seed: int) -> tuple[World, pd.DataFrame]:
        import pandas as pd

        total = self.training_rows + self.test_rows
        drawn = derive_seed("simulate", self.name, self.version, seed)
        world = simulate(total, self.inputs, self.human_error, drawn)
        return world, pd.DataFrame(world.x, columns=[f"x{number + 1}" for number in range(self.inputs)])

    def _units(self, seed: int) -> NDArray[np.uint64]:
        """Simulated rows are nobody's: ids that no other seed shares."""
        from carebench_tasks.cohorts.declaration import unit_ids

        return unit_ids(self.cohort, (f"{seed} {row}" for row in range(self.test_rows)))


class RealisablePlane(RealisableLinear):
    """The same with two numbers, few enough for an exact search.

    Input: x1 and x2, uniform on 0 to 1. Expert: as in `defer/realisable-linear`. Every seed draws new lines and rows.

    Answer: the label, and which rows to hand over. The best possible system error is 0.

    Cohort: simulated: 1,000 rows to train on and 2,000 to test on.
    """

    name = "defer/realisable-plane"
    title = "Realisable linear deferral in two dimensions: the best system error is 0"
    inputs = 2
