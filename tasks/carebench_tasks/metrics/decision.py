"""How often a yes-or-no decision at even odds is right; separate from the scores of the probability itself.

All functions take three arrays of shape (n,): event (0 or 1), risk (probabilities from 0 to 1), weight (at least 0).
A risk of 1/2 or more is decided as an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, need_both_outcomes, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

THRESHOLD = 0.5


def accuracy(event: Floats, risk: Floats, weight: Floats) -> float:
    """Share of right decisions: sum w 1[(p >= 1/2) = y] / sum w.

    Range 0 to 1, higher is better, no unit. Undefined when no outcome is known.

    Example:
        >>> accuracy(np.array([0.0, 1.0]), np.array([0.2, 0.4]), np.ones(2))
        0.5
    """
    known, right, share = _right(event, risk, weight)
    if len(known) == 0:
        raise Undefined("no row has a known outcome")
    return float(np.average(right, weights=share))


def balanced_accuracy(event: Floats, risk: Floats, weight: Floats) -> float:
    """Mean of sensitivity and specificity at a threshold of 1/2.

    Range 0 to 1, higher is better, 1/2 without skill. Undefined with one outcome only.

    Source: Brodersen et al. 2010, ICPR; scikit-learn's balanced_accuracy_score.

    Example:
        >>> balanced_accuracy(np.array([0.0, 0.0, 1.0]), np.array([0.2, 0.6, 0.7]), np.ones(3))
        0.75
    """
    need_both_outcomes(event, weight)
    known, right, share = _right(event, risk, weight)
    rates = [np.average(right[known == each], weights=share[known == each]) for each in (0, 1)]
    return float(np.mean(rates))


def _right(event: Floats, risk: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Rows whose outcome is known: the outcome, whether it was decided rightly, and the weight."""
    known, chance, share = observed(event, risk, weight)
    return known, ((chance >= THRESHOLD) == (known == 1)).astype(np.float64), share
