"""How well predictions rank those who die above those who live: no probabilities needed.

Separate from the metrics of probabilities, which an answer of ranks alone does not have. All functions
take three arrays of shape (n,): event (0 or 1), score (any real numbers), weight (at least 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, need_both_outcomes, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def auroc(event: Floats, score: Floats, weight: Floats) -> float:
    """Area under the ROC curve: the chance that a random event scores above a random non-event.

    A = sum_ij w_i w_j (1[x_i > x_j] + 1/2 1[x_i = x_j]) / (sum_i w_i sum_j w_j), i over events, j over
    non-events; computed in O(n log n). Range 0 to 1, higher is better, no unit; undefined with one
    outcome only.

    Source: Hanley and McNeil 1982, Radiology 143:29-36.

    Example:
        >>> auroc(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.5, 0.5, 0.9]), np.ones(4))
        0.875
    """
    need_both_outcomes(event, weight)
    dead = event == 1
    return float(np.average(placements(event, score, weight)[dead], weights=weight[dead]))


def placements(event: Floats, score: Floats, weight: Floats) -> Floats:
    """Where each row stands among those of the other outcome, shape (n,).

    For an event the weighted share of non-events scored lower, for a non-event the weighted share of
    events scored higher, ties counted half: DeLong's V10 and V01.
    """
    _, place = np.unique(score, return_inverse=True)
    below_of_events = _share_below(place, weight * (event == 1))
    below_of_others = _share_below(place, weight * (event == 0))
    return np.asarray(np.where(event == 1, below_of_others, 1.0 - below_of_events))


def auroc_influence(event: Floats, score: Floats, weight: Floats) -> Floats:
    """DeLong's influence of each row on the AUROC, shape (n,).

    For one of m events w_i (V10_i - A) / sum_events w * sqrt(m / (m - 1)), for one of q non-events the same
    with V01. With weights 1 this is (V10_i - A) / sqrt(m (m - 1)), so that the sum of squares is DeLong's
    S10 / m + S01 / q, and the sum of products of two models his covariance. Weights are taken as fixed: the
    uncertainty of inverse-probability weights themselves is not in it. Rows of weight 0 have influence 0.

    Source: DeLong, DeLong, Clarke-Pearson 1988, Biometrics 44:837-845.
    """
    need_both_outcomes(event, weight)
    return spread(_auroc_influence, event, score, weight)


def average_precision(event: Floats, score: Floats, weight: Floats) -> float:
    """Area under the precision-recall curve as a sum of steps, without interpolation.

    AP = sum_k (R_k - R_{k-1}) P_k over the distinct scores in descending order, R and P the weighted recall and
    precision of "scored at least s_k". Range 0 to 1, higher is better; the prevalence is its value without
    skill. Undefined with one outcome only.

    Source: scikit-learn's average_precision_score; Davis and Goadrich 2006, ICML.

    Example:
        >>> round(average_precision(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8]), np.ones(4)), 4)
        0.8333
    """
    need_both_outcomes(event, weight)
    values, place = np.unique(-score, return_inverse=True)
    dead = np.bincount(place, weights=weight * (event == 1), minlength=len(values))
    called = np.cumsum(np.bincount(place, weights=weight, minlength=len(values)))
    precision = np.divide(np.cumsum(dead), called, out=np.zeros_like(called), where=called > 0)
    return float(np.sum(precision * dead) / dead.sum())


def _share_below(place: NDArray[np.intp], weight: Floats) -> Floats:
    """For each row the share of `weight` at lower scores, with half of that at its own."""
    at = np.bincount(place, weights=weight)
    return np.asarray(((np.cumsum(at) - at / 2) / at.sum())[place])


def _auroc_influence(event: Floats, score: Floats, weight: Floats) -> Floats:
    placed = placements(event, score, weight)
    influence = np.zeros(len(event))
    for outcome in (0, 1):
        rows = event == outcome
        count = int(rows.sum())
        if count < 2:
            raise Undefined("the variance of an AUROC needs two events and two non-events")
        share = weight[rows] / weight[rows].sum()
        centred = placed[rows] - np.sum(share * placed[rows])
        influence[rows] = share * centred * np.sqrt(count / (count - 1))
    return influence
