"""The command `board`, and the end of every run: a results folder in, files and the top of the board out."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.errors import UsageError
from carebench_leaderboard import Line, TableError, summary, write_board

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COLUMNS = ("rank", "model", "skill", "interval", "difference", "coverage", "remarks")
HEADINGS = ("", "model", "mean skill", "95 % interval", "to leader", "coverage", "")


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
    for name, lines in groupby(summary(board, top=20), key=lambda line: line.board):
        console.print(Text(f"\n{name}", style="bold"))
        console.print(_table(lines))
    console.print(Text(f"\nThe board: {(folder / 'index.html').resolve().as_uri()}"), soft_wrap=True)


def _table(lines: Iterable[Line]) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column, heading in zip(COLUMNS, HEADINGS, strict=True):
        right = column in ("rank", "skill", "coverage")
        table.add_column(
            heading, justify="right" if right else "left", no_wrap=column not in ("model", "remarks")
        )
    for line in lines:
        table.add_row(*(Text(getattr(line, column)) for column in COLUMNS))
    return table
