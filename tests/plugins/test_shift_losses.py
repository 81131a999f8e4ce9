"""The losses of shift against closed forms, and the network that minimises them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from carebench import Unsuited
from carebench_plugins.shift.alignment import DeepCoral, KernelMeans, coral_loss
from carebench_plugins.shift.network import Batch, ShiftNetwork
from carebench_plugins.shift.refitted import JustTrainTwice, LastLayerRetrained
from carebench_plugins.shift.risks import IRM, BalancedRisk, ChiSquare, CVaR, GroupDRO, MeanRisk, VREx

RISKS = "carebench_plugins.shift.risks"


def batch(losses: list[float], domains: list[int], **others: Any) -> Batch:
    """A batch of which a loss of risks sees what it needs."""
    held: dict[str, Any] = {"features": None, "logits": None, "events": None, "rows": None, "target": None}
    held |= {"target_logits": None, "progress": 1.0, **others}
    return Batch(losses=torch.tensor(losses), domains=torch.tensor(domains), **held)


def patients(rows: int = 400, seed: int = 0) -> tuple[Any, Any, Any]:
    """Rows, answers that follow the first input, and one of three domains."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(rows, 5)).astype(np.float32)
    y = (X[:, 0] + draw.logistic(0, 0.5, rows) > 0).astype(np.int8)
    return X, y, draw.integers(0, 3, rows)


