"""Averages of scores over seeds, tasks and cohorts, with their variance; separate from what is averaged.

One rule serves a task's score, a model's headline, a paired difference and a slope: seeds of a task are
pooled first, then tasks of a cohort averaged, then cohorts, so that a cohort counts once.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.centres import centre, gradient
from carebench_leaderboard.influence import Influence, total
from carebench_leaderboard.intervals import Interval, interval
from carebench_leaderboard.replications import TOO_FEW, bootstrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from carebench_leaderboard.intervals import Scale
    from carebench_leaderboard.records import Metric, OverSeeds, Task

NO_CONTRIBUTIONS = "the table has no contributions of units to some of these scores"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One figure of one cell, or of one task once its seeds are pooled.

    Attributes:
        cohort: tasks of one cohort share patients and count once.
        task: name.
        seed: number; 0 once seeds are pooled.
        value: the figure.
        influence: of each unit on the figure; None when it is not known.
        reason: why there is no influence.
        df: degrees of freedom that the influence stands on; infinite for patients.
    """

    cohort: str
    task: str
    seed: int
    value: float
    influence: Influence | None
    reason: str = NO_CONTRIBUTIONS
    df: float = math.inf


@dataclass(frozen=True)
class Rule:
    """How the seeds of each task become one figure.

    Attributes:
        how: the centre.
        replicated: names of the tasks in which a seed is a replication, so that seeds vary, not patients.
    """

    how: OverSeeds = "mean"
    replicated: frozenset[str] = frozenset()


MEAN = Rule()


def rule_of(metric: Metric, tasks: Iterable[Task]) -> Rule:
    """How `metric` is pooled over the seeds of each of `tasks`."""
    return Rule(metric.over_seeds, frozenset(task.name for task in tasks if task.replicated))


MIXED = "tasks or seeds of one cohort have contributions of units here and of bootstrap replicates there"


@dataclass(frozen=True)
class Mean:
    """A pooled figure and its variance over units.

    Attributes:
        value: the figure.
        variance: None when influences are absent, or when units cannot be paired.
        df: degrees of freedom of the variance.
        reason: why there is no variance; empty when there is.
    """

    value: float
    variance: float | None
    df: float = math.inf
    reason: str = ""


def pool(points: Sequence[Point], rule: Rule = MEAN) -> Mean | None:
    """Mean over cohorts of the mean over tasks of the seeds pooled by `rule`; None without points."""
    tasks = by_task(points, rule)
    return combine(tasks, equal_weights(tasks)) if tasks else None


def equal_weights(points: Sequence[Point]) -> list[float]:
    """Weights of `points`, one a task, for a mean in which cohorts count alike, and tasks within each; their sum is 1."""
    counts = Counter(point.cohort for point in points)
    return [1 / (len(counts) * counts[point.cohort]) for point in points]


def combine(points: Sequence[Point], weights: Sequence[float]) -> Mean:
    """The weighted sum of `points`, one a task, with its variance.

    variance = sum over cohorts of V_c, V_c = sum over units of (sum_p w_p influence_p)^2: units are paired within a
    cohort, cohorts are independent. df = (sum V_c)^2 / sum(V_c^2 / df_c), with df_c the smallest of the cohort.
    Source of df: Satterthwaite 1946, Biometrics Bulletin 2, 110-114.
    """
    value = math.fsum(weight * point.value for weight, point in zip(weights, points, strict=True))
    absent = next((point for point in points if point.influence is None), None)
    if absent is not None:
        return Mean(value, None, reason=absent.reason)
    parts, freedom = _by_cohort(points, weights)
    known = {cohort: part for cohort, part in parts.items() if part is not None}
    if len(known) < len(parts):
        return Mean(value, None, reason=MIXED)
    variance = math.fsum(known.values())
    spent = math.fsum(part**2 / freedom[cohort] for cohort, part in known.items())
    return Mean(value, variance, variance**2 / spent if spent > 0 else math.inf)


def interval_of(mean: Mean, scale: Scale) -> Interval:
    """95 % interval of a pooled figure; undefined, with the reason, where its variance is not known."""
    if mean.variance is None:
        return Interval.undefined(mean.reason)
    return interval(mean.value, mean.variance, scale, mean.df)


def paired(points: Sequence[Point], reference: Sequence[Point], rule: Rule = MEAN) -> list[Point]:
    """Differences `points` minus `reference` by task, over the seeds in which both have a figure."""
    common = {(point.task, point.seed) for point in points} & {
        (point.task, point.seed) for point in reference
    }
    ours, theirs = (
        by_task([point for point in side if (point.task, point.seed) in common], rule)
        for side in (points, reference)
    )
    return [_difference(point, other) for point, other in zip(ours, theirs, strict=True)]


def by_task(points: Iterable[Point], rule: Rule) -> list[Point]:
    """One point for each task, sorted by name, its seeds pooled by `rule`."""
    tasks: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        tasks[point.task].append(point)
    return [
        _replicated(found, rule.how) if task in rule.replicated else _pooled(found, rule.how)
        for task, found in sorted(tasks.items())
    ]


def _pooled(points: Sequence[Point], how: OverSeeds) -> Point:
    """The centre of one task's cells, moved by each unit as its cells are."""
    values = np.array([point.value for point in points])
    parts = [
        point.influence.scaled(float(weight))
        for point, weight in zip(points, gradient(values, how), strict=True)
        if point.influence is not None
    ]
    influence = total(parts) if len(parts) == len(points) else None
    df = min(point.df for point in points)
    return replace(points[0], seed=0, value=float(centre(values, how)), influence=influence, df=df)


def _replicated(points: Sequence[Point], how: OverSeeds) -> Point:
    """The centre of one task's cells, moved by which replications are drawn."""
    listed = sorted(points, key=lambda point: point.seed)
    values = tuple(point.value for point in listed)
    influence = bootstrapped(values, how, listed[0].cohort, tuple(point.seed for point in listed))
    return replace(
        listed[0],
        seed=0,
        value=float(centre(np.array(values), how)),
        influence=influence,
        reason=TOO_FEW,
        df=float(len(listed) - 1),
    )


def _by_cohort(
    points: Sequence[Point], weights: Sequence[float]
) -> tuple[dict[str, float | None], dict[str, float]]:
    """Variance and degrees of freedom of each cohort; no variance where units cannot be paired."""
    found: dict[str, list[Influence]] = defaultdict(list)
    freedom: dict[str, float] = defaultdict(lambda: math.inf)
    for weight, point in zip(weights, points, strict=True):
        if point.influence is not None:
            found[point.cohort].append(point.influence.scaled(weight))
        freedom[point.cohort] = min(freedom[point.cohort], point.df)
    return {cohort: total(parts).variance for cohort, parts in found.items()}, freedom


def _difference(point: Point, other: Point) -> Point:
    value, df = point.value - other.value, min(point.df, other.df)
    if point.influence is None or other.influence is None:
        reason = point.reason if point.influence is None else other.reason
        return replace(point, value=value, influence=None, reason=reason, df=df)
    influence = total([point.influence, other.influence.scaled(-1)])
    return replace(point, value=value, influence=influence, df=df)
