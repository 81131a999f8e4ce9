"""Brier score, its skill and log loss against scikit-learn, worked values and the bootstrap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn import metrics

from carebench_tasks.metrics import probability
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Simulated = tuple[Floats, Floats, Floats]

WITH_INFLUENCE = [
    (probability.brier, probability.brier_influence),
    (probability.brier_skill, probability.brier_skill_influence),
    (probability.log_loss, probability.log_loss_influence),
]


@pytest.mark.parametrize("weighted", [False, True])
def test_brier_and_log_loss_equal_those_of_scikit_learn(simulated: Simulated, weighted: bool) -> None:
    """Both losses equal an independent implementation, with and without weights."""
    event, risk, _ = simulated
    weight = np.random.default_rng(1).uniform(0.5, 2, len(event)) if weighted else np.ones(len(event))
    expected = metrics.brier_score_loss(event, risk, sample_weight=weight)
    assert probability.brier(event, risk, weight) == pytest.approx(expected, abs=1e-12)
    expected = metrics.log_loss(event, risk, sample_weight=weight)
    assert probability.log_loss(event, risk, weight) == pytest.approx(expected, abs=1e-12)


def test_brier_skill_by_hand() -> None:
    """Three patients, one dead: B = (.04 + .16 + .09) / 3, reference 2/9, so the skill is 1 - .29 / 3 * 4.5."""
    skill = probability.brier_skill(np.array([0.0, 0.0, 1.0]), np.array([0.2, 0.4, 0.7]), np.ones(3))
    assert skill == pytest.approx(1 - 0.29 / 3 * 4.5)


def test_brier_skill_is_a_weighted_share_of_explained_variance(simulated: Simulated) -> None:
    """It equals scikit-learn's weighted R squared of the outcome on the probability."""
    event, risk, _ = simulated
    weight = np.random.default_rng(5).uniform(0.5, 2, len(event))
    expected = metrics.r2_score(event, risk, sample_weight=weight)
    assert probability.brier_skill(event, risk, weight) == pytest.approx(expected, abs=1e-12)


def test_log_loss_of_a_certain_mistake_is_clipped() -> None:
    """A probability of 0 for somebody who dies costs log(1e15) nats, not infinity."""
    assert probability.log_loss(np.array([1.0]), np.array([0.0]), np.ones(1)) == pytest.approx(
        15 * math.log(10)
    )


@pytest.mark.parametrize(("value", "influence"), WITH_INFLUENCE)
def test_influence_gives_the_bootstrap_standard_error(
    simulated: Simulated, value: Callable[..., float], influence: Callable[..., Floats]
) -> None:
    """The standard error from influences is within 10 % of that of 2,000 bootstrap draws."""
    event, risk, _ = simulated
    ones = np.ones(len(event))
    picks = np.random.default_rng(6).integers(0, len(event), (2000, len(event)))
    resampled = [value(event[pick], risk[pick], ones) for pick in picks]
    assert np.sqrt(np.sum(influence(event, risk, ones) ** 2)) == pytest.approx(np.std(resampled), rel=0.10)


@pytest.mark.parametrize(("value", "influence"), WITH_INFLUENCE)
def test_influence_is_the_derivative_in_the_weight(
    simulated: Simulated, value: Callable[..., float], influence: Callable[..., Floats]
) -> None:
    """A little more weight on one row moves the metric by its influence (central difference)."""
    event, risk, _ = simulated
    weight = np.random.default_rng(7).uniform(0.5, 2, len(event))
    for row in (0, 17, 299):
        up, down = weight.copy(), weight.copy()
        up[row], down[row] = weight[row] * (1 + 1e-5), weight[row] * (1 - 1e-5)
        slope = (value(event, risk, up) - value(event, risk, down)) / 2e-5
        assert influence(event, risk, weight)[row] == pytest.approx(slope, rel=1e-4, abs=1e-12)


def test_undefined_cases_say_why() -> None:
    """Skill needs both outcomes, a loss at least one known."""
    with pytest.raises(Undefined, match="every known outcome is 1"):
        probability.brier_skill(np.ones(3), np.full(3, 0.5), np.ones(3))
    with pytest.raises(Undefined, match="no row has a known outcome"):
        probability.brier(np.ones(3), np.full(3, 0.5), np.zeros(3))
