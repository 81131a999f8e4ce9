"""Two models of one board, task by task and over all: for the command line, and for whoever asks about just these two.

Separate from the analysis of the whole board, which corrects for all its pairs: here one question was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from carebench_leaderboard.across import signed_rank, smallest_number
from carebench_leaderboard.bayes import Practical, signed_rank_posterior
from carebench_leaderboard.errors import TableError
from carebench_leaderboard.names import nearest
from carebench_leaderboard.pooling import by_cohort, combine, equal_weights, interval_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.board import Board, Section
    from carebench_leaderboard.intervals import Interval
    from carebench_leaderboard.pooling import Mean, Point
    from carebench_leaderboard.tally import Tally
    from carebench_leaderboard.yardstick import Yardstick

Verdict = Literal["better", "worse", "equivalent", "not told apart"]


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """The paired difference of two models on one task, first less second, in what the board shows.

    Attributes:
        task: name.
        title: for people.
        first: what is shown for the first model.
        second: what is shown for the second.
        difference: over the seeds that both have.
        interval: its 95 % interval; patients or replications vary, and trainings where seeds tell of them.
        verdict: of the first model: `better` or `worse` where the interval lies beyond the region of practical
            equivalence, `equivalent` where it lies within, else `not told apart`.
    """

    task: str
    title: str
    first: float
    second: float
    difference: float
    interval: Interval
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two models on one board.

    Attributes:
        family: name of the board.
        title: of the board.
        measure: `skill`, or the label of the primary metric.
        rope: half-width of the region of practical equivalence, in what is shown.
        first: name of a model.
        second: name of the other.
        contrasts: of the tasks that both have, in the board's order.
        difference: over these tasks, cohorts counting alike.
        interval: its 95 % interval on these tasks.
        verdict: of the first model, over all.
        cohorts: number of cohorts.
        p: of the signed-rank test across cohorts; None with fewer than 6.
        practical: posterior across cohorts; None with fewer than 6.
        wins: number of tasks where the first is `better`.
        losses: where it is `worse`.
        ties: the others.
    """

    family: str
    title: str
    measure: str
    rope: float
    first: str
    second: str
    contrasts: tuple[Contrast, ...]
    difference: float
    interval: Interval
    verdict: Verdict
    cohorts: int
    p: float | None
    practical: Practical | None
    wins: int
    losses: int
    ties: int


def compare(board: Board, first: str, second: str) -> list[Comparison]:
    """The two models on each board that has both, on the tasks that both have.

    Raises:
        TableError: when a name is unknown, or no board has both with a task in common.
    """
    known = sorted({model for section in board.sections for model in section.models})
    for name in (first, second):
        if name not in known:
            raise TableError(f"no model on the board is called {name!r}; {nearest(name, known)}")
    both = [section for section in board.sections if {first, second} <= set(section.models)]
    found = [each for section in both if (each := _compare(section, first, second)) is not None]
    if not found:
        raise TableError(
            f"{first} and {second} have no task with scores of both; compare two models of one board"
        )
    return found


def _compare(section: Section, first: str, second: str) -> Comparison | None:
    tally, family = section.tally, section.family
    points = tally.differences(first, second)
    if not points:
        return None
    mean, yard = combine(points, equal_weights(points)), tally.yard
    rope = abs(family.rope / yard.span)
    contrasts = _contrasts(tally, points, (first, second), rope)
    cohorts = np.array(by_cohort(points)) * _sign(yard)
    enough = cohorts.size >= smallest_number(1) and yard.better != "nearer"
    verdicts = [each.verdict for each in contrasts]
    return Comparison(
        family=family.name,
        title=family.title or family.name,
        measure="skill" if yard.anchored else family.primary.label,
        rope=rope,
        first=first,
        second=second,
        contrasts=tuple(contrasts),
        difference=mean.value,
        interval=interval_of(mean, yard.scale.of_difference),
        verdict=verdict_of(mean, yard, rope),
        cohorts=int(cohorts.size),
        p=signed_rank(cohorts) if enough else None,
        practical=signed_rank_posterior(cohorts, rope) if enough else None,
        wins=verdicts.count("better"),
        losses=verdicts.count("worse"),
        ties=verdicts.count("equivalent") + verdicts.count("not told apart"),
    )


def _contrasts(tally: Tally, points: Sequence[Point], models: tuple[str, str], rope: float) -> list[Contrast]:
    """The difference of two `models` on each task, from the `points` of it."""
    titles = {task.name: task.shown for task in tally.tasks}
    first, second = ({point.task: point.value for point in tally.shown[name]} for name in models)
    scale, found = tally.yard.scale.of_difference, []
    for point in points:
        alone, both = combine([point], [1.0]), (first[point.task], second[point.task])
        found.append(
            Contrast(
                task=point.task,
                title=titles[point.task],
                first=both[0],
                second=both[1],
                difference=point.value,
                interval=interval_of(alone, scale),
                verdict=verdict_of(alone, tally.yard, rope, both),
            )
        )
    return found


def verdict_of(mean: Mean, yard: Yardstick, rope: float, shown: tuple[float, float] | None = None) -> Verdict:
    """What the interval of a difference says of the first model.

    Where nearer to an ideal is better, a difference that is told apart speaks for the one that is nearer, and says nothing
    without knowing where the two are (`shown`).
    """
    interval = interval_of(mean, yard.scale.of_difference)
    if interval.low is None or interval.high is None:
        return "not told apart"
    if -rope <= interval.low and interval.high <= rope:
        return "equivalent"
    if interval.low <= rope and interval.high >= -rope:
        return "not told apart"
    if yard.better == "nearer":
        if shown is None:
            return "not told apart"
        return "better" if yard.distance(shown[0]) < yard.distance(shown[1]) else "worse"
    return "better" if mean.value * _sign(yard) > 0 else "worse"


def _sign(yard: Yardstick) -> int:
    return -1 if yard.better == "lower" else 1
