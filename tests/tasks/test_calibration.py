"""Calibration slope and intercept against a logistic regression, a root finder and worked values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from carebench_tasks.metrics import calibration
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Simulated = tuple[Floats, Floats, Floats]


@pytest.mark.parametrize("weighted", [False, True])
def test_slope_is_that_of_an_unpenalised_logistic_regression(simulated: Simulated, weighted: bool) -> None:
    """The slope equals scikit-learn's coefficient of logit(p), with and without weights."""
    event, risk, _ = simulated
    weight = np.random.default_rng(1).uniform(0, 2, len(event)) if weighted else np.ones(len(event))
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    oracle.fit(logit(risk)[:, None], event, sample_weight=weight)
    assert calibration.slope(event, risk, weight) == pytest.approx(oracle.coef_[0, 0], rel=1e-5)


def test_intercept_makes_expected_deaths_equal_observed_ones(simulated: Simulated) -> None:
    """The intercept is the root of its score equation, found here by bisection."""
    event, risk, _ = simulated
    weight = np.random.default_rng(2).uniform(0.5, 2, len(event))
    root = brentq(lambda a: np.sum(weight * (event - expit(a + logit(risk)))), -5, 5, xtol=1e-12)
    assert calibration.intercept(event, risk, weight) == pytest.approx(root, abs=1e-8)


def test_a_shifted_and_stretched_prediction_is_undone(simulated: Simulated) -> None:
    """Twice the logit halves the slope, and adding 1 to the logit lowers the intercept by 1."""
    event, risk, _ = simulated
    ones = np.ones(len(event))
    slope = calibration.slope(event, risk, ones)
    assert calibration.slope(event, expit(2 * logit(risk)), ones) == pytest.approx(slope / 2, rel=1e-6)
    intercept = calibration.intercept(event, risk, ones)
    assert calibration.intercept(event, expit(1 + logit(risk)), ones) == pytest.approx(
        intercept - 1, abs=1e-8
    )


def test_intercept_of_a_constant_prediction_is_the_difference_of_log_odds() -> None:
    """One death among four, predicted at one half: logit(1/4)."""
    event = np.array([0.0, 0.0, 0.0, 1.0])
    assert calibration.intercept(event, np.full(4, 0.5), np.ones(4)) == pytest.approx(np.log(1 / 3))


def test_certain_predictions_are_clipped_before_the_logit() -> None:
    """All predicted dead for certain, half die: the intercept is -logit(1 - 1e-8)."""
    event = np.array([0.0, 1.0])
    assert calibration.intercept(event, np.ones(2), np.ones(2)) == pytest.approx(-logit(1 - 1e-8), rel=1e-6)


@pytest.mark.parametrize(
    ("event", "risk", "reason"),
    [
        ([0, 0, 0], [0.1, 0.2, 0.3], "every known outcome is 0"),
        ([0, 1, 0], [0.2, 0.2, 0.2], "all predictions are equal"),
        ([0, 0, 1], [0.1, 0.2, 0.3], "separate the outcomes"),
        ([0, 1, 1], [0.2, 0.2, 0.3], "separate the outcomes"),
        ([1, 0, 0], [0.1, 0.2, 0.3], "separate the outcomes"),
    ],
)
def test_no_slope_without_an_estimate(event: list[float], risk: list[float], reason: str) -> None:
    """One outcome, constant predictions, and separation in either direction give the reason."""
    with pytest.raises(Undefined, match=reason):
        calibration.slope(np.array(event, dtype=float), np.array(risk), np.ones(3))


def test_no_intercept_with_one_outcome() -> None:
    """Nobody dies: no finite intercept."""
    with pytest.raises(Undefined, match="every known outcome is 0"):
        calibration.intercept(np.zeros(3), np.full(3, 0.2), np.ones(3))
