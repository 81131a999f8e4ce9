"""Influence values by unit and their sums; separate because every interval of the board rests on them.

A unit (for instance a patient) that counts in several seeds, tasks or models is one unit: its influences
are added before they are squared. Where a task is resampled, a bootstrap replicate takes the place of a unit:
the sums are then the bootstrap variance and covariance. Units and replicates cannot be matched with each other: a sum
of both says so, and has no variance.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


UNIT, REPLICATE, REPLICATION, SEED = "unit", "replicate", "replication", "seed"


@dataclass(frozen=True, slots=True)
class Influence:
    """How much each unit moves a figure, scaled so that the figure's variance is the sum of squares.

    Attributes:
        units: shape (n_units,), sorted distinct ids.
        values: shape (n_units,), influence of each unit.
        ways: what the ids are of: `UNIT`, `REPLICATE` (a draw of units) or `REPLICATION` (a draw of whole data sets)
            or `SEED` (a training); more than one when influences of several kinds were added.
    """

    units: NDArray[np.uint64]
    values: NDArray[np.float64]
    ways: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, units: NDArray[np.uint64], values: NDArray[np.float64], ways: Iterable[str] = (UNIT,)
    ) -> Influence:
        """Influences of rows, added within equal `units`; both of shape (n_rows,)."""
        return replace(cls.each(units, [values], [UNIT])[0], ways=frozenset(ways))

    @classmethod
    def each(
        cls, units: NDArray[np.uint64], rows: Sequence[NDArray[np.float64]], ways: Sequence[str]
    ) -> list[Influence]:
        """Those of several figures whose rows have the same `units`; each of `rows` of shape (n_rows,), with its way."""
        distinct, position = _matched((_Same(units),))
        if position is not None:
            rows = [np.bincount(position, values, distinct.size).astype(np.float64) for values in rows]
        known = {way: frozenset({way}) for way in ways}
        return [cls(distinct, values, known[way]) for values, way in zip(rows, ways, strict=True)]

    @classmethod
    def none(cls) -> Influence:
        """That of a figure that no unit moves, such as an imputed constant."""
        return cls(np.array([], dtype=np.uint64), np.array([], dtype=np.float64))

    def scaled(self, factor: float) -> Influence:
        """That of the figure times `factor`."""
        return Influence(self.units, self.values * factor, self.ways)

    @property
    def variance(self) -> float | None:
        """Variance of the figure: sum over units i of v_i^2, at least 0; None where units and replicates are mixed.

        Source: the infinitesimal jackknife, Efron 1982.

        Example:
            >>> Influence.of(np.array([7, 7, 8], dtype=np.uint64), np.array([0.5, 1.0, 2.0])).variance
            6.25
        """
        return None if len(self.ways) > 1 else float(self.values @ self.values)


def total(parts: Sequence[Influence], weights: Sequence[float] | None = None) -> Influence:
    """Influence of a sum of figures: v_i = sum over parts of w v_i, matched by unit; every weight w is 1 by default."""
    if not parts:
        return Influence.none()
    ways = frozenset().union(*[part.ways for part in parts])
    each = [part.values for part in parts]
    first = parts[0].units
    if all(part.units is first for part in parts):
        scaled = (
            each
            if weights is None
            else [values * weight for values, weight in zip(each, weights, strict=True)]
        )
        return Influence(first, reduce(np.add, scaled), ways)
    values = np.concatenate(each)
    if weights is not None:
        values *= np.repeat(weights, [part.size for part in each])
    distinct, position = _matched(tuple(_Same(part.units) for part in parts))
    if position is not None:
        values = np.bincount(position, values, distinct.size).astype(np.float64)
    return Influence(distinct, values, ways)


class _Same:
    """An array that is looked up by being the same object, not by its content: models tested alike share their units."""

    __slots__ = ("array",)

    def __init__(self, array: NDArray[np.uint64]) -> None:
        self.array = array

    def __hash__(self) -> int:
        return id(self.array)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.array is other.array


@lru_cache(maxsize=1024)
def _matched(units: tuple[_Same, ...]) -> tuple[NDArray[np.uint64], NDArray[np.intp] | None]:
    """The distinct ids of all `units`, sorted, and the place of each id among them; None where they stand so already."""
    listed = np.concatenate([each.array for each in units])
    if (listed[1:] > listed[:-1]).all():
        return listed, None
    distinct, position = np.unique(listed, return_inverse=True)
    return distinct, position
