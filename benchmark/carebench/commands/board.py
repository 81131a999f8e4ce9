"""The command `board`, and the end of every run: a results folder in, files and the top of the board out."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.errors import UsageError
from carebench_leaderboard import Line, ScoreLine, TableError, scores, summary, write_board

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS = ("rank", "name", "shown", "interval", "difference", "coverage", "remarks")
SELDOM = ("coverage", "remarks")
RIGHT = ("rank", "shown", "coverage")
FOLDED = {"name": 26, "remarks": 18}
SPARED = ("difference", "interval", "remarks")
TOP = 10
MOST_WITH_INTERVALS = 2
HEADINGS = {
    "rank": "",
    "name": "model",
    "shown": "score",
    "interval": "95 % interval",
    "difference": "to leader",
    "coverage": "cells",
    "remarks": "",
}


def show_board(folder: Path) -> None:
    """Rebuild the board of `folder` and print its top."""
    if not (folder / "results.json").is_file():
        raise UsageError(f"{folder} has no results.json; `carebench run` leaves one under leaderboards/")
    print_board(folder, Console(highlight=False))


def print_board(folder: Path, console: Console) -> None:
    """Write the board's files to `folder` and print its top."""
    try:
        board = write_board(folder)
    except TableError as error:
        raise UsageError(str(error)) from error
    for warning in board.warnings:
        console.print(Text(f"results table: {warning}", style="dim"))
    for part in summary(board, top=TOP):
        console.print(Text(f"\n{part.board}: {part.measure} over tasks, reference lines last", style="bold"))
        console.print(_table(part.lines, part.heading, console.width))
        if part.more:
            console.print(Text(f"and {part.more} more on the page", style="dim"))
    for name, rows in groupby(scores(board, top=TOP), key=lambda line: line.board):
        _print_scores(name, list(rows), console)
    console.print(Text(f"\nThe board: {(folder / 'index.html').resolve().as_uri()}"), soft_wrap=True)


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
    return sum(
        2 + max(len(HEADINGS[column]), *(len(getattr(line, column)) for line in lines))
        if column not in FOLDED
        else FOLDED[column]
        for column in columns
    )


def _worth_saying(line: Line, column: str) -> bool:
    text = getattr(line, column)
    if column == "coverage":
        ok, _, planned = text.partition("/")
        return bool(ok != planned)
    return bool(text and text != "reference")
