"""The command `doctor`: runs the checks, prints what they found and what to do, and repairs only when asked."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.doctor import Finding, fine, leftovers, problem, registered, stored
from carebench.doctor.environment import environment, on_platform
from carebench.doctor.repair import repair as mend
from carebench.store import Store
from carebench.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def examine(folder: Path, *, repair: bool) -> int:
    """Check everything; exit status 1 when there is a problem, else 0."""
    console = Console(highlight=False)
    system = on_platform(platform.system())
    if system.level == "problem":
        return _conclude([*_told("environment", [system], console)], console)
    found = _told("environment", environment(), console)
    with console.status("finding plugins"):
        plugins, data = _registered()
    found += _told("plugins", plugins, console) + _told("data", data, console)
    found += _told("store", _store(folder.resolve(), console, repair=repair), console)
    found += _told("leftovers", _leftovers(console, repair=repair), console)
    return _conclude(found, console)


def try_filesystem(folder: Path) -> int:
    """Try whether a store may live in `folder`; exit status 1 when it may not."""
    from carebench.doctor.filesystem import filesystem

    console = Console(highlight=False)
    with console.status("eight processes are at work"):
        found = filesystem(folder)
    _told("file system", found, console)
    bad = any(finding.level == "problem" for finding in found)
    verdict = "may not live" if bad else "may live"
    console.print(Text(f"\nA store {verdict} in {folder}."), soft_wrap=True)
    return int(bad)


def _registered() -> tuple[list[Finding], list[Finding]]:
    from carebench.discovery import discover

    catalogue = discover()
    return registered.plugins(catalogue), registered.data(catalogue)


def _store(folder: Path, console: Console, *, repair: bool) -> list[Finding]:
    if not folder.exists():
        return [fine(f"there is no store at {folder} yet")]
    if not folder.is_dir():
        return [problem(f"{folder} is a file", "move it, or name another folder with --store")]
    store = Store(folder)
    with console.status("reading every file of the store"):
        found = stored.inspect(store)
    if repair and (found.segments or found.damaged or found.splits or found.unfinished):
        _say_done(mend(store, found), console)
        found = stored.inspect(store)
    return stored.findings(found, folder)


def _leftovers(console: Console, *, repair: bool) -> list[Finding]:
    found = leftovers.leftovers()
    if repair and (found.strays or found.folders):
        _say_done(leftovers.clear(found), console)
        found = leftovers.leftovers()
    return leftovers.findings(found)


def _say_done(done: Sequence[str], console: Console) -> None:
    console.print(Text("\nrepaired", style="bold"))
    for sentence in done:
        console.print(Text(f"  {one_line(sentence, 1_000)}"), soft_wrap=True)


def _told(heading: str, found: Sequence[Finding], console: Console) -> list[Finding]:
    table = Table.grid(padding=(0, 1), expand=False)
    table.add_column(width=9, no_wrap=True)
    table.add_column(overflow="fold")
    for finding in found:
        table.add_row(
            Text(f"  {finding.level}", style=_STYLES[finding.level]), Text(one_line(finding.what, 1_000))
        )
        if finding.remedy:
            table.add_row("", Text(f"-> {one_line(finding.remedy, 1_000)}"))
    console.print(Text(f"\n{heading}", style="bold"))
    console.print(table)
    return list(found)


def _conclude(found: Sequence[Finding], console: Console) -> int:
    problems = sum(finding.level == "problem" for finding in found)
    warnings = sum(finding.level == "warning" for finding in found)
    verdict = f"{problems} problems, {warnings} warnings." if problems or warnings else "All is well."
    console.print(f"\n{verdict}")
    return int(problems > 0)
