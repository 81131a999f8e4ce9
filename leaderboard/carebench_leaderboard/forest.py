"""Geometry of the forest plot: values to places on a shared axis; separate from the page that draws it.

Places are percentages of the plot's width, so that the page needs no size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard.figures import FLOOR, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.standing import Standing

STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Mark:
    """A point and its bar, each at 0 to 100; None where there is none."""

    at: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Axis:
    """A linear axis from `low` to `high` with labelled `ticks`, `step` apart."""

    low: float
    high: float
    ticks: tuple[float, ...]
    step: float

    def place(self, value: float) -> float:
        """Where `value` lies, 0 to 100; what lies beyond an end is drawn at it."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def label(self, tick: float) -> str:
        """A tick as text, with as many decimals as the ticks need."""
        digits = 1 if math.isclose(self.step * 10 % 1, 0, abs_tol=1e-9) else 2
        return number(tick, digits if self.step >= 0.01 else 3)

    def mark(self, row: Standing) -> Mark:
        """Point and bar of a standing."""
        low, high = row.interval.low, row.interval.high
        return Mark(
            None if row.skill is None else self.place(row.skill),
            None if low is None else self.place(low),
            None if high is None else self.place(high),
        )


def skill_axis(rows: Sequence[Standing], ticks: int = 5) -> Axis:
    """An axis that holds every skill and interval, with a margin, but nothing below -1; 0 to 1 without any.

    Example:
        >>> skill_axis([]).ticks
        (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """
    values = [
        max(value, FLOOR)
        for row in rows
        for value in (row.skill, row.interval.low, row.interval.high)
        if value is not None
    ]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if values:
        margin = max(0.06 * (high - low), 0.01)
        low, high = low - margin, high + margin
    step = _step((high - low) / ticks)
    inside = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return Axis(low, high, tuple(round(at * step, 10) + 0.0 for at in inside), step)


def _step(raw: float) -> float:
    """The smallest round number that is not below `raw`."""
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in STEPS if step * power >= raw - 1e-12)
