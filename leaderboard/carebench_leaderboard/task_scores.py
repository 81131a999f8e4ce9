"""One model on one task: its metrics over seeds and the two intervals of the primary one.

Separate from standings, which average over tasks: here nothing is anchored, imputed or ranked.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard.intervals import Interval, Scale, interval, refitted_interval, resampled_interval
from carebench_leaderboard.pooling import Mean, Point, pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.contributions import Place
    from carebench_leaderboard.influence import Influence
    from carebench_leaderboard.records import Cell, Design, Family, Metric, Task


@dataclass(frozen=True, kw_only=True)
class TaskScore:
    """What one model scored on one task.

    Attributes:
        task: name.
        model: name.
        values: metric to its mean over ok seeds; None where it is undefined.
        undefined: metric to the reason why it is None.
        fits: interval of the primary metric given these fits: patients vary.
        method: interval of the primary metric of the method: training sets or refits vary too.
        ok: number of ok cells.
        planned: number of planned cells.
        notes: the scorer's remarks, sorted.
    """

    task: str
    model: str
    values: Mapping[str, float | None]
    undefined: Mapping[str, str]
    fits: Interval
    method: Interval
    ok: int
    planned: int
    notes: tuple[str, ...]


def score_task(
    family: Family, task: Task, model: str, cells: Sequence[Cell], influences: Mapping[Place, Influence]
) -> TaskScore:
    """The score of `model`, whose planned cells on `task` are `cells`."""
    ok = [cell for cell in cells if cell.status == "ok"]
    undefined = _undefined(family, ok)
    points = [] if family.primary.name in undefined else primary_points(family, task, ok, influences)
    fits, method = _intervals(task.design, family.primary, points, _test_to_train(ok))
    return TaskScore(
        task=task.name,
        model=model,
        values={metric.name: _mean(metric.name, ok, undefined) for metric in family.metrics},
        undefined=undefined,
        fits=fits,
        method=method,
        ok=len(ok),
        planned=len(cells),
        notes=tuple(sorted({note for cell in ok for note in cell.notes})),
    )


def primary_points(
    family: Family, task: Task, cells: Sequence[Cell], influences: Mapping[Place, Influence]
) -> list[Point]:
    """The primary metric of each ok cell in which it is defined, as a point."""
    found = []
    for cell in cells:
        value = cell.metrics.get(family.primary.name) if cell.status == "ok" else None
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


def _mean(metric: str, ok: Sequence[Cell], undefined: Mapping[str, str]) -> float | None:
    if metric in undefined:
        return None
    return statistics.fmean(value for cell in ok if (value := cell.metrics[metric]) is not None)


def _intervals(
    design: Design, metric: Metric, points: Sequence[Point], test_to_train: float | None
) -> tuple[Interval, Interval]:
    mean = pool(points)
    if mean is None:
        absent = Interval.undefined("no score")
        return absent, absent
    scale = Scale(metric.low, metric.high)
    scores = [point.value for point in points]
    return _given_fits(mean, scale), _of_method(design, scores, mean, test_to_train, scale)


def _given_fits(mean: Mean, scale: Scale) -> Interval:
    if mean.variance is None:
        return Interval.undefined(mean.reason or "the table has no contributions of units to this score")
    return interval(mean.value, mean.variance, scale)


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
        return (
            Interval.undefined(mean.reason)
            if mean.reason
            else refitted_interval(scores, mean.variance, scale)
        )
    return resampled_interval(scores, test_to_train, scale)


def _test_to_train(ok: Sequence[Cell]) -> float | None:
    """Mean of n_test / n_train over cells; None when a cell does not say."""
    ratios = []
    for cell in ok:
        n_test, n_train = cell.facts.get("n"), cell.facts.get("n_train")
        if not n_test or not n_train:
            return None
        ratios.append(n_test / n_train)
    return statistics.fmean(ratios) if ratios else None
