"""Geometry of the forest plot: values to places on a shared axis; separate from the page that draws it.

Places are percentages of the plot's width, so that the page needs no size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard.axis import Axis, covering
from carebench_leaderboard.figures import FLOOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.standing import Standing


@dataclass(frozen=True)
class Mark:
    """A point and its bar, each at 0 to 100, None where there is none; `beyond` says that it lies outside the axis."""

    at: float | None
    low: float | None
    high: float | None
    beyond: bool


def mark(row: Standing, axis: Axis) -> Mark:
    """Point and bar of a standing."""
    at, low, high = (
        None if value is None else axis.place(value)
        for value in (row.shown, row.interval.low, row.interval.high)
    )
    return Mark(at, low, high, beyond=row.shown is not None and not axis.low <= row.shown <= axis.high)


def forest_axis(rows: Sequence[Standing]) -> Axis:
    """An axis that holds every skill and interval but nothing below -1; of scores, all but what lies far out.

    Example:
        >>> forest_axis([]).ticks
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """
    values = [
        value
        for row in rows
        for value in (row.shown, row.interval.low, row.interval.high)
        if value is not None
    ]
    if any(row.skill is not None for row in rows):
        return covering([max(value, FLOOR) for value in values])
    return covering(values, fenced=True)
