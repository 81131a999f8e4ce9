"""How good predicted probabilities are: proper scores, and the influence of each row on them.

Separate from calibration, which is one part of what these measure. All functions take three arrays of
shape (n,): event (0 or 1), risk (probabilities from 0 to 1), weight (at least 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, need_both_outcomes, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SMALLEST = 1e-15


def brier(event: Floats, risk: Floats, weight: Floats) -> float:
    """Mean squared difference of probability and outcome: B = sum w (p - y)^2 / sum w.

    Range 0 to 1, lower is better, squared probability. Undefined when no outcome is known.

    Source: Brier 1950, Monthly Weather Review 78:1-3; weighted: Graf et al. 1999, Statistics in Medicine 18:2529-2545.
    """
    return _mean(squared(event, risk), weight)


def brier_influence(event: Floats, risk: Floats, weight: Floats) -> Floats:
    """Influence of each row on the Brier score, shape (n,): w_i ((p_i - y_i)^2 - B) / sum w."""
    return _mean_influence(squared(event, risk), weight)


def brier_skill(event: Floats, risk: Floats, weight: Floats) -> float:
    """Share of the prevalence's Brier score that is removed: 1 - B / (q (1 - q)), q the weighted test prevalence.

    At most 1 (perfect), 0 for the constant q, negative when worse; higher is better, no unit. Undefined with
    one outcome only.

    Source: Kattan and Gerds 2018, Diagnostic and Prognostic Research 2:7 (index of prediction accuracy).

    Example:
        >>> brier_skill(np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.ones(2))
        0.0
    """
    need_both_outcomes(event, weight)
    prevalence = _mean(event, weight)
    return 1.0 - brier(event, risk, weight) / (prevalence * (1.0 - prevalence))


def brier_skill_influence(event: Floats, risk: Floats, weight: Floats) -> Floats:
    """Influence of each row on the Brier skill, shape (n,), by the chain rule of a ratio.

    With R = q (1 - q): -dB / R + B (1 - 2 q) dq / R^2, where dB and dq are the influences of the row on the Brier
    score and on the prevalence. First order; weights are taken as fixed.
    """
    need_both_outcomes(event, weight)
    prevalence = _mean(event, weight)
    reference = prevalence * (1.0 - prevalence)
    change = brier(event, risk, weight) * (1.0 - 2.0 * prevalence) / reference**2
    return change * _mean_influence(event, weight) - brier_influence(event, risk, weight) / reference


def log_loss(event: Floats, risk: Floats, weight: Floats) -> float:
    """Mean negative log-likelihood: - sum w (y log p + (1 - y) log(1 - p)) / sum w, p clipped to [1e-15, 1 - 1e-15].

    Range 0 to 34.5 (by the clipping), lower is better, in nats. Undefined when no outcome is known.

    Source: Good 1952, Journal of the Royal Statistical Society B 14:107-114.

    Example:
        >>> round(log_loss(np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.ones(2)), 6)
        0.693147
    """
    return _mean(surprise(event, risk), weight)


def log_loss_influence(event: Floats, risk: Floats, weight: Floats) -> Floats:
    """Influence of each row on the log loss, shape (n,): w_i (loss_i - mean) / sum w."""
    return _mean_influence(surprise(event, risk), weight)


def squared(event: Floats, risk: Floats) -> Floats:
    """Each row's squared difference of probability and outcome, shape (n,)."""
    return np.asarray((risk - event) ** 2)


def surprise(event: Floats, risk: Floats) -> Floats:
    """Each row's negative log-likelihood in nats, shape (n,)."""
    clipped = np.clip(risk, SMALLEST, 1.0 - SMALLEST)
    return np.asarray(-np.where(event == 1, np.log(clipped), np.log1p(-clipped)))


def _mean(values: Floats, weight: Floats) -> float:
    _, counted, share = observed(values, values, weight)
    if len(counted) == 0:
        raise Undefined("no row has a known outcome")
    return float(np.sum(share * counted) / np.sum(share))


def _mean_influence(values: Floats, weight: Floats) -> Floats:
    return np.asarray(weight * (values - _mean(values, weight)) / weight.sum())
