"""Metrics of whole groups that need no ranking: accuracy at one half, and observed over expected events.

Separate from proper scores, since a wrong model can be right in either of these. Both take three arrays of shape
(n,): event (0 or 1), risk (probabilities), weight (at least 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import Metric
from carebench_tasks.metrics.binary import Measure
from carebench_tasks.metrics.outcome import Undefined, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def accuracy(event: Floats, risk: Floats, weight: Floats) -> float:
    """Share of right decisions at a probability of one half: sum w 1(1(p >= 1/2) = y) / sum w.

    Range 0 to 1, higher is better. A risk of exactly one half counts as the event. Undefined when no outcome is known.

    Source: Hand 1997, Construction and Assessment of Classification Rules, section 6.2.

    Example:
        >>> accuracy(np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.1, 0.5, 0.4, 0.2]), np.ones(4))
        0.75
    """
    happened, told, share = observed(event, risk, weight)
    if len(happened) == 0:
        raise Undefined("no row has a known outcome")
    return float(np.average((told >= 0.5) == (happened == 1), weights=share))


def observed_over_expected(event: Floats, risk: Floats, weight: Floats) -> float:
    """Events that happened over events that were predicted: sum w y / sum w p.

    At least 0, no unit, nearer to 1 is better; above 1, risks are too low. Undefined when no outcome is known, or
    every risk is 0.

    Source: Debray et al. 2017, BMJ 356:i6460.

    Example:
        >>> observed_over_expected(np.array([0.0, 1.0]), np.array([0.2, 0.3]), np.ones(2))
        2.0
    """
    happened, told, share = observed(event, risk, weight)
    if len(happened) == 0:
        raise Undefined("no row has a known outcome")
    expected = float(np.sum(share * told))
    if expected == 0:
        raise Undefined("every risk is 0: no event is expected")
    return float(np.sum(share * happened)) / expected


ACCURACY = Measure(
    metric=Metric(
        name="accuracy",
        label="Accuracy",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary="share of right decisions at a probability of one half",
    ),
    value=accuracy,
)
OBSERVED_OVER_EXPECTED = Measure(
    metric=Metric(
        name="observed_over_expected",
        label="O/E",
        better="nearer",
        low=0,
        high=None,
        ideal=1,
        summary="events that happened over events that were predicted; above 1, risks are too low",
    ),
    value=observed_over_expected,
)