def test_coral_is_zero_on_equal_covariances() -> None:
    """Features that differ by a constant have one covariance: the loss is 0; doubled, it is the closed form."""
    features = torch.randn(50, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert float(coral_loss(features, features + 7)) == pytest.approx(0, abs=1e-20)
    covariance = np.cov(features.numpy().T)
    expected = np.sum((3 * covariance) ** 2) / (4 * 4**2)
    assert float(coral_loss(features, 2 * features)) == pytest.approx(expected)


def test_kernel_means_are_zero_on_one_sample() -> None:
    """A sample is at distance 0 from itself, and at more from one that is moved."""
    features = torch.randn(40, 3, generator=torch.Generator().manual_seed(2))
    loss = KernelMeans()
    assert float(loss.distance(features, features)) == pytest.approx(0, abs=1e-6)
    assert float(loss.distance(features, features + 2)) > 0.1


def test_group_dro_with_one_group_is_mean_risk() -> None:
    """The same network to the last bit."""
    X, y, _ = patients()
    one = np.zeros(len(y))
    plain = ShiftNetwork(epochs=3).fit(X, y).predict_proba(X)
    loss = GroupDRO()
    loss.start(one.astype(np.int64), 32)
    assert float(loss(batch([1.0, 2.0, 6.0], [0, 0, 0]))) == 3.0
    grouped = ShiftNetwork(f"{RISKS}.GroupDRO", epochs=3)
    grouped._objective = lambda *_: loss  # type: ignore[method-assign]
    np.testing.assert_array_equal(grouped.fit(X, y, domain=one).predict_proba(X), plain)


def test_group_dro_by_hand() -> None:
    """Risks 1 and 3, step ln 2 / 2: weights 1/2 each become 2^.5 : 2^1.5, that is 1/3 and 2/3; the loss is 7/3."""
    loss = GroupDRO(step=float(np.log(2)) / 2)
    loss.start(np.array([0, 1]), 32)
    assert float(loss(batch([1.0, 2.0, 4.0], [0, 1, 1]))) == pytest.approx(1 / 3 + 2 / 3 * 3)


def test_balanced_risk_is_the_mean_of_domain_means() -> None:
    """Over all rows at once: means 1 and 4, so 2.5."""
    loss = BalancedRisk()
    loss.start(np.array([0, 0, 0, 1]), 32)
    assert float(loss(batch([0.0, 1.0, 2.0, 4.0], [0, 0, 0, 1]))) == pytest.approx(2.5)


def test_cvar_is_the_mean_of_the_worst() -> None:
    """Of four rows the worst half; with alpha 1 the mean risk."""
    four = batch([1.0, 5.0, 2.0, 4.0], [0, 0, 0, 0])
    assert float(CVaR(alpha=0.5)(four)) == 4.5
    assert float(CVaR(alpha=1)(four)) == float(MeanRisk()(four)) == 3.0


@pytest.mark.parametrize("rho", [0.05, 0.5])
def test_chi_square_risk_is_the_largest_in_the_ball(rho: float) -> None:
    """It equals the maximum over weights q by a general solver: mean (n q - 1)^2 / 2 <= rho."""
    from scipy.optimize import minimize

    losses = np.array([0.1, 0.4, 0.9, 2.0])
    ball = {"type": "ineq", "fun": lambda q: rho - np.mean((4 * q - 1) ** 2) / 2}
    whole = {"type": "eq", "fun": lambda q: q.sum() - 1}
    found = minimize(lambda q: -q @ losses, np.full(4, 0.25), bounds=[(0, 1)] * 4, constraints=[ball, whole])
    ours = float(ChiSquare(rho=rho)(batch(losses.tolist(), [0] * 4)))
    assert ours == pytest.approx(-found.fun, rel=1e-4)


def test_irm_penalty_is_the_derivative_by_autograd() -> None:
    """The closed form equals the squared gradient of each domain's risk in a scale of the log-odds."""
    logits = torch.tensor([0.3, -1.2, 2.0, 0.7], dtype=torch.float64)
    events = torch.tensor([1.0, 0.0, 0.0, 1.0], dtype=torch.float64)
    domains = [0, 0, 1, 1]
    expected = []
    for domain in (0, 1):
        rows = torch.tensor(domains) == domain
        scale = torch.ones((), dtype=torch.float64, requires_grad=True)
        risk = torch.nn.functional.binary_cross_entropy_with_logits(scale * logits[rows], events[rows])
        expected.append(float(torch.autograd.grad(risk, scale)[0]) ** 2)
    given = batch([0.0] * 4, domains, logits=logits, events=events)
    assert float(IRM().penalty(given)) == pytest.approx(np.mean(expected))


def test_v_rex_adds_the_variance_of_risks() -> None:
    """Risks 1 and 3: mean 2, variance 1."""
    assert float(VREx(strength=10)(batch([1.0, 3.0], [0, 1]))) == pytest.approx(12)
    assert float(VREx(strength=10)(batch([2.0, 2.0], [0, 1]))) == pytest.approx(2)


@pytest.mark.parametrize("loss", [f"{RISKS}.VREx", "carebench_plugins.shift.alignment.DeepCoral"])
def test_one_domain_is_declined(loss: str) -> None:
    """What compares domains says that there is one only; with a target, alignment has two."""
    X, y, _ = patients(60)
    with pytest.raises(Unsuited, match="at least two domains"):
        ShiftNetwork(loss, epochs=1).fit(X, y, domain=np.zeros(len(y)))
    if loss.endswith("DeepCoral"):
        assert DeepCoral.counts_target
        ShiftNetwork(loss, epochs=1).fit(X, y, domain=np.zeros(len(y)), X_target=X)


def test_strong_alignment_brings_domains_together() -> None:
    """Under a strong CORAL loss the features' covariances of two shifted domains end nearer than without."""
    X, y, _ = patients()
    domain = (np.arange(len(y)) % 2).astype(np.int64)
    X[domain == 1] *= 3
    apart = []
    for strength in (0.0, 1000.0):
        network = ShiftNetwork(
            "carebench_plugins.shift.alignment.DeepCoral", options={"strength": strength}, epochs=10
        ).fit(X, y, domain=domain)
        one, other = (torch.from_numpy(network.features(X[domain == code])) for code in (0, 1))
        apart.append(float(coral_loss(one, other)))
    assert apart[1] < apart[0] / 2


@pytest.mark.parametrize("method", [JustTrainTwice, LastLayerRetrained])
def test_refitted_networks_learn(method: Any) -> None:
    """They tell most patients apart, and give probabilities."""
    X, y, domain = patients(800)
    extra = {"domain": domain} if method is LastLayerRetrained else {}
    risk = method().fit(X, y, **extra).predict_proba(X)[:, 1]
    assert np.mean((risk >= 0.5) == (y == 1)) > 0.7
    assert risk.min() >= 0
    assert risk.max() <= 1
