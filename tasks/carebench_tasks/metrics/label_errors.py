"""How well wrong labels, and the noise that made them, are found; separate because training rows are judged here.

`flipped` says which training labels are wrong, `quality` how trustworthy each was called (low = suspicious).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.ranking import auroc, average_precision

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def flip_auroc(flipped: NDArray[np.bool_], quality: Floats) -> float:
    """Chance that a wrong label has a lower quality than a right one, ties half.

    Range 0 to 1, higher is better, 1/2 without skill. Undefined unless some labels are wrong and some right.

    Example:
        >>> flip_auroc(np.array([True, False, False]), np.array([0.1, 0.5, 0.1]))
        0.75
    """
    _need_both(flipped)
    return auroc(flipped.astype(np.float64), -quality, np.ones(len(quality)))


def flip_average_precision(flipped: NDArray[np.bool_], quality: Floats) -> float:
    """Average precision of low quality for wrong labels; their share is its value without skill.

    Range 0 to 1, higher is better. Undefined unless some labels are wrong and some right.
    """
    _need_both(flipped)
    return average_precision(flipped.astype(np.float64), -quality, np.ones(len(quality)))


def flip_precision(flipped: NDArray[np.bool_], quality: Floats) -> float:
    """Share of wrong labels among the k of lowest quality, k the true number of wrong labels.

    At the tie of the k-th the expected share over random order is taken. Range 0 to 1, higher is better. Undefined
    unless some labels are wrong and some right.

    Source: precision at k, as in Northcutt, Jiang, Chuang 2021, JAIR 70:1373-1411.

    Example:
        >>> flip_precision(np.array([True, True, False, False]), np.array([0.1, 0.3, 0.3, 0.9]))
        0.75
    """
    _need_both(flipped)
    wanted = int(flipped.sum())
    limit = np.sort(quality)[wanted - 1]
    below, tied = quality < limit, quality == limit
    expected = flipped[below].sum() + (wanted - below.sum()) * flipped[tied].mean()
    return float(expected / wanted)


def transition_error(true: Floats, estimated: Floats) -> float:
    """Mean absolute error of a transition matrix: sum_ab |T_ab - T'_ab| / K^2, both given as K^2 numbers by rows.

    Range 0 to 1, lower is better, in probability.

    Source: the estimation error of Patrini et al. 2017, CVPR, and Xia et al. 2019, NeurIPS.

    Example:
        >>> transition_error(np.array([1, 0, 0.5, 0.5]), np.array([1, 0, 0.25, 0.75]))
        0.125
    """
    return float(np.abs(true - estimated).mean())


def rater_error(true: Floats, estimated: Floats) -> float:
    """Mean absolute error of the raters' sensitivities and specificities: 2 R numbers each.

    Range 0 to 1, lower is better, in probability. Undefined when another number of raters was estimated.
    """
    if true.shape != estimated.shape:
        raise Undefined(f"{len(estimated)} rates came for {len(true)}: two a rater were expected")
    return float(np.abs(true - estimated).mean())


def _need_both(flipped: NDArray[np.bool_]) -> None:
    if flipped.all() or not flipped.any():
        raise Undefined(
            "no training label is wrong" if not flipped.any() else "every training label is wrong"
        )
