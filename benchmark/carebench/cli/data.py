"""The commands `carebench data ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Say which data there are, add your own copies, fetch open ones.", no_args_is_help=True
)
DatasetArgument = Annotated[str, typer.Argument(metavar="NAME", help="As `carebench data list` says it.")]


@app.command("list")
def list_data() -> None:
    """Data sets: what is here, what needs which access, and how to get it."""
    from carebench.commands import data as command

    command.list_datasets()


@app.command("add")
def add_data(
    name: DatasetArgument,
    path: Annotated[Path, typer.Argument(help="Folder that holds your copy, in its original layout.")],
    allow_nonstandard: Annotated[
        bool, typer.Option("--allow-nonstandard", help="Take other counts than the published ones: a subset.")
    ] = False,
) -> None:
    """Remember where your copy lies, once it was read and counted."""
    from carebench.commands import data as command

    command.add(name, path, nonstandard=allow_nonstandard)


@app.command("forget")
def forget_data(name: DatasetArgument) -> None:
    """Forget where your copy lies; no file is touched."""
    from carebench.commands import data as command

    command.forget(name)


@app.command("fetch")
def fetch_data(
    name: DatasetArgument,
    base_url: Annotated[
        str,
        typer.Option(help="A mirror to fetch from, with the publisher's layout; the publisher by default."),
    ] = "",
) -> None:
    """Download an open data set to the cache, with the publisher's checksums; goes on where it stopped."""
    from carebench.commands import data as command

    command.fetch(name, base_url)


@app.command("check")
def check_data(name: DatasetArgument) -> None:
    """Read a data set where it lies, and say what it holds or what is wrong with it."""
    from carebench.commands import data as command

    command.check(name)
