"""The commands that read a results folder: `board`, `compare` and `export`; they need no data, no models and no Ray."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from carebench.cli.options import BOARD, BoardOption


def board(
    folder: Annotated[
        Path, typer.Argument(help="Folder with results.json, such as leaderboards/quick.")
    ] = BOARD,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="KIND=PATTERN",
            help="Only the cells that fit, such as model=*forest*, cohort=!support, task=... or family=...; may be repeated.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; where the results are by default.")
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, help="How many models of each board to print.")] = None,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="The page as one file, to send by mail.")
    ] = False,
    no_logs: Annotated[
        bool, typer.Option("--no-logs", help="Leave out what cells printed, tracebacks and environments.")
    ] = False,
) -> None:
    """Rebuild the board of a results folder; needs no data, no models and no Ray.

    With a filter, all statistics are those of the part, and nothing is written unless --out says where.
    """
    from carebench.commands.board import show_board

    show_board(folder, filters or [], out, top, single=single_file, logs=not no_logs)


def compare(
    first: Annotated[str, typer.Argument(help="A model of the board.")],
    second: Annotated[str, typer.Argument(help="Another one.")],
    folder: BoardOption = BOARD,
) -> None:
    """Compare two models: paired differences by task, their mean, and the verdict across cohorts."""
    from carebench.commands.compare import compare_models

    compare_models(first, second, folder)


def export(
    kind: Annotated[str, typer.Argument(help="paper for all of it; latex, figures or citations for a part.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write to.")],
    folder: BoardOption = BOARD,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="KIND=PATTERN", help="As for `carebench board`; may be repeated."),
    ] = None,
) -> None:
    """Write a board's tables (LaTeX), figures (SVG), citations (BibTeX, CFF) and TRIPOD+AI checklist, for a paper."""
    from carebench.commands.export import export as command

    command(kind, out, folder, filters or [])
