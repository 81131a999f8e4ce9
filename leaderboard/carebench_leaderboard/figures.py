"""How numbers read on the page, in Markdown and in the terminal; separate so that all say it alike.

Machine-readable files do not use this: they carry rounded numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carebench_leaderboard.board import Range
    from carebench_leaderboard.intervals import Interval

ABSENT = "–"  # noqa: RUF001 - an en dash, as tables have it
MINUS = "\N{MINUS SIGN}"
FLOOR = -1.0


def rounded(value: float | None) -> float | None:
    """Six decimals, for files; never minus zero."""
    return None if value is None else round(value, 6) + 0.0


def number(value: float | None, digits: int = 3) -> str:
    """A score.

    Example:
        >>> number(0.81249), number(-0.0001)
        ('0.812', '0.000')
    """
    if value is None:
        return ABSENT
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def skill(value: float | None) -> str:
    """A skill; below -1 only that is said, so that one collapse does not fill the table."""
    return f"<{MINUS}1" if value is not None and value < FLOOR else number(value)


def difference(value: float | None) -> str:
    """A signed difference."""
    text = number(value)
    return f"+{text}" if value is not None and value > 0 and float(text) != 0 else text


def bounds(interval: Interval, digits: int = 3) -> str:
    """The two bounds, or nothing."""
    if interval.low is None or interval.high is None:
        return ""
    return f"{number(interval.low, digits)} to {number(interval.high, digits)}"


def spread(limits: Range) -> str:
    """A fact of the test sets: one number, or its range over seeds."""
    low, high = (f"{limit:,.0f}" if float(limit).is_integer() else f"{limit:,.3f}" for limit in limits)
    return low if low == high else f"{low} to {high}"
