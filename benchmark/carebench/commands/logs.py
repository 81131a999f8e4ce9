"""The command `logs`: what a cell printed and its traceback, as plain text for pipes; `show` tells the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench.commands.cells import cells_named
from carebench.errors import UsageError
from carebench.store import Store
from carebench.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from carebench.records import Record

_MOST = 1_000_000


def print_logs(wanted: str, folder: Path, attempt: int | None = None) -> None:
    """Print output and traceback of every attempt, or of one, of the cells that `wanted` names."""
    view = Store(folder).read()
    cells = [view.attempts[key] for key in cells_named(view, wanted)]
    most = max(len(attempts) for attempts in cells)
    if attempt is not None and attempt > most:
        raise UsageError(f"{wanted} has no attempt {attempt}; it was tried {most} times")
    for attempts in cells:
        _print_attempts(attempts, attempt)


def _print_attempts(attempts: Sequence[Record], wanted: int | None) -> None:
    for number, record in enumerate(attempts, 1):
        if wanted in (None, number):
            print(heading(record, number, len(attempts)))  # noqa: T201 - plain text, never wrapped or coloured
            print(_body(record))  # noqa: T201 - likewise


def heading(record: Record, number: int, attempts: int) -> str:
    """One line that names an attempt and how it ended."""
    cell = f"{record.task} x {record.model} x {record.seed}"
    ended = f"{record.status} in {record.phase}" if record.phase and record.status != "ok" else record.status
    return one_line(f"== {cell} (cell {record.key[:12]}), attempt {number} of {attempts}: {ended}")


def _body(record: Record) -> str:
    parts = [f"reason: {one_line(record.reason, 1_000)}"] if record.reason else []
    for name, text in (("output", record.output), ("traceback", record.traceback)):
        if text.strip():
            parts += [f"-- {name}", printable(text, _MOST).rstrip("\n")]
        else:
            parts.append(f"-- no {name}")
    return "\n".join(parts) + "\n"
