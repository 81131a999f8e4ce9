"""Averages of scores over seeds, tasks and cohorts, with their variance; separate from what is averaged.

One rule serves a task's score, a model's headline, a paired difference and a slope: seeds of a task are
pooled first, then tasks of a cohort averaged, then cohorts, so that a cohort counts once. Patients and seeds are two
sources of variance that are kept apart until the end; a rule says whether seeds are counted at all.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.centres import centre, gradient
from carebench_leaderboard.influence import Influence, total
from carebench_leaderboard.intervals import Interval, interval
from carebench_leaderboard.replications import TOO_FEW, bootstrapped
from carebench_leaderboard.trainings import over_trainings, resplit_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from carebench_leaderboard.intervals import Scale
    from carebench_leaderboard.records import Cell, Metric, OverSeeds, Task

NO_CONTRIBUTIONS = "the table has no contributions of units to some of these scores"


@dataclass(frozen=True, kw_only=True, slots=True)
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
        training: of each seed on the figure, once seeds are pooled; None where the rule does not ask for it, or one
            seed cannot tell.
        seeds: number of seeds that `training` stands on.
    """

    cohort: str
    task: str
    seed: int
    value: float
    influence: Influence | None
    reason: str = NO_CONTRIBUTIONS
    df: float = math.inf
    training: Influence | None = None
    seeds: int = 1


@dataclass(frozen=True)
class Rule:
    """How the seeds of each task become one figure.

    Attributes:
        how: the centre.
        replicated: names of the tasks in which a seed is a replication, so that seeds vary, not patients.
        training: task to n_test / n_train where seeds are re-splits, to 0 where the test set is fixed: in these tasks
            the variance over trainings is counted beside that over patients.
    """

    how: OverSeeds = "mean"
    replicated: frozenset[str] = frozenset()
    training: Mapping[str, float] = field(default_factory=dict)


MEAN = Rule()


def rule_of(metric: Metric, tasks: Iterable[Task]) -> Rule:
    """How `metric` is pooled over the seeds of each of `tasks`."""
    return Rule(metric.over_seeds, frozenset(task.name for task in tasks if task.replicated))


def training_rule(metric: Metric, tasks: Sequence[Task], cells: Iterable[Cell]) -> Rule:
    """The same, with the variance over trainings counted in each of `tasks` in which something is trained.

    A task of re-splits whose `cells` do not say their sizes is left out: its seeds cannot tell.
    """
    found: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        found[cell.task].append(cell)
    ratios = {task.name: resplit_ratio(task, found[task.name]) for task in tasks}
    known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
    return replace(rule_of(metric, tasks), training=known)


MIXED = "tasks or seeds of one cohort have contributions of units here and of bootstrap replicates there"


@dataclass(frozen=True)
class Mean:
    """A pooled figure and its variance over units.

    Attributes:
        value: the figure.
        variance: of patients and trainings together; None when influences are absent, or when units cannot be paired.
        df: degrees of freedom of the variance.
        reason: why there is no variance; empty when there is.
        training: the part of it that is due to trainings; None where seeds cannot tell, or nobody asked.
    """

    value: float
    variance: float | None
    df: float = math.inf
    reason: str = ""
    training: float | None = None

    @property
    def patient(self) -> float | None:
        """The part of the variance that is due to patients or replications."""
        return None if self.variance is None else self.variance - (self.training or 0.0)


def pool(points: Sequence[Point], rule: Rule = MEAN) -> Mean | None:
    """Mean over cohorts of the mean over tasks of the seeds pooled by `rule`; None without points."""
    tasks = by_task(points, rule)
    return combine(tasks, equal_weights(tasks)) if tasks else None


def equal_weights(points: Sequence[Point]) -> list[float]:
    """Weights of `points`, one a task, for a mean in which cohorts count alike, and tasks within each; their sum is 1."""
    counts = Counter(point.cohort for point in points)
    return [1 / (len(counts) * counts[point.cohort]) for point in points]


def average(points: Sequence[Point]) -> float:
    """The value of `combine` with equal weights, for `points` of which nobody asks how they vary."""
    weights = equal_weights(points)
    return math.fsum(weight * point.value for weight, point in zip(weights, points, strict=True))


def by_cohort(points: Iterable[Point]) -> list[float]:
    """Mean of `points`, one a task, in each cohort, in order of the cohorts' names."""
    found: dict[str, list[float]] = defaultdict(list)
    for point in points:
        found[point.cohort].append(point.value)
    return [math.fsum(values) / len(values) for _, values in sorted(found.items())]


