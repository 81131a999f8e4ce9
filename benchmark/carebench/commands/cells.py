"""Which cells of a store a word of the command line names; separate because several commands ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench.errors import UsageError
from carebench.names import nearest

if TYPE_CHECKING:
    from carebench.store import View


def cells_named(view: View, wanted: str) -> list[str]:
    """The keys of the cells that start with `wanted`, or are TASK,MODEL,SEED.

    Raises:
        UsageError: when there is none, with the nearest.
    """
    records = {key: attempts[0] for key, attempts in view.attempts.items()}
    labels = {key: f"{record.task},{record.model},{record.seed}" for key, record in records.items()}
    keys = [key for key in sorted(labels) if key.startswith(wanted) or labels[key] == wanted.replace(" ", "")]
    hint = (
        nearest(wanted, labels.values())
        if labels
        else "it holds no cell at all; name its folder with --store"
    )
    if not keys:
        raise UsageError(f"the store has no cell {wanted!r}; {hint}")
    return keys
