"""`permutations`: the permutation test of the maximum mean discrepancy, beside a plain loop over permutations.

Separate from the benchmarks of the runner: here one test is timed, in a process of its own with one thread.
"""

from __future__ import annotations

import functools
import json
import sys
from typing import TYPE_CHECKING

from tests.performance.report import Section
from tests.performance.timing import in_process, in_turn, median, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from tests.performance.timing import Effort

    Floats = NDArray[np.float64]

ROWS, COLUMNS, PERMUTATIONS = 2000, 30, 500


def permutations(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    rows = 200 if effort.quick else ROWS
    contenders = {name: functools.partial(in_process, "permutations", name, str(rows)) for name in CONTENDERS}
    found = in_turn(contenders, effort.rounds)
    spent = {name: median([float(turn["seconds"]) for turn in turns]) for name, turns in found.items()}
    values = {name: float(turns[0]["p"]) for name, turns in found.items()}
    if len(set(values.values())) > 1:
        raise RuntimeError(f"the contenders gave other p-values: {values}")
    return Section(
        name="permutations",
        title="a two-sample test by permutations",
        headings=("how", "seconds", "times ours"),
        rows=[[name, f"{each:.2f}", f"{each / spent['ours']:.1f}"] for name, each in spent.items()],
        sentences=[
            f"{rows:,} rows beside {rows:,}, {COLUMNS} columns, {PERMUTATIONS} permutations of the squared maximum mean discrepancy, one thread.",
            "The kernel matrix is made before; all draw the same permutations and give the same p-value.",
        ],
    )


def ours(kernel: Floats, size: int) -> float:
    """All permutations are the columns of one matrix product."""
    import numpy as np

    from carebench_plugins.shift.distances import permutation_p_value

    return permutation_p_value(kernel, size, np.random.default_rng(0))


def one_product_each(kernel: Floats, size: int) -> float:
    """A loop of matrix-vector products."""
    return _looped(kernel, size, lambda sides: float(sides @ kernel @ sides))


def blocks(kernel: Floats, size: int) -> float:
    """The loop that one would write: three block means of the permuted kernel matrix."""
    import numpy as np

    def found(sides: Floats) -> float:
        one, other = np.flatnonzero(sides > 0), np.flatnonzero(sides < 0)
        within = kernel[np.ix_(one, one)].mean() + kernel[np.ix_(other, other)].mean()
        return float(within - 2 * kernel[np.ix_(one, other)].mean())

    return _looped(kernel, size, found)


def _looped(kernel: Floats, size: int, found: Callable[[Floats], float]) -> float:
    import numpy as np

    draw = np.random.default_rng(0)
    sides = np.where(np.arange(len(kernel)) < size, 1 / size, -1 / (len(kernel) - size))
    least = found(sides) - 1e-12
    above = sum(found(draw.permutation(sides)) >= least for _ in range(PERMUTATIONS))
    return (1 + above) / (1 + PERMUTATIONS)


CONTENDERS: dict[str, Callable[[Floats, int], float]] = {
    "ours": ours,
    "loop of products": one_product_each,
    "loop of block means": blocks,
}


def _timed(name: str, rows: int) -> dict[str, float]:
    import numpy as np
    from scipy.spatial.distance import cdist

    draw = np.random.default_rng(1)
    both = np.vstack([draw.normal(size=(rows, COLUMNS)), draw.normal(0.01, 1, (rows, COLUMNS))])
    kernel = np.exp(-cdist(both, both, "sqeuclidean") / (2 * COLUMNS))
    told: list[float] = []
    spent = seconds(lambda: told.append(CONTENDERS[name](kernel, rows)))
    return {"seconds": spent, "p": told[0]}


if __name__ == "__main__":
    print(json.dumps(_timed(sys.argv[1], int(sys.argv[2]))))  # noqa: T201 - what the parent reads
