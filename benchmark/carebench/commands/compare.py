"""The command `compare`: two models of a board, task by task and over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.commands.board import check_folder, read
from carebench_leaderboard import compare, printed, read_board

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard import Printed

HEADINGS = ("task", "first", "second", "difference", "95 % interval", "first is")
FOLDED = ("task", "first is")


def compare_models(first: str, second: str, folder: Path) -> None:
    """Print paired differences by task with intervals, what they come to, and the verdict across cohorts."""
    check_folder(folder)
    found = read(lambda: compare(read_board(folder), first, second))
    console = Console(highlight=False)
    for each in found:
        _print(printed(each), console)


def _print(found: Printed, console: Console) -> None:
    console.print(Text(f"\n{found.heading}", style="bold"))
    console.print(Text(found.columns, style="dim"))
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in HEADINGS:
        table.add_column(
            heading,
            justify="left" if heading in FOLDED else "right",
            no_wrap=heading not in FOLDED,
            overflow="fold",
        )
    for row in found.rows:
        table.add_row(*map(Text, row))
    console.print(table)
    for sentence in found.sentences:
        console.print(Text(sentence))
