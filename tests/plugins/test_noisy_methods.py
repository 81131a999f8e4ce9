"""Methods for noisy labels: exact reductions to plain training, known answers on simulated noise, and refusals."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import carebench_plugins.noisy as listing
from carebench import Unsuited
from carebench.estimators import build
from carebench_plugins.noisy.corrections import CorrectedNetwork, importance
from carebench_plugins.noisy.crowds import CrowdLayer, CrowdLayerNetwork
from carebench_plugins.noisy.estimation import confident_joint, matrix, out_of_fold
from carebench_plugins.noisy.loop import Batch
from carebench_plugins.noisy.network import RobustNetwork, labels_of
from carebench_plugins.noisy.relabelling import ConfidentLearning, EditedNeighbours

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODELS = {model.name: model for model in listing.models()}
HOME = "carebench_plugins.noisy"
ASYMMETRIC = np.array([[1.0, 0.0], [0.4, 0.6]])


@cache
def patients(
    rows: int = 2000, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int8], NDArray[np.int8]]:
    """Inputs, true labels, and labels of which two events in five are unrecorded; the outcome is nearly separable."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(rows, 4)).astype(np.float32)
    y = (draw.random(rows) < 1 / (1 + np.exp(-6 * (X[:, 0] + X[:, 1])))).astype(np.int8)
    return X, y, np.where((y == 1) & (draw.random(rows) < 0.4), 0, y).astype(np.int8)


def brier(estimator: Any) -> float:
    """Brier score on other patients' true labels."""
    X, y, _ = patients(seed=1)
    return float(np.mean((estimator.predict_proba(X)[:, 1] - y) ** 2))


@cache
def plain() -> RobustNetwork:
    """Plain training on the recorded labels."""
    X, _, recorded = patients()
    return RobustNetwork().fit(X, recorded)


@pytest.mark.parametrize("name", ["Forward", "Backward"])
def test_corrections_with_t_equal_to_the_identity_are_plain_training(name: str) -> None:
    """At rate 0 nothing is corrected: the same network to rounding."""
    X, y, _ = patients()
    network = CorrectedNetwork(objective=f"{HOME}.corrections.{name}")
    network.fit(X, y, transition=np.tile(np.eye(2), (len(y), 1, 1)))
    expected = RobustNetwork().fit(X, y).predict_proba(X)
    np.testing.assert_allclose(network.predict_proba(X), expected, atol=2e-3)


def test_weights_of_one_are_no_weights() -> None:
    """With T = I every importance weight is 1, and the network is that of plain training, bit for bit."""
    X, y, _ = patients()
    weight = importance(y, np.full(len(y), 0.3), np.tile(np.eye(2), (len(y), 1, 1)))
    np.testing.assert_array_equal(weight, 1)
    weighted = RobustNetwork().fit_soft(X, labels_of(y), weight=weight)
    np.testing.assert_array_equal(weighted.predict_proba(X), RobustNetwork().fit(X, y).predict_proba(X))


def test_importance_weights_by_hand() -> None:
    """r0 = .1, r1 = .3, e = .4: (.4 - .1) / (.6 * .4) for a recorded event, (.6 - .3) / (.6 * .6) for none."""
    transition = np.tile([[0.9, 0.1], [0.3, 0.7]], (2, 1, 1))
    found = importance(np.array([1, 0]), np.array([0.4, 0.4]), transition)
    np.testing.assert_allclose(found, [0.3 / 0.24, 0.3 / 0.36])


@pytest.mark.parametrize(
    "name", ["forward", "backward", "unbiased-logistic", "t-revision", "importance-reweighting", "elkan-noto"]
)
def test_knowing_the_noise_helps(name: str) -> None:
    """With T revealed, under-coding of 40 % costs less Brier score than plain training loses."""
    X, _, recorded = patients()
    model = MODELS[name]
    estimator = build(model.build, model.params, seed=0, threads=1)
    estimator.fit(X, recorded, transition=np.tile(ASYMMETRIC, (len(X), 1, 1)))
    assert brier(estimator) < brier(plain()) - 0.01


@pytest.mark.parametrize("name", ["forward", "forward-confident-joint", "t-revision", "volume-minimisation"])
def test_the_noise_is_found_where_classes_separate(name: str) -> None:
    """Nearly separable classes have anchor points: T within .12 of the truth on average."""
    X, _, recorded = patients()
    model = MODELS[name]
    estimator = build(model.build, model.params, seed=0, threads=1).fit(X, recorded)
    assert np.abs(estimator.transition_ - ASYMMETRIC).mean() < 0.12
    np.testing.assert_allclose(estimator.transition_.sum(axis=1), 1)


def test_confident_joint_is_cleanlab_s() -> None:
    """T equals what cleanlab's latent estimate gives for the same held-out probabilities."""
    from cleanlab.count import estimate_latent, estimate_py_and_noise_matrices_from_probabilities

    X, _, recorded = patients()
    chance = out_of_fold(X, recorded, 0, {})
    noise = estimate_py_and_noise_matrices_from_probabilities(recorded.astype(int), chance)[1]
    np.testing.assert_allclose(confident_joint(X, recorded, 0, {}), matrix(noise[1, 0], noise[0, 1]))
    assert callable(estimate_latent)


@pytest.mark.parametrize("method", [ConfidentLearning(), EditedNeighbours(), EditedNeighbours(deep=True)])
def test_filters_find_wrong_labels(method: Any) -> None:
    """Trust ranks a right label above a wrong one in 85 of 100 pairs where classes nearly separate."""
    from sklearn.metrics import roc_auc_score

    X, y, recorded = patients()
    quality = method.fit(X, recorded).label_quality(X, recorded)
    assert roc_auc_score(y != recorded, -quality) > 0.8


