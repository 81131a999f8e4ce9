"""AUROC and average precision against scikit-learn, the definition pair by pair, and DeLong's textbook covariance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, roc_auc_score

from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.ranking import auroc, auroc_influence, average_precision, placements

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Simulated = tuple[Floats, Floats, Floats]


def literal_placements(event: Floats, score: Floats, weight: Floats) -> Floats:
    """The definition of V10 and V01, pair by pair."""
    placed = np.zeros(len(event))
    for i in range(len(event)):
        others = np.flatnonzero(event != event[i])
        sign = 1 if event[i] == 1 else -1
        wins = [float(sign * (score[i] - score[j]) > 0) + 0.5 * float(score[i] == score[j]) for j in others]
        placed[i] = np.average(wins, weights=weight[others])
    return placed


def mann_whitney(event: Floats, score: Floats) -> float:
    """The AUROC from the rank sum of those with the event, by scipy's midranks."""
    dead = event == 1
    m, q = dead.sum(), (~dead).sum()
    return float((rankdata(score)[dead].sum() - m * (m + 1) / 2) / (m * q))


def textbook_delong(event: Floats, first: Floats, second: Floats) -> Floats:
    """DeLong's 2 x 2 covariance matrix of two AUROCs: S10 / m + S01 / q."""
    ones = np.ones(len(event))
    placed = np.array([literal_placements(event, score, ones) for score in (first, second)])
    dead = event == 1
    covariance = np.cov(placed[:, dead]) / dead.sum() + np.cov(placed[:, ~dead]) / (~dead).sum()
    return np.asarray(covariance)


@pytest.mark.parametrize("weighted", [False, True])
def test_auroc_and_average_precision_equal_those_of_scikit_learn(
    simulated: Simulated, weighted: bool
) -> None:
    """With ties, with and without weights, both ranking metrics equal an independent implementation."""
    event, risk, _ = simulated
    weight = np.random.default_rng(1).uniform(0.5, 2, len(event)) if weighted else np.ones(len(event))
    assert auroc(event, risk, weight) == pytest.approx(
        roc_auc_score(event, risk, sample_weight=weight), abs=1e-12
    )
    expected = average_precision_score(event, risk, sample_weight=weight)
    assert average_precision(event, risk, weight) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_placements_equal_their_definition(simulated: Simulated, weighted: bool) -> None:
    """The fast placements equal the comparison of every pair."""
    event, risk, _ = simulated
    weight = np.random.default_rng(2).uniform(0.5, 2, len(event)) if weighted else np.ones(len(event))
    np.testing.assert_allclose(
        placements(event, risk, weight), literal_placements(event, risk, weight), atol=1e-12
    )


def test_sums_of_influence_products_are_delongs_covariance(simulated: Simulated) -> None:
    """Sums of squares and of products over rows give the textbook variance and covariance."""
    event, first, second = simulated
    ones = np.ones(len(event))
    influence = np.array([auroc_influence(event, score, ones) for score in (first, second)])
    np.testing.assert_allclose(influence @ influence.T, textbook_delong(event, first, second), rtol=1e-10)


def test_influence_gives_the_bootstrap_standard_error(simulated: Simulated) -> None:
    """The standard error from influences is within 10 % of that of 2,000 bootstrap draws."""
    event, risk, _ = simulated
    draw = np.random.default_rng(3)
    picks = draw.integers(0, len(event), (2000, len(event)))
    resampled = [mann_whitney(event[pick], risk[pick]) for pick in picks]
    analytic = np.sqrt(np.sum(auroc_influence(event, risk, np.ones(len(event))) ** 2))
    assert analytic == pytest.approx(np.std(resampled), rel=0.10)


def test_integer_weights_count_as_repeated_rows(simulated: Simulated) -> None:
    """A row of weight 3 ranks like three rows; a row of weight 0 like none, and has no influence."""
    event, risk, _ = simulated
    weight = np.random.default_rng(4).integers(0, 4, len(event))
    times = np.repeat(np.arange(len(event)), weight)
    assert auroc(event, risk, weight.astype(float)) == pytest.approx(
        roc_auc_score(event[times], risk[times]), abs=1e-12
    )
    assert not auroc_influence(event, risk, weight.astype(float))[weight == 0].any()


def test_perfect_reversed_and_constant_rankings_have_their_known_values() -> None:
    """1 for perfect, 0 for reversed, one half for constant predictions."""
    event, ones = np.array([0.0, 0.0, 1.0, 1.0, 1.0]), np.ones(5)
    assert auroc(event, event, ones) == 1
    assert auroc(event, -event, ones) == 0
    assert auroc(event, np.full(5, 0.3), ones) == 0.5
    assert average_precision(event, np.full(5, 0.3), ones) == pytest.approx(3 / 5)


def test_one_outcome_only_is_undefined() -> None:
    """Without events, or without known outcomes, the reason is given instead of a number."""
    with pytest.raises(Undefined, match="every known outcome is 0"):
        auroc(np.zeros(4), np.arange(4.0), np.ones(4))
    with pytest.raises(Undefined, match="no row has a known outcome"):
        average_precision(np.array([0.0, 1.0]), np.arange(2.0), np.zeros(2))


def test_variance_needs_two_of_each() -> None:
    """One single event has an AUROC, but no variance."""
    event = np.array([0.0, 0.0, 1.0])
    assert auroc(event, np.arange(3.0), np.ones(3)) == 1
    with pytest.raises(Undefined, match="two events and two non-events"):
        auroc_influence(event, np.arange(3.0), np.ones(3))
