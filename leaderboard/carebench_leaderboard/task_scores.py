"""One model on one task: its metrics over seeds and the two intervals of the primary one.

Separate from standings, which average over tasks: here nothing is anchored, imputed or ranked.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.centres import centre
from carebench_leaderboard.intervals import Interval, Scale, refitted_interval, resampled_interval
from carebench_leaderboard.pooling import Mean, Point, by_task, combine, interval_of
from carebench_leaderboard.replications import wilson
from carebench_leaderboard.subgroups import Attribute, Worst, by_subgroup, worst_of
from carebench_leaderboard.trainings import size_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.contributions import Place
    from carebench_leaderboard.influence import Influence
    from carebench_leaderboard.pooling import Rule
    from carebench_leaderboard.records import Cell, Design, Family, Metric, Task


@dataclass(frozen=True, kw_only=True)
class TaskScore:
    """What one model scored on one task.

    Attributes:
        task: name.
        model: name.
        values: metric to its centre over ok seeds; None where it is undefined.
        undefined: metric to the reason why it is None.
        fits: interval of the primary metric given these fits: patients vary, or replications where seeds are such.
        method: interval of the primary metric of the method: training sets or refits vary too.
        ok: number of ok cells.
        planned: number of planned cells.
        gaps: status to the number of cells that are not ok.
        notes: the scorer's remarks, sorted.
        facts: plain number to its mean over the ok cells that state it.
        rates: metric that is 0 or 1 in every replication to Wilson's interval of its mean.
        errors: metric whose mean over replications is shown to the standard error of that mean.
        subgroups: figures by subgroup.
        worst: the group with the worst primary metric, and the widest gap; None where no two groups show it.
    """

    task: str
    model: str
    values: Mapping[str, float | None]
    undefined: Mapping[str, str]
    fits: Interval
    method: Interval
    ok: int
    planned: int
    gaps: Mapping[str, int]
    notes: tuple[str, ...]
    facts: Mapping[str, float]
    rates: Mapping[str, Interval]
    errors: Mapping[str, float]
    subgroups: tuple[Attribute, ...]
    worst: Worst | None


@dataclass(frozen=True)
class Scored:
    """The primary metric of one model on one task: a point for each cell that has it, and all pooled, None without any."""

    points: Sequence[Point]
    pooled: Point | None


def scored(
    family: Family, task: Task, cells: Sequence[Cell], influences: Mapping[Place, Influence], rule: Rule
) -> Scored:
    """The primary metric of a model whose planned cells on `task` are `cells`, its seeds pooled by `rule`."""
    points = primary_points(family, task, cells, influences)
    return Scored(points, next(iter(by_task(points, rule)), None))


def score_task(family: Family, task: Task, model: str, cells: Sequence[Cell], found: Scored) -> TaskScore:
    """The score of `model`, whose planned cells on `task` are `cells`, and their primary metric `found`."""
    ok = [cell for cell in cells if cell.status == "ok"]
    undefined = _undefined(family, ok)
    subgroups = by_subgroup(family, ok)
    whole = Scored((), None) if family.primary.name in undefined else found
    fits, method = _intervals(family, task, whole, size_ratio(ok))
    return TaskScore(
        task=task.name,
        model=model,
        values={metric.name: _centre(metric, ok, undefined) for metric in family.metrics},
        undefined=undefined,
        fits=fits,
        method=method,
        ok=len(ok),
        planned=len(cells),
        gaps=dict(sorted(Counter(cell.status for cell in cells if cell.status != "ok").items())),
        notes=tuple(sorted({note for cell in ok for note in cell.notes})),
        facts=_facts(ok),
        rates=_rates(family, task, ok),
        errors=_errors(family, task, ok),
        subgroups=subgroups,
        worst=worst_of(family, subgroups),
    )


def primary_points(
    family: Family, task: Task, cells: Sequence[Cell], influences: Mapping[Place, Influence]
) -> list[Point]:
    """The primary metric of each ok cell in which it is defined, as a point."""
    return metric_points(family.primary.name, task, cells, influences)


def metric_points(
    metric: str, task: Task, cells: Sequence[Cell], influences: Mapping[Place, Influence]
) -> list[Point]:
    """The metric of each ok cell in which it is defined, as a point."""
    found = []
    for cell in cells:
        value = cell.metrics.get(metric) if cell.status == "ok" else None
        if value is not None:
            influence = influences.get((cell.task, cell.model, cell.seed))
            found.append(
                Point(cohort=task.cohort, task=task.name, seed=cell.seed, value=value, influence=influence)
            )
    return found


def _undefined(family: Family, ok: Sequence[Cell]) -> dict[str, str]:
    """A metric that is undefined in one ok cell is undefined over the seeds."""
    if not ok:
        return {metric.name: "no cell of this model and task is ok" for metric in family.metrics}
    reasons = {}
    for metric in family.metrics:
        absent = [cell for cell in ok if cell.metrics[metric.name] is None]
        if absent:
            reason = absent[0].undefined.get(metric.name) or "no reason given"
            reasons[metric.name] = f"undefined in {len(absent)} of {len(ok)} ok cells: {reason}"
    return reasons


def _centre(metric: Metric, ok: Sequence[Cell], undefined: Mapping[str, str]) -> float | None:
    if metric.name in undefined:
        return None
    values = np.array([value for cell in ok if (value := cell.metrics[metric.name]) is not None])
    return float(centre(values, metric.over_seeds))


def _facts(ok: Sequence[Cell]) -> dict[str, float]:
    stated: dict[str, list[float]] = defaultdict(list)
    for cell in ok:
        for name, value in cell.facts.items():
            if value is not None:
                stated[name].append(value)
    return {name: statistics.fmean(values) for name, values in sorted(stated.items())}


def _errors(family: Family, task: Task, ok: Sequence[Cell]) -> dict[str, float]:
    """Standard error s / sqrt(S) of each metric that S replications, two or more, all have, and that is their mean."""
    if not task.replicated:
        return {}
    columns = {
        metric.name: [value for cell in ok if (value := cell.metrics[metric.name]) is not None]
        for metric in family.metrics
        if metric.over_seeds == "mean"
    }
    return {
        name: statistics.stdev(values) / len(values) ** 0.5
        for name, values in columns.items()
        if len(values) == len(ok) > 1
    }


def _rates(family: Family, task: Task, ok: Sequence[Cell]) -> dict[str, Interval]:
    """Of each metric whose mean over replications is a rate."""
    if not task.replicated:
        return {}
    columns = {
        metric.name: [cell.metrics[metric.name] for cell in ok]
        for metric in family.metrics
        if metric.over_seeds == "mean"
    }
    return {
        name: wilson(values.count(1), len(values))
        for name, values in columns.items()
        if values and set(values) <= {0, 1}
    }


def _intervals(
    family: Family, task: Task, found: Scored, test_to_train: float | None
) -> tuple[Interval, Interval]:
    metric = family.primary
    if found.pooled is None:
        absent = Interval.undefined("no score")
        return absent, absent
    mean, scale = combine([replace(found.pooled, training=None)], [1.0]), Scale.of(metric)
    if task.replicated:
        return interval_of(mean, scale), Interval.undefined("replications are data sets of their own already")
    if metric.over_seeds != "mean":
        return interval_of(mean, scale), Interval.undefined(
            f"seeds are pooled by their {metric.over_seeds}, for which there is no such formula"
        )
    scores = [point.value for point in found.points]
    return interval_of(mean, scale), _of_method(task.design, scores, mean, test_to_train, scale)


def _of_method(
    design: Design,
    scores: Sequence[float],
    mean: Mean,
    test_to_train: float | None,
    scale: Scale,
) -> Interval:
    if design == "all-rows":
        return Interval.undefined("nothing is trained in this task")
    if design == "fixed":
        if mean.variance is None:
            return Interval.undefined(mean.reason)
        return refitted_interval(scores, mean.variance, scale)
    return resampled_interval(scores, test_to_train, scale)
