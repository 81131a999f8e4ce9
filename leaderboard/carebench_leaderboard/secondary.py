"""Columns that depend on who else is on the board: win rate, mean rank, Elo, probability of improvement; and robust means.

Separate from the headline, which no competitor can move: adding a model changes these for everybody. They are for
reading beside it, never for ranking.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.across import mid_ranks
from carebench_leaderboard.elo import Rating, ratings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from carebench_leaderboard.yardstick import Yardstick

    Floats = NDArray[np.float64]

THRESHOLDS = 41


@dataclass(frozen=True, kw_only=True)
class Secondary:
    """What stands beside one ranked model; all but the robust mean depend on who else is on the board.

    Attributes:
        win_rate: share of the other models that it beats, ties half, averaged over tasks; None when it is alone.
        mean_rank: its rank within a task, equal ones sharing their mean, averaged over tasks.
        elo: Bradley-Terry rating; None when it is alone.
        improvement: probability that a run of it beats a run of the leader on the same task, averaged over tasks.
        middle: mean of the middle half of its runs over all tasks (interquartile mean).
    """

    win_rate: float | None
    mean_rank: float
    elo: Rating | None
    improvement: float
    middle: float


@dataclass(frozen=True)
class Profile:
    """Performance profile: for each threshold, the share of a model's runs that are at least as good."""

    thresholds: tuple[float, ...]
    shares: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Runs:
    """The runs of one model: their figures, task by task, with weights by which tasks and cohorts count alike.

    Attributes:
        by_task: task to figures, shape (S,).
        weights: task to the weight of each of its runs.
        flat: all figures, and the weight of each.
    """

    by_task: Mapping[str, Floats]
    weights: Mapping[str, float]
    flat: tuple[Floats, Floats]


def runs_of(runs: Iterable[tuple[str, float]], shares: Mapping[str, float]) -> Runs:
    """Those of `runs`, each a task and what is shown for the run; `shares` gives each task's weight in a mean."""
    found: dict[str, list[float]] = defaultdict(list)
    for task, shown in runs:
        found[task].append(shown)
    by_task = {task: np.array(values) for task, values in found.items()}
    weights = {task: shares[task] / values.size for task, values in by_task.items()}
    spread = [np.full(values.size, weights[task]) for task, values in by_task.items()]
    return Runs(by_task, weights, (np.concatenate(list(by_task.values())), np.concatenate(spread)))


def secondary(
    values: Floats, shares: Floats, cohorts: Sequence[str], runs: Sequence[Runs], yard: Yardstick
) -> list[Secondary]:
    """What stands beside K models, best first.

    Args:
        values: shape (K, T), what is shown, no NaN.
        shares: shape (T,), weights of the tasks, adding up to 1.
        cohorts: of each task.
        runs: of each model.
        yard: what orders the board.
    """
    good = -yard.distances(values)
    ranks = mid_ranks(-good)
    size = len(runs)
    mean_ranks = ranks @ shares
    rated: list[Rating | None] = [*ratings(good, shares, cohorts)] if size > 1 else [None]
    return [
        Secondary(
            win_rate=float((size - mean_ranks[at]) / (size - 1)) if size > 1 else None,
            mean_rank=float(mean_ranks[at]),
            elo=rated[at],
            improvement=_improvement(runs[at], runs[0], yard),
            middle=middle_mean(*runs[at].flat),
        )
        for at in range(size)
    ]


def middle_mean(figures: Floats, weights: Floats) -> float:
    """Mean of the middle half of weighted `figures`: the interquartile mean of Agarwal et al. 2021 (NeurIPS 34).

    Sorted, a figure counts with the part of its weight that lies between a quarter and three quarters of the whole.

    Example:
        >>> middle_mean(np.array([9.0, 1.0, 2.0, 3.0]), np.ones(4))
        2.5
    """
    order = np.argsort(figures, kind="stable")
    upto = np.cumsum(weights[order]) / weights.sum()
    inside = np.clip(np.minimum(upto, 0.75) - np.maximum(np.append(0.0, upto[:-1]), 0.25), 0.0, None)
    return math.fsum(inside * figures[order]) / math.fsum(inside)


def profile(models: Sequence[str], runs: Sequence[Runs], yard: Yardstick) -> Profile | None:
    """The profile of `models` over evenly spaced thresholds from worst to best run; None where all runs are alike."""
    good = [-yard.distances(each.flat[0]) for each in runs]
    lowest, highest = min(found.min() for found in good), max(found.max() for found in good)
    if not lowest < highest:
        return None
    levels = np.linspace(lowest, highest, THRESHOLDS)
    shares = {
        model: tuple(float(each.flat[1] @ (found >= level) / each.flat[1].sum()) for level in levels)
        for model, each, found in zip(models, runs, good, strict=True)
    }
    shown = -levels if yard.better != "higher" else levels
    return Profile(tuple(float(level) for level in shown), shares)


def _improvement(ours: Runs, leaders: Runs, yard: Yardstick) -> float:
    """Mean over tasks of the Mann-Whitney share of pairs of runs in which ours is better, ties half."""
    parts = [
        leaders.weights[task] * leaders.by_task[task].size * _beats(mine, leaders.by_task[task], yard)
        for task, mine in ours.by_task.items()
        if task in leaders.by_task
    ]
    return math.fsum(parts)


def _beats(ours: Floats, theirs: Floats, yard: Yardstick) -> float:
    gap = yard.distances(theirs)[None, :] - yard.distances(ours)[:, None]
    return float(np.heaviside(gap, 0.5).mean())
