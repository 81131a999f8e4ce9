"""A comparison of two models as plain texts, for the command line; separate so that this package prints nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.across import smallest_number
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from carebench_leaderboard.compare import Comparison, Contrast


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Texts only, safe to show.

    Attributes:
        heading: the board.
        columns: which model is the first, which the second.
        rows: task, first, second, difference, interval and verdict.
        sentences: what it comes to.
    """

    heading: str
    columns: str
    rows: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]


def printed(found: Comparison) -> Printed:
    """`found` as texts."""
    return Printed(
        heading=visible(f"{found.title}: {found.measure}"),
        columns=visible(f"first: {found.first}; second: {found.second}"),
        rows=tuple(_row(each) for each in found.contrasts),
        sentences=tuple(
            visible(sentence) for sentence in (_over_tasks(found), _counts(found), _across(found))
        ),
    )


def _row(each: Contrast) -> tuple[str, ...]:
    return (
        visible(each.task.partition("/")[2] or each.task),
        figures.number(each.first),
        figures.number(each.second),
        figures.difference(each.difference),
        figures.bounds(each.interval) or figures.ABSENT,
        each.verdict,
    )


def _over_tasks(found: Comparison) -> str:
    between = figures.bounds(found.interval)
    said = f", 95 % {between}" if between else f" ({found.interval.reason})"
    verdict = {
        "better": f"{found.first} is better",
        "worse": f"{found.second} is better",
        "equivalent": "they are equivalent in practice",
        "not told apart": "they are not told apart",
    }[found.verdict]
    count = len(found.contrasts)
    return (
        f"Over {count} task{'s' if count > 1 else ''}: {figures.difference(found.difference)}{said}; on these tasks {verdict} "
        f"(region of practical equivalence {figures.number(found.rope)})."
    )


def _counts(found: Comparison) -> str:
    return f"{found.first} against {found.second}: {found.wins} won, {found.ties} tied, {found.losses} lost."


def _across(found: Comparison) -> str:
    if found.p is None or found.practical is None:
        return (
            f"Across cohorts: {found.cohorts} cohort{'s' if found.cohorts != 1 else ''} are too few for a test; "
            f"{smallest_number(1)} are needed."
        )
    chances = found.practical
    return (
        f"Across {found.cohorts} cohorts: signed ranks p = {found.p:.3g}; {found.first} practically better with probability "
        f"{chances.better:.2f}, equivalent {chances.equivalent:.2f}, worse {chances.worse:.2f}."
    )
