"""Linear axes: which range, which ticks, and where a value lies; separate because every plot has one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.figures import MINUS, number

if TYPE_CHECKING:
    from collections.abc import Sequence

STEPS = (1, 2, 5, 10)
FENCE = 3.0
CLOSEST = 0.06


@dataclass(frozen=True)
class Axis:
    """A linear axis from `low` to `high` with labelled `ticks`, at least `step` apart."""

    low: float
    high: float
    ticks: tuple[float, ...]
    step: float

    def share(self, value: float) -> float:
        """Where `value` lies, 0 at the low end and 100 at the high one; beyond these where it lies outside."""
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def place(self, value: float) -> float:
        """Where `value` lies, 0 to 100; what lies beyond an end is drawn at it."""
        return min(max(self.share(value), 0.0), 100.0)

    def height(self, value: float) -> float:
        """Where `value` lies on an upright axis, from the top: 0 at the high end and 100 at the low one."""
        return round(100 - self.share(value), 2)

    def label(self, tick: float) -> str:
        """A tick as text, with as many decimals as the ticks need."""
        if self.step >= 1 and float(tick).is_integer():
            return f"{tick:,.0f}".replace("-", MINUS)
        digits = 1 if math.isclose(self.step * 10 % 1, 0, abs_tol=1e-9) else 2
        return number(tick, digits if self.step >= 0.01 else 3)


def covering(values: Sequence[float], ticks: int = 5, *, fenced: bool = False) -> Axis:
    """An axis that holds all `values` with a margin, or 0 to 1 without any.

    Where it is `fenced`, it leaves out what lies more than 3 interquartile ranges beyond the quartiles (Tukey's
    outer fences), so that one model that went astray does not flatten the others.
    """
    kept = within_fences(values) if fenced else list(values)
    low, high = (min(kept), max(kept)) if kept else (0.0, 1.0)
    if kept:
        margin = max(0.06 * (high - low), 0.01 * max(abs(low), abs(high)) if fenced else 0.01) or 0.01
        low, high = low - margin, high + margin
    step = _step((high - low) / ticks)
    inside = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return Axis(low, high, tuple(round(at * step, 10) + 0.0 for at in inside), step)


def within_fences(values: Sequence[float]) -> list[float]:
    """`values` but for those more than 3 interquartile ranges beyond the quartiles; all, where half are equal.

    Example:
        >>> within_fences([1.0, 2.0, 3.0, 4.0, 500.0])
        [1.0, 2.0, 3.0, 4.0]
    """
    if not values:
        return []
    lower, upper = (float(bound) for bound in np.quantile(values, (0.25, 0.75)))
    reach = FENCE * (upper - lower)
    return [value for value in values if lower - reach <= value <= upper + reach or reach == 0]


def through(places: Sequence[float], most: int = 8) -> Axis:
    """An axis whose ticks are the distinct `places` themselves, where these are few; else as `covering`.

    Example:
        >>> through([5, 10, 20, 30, 50, 10]).ticks
        (5, 10, 20, 30, 50)
    """
    distinct = sorted(set(places))
    if not 1 < len(distinct) <= most:
        return covering(places)
    low, high = distinct[0], distinct[-1]
    margin = 0.04 * (high - low)
    ticks = distinct[:1]
    for place in distinct[1:]:
        if place - ticks[-1] >= CLOSEST * (high - low):
            ticks.append(place)
    return Axis(low - margin, high + margin, tuple(ticks), _decimal(ticks))


def _decimal(ticks: Sequence[float]) -> float:
    """The power of ten, 1 to .001, that all `ticks` are multiples of, as near as labels can say."""
    return next(
        (
            step
            for step in (1.0, 0.1, 0.01)
            if all(math.isclose(tick, round(tick / step) * step, abs_tol=1e-9) for tick in ticks)
        ),
        0.001,
    )


def _step(raw: float) -> float:
    """The smallest round number that is not below `raw`."""
    power = 10.0 ** math.floor(math.log10(raw))
    return next(step * power for step in STEPS if step * power >= raw - 1e-12)
