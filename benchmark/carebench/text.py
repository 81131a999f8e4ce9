"""Making text of strangers safe to store and print; separate because records, logs and terminals need it alike."""

from __future__ import annotations

import unicodedata

_KEPT = "\n\t"
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def printable(text: str, limit: int = 2_000) -> str:
    r"""`text` with control, bidirectional and surrogate characters made visible, cut in the middle at `limit`.

    Example:
        >>> printable("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    return shorten("".join(_visible(character) for character in shorten(text, 4 * limit)), limit)


def one_line(text: str, limit: int = 300) -> str:
    r"""`printable` text on one line.

    Example:
        >>> one_line("first\n second")
        'first second'
    """
    return shorten(" ".join(printable(text, limit).split()), limit)


def shorten(text: str, limit: int) -> str:
    """`text` itself, or its head and tail with the number of characters left out between."""
    if len(text) <= limit:
        return text
    half = max((limit - 40) // 2, 1)
    return f"{text[:half]} [... {len(text) - 2 * half} characters left out ...] {text[-half:]}"


def _visible(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _HIDDEN:
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
