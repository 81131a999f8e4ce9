"""The command line: parses, calls, prints. What takes time to import is imported by the command that needs it."""

from __future__ import annotations

import sys

import typer

from carebench.cli import boards, data, listings, looking, running
from carebench.errors import CarebenchError

app = typer.Typer(
    name="carebench",
    help="Compare machine-learning methods on standard clinical tasks, and publish the result.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    *(running.run, running.plan, running.replicate),
    *(boards.board, boards.compare, boards.export),
    *(looking.show, looking.logs, looking.doctor, looking.version),
):
    app.command()(command)
app.add_typer(listings.app, name="list")
app.add_typer(data.app, name="data")


def main() -> None:
    """Run the command line; errors that somebody can mend are printed without traceback, once, here."""
    try:
        app()
    except CarebenchError as error:
        typer.secho(f"carebench: {error}", err=True, fg="red")
        sys.exit(error.status)
