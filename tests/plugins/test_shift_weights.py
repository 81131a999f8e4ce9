"""Label weights and density ratios against shifts that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from carebench import Unsuited
from carebench_plugins.shift import ratios
from carebench_plugins.shift.label_weights import (
    bbse,
    confusion,
    corrected,
    expectation_maximisation,
    rlls,
    shares,
)
from carebench_plugins.shift.logistic import ImportanceWeighted, LabelWeighted, OptimalTransport, ShallowCoral

TRUE = np.array([0.5, 2.0])


def drawn(rows: int, prevalence: float, seed: int) -> tuple[Any, Any]:
    """One normal input of mean -1 or 1 by answer, with the risk that Bayes gives at a prevalence of 1/3."""
    draw = np.random.default_rng(seed)
    label = (draw.random(rows) < prevalence).astype(np.int8)
    return label, draw.normal(2 * label - 1.0, 1)


def bayes(x: Any) -> Any:
    """P(label 1 | x) at a prevalence of 1/3: odds 1/2 exp(2 x)."""
    return 1 / (1 + 2 * np.exp(-2 * x))


def test_bbse_is_exact_with_the_population() -> None:
    """C and mu of a classifier with sensitivity .8 and specificity .7, prevalence 1/3 to 2/3: the weights are 1/2 and 2."""
    matrix = np.array([[0.7 * 2 / 3, 0.2 / 3], [0.3 * 2 / 3, 0.8 / 3]])
    target = np.array([0.7 / 3 + 0.2 * 2 / 3, 0.3 / 3 + 0.8 * 2 / 3])
    np.testing.assert_allclose(bbse(matrix, target), TRUE)
    np.testing.assert_allclose(rlls(matrix, target, rows=10**12), TRUE, atol=1e-3)


def test_bbse_refuses_a_classifier_that_tells_nothing() -> None:
    """A confusion matrix of rank one is near singular."""
    with pytest.raises(Unsuited, match="near singular"):
        bbse(np.outer([0.5, 0.5], [0.6, 0.4]), np.array([0.5, 0.5]))


@pytest.mark.parametrize("method", ["bbse", "em"])
def test_label_weights_are_recovered_as_one_over_n(method: str) -> None:
    """From 250 to 4,000 rows, 16 times as many, the mean squared error falls by 16: between 8 and 32 in 60 draws each."""
    errors = []
    for rows in (250, 4000):
        found = []
        for seed in range(60):
            (label, x), (_, other) = drawn(rows, 1 / 3, 2 * seed), drawn(rows, 2 / 3, 2 * seed + 1)
            if method == "em":
                weights = expectation_maximisation(bayes(other), 1 / 3)
            else:
                weights = bbse(confusion(x > 0, label), shares(other > 0))
            found.append(np.mean((weights - TRUE) ** 2))
        errors.append(np.mean(found))
    assert 8 < errors[0] / errors[1] < 32


def test_regularisation_shrinks_towards_no_shift() -> None:
    """With few rows RLLS stays nearer to weights of 1 than BBSE."""
    (label, x), (_, other) = drawn(60, 1 / 3, 1), drawn(60, 2 / 3, 2)
    matrix, told = confusion(x > 0, label), shares(other > 0)
    assert np.linalg.norm(rlls(matrix, told, 60, alpha=1.0) - 1) < np.linalg.norm(bbse(matrix, told) - 1)


def test_correction_gives_the_bayes_risk_of_the_target() -> None:
    """Risks at prevalence 1/3, corrected by the true weights, are those at 2/3: odds 2 exp(2 x)."""
    x = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(corrected(bayes(x), TRUE), 1 / (1 + np.exp(-2 * x) / 2))


@pytest.mark.parametrize("method", ["bbse", "rlls", "em"])
def test_label_weighted_models_find_the_shift(method: str) -> None:
    """Trained at a prevalence of 1/3, asked at 2/3: weights within a fifth, and the mean risk near 2/3."""
    (label, x), (_, other), (_, asked) = drawn(4000, 1 / 3, 1), drawn(4000, 2 / 3, 2), drawn(4000, 2 / 3, 3)
    model = LabelWeighted(method).fit(x[:, None], label, X_target=other[:, None])
    np.testing.assert_allclose(model.label_weights_, TRUE, rtol=0.2)
    assert model.predict_proba(asked[:, None])[:, 1].mean() == pytest.approx(2 / 3, abs=0.04)


@pytest.mark.parametrize(
    "estimate", [ratios.classifier_ratio, ratios.kernel_mean_matching, ratios.kliep, ratios.ulsif]
)
def test_density_ratios_move_the_source_to_the_target(estimate: Any) -> None:
    """Normal inputs of mean 0 and .7: the weighted source has the target's mean, and weights follow the true ratio."""
    draw = np.random.default_rng(4)
    source, target = draw.normal(0, 1, (1500, 1)), draw.normal(0.7, 1, (1500, 1))
    weights = estimate(source, target, 0)
    true = norm.pdf(source[:, 0], 0.7) / norm.pdf(source[:, 0])
    assert weights.min() >= 0
    assert weights.mean() == pytest.approx(1)
    assert np.average(source[:, 0], weights=weights) == pytest.approx(0.7, abs=0.2)
    assert np.corrcoef(weights, true)[0, 1] > 0.85


