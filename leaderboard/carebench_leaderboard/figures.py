"""How numbers read on the page, in Markdown and in the terminal; separate so that all say it alike.

Machine-readable files do not use this: they carry rounded numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_leaderboard.replications import ENOUGH_FOR_A_RATE

if TYPE_CHECKING:
    from collections.abc import Collection

    from carebench_leaderboard.board import Range, TaskSection
    from carebench_leaderboard.intervals import Interval
    from carebench_leaderboard.records import Family
    from carebench_leaderboard.standing import Standing
    from carebench_leaderboard.task_scores import TaskScore

ABSENT = "–"  # noqa: RUF001 - an en dash, as tables have it
MINUS = "\N{MINUS SIGN}"
FLOOR = -1.0
DIRECTIONS = {
    "higher": "higher is better",
    "lower": "lower is better",
    "nearer": "nearer to the ideal is better",
}


def rounded(value: float | None) -> float | None:
    """Six decimals, for files; never minus zero."""
    return None if value is None else round(value, 6) + 0.0


def number(value: float | None, digits: int = 3) -> str:
    """A score; from 100 on with fewer decimals, from 1,000 on with none.

    Example:
        >>> number(0.81249), number(-0.0001), number(1794.2)
        ('0.812', '0.000', '1,794')
    """
    if value is None:
        return ABSENT
    decimals = digits if abs(value) < 100 else min(digits, 1 if abs(value) < 1000 else 0)
    text = f"{value:,.{decimals}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def skill(value: float | None) -> str:
    """A skill; below -1 only that is said, so that one collapse does not fill the table."""
    return f"<{MINUS}1" if value is not None and value < FLOOR else number(value)


def shown(row: Standing) -> str:
    """What orders a board: a skill, or a score where the board has no anchors."""
    return number(row.score) if row.skill is None else skill(row.skill)


def ranks(limits: tuple[int, int] | None) -> str:
    """A range of ranks.

    Example:
        >>> ranks((1, 3)), ranks((2, 2)), ranks(None)
        ('1-3', '2', '')
    """
    if limits is None:
        return ""
    low, high = limits
    return str(low) if low == high else f"{low}-{high}"


def letter(number: int) -> str:
    """A tie group's sign: a to z, then aa, ab and so on.

    Example:
        >>> letter(1), letter(26), letter(27)
        ('a', 'z', 'aa')
    """
    before, place = divmod(number - 1, 26)
    return (letter(before) if before else "") + chr(ord("a") + place)


def measure(family: Family) -> str:
    """The heading of what orders a board."""
    return family.primary.label if family.no_skill is None else "Mean skill"


def rate(score: TaskScore, metric: str) -> str:
    """What goes with a rate over few replications, namely how many they are; empty for anything else.

    A rate near .95 from 50 replications is known to .03 at best: PROTOCOL shows it from 200 on.
    """
    return f"of {score.ok}" if metric in score.rates and score.ok < ENOUGH_FOR_A_RATE else ""


def amount(value: float | None, name: str, scores: Collection[str]) -> str:
    """A figure of a subgroup: one of `scores` as such, anything else, such as a count, as short as can be.

    Example:
        >>> amount(40.5, "events", ()), amount(0.25, "share", ()), amount(1234.0, "n", ())
        ('40.5', '0.250', '1,234')
    """
    if value is None or name in scores:
        return number(value)
    return f"{value:,.1f}" if value >= 10 and value % 1 else spread((value, value))


def difference(value: float | None) -> str:
    """A signed difference."""
    text = number(value)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.") else text


def bounds(interval: Interval, digits: int = 3) -> str:
    """The two bounds, or nothing."""
    if interval.low is None or interval.high is None:
        return ""
    return f"{number(interval.low, digits)} to {number(interval.high, digits)}"


def spread(limits: Range) -> str:
    """A fact of the test sets: one number, or its range over seeds."""
    low, high = (f"{limit:,.0f}" if float(limit).is_integer() else f"{limit:,.3f}" for limit in limits)
    return low if low == high else f"{low} to {high}"


def plural(unit: str) -> str:
    """The plural of a unit of inference.

    Example:
        >>> plural("patient"), plural("batch")
        ('patients', 'batches')
    """
    return f"{unit}{'es' if unit.endswith(('ch', 's')) else 's'}"


def units_tested(section: TaskSection) -> str:
    """How many units were tested: distinct ones over all seeds, or in each seed where only the facts tell.

    Where seeds are replications, they are what is counted.
    """
    if section.task.replicated:
        return f"{section.seeds:,} replication{'' if section.seeds == 1 else 's'}"
    if section.units:
        return f"{section.units:,} {plural(section.task.unit)} tested"
    if "n" in section.facts:
        return f"{spread(section.facts['n'])} {plural(section.task.unit)} tested in each seed"
    return ""
