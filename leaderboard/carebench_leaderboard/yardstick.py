"""What orders a board: anchored skill, or the primary metric in its own unit where a family has no anchors.

Separate from standings, so that these need not know which of the two it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.intervals import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from carebench_leaderboard.pooling import Point
    from carebench_leaderboard.records import Better, Family

    Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Yardstick:
    """How a score becomes what the board shows and orders by.

    Attributes:
        anchored: whether it shows skill; else the score itself.
        zero: the score that is shown as 0.
        span: how much score is one unit of what is shown; negative where a lower score is better.
        better: direction of what is shown.
        ideal: the best of what is shown, where nearer is better.
        scale: range of what is shown.
    """

    anchored: bool
    zero: float
    span: float
    better: Better
    ideal: float
    scale: Scale

    @classmethod
    def of(cls, family: Family) -> Yardstick:
        """That of the board of `family`. Skill is (score - no_skill) / (perfect - no_skill)."""
        primary, scale = family.primary, Scale.of(family.primary)
        if family.no_skill is None or family.perfect is None:
            return cls(
                anchored=False, zero=0.0, span=1.0, better=primary.better, ideal=primary.ideal, scale=scale
            )
        zero, span = family.no_skill, family.perfect - family.no_skill
        ends = [None if end is None else (end - zero) / span for end in (scale.low, scale.high)]
        return cls(
            anchored=True,
            zero=zero,
            span=span,
            better="higher",
            ideal=1.0,
            scale=Scale(*(ends if span > 0 else reversed(ends))),
        )

    def show(self, score: float) -> float:
        """What is shown for `score`: (score - zero) / span, never truncated."""
        return (score - self.zero) / self.span

    def score(self, shown: float) -> float:
        """The score for which `shown` is shown."""
        return self.zero + self.span * shown

    def points(self, points: Iterable[Point]) -> list[Point]:
        """`points` of scores as points of what is shown."""
        return [
            replace(
                point,
                value=self.show(point.value),
                influence=point.influence and point.influence.scaled(1 / self.span),
                training=point.training and point.training.scaled(1 / self.span),
            )
            for point in points
        ]

    def bare(self, point: Point) -> Point:
        """The same without what moves it."""
        return replace(point, value=self.show(point.value), influence=None, training=None)

    def distance(self, shown: float) -> float:
        """How far `shown` is from the best, up to a constant: the smaller, the better."""
        if self.better == "nearer":
            return abs(shown - self.ideal)
        return shown if self.better == "lower" else -shown

    def distances(self, shown: Floats) -> Floats:
        """The same of an array of any shape."""
        if self.better == "nearer":
            return np.abs(shown - self.ideal)
        return shown if self.better == "lower" else -shown
