"""The `list` commands: what is registered, as tables; names of strangers are shown as text, never as markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from carebench.discovery import discover
from carebench.suite import Suite, read_suite, shipped_suites

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_GAP = 2
_ONE = {"families": "family", "tasks": "task", "models": "model"}
_PIPED = 400


@dataclass(frozen=True)
class _Item:
    """One line of a list: a name, what it is, and details in the order of their headings."""

    name: str
    title: str
    details: Sequence[str]


def tasks(named: Sequence[str]) -> None:
    """Print all tasks."""
    items = (
        _Item(
            task.name,
            f"{task.title} (needs {', '.join(task.missing)})" if task.missing else task.title,
            (task.family, task.cohort, task.design, ", ".join(task.modalities), task.origin.label),
        )
        for task in discover(named).tasks
    )
    _print(("task", "question", "family", "cohort", "design", "modality", "from"), items)


def models(named: Sequence[str]) -> None:
    """Print all models; those whose libraries are absent say so."""
    items = (
        _Item(
            model.name,
            f"{model.title} (needs {', '.join(model.missing)})" if model.missing else model.title,
            (", ".join(model.families), model.inputs, model.modality, model.origin.label),
        )
        for model in discover(named).models
    )
    _print(("model", "method", "families", "inputs", "modality", "from"), items)


def families(named: Sequence[str]) -> None:
    """Print all families."""
    items = (
        _Item(
            family.name,
            family.question,
            (", ".join(metric.label for metric in family.metrics), family.origin.label),
        )
        for family in discover(named).families
    )
    _print(("family", "question", "metrics, primary first", "from"), items)


def plugins(named: Sequence[str]) -> None:
    """Print all plugins, and the tracebacks of those that are not available."""
    entries = discover(named).plugins
    items = (
        _Item(
            entry.origin.name,
            "; ".join(entry.problems) or _tally(entry.adds),
            (entry.origin.target, entry.origin.label),
        )
        for entry in sorted(entries, key=lambda entry: entry.origin.name)
    )
    _print(("plugin", "adds, or why not", "module", "from"), items)
    for entry in entries:
        if entry.traceback:
            _console().print(Text(f"\n{entry.origin.label}:\n{entry.traceback}"))


def suites() -> None:
    """Print all suites that ship with plugins."""
    found = (read_suite(path) for path in shipped_suites().values())
    items = (
        _Item(
            suite.name,
            suite.title,
            tuple(str(len(_named(suite, kind))) for kind in ("tasks", "models", "seeds")),
        )
        for suite in sorted(found, key=lambda suite: suite.name)
    )
    _print(("suite", "for", "tasks", "models", "seeds"), items)


def _named(suite: Suite, kind: str) -> set[Any]:
    """What the parts of a suite name as its tasks, models or seeds."""
    return {each for part in suite.parts for each in getattr(part, kind)}


def _tally(adds: Sequence[str]) -> str:
    """How many of each kind, such as `1 family, 10 tasks`."""
    counted = [(len(names.split(",")), kind) for kind, _, names in (each.partition(":") for each in adds)]
    return ", ".join(f"{count} {_ONE.get(kind, kind) if count == 1 else kind}" for count, kind in counted)


def _print(headings: Sequence[str], items: Iterable[_Item]) -> None:
    """One line for each item where the screen is wide enough for all, else its details below it, folded."""
    shown, console = list(items), _console()
    rows = [(item.name, item.title, *item.details) for item in shown]
    widths = [max(map(cell_len, column)) + _GAP for column in zip(headings, *rows, strict=True)]
    if sum(widths) <= console.width:
        console.print(_table(headings, rows))
        return
    for item in shown:
        details = [
            f"{name}: {value}" for name, value in zip(headings[2:], item.details, strict=True) if value
        ]
        console.print(Text(item.name, style="bold"))
        for text in (Text(item.title), Text("; ".join(details), style="dim")):
            console.print(Padding(text, (0, 0, 0, 4)))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _console() -> Console:
    """Wide where nobody looks, so that a pipe gets one line for each item."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPED)
