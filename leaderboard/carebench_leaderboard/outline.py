"""The top of each board as plain rows, for the command line; separate so that this package prints nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from carebench_leaderboard.board import Board, Section
    from carebench_leaderboard.standing import Standing


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row to print: texts only, safe to show.

    Attributes:
        board: title of the family.
        rank: position, or empty.
        model: what people call it.
        name: what the command line calls it.
        skill: mean skill.
        interval: its 95 % interval, or empty.
        difference: to the leader with interval, or empty.
        coverage: ok of planned cells; empty for a comparator.
        remarks: why it is unranked.
    """

    board: str
    rank: str
    model: str
    name: str
    skill: str
    interval: str
    difference: str
    coverage: str
    remarks: str


def summary(board: Board, top: int = 10) -> list[Line]:
    """The first `top` rows of each board."""
    return [_line(section, row) for section in board.sections for row in section.standings[:top]]


@dataclass(frozen=True, kw_only=True)
class ScoreLine:
    """One model's primary scores to print, in the order of `tasks`; texts only, safe to show.

    Attributes:
        board: title of the family, and of the score.
        tasks: names of the tasks without their family.
        name: what the command line calls it.
        scores: one for each task.
        intervals: 95 % interval for these fits, one for each task, or empty.
    """

    board: str
    tasks: tuple[str, ...]
    name: str
    scores: tuple[str, ...]
    intervals: tuple[str, ...]


def scores(board: Board, top: int = 10) -> list[ScoreLine]:
    """The primary scores of the first `top` models of each board, by task."""
    return [_scores(section, row) for section in board.sections for row in section.standings[:top]]


def _scores(section: Section, row: Standing) -> ScoreLine:
    primary = section.family.primary
    found = [{score.model: score for score in part.scores}.get(row.model) for part in section.tasks]
    return ScoreLine(
        board=visible(f"{section.family.title}: {primary.label}"),
        tasks=tuple(visible(part.task.name.partition("/")[2]) for part in section.tasks),
        name=visible(row.model),
        scores=tuple(
            figures.number(score.values.get(primary.name)) if score else figures.ABSENT for score in found
        ),
        intervals=tuple(figures.bounds(score.fits) if score else "" for score in found),
    )


def _line(section: Section, row: Standing) -> Line:
    between = figures.bounds(row.difference_interval)
    return Line(
        board=visible(section.family.title),
        rank=row.rank,
        model=visible(row.title),
        name=visible(row.model),
        skill=figures.skill(row.skill),
        interval=figures.bounds(row.interval),
        difference="" if row.difference is None else f"{figures.difference(row.difference)} ({between})",
        coverage="" if row.role == "comparator" else f"{row.ok}/{row.planned}",
        remarks="reference" if row.role == "comparator" else ", ".join(row.remarks),
    )
