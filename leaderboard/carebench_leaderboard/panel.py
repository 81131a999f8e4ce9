"""What every model shows on every task of a board, and what moves it, as arrays.

Separate from standings, which take one model at a time: whatever compares many models (ranks, ties, replicates)
needs them side by side, and arrays make that fast.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench_leaderboard.influence import Influence
    from carebench_leaderboard.pooling import Point

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Source:
    """What varies within one cohort, patients or trainings: each row an id, each figure the sum of its rows.

    Attributes:
        name: `patients`, whatever is resampled in their place, or `trainings`.
        ids: shape (n,), sorted, of patients, replicates or seeds.
        moved: shape (n, T_c, K), influence of each id on each task of the cohort and model.
        df: shape (T_c, K), degrees of freedom of the variance of each figure; infinite where nothing of this moves it.
    """

    name: str
    ids: NDArray[np.uint64]
    moved: Floats
    df: Floats


@dataclass(frozen=True, eq=False)
class Block:
    """One cohort: which of the panel's tasks it holds, and what varies in it.

    Attributes:
        cohort: name.
        at: shape (T_c,), positions of its tasks in the panel.
        sources: of patients or replications, and of trainings where seeds can tell.
    """

    cohort: str
    at: NDArray[np.intp]
    sources: tuple[Source, ...]


@dataclass(frozen=True, eq=False)
class Panel:
    """All models on all headline tasks of a board.

    Attributes:
        models: K names.
        tasks: T names.
        cohorts: of each task.
        values: shape (K, T), what is shown, seeds pooled, failures imputed; NaN where there is nothing.
        known: shape (K, T), whether it is known what moves the value.
        blocks: by cohort.
    """

    models: tuple[str, ...]
    tasks: tuple[str, ...]
    cohorts: tuple[str, ...]
    values: Floats
    known: Flags
    blocks: tuple[Block, ...]

    @property
    def covered(self) -> Flags:
        """Shape (K, T): where there is a value."""
        return np.asarray(~np.isnan(self.values))


def panel_of(cohorts: Mapping[str, str], points: Mapping[str, Sequence[Point]]) -> Panel:
    """The panel of `points`, one a task, by model; `cohorts` gives each task's cohort, in the board's order."""
    models, tasks = tuple(points), tuple(cohorts)
    found = {(model, point.task): point for model, listed in points.items() for point in listed}
    blocks = [_block(name, tasks, models, cohorts, found) for name in dict.fromkeys(cohorts.values())]
    values = np.array([[_value(found.get((model, task))) for task in tasks] for model in models])
    known = np.array(
        [[_moved_by(found.get((model, task))) is not None for task in tasks] for model in models]
    )
    shape = (len(models), len(tasks))
    panel = Panel(
        models, tasks, tuple(cohorts.values()), values.reshape(shape), known.reshape(shape), tuple(blocks)
    )
    for block in blocks:
        if not block.sources:
            panel.known[:, block.at] = False
    return panel


def weights(cohorts: Sequence[str], covered: Flags) -> Floats:
    """Weights of a mean in which cohorts count alike, and tasks within each; shape (..., T), as `covered`.

    Each row adds up to 1 over the tasks that it covers; a row without any is 0.

    Example:
        >>> weights(["a", "a", "b"], np.array([[True, True, True], [False, True, True]])).tolist()
        [[0.25, 0.25, 0.5], [0.0, 0.5, 0.5]]
    """
    names = np.array(cohorts)
    same = (names[:, None] == names[None, :]).astype(float)
    within = covered @ same
    share = np.divide(covered, within, out=np.zeros(covered.shape), where=covered)
    total = share.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(share, total, out=np.zeros(covered.shape), where=total > 0))


def _value(point: Point | None) -> float:
    return math.nan if point is None else point.value


def _moved_by(point: Point | None) -> Influence | None:
    return None if point is None else point.influence


Found = dict[tuple[str, str], "Point"]


def _block(
    cohort: str, tasks: Sequence[str], models: Sequence[str], cohorts: Mapping[str, str], found: Found
) -> Block:
    """One cohort; without a source where its patients cannot be paired, since units meet replicates."""
    at = [place for place, task in enumerate(tasks) if cohorts[task] == cohort]
    squares = {
        (column, row): point
        for column, place in enumerate(at)
        for row, model in enumerate(models)
        if (point := found.get((model, tasks[place]))) is not None
    }
    shape = (len(at), len(models))
    units = {square: point.influence for square, point in squares.items() if point.influence is not None}
    ways = {way for influence in units.values() for way in influence.ways}
    if len(ways) > 1 or not units:
        return Block(cohort, np.array(at, dtype=np.intp), ())
    seeds = {square: point.training for square, point in squares.items() if point.training is not None}
    sources = [_source("patients", units, shape, {square: squares[square].df for square in units})]
    if seeds:
        freedom = {square: squares[square].seeds - 1.0 for square in seeds}
        sources.append(_source("trainings", seeds, shape, freedom))
    return Block(cohort, np.array(at, dtype=np.intp), tuple(sources))


def _source(
    name: str,
    influences: Mapping[tuple[int, int], Influence],
    shape: tuple[int, int],
    freedom: Mapping[tuple[int, int], float],
) -> Source:
    listed = [influence.units for influence in influences.values()]
    alike = {id(units): units for units in listed}
    ids = np.unique(np.concatenate(list(alike.values())))
    moved, df = np.zeros((ids.size, *shape)), np.full(shape, np.inf)
    for (column, row), influence in influences.items():
        moved[np.searchsorted(ids, influence.units), column, row] = influence.values
        df[column, row] = freedom[column, row]
    return Source(name, ids, moved, df)
