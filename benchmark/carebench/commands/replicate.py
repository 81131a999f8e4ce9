"""The command `replicate`: published numbers, obtained again through the normal run, and compared."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.commands.completing import (
    Conditions,
    Outcome,
    carry_out,
    check_words,
    complete,
    say_how_it_ended,
)
from carebench.comparison import compare
from carebench.declared import checked
from carebench.discovery import discover
from carebench.plan import dotted_names, plan_cells
from carebench.published import check_names, find_published
from carebench.replications import HEADINGS, as_plain, figures, printed, spans, write_replications
from carebench.results import rows
from carebench.store import Store
from carebench.suite import SuiteLimits
from carebench.warden import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench.comparison import Comparison
    from carebench.events import JsonReporter
    from carebench.plan import Plan
    from carebench.published import Published

STYLES = {"within": "green", "outside": "red", "failed": "red"}
FOLDED = ("what", "published")
_PIPED = 160


@dataclass(frozen=True, kw_only=True)
class Request(Conditions):
    """What the user asked for, word by word; see `carebench replicate --help`."""

    words: Sequence[str] = ()
    out: Path = Path("replications")


def replicate(request: Request) -> int:
    """Obtain the numbers and compare them.

    Returns:
        The exit status: 0; 1 when a number that gates is outside its tolerance or could not be had though all that
        it needs is here; 130 when stopped.
    """
    return carry_out(request, lambda console, events: _replicate(request, console, events))


def list_published(words: Sequence[str]) -> None:
    """Print the entries, with status and source; runs nothing and imports no plugin."""
    console = _wide(Console(highlight=False))
    table = _table(("id", "what", "published", "status", "task", "model", "seeds"))
    entries = find_published(words)
    for entry in entries:
        seeds = spans(entry.seeds)
        table.add_row(
            *map(Text, (entry.id, entry.what, printed(entry), entry.status, entry.task, entry.model, seeds))
        )
    console.print(table)
    _print_sources(entries, console)


def print_plan(request: Request) -> None:
    """Print the cells that would be run, and run none."""
    plan = _plan(request, find_published(request.words))
    console = _wide(Console(highlight=False))
    table = _table(("task", "model", "seeds"))
    seeds: dict[tuple[str, str], list[int]] = {}
    for cell, _, _ in plan.cells():
        seeds.setdefault((cell.task, cell.model), []).append(cell.seed)
    for (task, model), found in seeds.items():
        table.add_row(task, model, spans(found))
    console.print(table)
    console.print(f"Cells: {sum(map(len, seeds.values()))}.")


def _replicate(request: Request, console: Console, events: JsonReporter | None) -> Outcome:
    began = time.monotonic()
    check_words(request)
    entries = find_published(request.words)
    with console.status("finding plugins"):
        plan = _plan(request, entries)
    store = Store(request.store.resolve())
    store.open_for_writing()
    completion = complete(plan, store, request, console, events, began=began)
    found = rows(plan, store.read())
    comparisons = [compare(entry, found) for entry in entries]
    write_replications(comparisons, request.out)
    if events:
        for each in comparisons:
            events.compared(as_plain(each))
    _print_comparisons(comparisons, _wide(console))
    say_how_it_ended(completion, request, console, time.monotonic() - began)
    stopped, spoilt = completion.summary.interrupted, any(each.spoils for each in comparisons)
    status = 130 if stopped else int(spoilt)
    return Outcome(status=status, summary=completion.summary, start_up=completion.start_up)


def _plan(request: Request, entries: Sequence[Published]) -> Plan:
    asked = {"time": request.time_limit, "memory": request.memory_limit}
    limits = checked(SuiteLimits, {name: value for name, value in asked.items() if value}, "the command line")
    catalogue = discover(request.plugins, dotted_names([entry.model for entry in entries]))
    check_names(entries, catalogue)
    cells = {cell for entry in entries for cell in entry.cells}
    return plan_cells(
        cells,
        catalogue,
        Limits(wall=limits.time, memory=limits.memory),
        name="replications",
        title="Published numbers and ours",
    )


def _print_comparisons(comparisons: Sequence[Comparison], console: Console) -> None:
    table = _table(HEADINGS)
    for each in comparisons:
        entry = each.entry
        verdict = Text(each.verdict, style=STYLES.get(each.verdict, "dim"))
        table.add_row(*map(Text, (entry.id, entry.what, printed(entry), *figures(each))), verdict)
    console.print(table)
    for each in comparisons:
        if each.reason:
            console.print(Text(f"{each.entry.id}, {each.entry.what}: {each.reason}"), soft_wrap=True)
    _print_sources([each.entry for each in comparisons], console)


def _print_sources(entries: Sequence[Published], console: Console) -> None:
    """Each source once, with the ids that rest on it."""
    for name, source in dict.fromkeys((entry.id, entry.source) for entry in entries):
        console.print(Text(f"{name}  {source}", style="dim"), soft_wrap=True)


def _table(headings: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=heading not in FOLDED, overflow="fold")
    return table


def _wide(console: Console) -> Console:
    """The console itself on a terminal; where nobody looks, one wide enough for the table."""
    return console if console.is_terminal else Console(highlight=False, stderr=console.stderr, width=_PIPED)