def combine(points: Sequence[Point], weights: Sequence[float]) -> Mean:
    """The weighted sum of `points`, one a task, with its variance.

    variance = sum over cohorts of V_c, V_c = sum over units of (sum_p w_p influence_p)^2: units are paired within a
    cohort, cohorts are independent. To it comes, where points carry it, the same sum over seeds of the influence of
    trainings. df = (sum V)^2 / sum(V^2 / df), over both parts of each cohort, with df the smallest of the cohort.
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
    trained = _by_training(points, weights)
    variance = math.fsum([*known.values(), *(part for part, _ in trained)])
    spent = math.fsum(part**2 / freedom[cohort] for cohort, part in known.items())
    spent += math.fsum(part**2 / df for part, df in trained)
    df = variance**2 / spent if spent > 0 else math.inf
    return Mean(value, variance, df, training=math.fsum(part for part, _ in trained) if trained else None)


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
    return less(ours, theirs)


def less(points: Sequence[Point], reference: Sequence[Point]) -> list[Point]:
    """Differences of points, one a task, that stand for the same tasks in the same order."""
    return [_difference(point, other) for point, other in zip(points, reference, strict=True)]


def by_task(points: Iterable[Point], rule: Rule) -> list[Point]:
    """One point for each task, sorted by name, its seeds pooled by `rule`."""
    tasks: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        tasks[point.task].append(point)
    return [
        _replicated(found, rule.how)
        if task in rule.replicated
        else _pooled(found, rule.how, rule.training.get(task))
        for task, found in sorted(tasks.items())
    ]


def _pooled(points: Sequence[Point], how: OverSeeds, resplit: float | None) -> Point:
    """The centre of one task's cells, moved by each unit as its cells are."""
    values = np.array([point.value for point in points])
    parts = [point.influence for point in points if point.influence is not None]
    influence = total(parts, gradient(values, how).tolist()) if len(parts) == len(points) else None
    training, seeds = points[0].training, points[0].seeds
    if resplit is not None and how == "mean" and len(points) > 1:
        training, seeds = over_trainings([point.seed for point in points], values, resplit), len(points)
    return Point(
        cohort=points[0].cohort,
        task=points[0].task,
        seed=0,
        value=float(centre(values, how)),
        influence=influence,
        reason=points[0].reason,
        df=min(point.df for point in points),
        training=training,
        seeds=seeds,
    )


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
    found: dict[str, list[tuple[Influence, float]]] = defaultdict(list)
    freedom: dict[str, float] = defaultdict(lambda: math.inf)
    for weight, point in zip(weights, points, strict=True):
        if point.influence is not None:
            found[point.cohort].append((point.influence, weight))
        freedom[point.cohort] = min(freedom[point.cohort], point.df)
    return {cohort: total(*zip(*parts, strict=True)).variance for cohort, parts in found.items()}, freedom


def _by_training(points: Sequence[Point], weights: Sequence[float]) -> list[tuple[float, float]]:
    """Variance over trainings of each cohort whose seeds can tell, with its degrees of freedom."""
    found: dict[str, list[tuple[Influence, float]]] = defaultdict(list)
    seeds: dict[str, int] = {}
    for weight, point in zip(weights, points, strict=True):
        if point.training is not None:
            found[point.cohort].append((point.training, weight))
            seeds[point.cohort] = min(point.seeds, seeds.get(point.cohort, point.seeds))
    return [
        (part, seeds[cohort] - 1.0)
        for cohort, parts in found.items()
        if (part := total(*zip(*parts, strict=True)).variance) is not None
    ]


def _difference(point: Point, other: Point) -> Point:
    return Point(
        cohort=point.cohort,
        task=point.task,
        seed=point.seed,
        value=point.value - other.value,
        influence=_less(point.influence, other.influence),
        reason=point.reason if point.influence is None else other.reason,
        df=min(point.df, other.df),
        training=_less(point.training, other.training),
        seeds=min(point.seeds, other.seeds),
    )


def _less(one: Influence | None, other: Influence | None) -> Influence | None:
    """Influence of a difference; None where either is unknown."""
    if one is None or other is None:
        return None
    if one.units is other.units:
        return Influence(one.units, one.values - other.values, one.ways | other.ways)
    return total([one, other], [1.0, -1.0])
