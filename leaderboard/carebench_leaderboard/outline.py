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
        skill: mean skill.
        interval: its 95 % interval, or empty.
        difference: to the leader with interval, or empty.
        coverage: ok of planned cells; empty for a comparator.
        remarks: why it is unranked.
    """

    board: str
    rank: str
    model: str
    skill: str
    interval: str
    difference: str
    coverage: str
    remarks: str


def summary(board: Board, top: int = 10) -> list[Line]:
    """The first `top` rows of each board."""
    return [_line(section, row) for section in board.sections for row in section.standings[:top]]


def _line(section: Section, row: Standing) -> Line:
    between = figures.bounds(row.difference_interval)
    return Line(
        board=visible(section.family.title),
        rank=row.rank,
        model=visible(row.title),
        skill=figures.skill(row.skill),
        interval=figures.bounds(row.interval),
        difference="" if row.difference is None else f"{figures.difference(row.difference)} ({between})",
        coverage="" if row.role == "comparator" else f"{row.ok}/{row.planned}",
        remarks="reference" if row.role == "comparator" else ", ".join(row.remarks),
    )
