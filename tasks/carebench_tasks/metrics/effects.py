"""How far estimated effects of patients are from the true ones, and what comes of acting on them.

Separate from measures of one average and from those of ranking. All functions take arrays of shape (n,): estimated
effect, true effect tau = mu1 - mu0 (without noise), in the outcome's unit. Where tau hardly differs between patients
(standard deviation below 1e-6), what divides by its spread is undefined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SMALLEST_SPREAD = 1e-6
#: What could be gained by choosing patients must be more than this for a share of it to be told.
SMALLEST_GAIN = 1e-9


def skill(estimate: Floats, effect: Floats) -> float:
    """1 - MSE(estimate) / Var(effect), over the test rows.

    1 for the true effects, 0 for the true average for everybody, negative when worse; at most 1, higher is
    better, no unit. Undefined where effects hardly differ.

    Source: R squared of the effect; PROTOCOL section 2.

    Example:
        >>> skill(np.array([1.0, 1.0]), np.array([0.0, 2.0]))
        0.0
    """
    return 1.0 - float(np.mean((estimate - effect) ** 2)) / _spread(effect) ** 2


def pehe(estimate: Floats, effect: Floats) -> float:
    """Square root of the expected precision in estimating heterogeneous effects: sqrt(mean (estimate - effect)^2).

    At least 0, lower is better, in the outcome's unit.

    Source: Hill 2011, Journal of Computational and Graphical Statistics 20:217-240.

    Example:
        >>> pehe(np.array([1.0, 1.0]), np.array([0.0, 2.0]))
        1.0
    """
    return float(np.sqrt(np.mean((estimate - effect) ** 2)))


def scaled_pehe(estimate: Floats, effect: Floats) -> float:
    """`pehe` over the standard deviation of the effect: at least 0, lower is better, 1 for the true average; no unit."""
    return pehe(estimate, effect) / _spread(effect)


def bias(estimate: Floats, effect: Floats) -> float:
    """mean(estimate) - mean(effect): any number, nearer to 0 is better, in the outcome's unit."""
    return float(np.mean(estimate) - np.mean(effect))


def average_error(estimate: Floats, effect: Floats) -> float:
    """|mean(estimate) - mean(effect)|, the error of the average effect: at least 0, lower is better."""
    return abs(bias(estimate, effect))


def calibration(estimate: Floats, effect: Floats) -> float:
    """Calibration for benefit: slope of the least-squares line of the true effect on the estimated one.

    Any number, nearer to 1 is better; below 1, estimated effects differ too much between patients. Undefined where
    all estimates are equal.

    Source: van Klaveren et al. 2023, Diagnostic and Prognostic Research 7:11, with the true effect for the observed.

    Example:
        >>> calibration(np.array([0.0, 4.0]), np.array([1.0, 3.0]))
        0.5
    """
    spread = float(np.var(estimate))
    if spread < SMALLEST_SPREAD**2:
        raise Undefined("all estimated effects are equal")
    return float(np.mean((estimate - estimate.mean()) * (effect - effect.mean()))) / spread


def coverage(low: Floats, high: Floats, effect: Floats) -> float:
    """Share of patients whose true effect lies in its interval: 0 to 1, nearer to .95 is better."""
    return float(np.mean((low <= effect) & (effect <= high)))


def width(low: Floats, high: Floats) -> float:
    """Mean width of the intervals of patients' effects: at least 0, lower is better, in the outcome's unit."""
    return float(np.mean(high - low))


def policy_value(treat: NDArray[np.bool_], untreated: Floats, treated: Floats) -> float:
    """Mean expected outcome when those marked are treated: mean(mu1 where treat else mu0), in the outcome's unit."""
    return float(np.mean(np.where(treat, treated, untreated)))


def policy_regret(treat: NDArray[np.bool_], untreated: Floats, treated: Floats) -> float:
    """Policy risk: mean expected outcome lost against treating exactly those whom it helps; larger outcomes are better.

    mean max(mu0, mu1) - `policy_value`: at least 0, lower is better, in the outcome's unit.

    Source: Shalit, Johansson, Sontag 2017 (with expected outcomes for observed ones); Athey and Wager 2021.

    Example:
        >>> policy_regret(np.array([True, True]), np.array([1.0, 3.0]), np.array([2.0, 1.0]))
        1.0
    """
    return float(np.mean(np.maximum(untreated, treated))) - policy_value(treat, untreated, treated)


def policy_gain(treat: NDArray[np.bool_], untreated: Floats, treated: Floats) -> float:
    """Share of what can be gained by choosing patients that the policy gains; larger outcomes are better.

    (V - V_same) / (V_best - V_same), with V the policy's value, V_best that of treating exactly those whom it helps,
    and V_same the better one of treating all and none. At most 1, 0 for treating all or none; higher is better.
    Undefined where nobody differs from the others in what is best.
    """
    same = max(float(np.mean(untreated)), float(np.mean(treated)))
    attainable = float(np.mean(np.maximum(untreated, treated))) - same
    if attainable < SMALLEST_GAIN:
        raise Undefined("the same is best for every patient")
    return (policy_value(treat, untreated, treated) - same) / attainable


def _spread(effect: Floats) -> float:
    spread = float(np.std(effect))
    if spread < SMALLEST_SPREAD:
        raise Undefined("the true effect is nearly the same for all test patients")
    return spread
