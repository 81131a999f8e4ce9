"""The `list` commands: what is registered, as tables; names of strangers are shown as text, never as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.discovery import discover
from carebench.suite import read_suite, shipped_suites

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def tasks(named: Sequence[str]) -> None:
    """Print all tasks."""
    rows = (
        (task.name, task.title, task.cohort, task.design, task.origin.label) for task in discover(named).tasks
    )
    _print(("task", "question", "cohort", "design", "from"), rows)


def models(named: Sequence[str]) -> None:
    """Print all models; those whose libraries are absent say so."""
    rows = (
        (
            model.name,
            f"needs {', '.join(model.missing)}" if model.missing else model.title,
            ", ".join(model.families),
            model.inputs,
            model.origin.label,
        )
        for model in discover(named).models
    )
    _print(("model", "method", "families", "inputs", "from"), rows)


def families(named: Sequence[str]) -> None:
    """Print all families."""
    rows = (
        (
            family.name,
            family.question,
            ", ".join(metric.label for metric in family.metrics),
            family.origin.label,
        )
        for family in discover(named).families
    )
    _print(("family", "question", "metrics, primary first", "from"), rows)


def plugins(named: Sequence[str]) -> None:
    """Print all plugins, and the tracebacks of those that are not available."""
    entries = discover(named).plugins
    rows = (
        (
            entry.origin.name,
            entry.origin.label,
            entry.origin.target,
            "; ".join(entry.problems) or _tally(entry.adds),
        )
        for entry in entries
    )
    _print(("plugin", "from", "module", "adds, or why not"), rows)
    for entry in entries:
        if entry.traceback:
            _console().print(Text(f"\n{entry.origin.label}:\n{entry.traceback}"))


def suites() -> None:
    """Print all suites that ship with plugins."""
    found = (read_suite(path) for path in shipped_suites().values())
    rows = (
        (suite.name, suite.title, str(len(suite.tasks)), str(len(suite.models)), str(len(suite.seeds)))
        for suite in found
    )
    _print(("suite", "for", "tasks", "models", "seeds"), rows)


def _tally(adds: Sequence[str]) -> str:
    return "; ".join(f"{len(kind.split(','))} {kind.partition(':')[0]}" for kind in adds)


def _print(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=number == 0)
    for row in rows:
        table.add_row(*(Text(value) for value in row))
    _console().print(table)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=200)
