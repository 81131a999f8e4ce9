"""What somebody may have meant by a name that is not known; separate so that every message says it alike."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def nearest(name: str, known: Sequence[str]) -> str:
    """The likeliest of the known names, or how many there are.

    Example:
        >>> nearest("lasso", ["cox-lasso", "ridge"]), nearest("x", ["a", "b"])
        ('did you mean cox-lasso?', 'it has 2, among them a, b')
    """
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]}?"
    return f"it has {len(known)}, among them {', '.join(known[:5])}" if known else "it has none"
