"""Whether predicted risks are too high, too low or too extreme: logistic recalibration.

Separate because these two numbers need a small regression of their own. Both take three arrays of shape
(n,): event (0 or 1), risk (probabilities), weight (at least 0). Risks are clipped to [1e-8, 1 - 1e-8] before
the logit, so that a model that says 0 or 1 is judged, hard but finitely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, need_both_outcomes, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SMALLEST = 1e-8
STEPS = 100
HALVINGS = 60
TOLERANCE = 1e-9
ROUNDING = 1e-13


def intercept(event: Floats, risk: Floats, weight: Floats) -> float:
    """Calibration in the large: a in logit P(y = 1) = a + logit(p), the slope held at 1.

    Any real number in log-odds, nearer to 0 is better; above 0, risks are too low. Undefined with one outcome only.

    Source: Cox 1958, Biometrika 45:562-565; Van Calster et al. 2016, Journal of Clinical Epidemiology 74:167-176.

    Example:
        >>> round(intercept(np.array([0.0, 1.0]), np.array([0.5, 0.5]), np.ones(2)), 6)
        0.0
    """
    need_both_outcomes(event, weight)
    dead, logits, share = _logits(event, risk, weight)
    model = _Recalibration(design=np.ones((len(dead), 1)), offset=logits, event=dead, weight=share)
    return float(_maximise(model)[0])


def slope(event: Floats, risk: Floats, weight: Floats) -> float:
    """Calibration slope: b in logit P(y = 1) = a + b logit(p), both fitted.

    Any real number, no unit, nearer to 1 is better; below 1, risks are too extreme. Undefined with one outcome
    only, for constant predictions, and where predictions separate the outcomes, so that b has no finite estimate.

    Source: as for `intercept`.
    """
    need_both_outcomes(event, weight)
    dead, logits, share = _logits(event, risk, weight)
    scale = float(np.std(logits))
    if np.ptp(logits) == 0 or scale == 0:
        raise Undefined("all predictions are equal")
    if _separated(dead, logits):
        raise Undefined("the predictions separate the outcomes: no finite slope fits best")
    design = np.column_stack([np.ones(len(dead)), (logits - logits.mean()) / scale])
    model = _Recalibration(design=design, offset=np.zeros(len(dead)), event=dead, weight=share)
    return float(_maximise(model)[1]) / scale


def _logits(event: Floats, risk: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    dead, known, share = observed(event, risk, weight)
    clipped = np.clip(known, SMALLEST, 1.0 - SMALLEST)
    return dead, np.asarray(np.log(clipped) - np.log1p(-clipped)), share


def _separated(event: Floats, logits: Floats) -> bool:
    dead, alive = logits[event == 1], logits[event == 0]
    return bool(alive.max() <= dead.min() or dead.max() <= alive.min())


@dataclass(frozen=True, kw_only=True)
class _Recalibration:
    """The logistic regression logit P(event) = offset + design @ coefficients, n rows and k coefficients."""

    design: Floats
    offset: Floats
    event: Floats
    weight: Floats

    def log_likelihood(self, coefficients: Floats) -> float:
        linear = self.offset + self.design @ coefficients
        return float(np.sum(self.weight * (self.event * linear - np.logaddexp(0.0, linear))))

    def newton_step(self, coefficients: Floats) -> Floats:
        from scipy.special import expit

        risk = expit(self.offset + self.design @ coefficients)
        gradient = self.design.T @ (self.weight * (self.event - risk))
        information = self.design.T @ (self.design * (self.weight * risk * (1.0 - risk))[:, None])
        return np.asarray(np.linalg.solve(information, gradient))


def _maximise(model: _Recalibration) -> Floats:
    """Maximum-likelihood coefficients by Newton's method; a step that loses likelihood is halved."""
    coefficients = np.zeros(model.design.shape[1])
    for _ in range(STEPS):
        try:
            step = model.newton_step(coefficients)
        except np.linalg.LinAlgError as error:
            raise Undefined("logistic recalibration is singular: predictions hardly differ") from error
        coefficients = coefficients + _damped(model, coefficients, step)
        if np.max(np.abs(step)) < TOLERANCE:
            return coefficients
    raise Undefined(f"logistic recalibration did not converge in {STEPS} steps")


def _damped(model: _Recalibration, coefficients: Floats, step: Floats) -> Floats:
    reached = model.log_likelihood(coefficients)
    for _ in range(HALVINGS):
        if model.log_likelihood(coefficients + step) >= reached - ROUNDING * abs(reached):
            return step
        step = step / 2
    return np.zeros_like(step)
