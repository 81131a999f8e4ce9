"""Options that several commands share; separate so that each is described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PluginOption = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE_OR_MODULE", help="Add a plugin; may be repeated."),
]
StoreOption = Annotated[Path, typer.Option("--store", help="Folder that keeps every answer and score.")]
ExecutorOption = Annotated[str, typer.Option("--executor", help="Where cells run: ray or local.")]
AddressOption = Annotated[str, typer.Option("--address", help="host:port of a running Ray cluster.")]
CpusOption = Annotated[int | None, typer.Option("--cpus", min=1, help="Cores to use; all by default.")]
TimeOption = Annotated[
    str | None, typer.Option("--time-limit", help="Wall time for one cell, such as 90s or 10m.")
]
MemoryOption = Annotated[
    str | None, typer.Option("--memory-limit", help="Resident memory for one cell, such as 4GiB.")
]
RetryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--retry", metavar="STATUS", help="Try cells of this status again, or 'all'; may be repeated."
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Tell every event as a line of JSON on stdout; see docs/events.md.")
]
RESULTS = Path("results")
BOARD = Path("leaderboards/quick")
BoardOption = Annotated[
    Path, typer.Option("--board", help="Folder with results.json, such as leaderboards/quick.")
]
