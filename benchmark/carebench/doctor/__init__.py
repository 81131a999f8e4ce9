"""The checks of `carebench doctor`, each a function that returns findings; separate because no run needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found.

    Attributes:
        level: `ok`; `warning` when all works and somebody should know; `problem` when something does not work.
        what: one sentence.
        remedy: what to do; empty when `ok`.
    """

    level: Literal["ok", "warning", "problem"]
    what: str
    remedy: str = ""


def fine(what: str) -> Finding:
    """All is well."""
    return Finding(level="ok", what=what)


def warning(what: str, remedy: str) -> Finding:
    """All works, and somebody should know."""
    return Finding(level="warning", what=what, remedy=remedy)


def problem(what: str, remedy: str) -> Finding:
    """Something does not work."""
    return Finding(level="problem", what=what, remedy=remedy)


def some(names: Sequence[str]) -> str:
    """A few names, and how many more there are.

    Example:
        >>> some(["a", "b"]), some(list("abcdefg"))
        ('a, b', 'a, b, c, d, e and 2 more')
    """
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