@pytest.mark.parametrize(
    "estimate", [ratios.classifier_ratio, ratios.kernel_mean_matching, ratios.kliep, ratios.ulsif]
)
def test_equal_samples_need_no_weights(estimate: Any) -> None:
    """Two draws of one law are worth nearly all their rows."""
    draw = np.random.default_rng(5)
    weights = estimate(draw.normal(size=(800, 3)), draw.normal(size=(800, 3)), 0)
    assert ratios.effective_share(weights) > 0.8


def test_importance_weights_mend_a_straight_line_through_a_bend() -> None:
    """Where the risk bends, a logistic regression weighted for the target has less log loss there than an unweighted one."""
    draw = np.random.default_rng(6)

    def cohort(mean: float) -> tuple[Any, Any]:
        x = draw.normal(mean, 1, (4000, 1))
        return x, (draw.random(4000) < 1 / (1 + np.exp(-(x[:, 0] ** 2 - 1)))).astype(np.int8)

    (source, y), (target, _), (asked, truth) = cohort(-1), cohort(1), cohort(1)
    from sklearn.metrics import log_loss

    from carebench_plugins.shift.logistic import Logistic

    weighted = ImportanceWeighted().fit(source, y, X_target=target)
    plain = Logistic().fit(source, y)
    assert log_loss(truth, weighted.predict_proba(asked)) < log_loss(truth, plain.predict_proba(asked)) - 0.1
    assert 0 < weighted.effective_share_ < 1


def test_shallow_coral_gives_the_source_the_targets_moments() -> None:
    """Without a ridge the moved rows have the target's covariance and mean."""
    draw = np.random.default_rng(7)
    source, target = draw.normal(size=(500, 2)), draw.normal(1, 1, (500, 2)) @ np.array([[1, 0.8], [0, 0.5]])
    model = ShallowCoral(ridge=0.0)
    moved = (source - source.mean(axis=0)) @ model._power(source, -0.5) @ model._power(target, 0.5)
    np.testing.assert_allclose(np.cov(moved.T), np.cov(target.T), atol=1e-9)


def test_transport_follows_a_translation() -> None:
    """Patients moved as a whole are told apart after transport as before."""
    pytest.importorskip("ot")
    draw = np.random.default_rng(8)
    X = draw.normal(size=(300, 2))
    y = (X[:, 0] > 0).astype(np.int8)
    model = OptimalTransport().fit(X, y, X_target=X + 3)
    assert np.mean((model.predict_proba(X + 3)[:, 1] > 0.5) == y) > 0.9
