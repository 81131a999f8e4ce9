"""Averages of scores over seeds, tasks and cohorts, with their variance; separate from what is averaged.

One rule serves a task's score, a model's headline and a paired difference: seeds of a task are
averaged first, then tasks of a cohort, then cohorts, so that a cohort counts once.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carebench_leaderboard.influence import Influence, total

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Point:
    """One figure of one cell.

    Attributes:
        cohort: tasks of one cohort share patients and count once.
        task: name.
        seed: number.
        value: the figure.
        influence: of each unit on the figure; None when the table has no contributions.
    """

    cohort: str
    task: str
    seed: int
    value: float
    influence: Influence | None


MIXED = "tasks or seeds of one cohort have contributions of units here and of bootstrap replicates there"


@dataclass(frozen=True)
class Mean:
    """A pooled figure and its variance over units.

    Attributes:
        value: the figure.
        variance: None when influences are absent, or when units cannot be paired.
        reason: why units cannot be paired; empty when they can, and when influences are absent.
    """

    value: float
    variance: float | None
    reason: str = ""


def pool(points: Sequence[Point]) -> Mean | None:
    """Mean over cohorts of the mean over tasks of the mean over seeds; None without points.

    mean = sum_p w_p value_p with w_p = 1 / (cohorts x tasks of p's cohort x seeds of p's task).
    variance = sum over cohorts of sum over units of (sum_p w_p influence_p)^2: units are paired within a
    cohort, cohorts are independent.
    """
    if not points:
        return None
    weights = _weights(points)
    value = math.fsum(weight * point.value for weight, point in zip(weights, points, strict=True))
    return _with_variance(value, points, weights)


def paired(points: Sequence[Point], reference: Sequence[Point]) -> list[Point]:
    """Differences `points` minus `reference` in the same task and seed, where both have a figure."""
    others = {(point.task, point.seed): point for point in reference}
    return [
        _difference(point, others[point.task, point.seed])
        for point in points
        if (point.task, point.seed) in others
    ]


def _weights(points: Sequence[Point]) -> list[float]:
    tasks: dict[str, set[str]] = defaultdict(set)
    seeds: dict[str, int] = defaultdict(int)
    for point in points:
        tasks[point.cohort].add(point.task)
        seeds[point.task] += 1
    return [1 / (len(tasks) * len(tasks[point.cohort]) * seeds[point.task]) for point in points]


def _with_variance(value: float, points: Sequence[Point], weights: Sequence[float]) -> Mean:
    by_cohort: dict[str, list[Influence]] = defaultdict(list)
    for weight, point in zip(weights, points, strict=True):
        if point.influence is None:
            return Mean(value, None)
        by_cohort[point.cohort].append(point.influence.scaled(weight))
    variances = [total(parts).variance for parts in by_cohort.values()]
    known = [variance for variance in variances if variance is not None]
    return Mean(value, math.fsum(known)) if len(known) == len(variances) else Mean(value, None, MIXED)


def _difference(point: Point, other: Point) -> Point:
    if point.influence is None or other.influence is None:
        return replace(point, value=point.value - other.value, influence=None)
    influence = total([point.influence, other.influence.scaled(-1)])
    return replace(point, value=point.value - other.value, influence=influence)
