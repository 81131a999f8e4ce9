"""How the values of a task's seeds become one: mean, median or root mean square, with how each value moves it.

Separate from pooling over tasks, which is always a mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from carebench_leaderboard.records import OverSeeds

    Floats = NDArray[np.float64]


def centre(values: Floats, how: OverSeeds) -> Floats:
    """The centre of `values`, shape (..., S), over the last axis, S at least 1; in their unit.

    mean: sum v / S. median: the middle value, or the mean of the middle two. root-mean-square: sqrt(sum v^2 / S).

    Example:
        >>> float(centre(np.array([3.0, -4.0]), "root-mean-square")) == 12.5**0.5
        True
    """
    if how == "median":
        return np.asarray(np.median(values, axis=-1))
    if how == "root-mean-square":
        return np.asarray(np.sqrt(np.mean(np.square(values), axis=-1)))
    return np.asarray(np.mean(values, axis=-1))


def gradient(values: Floats, how: OverSeeds) -> Floats:
    """How much the centre moves with each of `values`, shape (S,): its partial derivatives.

    mean: 1 / S. median: 1 at the middle value, or 1/2 at the middle two. root-mean-square r: v / (S r), and 0 where
    r is 0. With the values' influences these weights give the centre's influence (delta method).

    Example:
        >>> gradient(np.array([3.0, 9.0, 1.0]), "median").tolist()
        [1.0, 0.0, 0.0]
    """
    size = values.size
    if how == "median":
        middle = np.argsort(values, kind="stable")[(size - 1) // 2 : size // 2 + 1]
        weights = np.zeros(size)
        weights[middle] = 1 / middle.size
        return weights
    if how == "root-mean-square":
        root = float(centre(values, how))
        return values / (size * root) if root > 0 else np.zeros(size)
    return np.full(size, 1 / size)
