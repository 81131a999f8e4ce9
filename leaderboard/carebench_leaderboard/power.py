"""How small a difference a task can detect, and whether more seeds would help; separate as plain arithmetic."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scipy.special import ndtri

from carebench_leaderboard.intervals import LEVEL, sample_variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.pooling import Point
    from carebench_leaderboard.records import Task
    from carebench_leaderboard.tally import Tally

POWER = 0.8
FACTOR = float(ndtri((1 + LEVEL) / 2) + ndtri(POWER))
ENOUGH = 1 / 3
MOST = 100
Advice = Literal["more seeds pay", "seeds suffice", "unknown"]


@dataclass(frozen=True, kw_only=True)
class TaskPower:
    """What one task can tell, in units of its primary metric.

    Attributes:
        task: name.
        seeds: number of seeds.
        se_difference: median over ranked models of the standard error of the paired difference to the leader, patients
            and trainings together; None where it is not known of any.
        detectable: the difference that would be found in four boards of five: 2.80 times that.
        se_patient: median over models of the standard error over patients.
        se_seed: median over models of the standard error over trainings.
        advice: `more seeds pay`; `seeds suffice` where the second is under a third of the first, since seeds cannot buy
            patients; `unknown` with one seed, without contributions, or where seeds are replications.
        seeds_wanted: how many seeds would suffice, where more pay.
    """

    task: str
    seeds: int
    se_difference: float | None
    detectable: float | None
    se_patient: float | None
    se_seed: float | None
    advice: Advice
    seeds_wanted: int | None


def power_of(tally: Tally, ranked: Sequence[str]) -> list[TaskPower]:
    """The power of each headline task, by the first hundred of the models `ranked`, the leader first."""
    unit, first = abs(tally.yard.span), ranked[:MOST]
    between: dict[str, list[float]] = {task.name: [] for task in tally.tasks}
    for model in first[1:]:
        for point in tally.differences(model, first[0]):
            if (variance := _variance(point)) is not None:
                between[point.task].append(unit * math.sqrt(variance))
    found: dict[str, list[tuple[list[Point], float | None]]] = {task.name: [] for task in tally.tasks}
    for model in first:
        listed = _by_task(tally.counted[model])
        for point in tally.shown[model]:
            variance = None if point.influence is None else point.influence.variance
            found[point.task].append((listed[point.task], variance and unit**2 * variance))
    return [_task_power(task, found[task.name], between[task.name]) for task in tally.tasks]


def standard_errors(
    points: Sequence[Point], patient: float | None, *, resplit: bool
) -> tuple[float | None, float | None]:
    """Standard errors over patients and over trainings of the mean of one task's `points`, one a seed.

    `patient` is its variance over patients.

    Where the test set is fixed, s / sqrt(S). Where seeds are re-splits, s holds the luck of each fold's patients too: their
    mean variance is taken off, and what is left, at least 0, is the trainings'.
    """
    parts = [point.influence for point in points if point.influence is not None]
    if patient is None or len(parts) < len(points):
        return None, None
    seeds = len(points)
    if seeds < 2:
        return math.sqrt(patient), None
    spread = sample_variance([point.value for point in points])
    if resplit:
        spread = max(spread - statistics.fmean(part.variance or 0.0 for part in parts), 0.0)
    return math.sqrt(patient), math.sqrt(spread / seeds)


def _task_power(
    task: Task, listed: Sequence[tuple[Sequence[Point], float | None]], between: Sequence[float]
) -> TaskPower:
    found = [
        (None, None) if task.replicated else standard_errors(points, variance, resplit=task.design == "folds")
        for points, variance in listed
    ]
    patient = _median([one for one, _ in found])
    seed = _median([other for _, other in found])
    seeds = max((len(points) for points, _ in listed), default=0)
    difference = _median(between)
    advice, wanted = advise(patient, seed, seeds)
    return TaskPower(
        task=task.name,
        seeds=seeds,
        se_difference=difference,
        detectable=None if difference is None else FACTOR * difference,
        se_patient=patient,
        se_seed=seed,
        advice=advice,
        seeds_wanted=wanted,
    )


def advise(patient: float | None, seed: float | None, seeds: int) -> tuple[Advice, int | None]:
    """Whether more seeds pay, by the standard errors over patients and seeds, and how many would suffice.

    Example:
        >>> advise(0.03, 0.02, 5), advise(0.03, 0.005, 5), advise(0.03, None, 1)
        (('more seeds pay', 20), ('seeds suffice', None), ('unknown', None))
    """
    if patient is None or seed is None or patient <= 0:
        return "unknown", None
    if seed < ENOUGH * patient:
        return "seeds suffice", None
    return "more seeds pay", math.ceil(seeds * (seed / (ENOUGH * patient)) ** 2 - 1e-9)


def _by_task(points: Sequence[Point]) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        found[point.task].append(point)
    return found


def _variance(point: Point) -> float | None:
    if point.influence is None or point.influence.variance is None:
        return None
    return point.influence.variance + ((point.training and point.training.variance) or 0.0)


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