def test_raters_teach_a_network() -> None:
    """With three raters of known rates Raykar's method finds those within .08 and beats the majority's labels."""
    X, y, _ = patients()
    draw = np.random.default_rng(3)
    rates = np.array([[0.9, 0.95], [0.5, 0.9], [0.6, 0.95]])
    said = np.stack(
        [np.where(draw.random(len(y)) < np.where(y == 1, a, b), y, 1 - y) for a, b in rates], 1
    ).astype(np.int8)
    model = build(MODELS["raykar"].build, {}, seed=0, threads=1)
    model.fit(X, (said.sum(axis=1) > 1).astype(np.int8), raters=said)
    np.testing.assert_allclose(model.rater_rates_, rates.T, atol=0.08)
    assert brier(model) < brier(RobustNetwork().fit(X, (said.sum(axis=1) > 1).astype(np.int8)))


@pytest.mark.parametrize(
    "name", ["raykar", "crowdlab", "crowd-layer", "dawid-skene-network", "group-correction"]
)
def test_methods_decline_what_a_task_does_not_reveal(name: str) -> None:
    """Without raters, or without groups, they say so."""
    X, _, recorded = patients()
    model = MODELS[name]
    with pytest.raises(Unsuited, match=r"reveals (one label|none)"):
        build(model.build, model.params, seed=0, threads=1).fit(X, recorded)


def test_a_single_recorded_event_cannot_be_held_out() -> None:
    """Methods that cross-fit decline with the reason."""
    with pytest.raises(Unsuited, match="two training rows of each recorded label"):
        out_of_fold(np.zeros((9, 2), np.float32), np.array([1] + [0] * 8), 0, {})


def test_selection_looks_at_noisy_labels_alone() -> None:
    """The selected epoch is that of the least loss on the cut: its answer differs from the last, and the seed decides."""
    X, _, recorded = patients(300)
    network = RobustNetwork(random_state=3).fit(X, recorded)
    again = RobustNetwork(random_state=3).fit(X, recorded)
    np.testing.assert_array_equal(network.predict_proba_selected(X), again.predict_proba_selected(X))
    assert network.predict_proba(X).shape == (300, 2)


def test_every_method_of_the_issue_is_listed() -> None:
    """At least thirty methods, of which seven answer where T is known; each cites its paper but the vote shares."""
    assert len(MODELS) >= 30
    assert sum("noisy-labels-known" in model.families for model in MODELS.values()) == 7
    assert {name for name, model in MODELS.items() if not model.citation} == {
        "vote-shares",
        "vote-share-network",
    }


def test_methods_on_the_network_name_its_plain_training() -> None:
    """The reference of the oracle gap is erm-network; itself, boosting and the linear model, which are no such network, have none."""
    without = {name for name, model in MODELS.items() if model.reference != "erm-network"}
    consensus = {name for name, model in MODELS.items() if model.families == ("rater-consensus",)}
    assert without == {"erm-network", "savage-boosting", "unbiased-logistic"} | consensus


def test_savage_derivatives_equal_differences() -> None:
    """Gradient and curvature of (1 + exp(2 y f))^-2 against central differences, the curvature where it is not cut."""
    from carebench_plugins.noisy.ensembles import SavageBoosting

    model = SavageBoosting()
    model._start = 0.2
    y, margin, step = np.array([0.0, 1.0, 1.0]), np.array([0.1, -0.1, 0.4]), 1e-4

    def loss(added: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((1 + np.exp(2 * (2 * y - 1) * (0.2 + added))) ** -2.0)

    slope, curve = model._derivatives(y, margin)
    np.testing.assert_allclose(slope, (loss(margin + step) - loss(margin - step)) / (2 * step), rtol=1e-5)
    second = (loss(margin + step) - 2 * loss(margin) + loss(margin - step)) / step**2
    np.testing.assert_allclose(curve, np.maximum(second, 0.05), rtol=1e-3)


def test_crowd_layer_starts_from_raters_who_agree_with_the_network() -> None:
    """By hand, p = (.8, .2) and W = I: each label 1 costs log(1 + e^(.8 - .2)), a missing one nothing."""
    layer = CrowdLayer(raters=3)
    layer.begin(1)
    batch = Batch(
        inputs=None,
        target=None,
        weight=None,
        rows=None,
        transition=None,
        votes=torch.tensor([[[0.0, 1.0], [0.0, 1.0], [0.0, 0.0]]]),
        progress=0.0,
    )
    found = layer.each(torch.log(torch.tensor([[0.8, 0.2]])), batch)
    assert float(found) == pytest.approx(2 * np.log1p(np.exp(0.6)), abs=1e-6)
    np.testing.assert_allclose(layer.rates(), np.full((2, 3), np.e / (1 + np.e)))


def test_crowd_layer_tells_good_raters_from_bad() -> None:
    """Of three raters who err in 5, 20 and 45 of 100 rows the estimated rates have that order, and it beats the worst one."""
    X, y, _ = patients(seed=5)
    draw = np.random.default_rng(6)
    raters = np.where(draw.random((len(y), 3)) < [0.05, 0.2, 0.45], 1 - y[:, None], y[:, None]).astype(
        np.int8
    )
    model = CrowdLayerNetwork().fit(X, raters[:, 2], raters=raters)
    right = model.rater_rates_.mean(axis=0)
    assert right[0] > right[1] > right[2]
    assert brier(model) < brier(RobustNetwork().fit(X, raters[:, 2]))
