"""The command `board`, and the end of every run: a results folder in, files and the top of the board out."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.errors import UsageError
from carebench_leaderboard import (
    Board,
    Line,
    ScoreLine,
    TableError,
    read_board,
    scores,
    summary,
    write_board,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Found = TypeVar("Found")

COLUMNS = ("rank", "ranks", "tie", "name", "shown", "interval", "difference", "coverage", "remarks")
SELDOM = ("ranks", "tie", "coverage", "remarks")
RIGHT = ("rank", "shown", "coverage")
FOLDED = {"name": 30, "remarks": 18}
SPARED = ("difference", "interval", "remarks", "tie")
TOP = 10
MOST_WITH_INTERVALS = 2
HEADINGS = {
    "rank": "",
    "ranks": "ranks",
    "tie": "tie",
    "name": "model",
    "shown": "score",
    "interval": "95 % interval",
    "difference": "to leader",
    "coverage": "cells",
    "remarks": "",
}


def show_board(
    folder: Path,
    filters: Sequence[str] = (),
    out: Path | None = None,
    top: int | None = None,
    *,
    single: bool = False,
    logs: bool = True,
) -> None:
    """Rebuild the board of `folder`, or of the part of it that fits `filters`, and print its top.

    A part is written only where `out` says.
    """
    check_folder(folder)
    console = Console(highlight=False)
    if not filters or out is not None:
        return print_board(folder, console, out=out, filters=filters, top=top, single=single, logs=logs)
    board = read(lambda: read_board(folder, filters))
    console.print(Text(f"Of the cells that fit {' '.join(filters)}; nothing is written.", style="dim"))
    _print_tops(board, console, top or TOP)
    return None


def check_folder(folder: Path) -> None:
    """Raise a `UsageError` unless `folder` holds a results table."""
    if not (folder / "results.json").is_file():
        raise UsageError(f"{folder} has no results.json; `carebench run` leaves one under leaderboards/")


def read(how: Callable[[], Found]) -> Found:
    """What `how` gives, a fault of the table told as one of ours."""
    try:
        return how()
    except TableError as error:
        raise UsageError(str(error)) from error


def print_board(
    folder: Path,
    console: Console,
    *,
    out: Path | None = None,
    filters: Sequence[str] = (),
    top: int | None = None,
    single: bool = False,
    logs: bool = True,
) -> None:
    """Write the board's files to `out`, by default to `folder`, and print its top."""
    board = read(lambda: write_board(folder, out, filters, single=single, logs=logs))
    _print_tops(board, console, top or TOP)
    page = ((out or folder) / "index.html").resolve().as_uri()
    console.print(Text(f"\nThe board: {page}"), soft_wrap=True)


def _print_tops(board: Board, console: Console, top: int) -> None:
    for warning in board.warnings:
        console.print(Text(f"results table: {warning}", style="dim"))
    for part in summary(board, top=top):
        last = ", reference lines last" if any(line.remarks == "reference" for line in part.lines) else ""
        console.print(Text(f"\n{part.board}: {part.measure} over tasks{last}", style="bold"))
        console.print(_table(part.lines, part.heading, console.width))
        if part.more:
            console.print(Text(f"and {part.more} more on the page", style="dim"))
        for sentence in part.sentences:
            console.print(Text(sentence, style="dim"))
    for name, rows in groupby(scores(board, top=top), key=lambda line: line.board):
        _print_scores(name, list(rows), console)


def _print_scores(name: str, lines: list[ScoreLine], console: Console) -> None:
    """The scores by task, where they fit on the screen; the page has them all."""
    tasks = lines[0].tasks
    with_intervals = len(tasks) <= MOST_WITH_INTERVALS
    if 24 + sum(max(len(task), 5) + 2 for task in tasks) > console.width:
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("model", *tasks):
        table.add_column(
            heading, justify="left" if heading == "model" else "right", no_wrap=heading != "model"
        )
    for line in lines:
        cells = zip(line.scores, line.intervals, strict=True)
        shown = [f"{score} ({between})" if with_intervals and between else score for score, between in cells]
        table.add_row(*(Text(value) for value in (line.name, *shown)))
    console.print(Text(f"\n{name}", style="bold"))
    console.print(table)


def _table(lines: Sequence[Line], shown: str, room: int) -> Table:
    """Standings; a column takes room only where it has something to say and where there is room for it."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    columns = _columns(lines, room)
    for column in columns:
        table.add_column(
            HEADINGS[column] if column != "shown" else shown,
            justify="right" if column in RIGHT else "left",
            no_wrap=column not in FOLDED,
            overflow="fold",
        )
    for line in lines:
        table.add_row(*(Text(getattr(line, column)) for column in columns))
    return table


def _columns(lines: Sequence[Line], room: int) -> list[str]:
    """The columns worth showing; on a narrow screen the page has the others."""
    columns = [
        column
        for column in COLUMNS
        if column not in SELDOM or any(_worth_saying(line, column) for line in lines)
    ]
    for spared in SPARED:
        if _width(lines, columns) > room and spared in columns:
            columns.remove(spared)
    return columns


def _width(lines: Sequence[Line], columns: Sequence[str]) -> int:
    """Characters that the columns need, those that fold at their narrowest."""
    longest = {
        column: max(len(HEADINGS[column]), *(len(getattr(line, column)) for line in lines))
        for column in columns
    }
    return sum(2 + min(longest[column], FOLDED.get(column, longest[column])) for column in columns) - 2


def _worth_saying(line: Line, column: str) -> bool:
    text = getattr(line, column)
    if column == "coverage":
        ok, _, planned = text.partition("/")
        return bool(ok != planned)
    return bool(text and text != "reference")
