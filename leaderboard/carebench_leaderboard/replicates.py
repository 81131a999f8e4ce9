"""Bootstrap replicates of every score of a board, small enough to ship: means and ranks of any selection follow.

Separate from intervals, which need no draws. Draws hang on the cohort's name and ids alone, so that the same records
give the same bytes, and another model moves nobody's.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import chdtri

from carebench_leaderboard.panel import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from carebench_leaderboard.panel import Block, Panel, Source

    Floats = NDArray[np.float64]

MOST, FEWEST = 1000, 200
ROOM = 2_000_000
STEPS = 127
CHUNK = 2048


@dataclass(frozen=True, eq=False)
class Replicates:
    """B replicates of what K models show on T tasks: values + scale x steps.

    Attributes:
        models: K names.
        tasks: T names.
        cohorts: of each task.
        values: shape (K, T), what is shown, to six decimals; NaN where there is nothing.
        scale: shape (K, T), size of one step, to six digits; 0 where nothing is known to vary.
        steps: shape (B, K, T), from -127 to 127.
    """

    models: tuple[str, ...]
    tasks: tuple[str, ...]
    cohorts: tuple[str, ...]
    values: Floats
    scale: Floats
    steps: NDArray[np.int8]


def replicates(panel: Panel) -> Replicates:
    """Replicates of `panel`: `MOST`, or fewer on a large board.

    Multiplier bootstrap: replicate b adds sum_i g_bi influence_i to each value, with g of the standard normal law, one for
    each patient, replicate or seed i of the cohort, the same for all its tasks and models; so variances and
    covariances are those of the intervals. Where a score stands on few degrees of freedom, what moves it is divided by
    sqrt(q / df), with q the quantile of chi^2 at a level that is drawn once for the cohort: scores of equally many seeds
    stay paired, and one with fewer widens nobody else's.
    Source: van der Vaart and Wellner 1996, chapter 2.9.
    """
    size, across = panel.values.shape
    count = min(max(ROOM // max(size * across, 1), FEWEST), MOST)
    scale, steps = np.zeros((size, across)), np.zeros((count, size, across), dtype=np.int8)
    for block in panel.blocks:
        moved = sum((_drawn(block, source, count) for source in block.sources), np.zeros((count, 1, 1)))
        largest = np.abs(moved).max(axis=0) / STEPS
        largest = np.broadcast_to(largest, (block.at.size, size))
        rounded = np.rint(np.divide(moved, largest, out=np.zeros((count, *largest.shape)), where=largest > 0))
        scale[:, block.at] = largest.T
        steps[:, :, block.at] = rounded.transpose(0, 2, 1).astype(np.int8)
    digits = np.array([[float(f"{width:.6g}") for width in row] for row in scale.tolist()]).reshape(
        scale.shape
    )
    return Replicates(panel.models, panel.tasks, panel.cohorts, panel.values.round(6) + 0.0, digits, steps)


def means(drawn: Replicates, tasks: NDArray[np.bool_] | None = None) -> Floats:
    """What each model shows over `tasks`, all by default, in each replicate, shape (B, K); NaN without any.

    Each model's mean is over those of the tasks that it covers, cohorts counting alike.
    """
    chosen = np.ones(len(drawn.tasks), dtype=bool) if tasks is None else tasks
    share = weights(drawn.cohorts, ~np.isnan(drawn.values) & chosen)
    centre = np.where(share.any(axis=1), (np.nan_to_num(drawn.values) * share).sum(axis=1), np.nan)
    return np.asarray(centre + np.einsum("bkt,kt->bk", drawn.steps, drawn.scale * share, optimize=True))


def rank_ranges(distances: Floats) -> NDArray[np.int64]:
    """Smallest and largest rank of each of K models in the middle 95 % of replicates, shape (K, 2).

    Args:
        distances: how far each model is from the best in each of B replicates, shape (B, K), no NaN.

    In a replicate, a model's rank is 1 + the number of models that are nearer. Of its B ranks, sorted, the range goes
    from number floor(.025 B) to number ceil(.975 B) - 1, counted from 0.

    Example:
        >>> rank_ranges(np.array([[0.0, 1.0], [0.0, 2.0], [3.0, 1.0]])).tolist()
        [[1, 2], [1, 2]]
    """
    count = distances.shape[0]
    ranks = np.sort(_ranks(distances), axis=0)
    low, high = math.floor(0.025 * count), math.ceil(0.975 * count) - 1
    return np.stack([ranks[low], ranks[high]], axis=1).astype(np.int64)


def _ranks(distances: Floats) -> NDArray[np.int64]:
    """Ranks along the last axis, equal ones sharing the smallest."""
    order = np.argsort(distances, axis=1, kind="stable")
    placed = np.take_along_axis(distances, order, axis=1)
    new = np.ones(placed.shape, dtype=bool)
    new[:, 1:] = placed[:, 1:] > placed[:, :-1]
    first = np.maximum.accumulate(np.where(new, np.arange(placed.shape[1]), 0), axis=1)
    ranks = np.empty(order.shape, dtype=np.int64)
    np.put_along_axis(ranks, order, first + 1, axis=1)
    return ranks


def _drawn(block: Block, source: Source, count: int) -> Floats:
    """Deviations of the block's tasks and models, shape (B, T_c, K)."""
    draw = np.random.default_rng(_key(block.cohort, source))
    flat = source.moved.reshape(source.ids.size, math.prod(source.moved.shape[1:]))
    moved = np.zeros((count, flat.shape[1]))
    for start in range(0, source.ids.size, CHUNK):
        rows = flat[start : start + CHUNK]
        moved += draw.standard_normal((rows.shape[0], count)).T @ rows
    levels, freedom = draw.random(count), source.df.reshape(-1)
    for df in np.unique(freedom[np.isfinite(freedom)]):
        moved[:, freedom == df] *= np.sqrt(df / chdtri(df, levels))[:, None]
    return moved.reshape(count, *source.moved.shape[1:])


def _key(cohort: str, source: Source) -> int:
    """The seed of a source's draws: its cohort, what varies, and ids."""
    text = f"{cohort}\n{source.name}\n".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(text + source.ids.tobytes()).digest()[:16])
