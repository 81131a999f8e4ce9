"""How each cell's last attempt went, for the board's cell pages: traceback, the end of what it printed, environment.

Separate from the results table, since all of this differs from run to run and no score hangs on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from carebench.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carebench.records import Record
    from carebench.store import View

FORMAT = "carebench-attempts/1"
#: Characters kept from the end of each text: of a cell that is ok, and of one that is not.
KEPT, KEPT_OF_FAILURE = 1_000, 8_000


def attempts(records: Iterable[Record], view: View) -> dict[str, Any]:
    """The last attempt of each of `records`; environments are listed once and named by number."""
    environments: list[dict[str, str]] = []
    cells = []
    for record in records:
        environment = {name: _told(value) for name, value in sorted(record.environment.items())}
        if environment not in environments:
            environments.append(environment)
        cells.append(_attempt(record, len(view.attempts[record.key]), environments.index(environment)))
    return {"format": FORMAT, "environments": environments, "cells": cells}


def _attempt(record: Record, tries: int, environment: int) -> dict[str, Any]:
    most = KEPT if record.status == "ok" else KEPT_OF_FAILURE
    return {
        "key": record.key,
        "tries": tries,
        "plugin": record.plugin,
        "output": _end(record.output, most),
        "traceback": _end(record.traceback, most),
        "environment": environment,
    }


def _told(value: Any) -> str:
    """A fact of an environment as text; versions of libraries one after another."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in sorted(value.items()))
    return str(value)


def _end(text: str, most: int) -> str:
    """The last `most` characters, without the line that is cut."""
    text = printable(text, 1_000_000).rstrip()
    return text if len(text) <= most else f"[...]\n{text[-most:].partition(chr(10))[2] or text[-most:]}"
