"""The R-loss: by hand, and least for the true effect where the nuisances are true."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from carebench import Split
from carebench_tasks.families.causal import FAMILY
from carebench_tasks.families.noisy_labels import ESTIMATED
from carebench_tasks.metrics.r_loss import MARGIN, nuisances, r_loss


def test_by_hand() -> None:
    """Two patients: residuals 1 - .5 * 2 = 0 and -.5 + .5 * 2 = .5."""
    found = r_loss(
        np.array([2.0, 0.5]),
        np.array([1.0, 0.0]),
        np.array([2.0, 2.0]),
        np.array([1.0, 1.0]),
        np.array([0.5, 0.5]),
    )
    assert found == pytest.approx(0.5 * 0.5**2)


def test_the_true_effect_has_the_least_loss_under_true_nuisances() -> None:
    """Any other function of x has a larger one: shrunk, doubled, turned round, constant."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=20_000)
    effect, propensity, base = np.sin(x), 1 / (1 + np.exp(-x)), x**2
    treatment = (draw.random(x.size) < propensity).astype(float)
    outcome = base + treatment * effect + draw.normal(scale=0.5, size=x.size)
    expected = base + propensity * effect
    least = r_loss(outcome, treatment, effect, expected, propensity)
    others = (0.5 * effect, 2 * effect, -effect, np.full(x.size, effect.mean()))
    assert all(r_loss(outcome, treatment, other, expected, propensity) > least for other in others)


def test_nuisances_are_of_other_patients_and_inside_the_margin() -> None:
    """The propensity is scikit-learn's, clipped; the expected outcome follows a linear truth."""
    draw = np.random.default_rng(2)
    x = draw.normal(size=(600, 2))
    treatment = (draw.random(600) < 1 / (1 + np.exp(-8 * x[:, 0]))).astype(float)
    outcome = 3 * x[:, 1] + draw.normal(scale=0.1, size=600)
    expected, propensity = nuisances(x[:400], outcome[:400], treatment[:400], x[400:])
    theirs = LogisticRegression(max_iter=1000).fit(x[:400], treatment[:400]).predict_proba(x[400:])[:, 1]
    assert np.allclose(propensity, np.clip(theirs, MARGIN, 1 - MARGIN))
    assert propensity.min() == MARGIN
    assert np.corrcoef(expected, outcome[400:])[0, 1] > 0.99


def test_tuning_of_effects_prefers_the_truer_effects() -> None:
    """The family's objective is minus that loss; no true effect is among what it is given."""
    assert FAMILY.objective is not None
    draw = np.random.default_rng(3)
    x = draw.normal(size=(3_000, 2))
    treatment = (draw.random(3_000) < 0.5).astype(float)
    outcome = x[:, 1] + treatment * x[:, 0] + draw.normal(scale=0.5, size=3_000)
    cut = slice(0, 2_000), slice(2_000, None)
    split = Split(
        train=x[cut[0]], test=x[cut[1]], reveals={"y": outcome[cut[0]], "treatment": treatment[cut[0]]}
    )
    held = {"y": outcome[cut[1]], "treatment": treatment[cut[1]]}
    good, poor = ({"effect": sign * x[cut[1], 0]} for sign in (1, -1))
    assert FAMILY.objective(split, held, good) > FAMILY.objective(split, held, poor)


def test_tuning_on_noisy_labels_knows_recorded_labels_alone() -> None:
    """Its objective is minus the Brier score of what was recorded; an answer that only ranks cannot be judged."""
    assert ESTIMATED.objective is not None
    split = Split(train=None, test=None, reveals={})
    recorded = np.array([1, 0, 1, 1], np.int8)
    risk = np.array([0.9, 0.2, 0.5, 0.6])
    assert ESTIMATED.objective(split, {"y": recorded}, {"risk": risk}) == pytest.approx(
        -np.mean((risk - recorded) ** 2)
    )
    with pytest.raises(ValueError, match="probabilities"):
        ESTIMATED.objective(split, {"y": recorded}, {"score": risk})
