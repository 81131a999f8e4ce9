"""Abstention without a human: how the model's own errors thin out as it keeps fewer patients.

Separate from deferral because no human enters: it says whether the order in which a model hands over knows its
own errors. Takes the order of handing over, the model's errors (0 or 1) and weights, each of shape (n,).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def aurc(score: Floats, error: Floats, weight: Floats) -> float:
    """Area under the risk-coverage curve: the model's mean error over all coverages.

    AURC = sum_k w_k R_k / sum_k w_k, where R_k is the error rate among the k patients kept longest (lowest scores
    first); within ties their expected errors over random order. Range 0 to 1, lower is better, an error rate; with a
    constant score it is the error rate itself.

    Source: Geifman, Uziel, El-Yaniv 2019, ICLR.

    Example:
        >>> aurc(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 0.0, 1.0]), np.ones(4))
        0.0625
    """
    wrong, kept, share = observed(error, score, weight)
    if len(wrong) == 0:
        raise Undefined("no row has a known outcome")
    place = np.unique(kept, return_inverse=True)[1]
    rows = np.bincount(place)
    each = (np.bincount(place, weights=share) / rows)[place]
    errors = (np.bincount(place, weights=share * wrong) / rows)[place]
    order = np.argsort(place, kind="stable")
    covered = np.cumsum(each[order])
    return float(np.sum(each[order] * np.cumsum(errors[order]) / covered) / covered[-1])


def excess_aurc(score: Floats, error: Floats, weight: Floats) -> float:
    """How far the AURC lies above that of the oracle order, which hands over every error first: E-AURC.

    E = AURC(score) - AURC(error). Range 0 to 1, lower is better, 0 when all errors are handed over before any right
    decision. For many patients the oracle's is r + (1 - r) ln(1 - r), r the error rate.

    Source: Geifman, Uziel, El-Yaniv 2019, ICLR.
    """
    return aurc(score, error, weight) - aurc(error, error, weight)
