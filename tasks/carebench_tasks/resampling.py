"""A bootstrap of patients by hashing: how often each counts in each replicate, the same wherever it is asked.

Separate from metrics and tasks because these lines pin every bootstrap interval that was ever published. A
patient's counts follow from its opaque id alone, so they are the same in every fold, repeat and task of the
cohort and for every model: differences are paired, and folds vary together as they should. They use integer
arithmetic and SHAKE-256, never a random number generator, so that no machine or library version moves a count.

Poisson counts stand for the multinomial ones of Efron's bootstrap: the total varies a little, which no average or
rank statistic feels, and each patient can be drawn without knowing the others.

Source: Hanley and MacGibbon 2006, Computer Methods and Programs in Biomedicine 83:57-62.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench import Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REPLICATES = 1000
PURPOSE = b"carebench\x1fbootstrap\x1f"
#: floor(2^32 P(N <= k)) for k = 0, 1, ... of a Poisson count N with mean 1; larger counts than 12 never come.
LIMITS = (
    *(1580030168, 3160060337, 3950075421, 4213413783, 4279248373, 4292415291),
    *(4294609777, 4294923276, 4294962463, 4294966817, 4294967252, 4294967292),
)
UNITS_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class ResampledTruth(Truth):
    """A truth whose scores get their intervals from bootstrap replicates.

    Attributes:
        replicates: shape (n_test, REPLICATES), the weight of each row in each replicate: how often its unit
            was drawn, times whatever weight the replicate's own patients give the row.
    """

    replicates: Floats


def counts(units: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """How often each row's unit is drawn in each replicate, shape (n, REPLICATES): Poisson with mean 1.

    Replicate b of a unit takes the b-th four bytes, big-endian, of SHAKE-256 of purpose and id, and counts the
    `LIMITS` that this number reaches. The cohort needs no mention: ids of patients are hashes that it is part of.

    Example:
        >>> counts(np.array([7, 7], dtype=np.uint64))[:, :6].tolist()
        [[0, 0, 3, 0, 2, 2], [0, 0, 3, 0, 2, 2]]
    """
    distinct, place = np.unique(units, return_inverse=True)
    drawn = [
        _drawn(distinct[start : start + UNITS_AT_ONCE]) for start in range(0, len(distinct), UNITS_AT_ONCE)
    ]
    return np.concatenate([np.empty((0, REPLICATES), dtype=np.uint8), *drawn])[place]


def replicate_ids() -> NDArray[np.uint64]:
    """Ids under which contributions of replicates are paired, shape (REPLICATES,): hashes, so that no unit has one."""
    digests = (hashlib.sha256(PURPOSE + b"replicate %d" % number).digest() for number in range(REPLICATES))
    return np.array([int.from_bytes(digest[:8], "big") for digest in digests], dtype=np.uint64)


def contributions(values: Floats) -> Floats:
    """What each replicate adds: (A_b - mean A) / sqrt(B - 1), shape (B,).

    The sum of squares is the bootstrap variance of the metric A, and the sum of products with another model's
    or another fold's their bootstrap covariance, so that averages over folds and tasks work as with influences.
    """
    return np.asarray((values - values.mean()) / np.sqrt(len(values) - 1))


def _drawn(units: NDArray[np.uint64]) -> NDArray[np.uint8]:
    stream = b"".join(
        hashlib.shake_256(PURPOSE + int(unit).to_bytes(8, "big")).digest(4 * REPLICATES) for unit in units
    )
    numbers = np.frombuffer(stream, dtype=">u4").astype(np.uint32)
    found = np.searchsorted(np.array(LIMITS, dtype=np.uint32), numbers, side="right")
    return found.astype(np.uint8).reshape(len(units), REPLICATES)
