"""The record of an estimated average effect; separate because every method of average effects returns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: The .975 quantile of the normal law.
QUANTILE = 1.959963984540054


class AverageEffect(NamedTuple):
    """An average effect in the unit of the outcome.

    Attributes:
        estimate: treated minus untreated.
        low: lower bound of the 95 % interval, or None.
        high: upper bound, or None.
        estimand: whose average: ATE, ATT, ATO, ATM, LATE or trimmed.
    """

    estimate: float
    low: float | None
    high: float | None
    estimand: str = "ATE"


def with_error(estimate: float, error: float, estimand: str = "ATE") -> AverageEffect:
    """The estimate with estimate +- 1.96 standard errors."""
    return AverageEffect(
        float(estimate), float(estimate - QUANTILE * error), float(estimate + QUANTILE * error), estimand
    )


def with_influence(estimate: float, influence: Floats, estimand: str = "ATE") -> AverageEffect:
    """The estimate with the standard error sqrt(sum(influence^2) / (n - 1) / n), influence of shape (n,) and mean near 0."""
    size = len(influence)
    return with_error(estimate, float(influence @ influence / (size - 1) / size) ** 0.5, estimand)
