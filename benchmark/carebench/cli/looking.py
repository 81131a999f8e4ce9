"""The commands that look at what is here: `show`, `logs`, `doctor` and `version`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carebench import __version__
from carebench.cli.options import RESULTS, StoreOption


def show(
    cell: Annotated[str, typer.Argument(help="The first characters of a cell's key, or TASK,MODEL,SEED.")],
    store: StoreOption = RESULTS,
) -> None:
    """Show what became of a cell: every attempt, its cost, why it failed, and its scores."""
    from carebench.commands.show import show_cell

    show_cell(cell, store)


def logs(
    cell: Annotated[str, typer.Argument(help="The first characters of a cell's key, or TASK,MODEL,SEED.")],
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Only this attempt, numbered as `show` lists them.")
    ] = None,
    store: StoreOption = RESULTS,
) -> None:
    """Print what a cell printed, head and tail, and its traceback, of all attempts."""
    from carebench.commands.logs import print_logs

    print_logs(cell, store, attempt)


def doctor(
    store: StoreOption = RESULTS,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Set damaged files aside, remove what dead runs left; results are never deleted."
        ),
    ] = False,
    filesystem: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Only test whether a store may live in this folder's file system."),
    ] = None,
) -> None:
    """Say what is wrong with installation, plugins and store, and what to do.

    Exit status 1 when there is a problem, 0 with at most warnings.
    """
    from carebench.commands import doctor as command

    status = command.try_filesystem(filesystem) if filesystem else command.examine(store, repair=repair)
    raise typer.Exit(status)


def version() -> None:
    """Print the version."""
    typer.echo(f"carebench {__version__}")
