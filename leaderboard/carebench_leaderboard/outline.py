"""The top of each board as plain rows, for the command line; separate so that this package prints nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.sentences import told
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.analysis import Analysis
    from carebench_leaderboard.board import Board, Section
    from carebench_leaderboard.standing import Standing

REFERENCES = 3


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row to print: texts only, safe to show.

    Attributes:
        rank: position, or empty.
        ranks: range of ranks, or empty.
        tie: a letter for the group of models that are not told from its first, or empty.
        model: what people call it.
        name: what the command line calls it.
        shown: mean skill, or the score on a board without anchors.
        interval: its 95 % interval, or empty.
        difference: to the leader with interval, or empty.
        coverage: ok of planned cells; empty for a comparator.
        remarks: why it is unranked.
    """

    rank: str
    ranks: str
    tie: str
    model: str
    name: str
    shown: str
    interval: str
    difference: str
    coverage: str
    remarks: str


@dataclass(frozen=True, kw_only=True)
class Top:
    """The first rows of one board.

    Attributes:
        board: title of the family.
        measure: what `Line.shown` is.
        heading: the same in one word.
        lines: the rows, references last.
        more: number of rows that are left to the page.
        sentences: what the data tell apart, and what they could.
    """

    board: str
    measure: str
    heading: str
    lines: tuple[Line, ...]
    more: int
    sentences: tuple[str, ...]


def summary(board: Board, top: int = 10) -> list[Top]:
    """The first `top` models of each board, and behind them its first references; a board without rows is left out."""
    return [_top(section, _first(section, top)) for section in board.sections if section.standings]


def _first(section: Section, top: int) -> list[Standing]:
    entrants = [row for row in section.standings if row.role == "entrant"][:top]
    return [*entrants, *[row for row in section.standings if row.role == "comparator"][:REFERENCES]]


def _top(section: Section, rows: Sequence[Standing]) -> Top:
    return Top(
        board=visible(section.family.title or section.family.name),
        measure=visible(figures.measure(section.family)),
        heading="score" if section.family.no_skill is None else "skill",
        lines=tuple(_line(row, section.analysis) for row in rows),
        more=len(section.standings) - len(rows),
        sentences=tuple(visible(sentence) for sentence in told(section)),
    )


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
    """The primary scores of the models of `summary`, by task."""
    return [_scores(section, row) for section in board.sections for row in _first(section, top)]


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


def _line(row: Standing, analysis: Analysis) -> Line:
    group = analysis.group_of.get(row.model)
    between = figures.bounds(row.difference_interval)
    return Line(
        rank=row.rank,
        ranks=figures.ranks(analysis.ranges.get(row.model)),
        tie="" if group is None else figures.letter(group),
        model=visible(row.title),
        name=visible(row.model),
        shown=figures.shown(row),
        interval=figures.bounds(row.interval),
        difference="" if row.difference is None else f"{figures.difference(row.difference)} ({between})",
        coverage="" if row.role == "comparator" else f"{row.ok}/{row.planned}",
        remarks="reference" if row.role == "comparator" else ", ".join(row.remarks),
    )
