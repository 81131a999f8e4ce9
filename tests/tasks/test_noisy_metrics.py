"""Metrics of decisions, of calibration in bins and of suspicion, against scikit-learn and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, average_precision_score, balanced_accuracy_score, roc_auc_score

from carebench_tasks.metrics import decision, label_errors, risk_groups
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ONES = np.ones(4)


def test_decisions_equal_scikit_learn(simulated: tuple[Floats, Floats, Floats]) -> None:
    """Accuracy and balanced accuracy at one half, with weights, rows of weight 0 left out."""
    event, risk, _ = simulated
    weight = np.random.default_rng(1).random(len(event)) * (np.arange(len(event)) % 7 > 0)
    decided = risk >= 0.5
    assert decision.accuracy(event, risk, weight) == pytest.approx(
        accuracy_score(event, decided, sample_weight=weight)
    )
    assert decision.balanced_accuracy(event, risk, weight) == pytest.approx(
        balanced_accuracy_score(event, decided, sample_weight=weight)
    )


def test_calibration_error_by_hand() -> None:
    """Twenty rows in ten bins of two: each bin's |mean y - mean p|, averaged."""
    risk = np.linspace(0.025, 0.975, 20)
    event = (np.arange(20) >= 10).astype(float)
    by_hand = np.mean([abs(event[k : k + 2].mean() - risk[k : k + 2].mean()) for k in range(0, 20, 2)])
    assert risk_groups.expected_calibration_error(event, risk, np.ones(20)) == pytest.approx(by_hand)


def test_calibration_error_of_a_constant_is_its_distance_from_the_prevalence() -> None:
    """Equal risks share a bin, whatever the order of rows."""
    event = np.array([1.0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    assert risk_groups.expected_calibration_error(event, np.full(10, 0.5), np.ones(10)) == pytest.approx(0.3)


def test_nothing_known_is_undefined() -> None:
    """Without a known outcome, or with one outcome only, the metric says why."""
    for metric in (decision.accuracy, risk_groups.expected_calibration_error):
        with pytest.raises(Undefined, match="no row has a known outcome"):
            metric(np.zeros(4), np.zeros(4), np.zeros(4))
    with pytest.raises(Undefined, match="both outcomes are needed"):
        decision.balanced_accuracy(np.zeros(4), np.zeros(4), ONES)


def test_suspicion_equals_scikit_learn() -> None:
    """AUROC and average precision of low quality for wrong labels."""
    draw = np.random.default_rng(2)
    flipped, quality = draw.random(500) < 0.2, np.round(draw.random(500), 2)
    quality[flipped] -= 0.2
    assert label_errors.flip_auroc(flipped, quality) == pytest.approx(roc_auc_score(flipped, -quality))
    assert label_errors.flip_average_precision(flipped, quality) == pytest.approx(
        average_precision_score(flipped, -quality)
    )


def test_precision_at_the_number_of_wrong_labels() -> None:
    """Without ties the share among the k lowest; a constant quality gives the share of wrong labels."""
    flipped = np.array([True, False, True, False, False])
    assert label_errors.flip_precision(flipped, np.array([0.1, 0.2, 0.3, 0.4, 0.5])) == 0.5
    assert label_errors.flip_precision(flipped, np.ones(5)) == pytest.approx(0.4)


@pytest.mark.parametrize("flipped", [np.zeros(3, bool), np.ones(3, bool)])
def test_suspicion_needs_wrong_and_right_labels(flipped: NDArray[np.bool_]) -> None:
    """At rate 0 there is nothing to find."""
    with pytest.raises(Undefined, match="training label is wrong"):
        label_errors.flip_auroc(flipped, np.arange(3.0))


def test_error_of_raters_needs_as_many() -> None:
    """Mean absolute error by hand; another number of raters is undefined."""
    assert label_errors.rater_error(np.array([0.9, 0.8]), np.array([0.7, 0.8])) == pytest.approx(0.1)
    with pytest.raises(Undefined, match="two a rater"):
        label_errors.rater_error(np.zeros(4), np.zeros(2))
