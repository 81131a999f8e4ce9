"""The command `export`: a board's tables, figures, citations and checklist, for a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from carebench.commands.board import check_folder, read
from carebench.errors import UsageError
from carebench.names import nearest
from carebench_leaderboard import EXPORTS, write_export

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def export(kind: str, out: Path, folder: Path, filters: Sequence[str]) -> None:
    """Write an export of the board of `folder` to `out`, and list its files."""
    check_folder(folder)
    chosen = next((each for each in EXPORTS if each == kind), None)
    if chosen is None:
        raise UsageError(f"no export is called {kind!r}; {nearest(kind, EXPORTS)}")
    try:
        written = read(lambda: write_export(folder, chosen, out, filters))
    except OSError as error:
        raise UsageError(f"the export could not be written to {out}: {error}; name another folder") from error
    console = Console(highlight=False)
    for name in written:
        console.print(Text(f"  {name}", style="dim"), soft_wrap=True)
    console.print(Text(f"{len(written)} files in {out}"), soft_wrap=True)
