"""The command `board`, and the end of every run: a results folder in, files and the top of the board out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from carebench.errors import UsageError
from carebench_leaderboard import TableError, write_board

if TYPE_CHECKING:
    from pathlib import Path


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
    console.print(board)
