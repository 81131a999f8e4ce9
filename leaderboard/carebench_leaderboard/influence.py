"""Influence values by unit and their sums; separate because every interval of the board rests on them.

A unit (for instance a patient) that counts in several seeds, tasks or models is one unit: its influences
are added before they are squared. Where a task is resampled, a bootstrap replicate takes the place of a unit:
the sums are then the bootstrap variance and covariance. Units and replicates cannot be matched with each other: a sum
of both says so, and has no variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


UNIT, REPLICATE, REPLICATION, SEED = "unit", "replicate", "replication", "seed"


@dataclass(frozen=True)
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
        if not _increasing(units):
            order = np.argsort(units, kind="stable")
            units, values = units[order], values[order]
            if not _increasing(units):
                starts = np.flatnonzero(np.append(True, units[1:] != units[:-1]))
                units, values = units[starts], np.add.reduceat(values, starts)
        return cls(units, values, frozenset(ways))

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


def total(parts: Iterable[Influence]) -> Influence:
    """Influence of a sum of figures: v_i = sum over parts of v_i, matched by unit."""
    listed = list(parts)
    if not listed:
        return Influence.none()
    ways = frozenset(way for part in listed for way in part.ways)
    first = listed[0].units
    if all(part.units is first or np.array_equal(part.units, first) for part in listed[1:]):
        return Influence(first, np.sum([part.values for part in listed], axis=0), ways)
    return Influence.of(
        np.concatenate([part.units for part in listed]),
        np.concatenate([part.values for part in listed]),
        ways,
    )


def _increasing(units: NDArray[np.uint64]) -> bool:
    """Whether each id is larger than the one before."""
    return bool((units[1:] > units[:-1]).all())
