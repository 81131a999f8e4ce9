"""Robust losses are what their formulas say: hand-worked values, limits, and exact identities of the corrections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from carebench_plugins.noisy import losses

LOGITS = torch.tensor([[0.3, -0.4], [2.0, 1.0], [-1.5, 0.5], [0.0, 0.0]], dtype=torch.float64)
LABELS = torch.tensor([[1.0, 0], [0, 1], [0, 1], [1, 0]], dtype=torch.float64)
EVERY = [
    losses.cross_entropy,
    losses.label_smoothing,
    losses.bootstrap_soft,
    losses.bootstrap_hard,
    losses.absolute_error,
    losses.generalised_cross_entropy,
    losses.symmetric_cross_entropy,
    losses.active_passive,
    losses.bi_tempered,
]


def own() -> Any:
    """Probability of the recorded label."""
    return (LOGITS.softmax(1) * LABELS).sum(1)


def test_cross_entropy_equals_torch() -> None:
    """Against torch's own."""
    expected = torch.nn.functional.cross_entropy(LOGITS, LABELS.argmax(1), reduction="none")
    torch.testing.assert_close(losses.cross_entropy(LOGITS, LABELS), expected)


def test_label_smoothing_equals_torch() -> None:
    """Against torch's own, with the same share."""
    expected = torch.nn.functional.cross_entropy(
        LOGITS, LABELS.argmax(1), reduction="none", label_smoothing=0.1
    )
    torch.testing.assert_close(losses.label_smoothing(LOGITS, LABELS), expected)


def test_closed_forms_in_the_probability_of_the_label() -> None:
    """With p the probability of the label: 2 - 2p, (1 - p^q) / q, and the reverse term -(1 - p) log 1e-4."""
    p = own()
    reverse = -(1 - p) * np.log(1e-4)
    normalised = -p.log() / -(p.log() + (1 - p).log())
    torch.testing.assert_close(losses.absolute_error(LOGITS, LABELS), 2 - 2 * p)
    torch.testing.assert_close(losses.generalised_cross_entropy(LOGITS, LABELS), (1 - p**0.7) / 0.7)
    torch.testing.assert_close(
        losses.symmetric_cross_entropy(LOGITS, LABELS), -0.1 * p.log() + reverse, rtol=1e-6, atol=1e-6
    )
    torch.testing.assert_close(
        losses.active_passive(LOGITS, LABELS), normalised + reverse, rtol=1e-6, atol=1e-6
    )


def test_bootstraps_by_hand() -> None:
    """Row one, label 0, p = softmax(.3, -.4): mixes of the label with p and with the likelier class 0."""
    p = LOGITS[0].softmax(0)
    soft = -((0.95 + 0.05 * p[0]) * p[0].log() + 0.05 * p[1] * p[1].log())
    torch.testing.assert_close(losses.bootstrap_soft(LOGITS, LABELS)[0], soft)
    torch.testing.assert_close(losses.bootstrap_hard(LOGITS, LABELS)[0], -p[0].log())


def test_limits_of_families_of_losses() -> None:
    """GCE tends to cross-entropy as q falls, and is half the absolute error at q = 1; t1 = t2 = 1 is cross-entropy."""
    plain = losses.cross_entropy(LOGITS, LABELS)
    torch.testing.assert_close(
        losses.generalised_cross_entropy(LOGITS, LABELS, q=1e-6), plain, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(
        2 * losses.generalised_cross_entropy(LOGITS, LABELS, q=1.0), losses.absolute_error(LOGITS, LABELS)
    )
    torch.testing.assert_close(losses.bi_tempered(LOGITS, LABELS, t1=1.0, t2=1.0), plain)


@pytest.mark.parametrize("temperature", [1.0, 1.2, 1.5, 2.0])
def test_tempered_probabilities_sum_to_one(temperature: float) -> None:
    """Within what the fixed-point steps reach; the order of classes is that of the logits."""
    chance = losses.tempered_softmax(LOGITS, temperature)
    torch.testing.assert_close(chance.sum(1), torch.ones(4, dtype=torch.float64), rtol=0, atol=2e-2)
    assert bool(((chance[:, 0] > chance[:, 1]) == (LOGITS[:, 0] > LOGITS[:, 1])).all())


def test_symmetric_losses_sum_to_a_constant() -> None:
    """Absolute error and the reverse term are symmetric: their sum over both labels is the same for every prediction."""
    swapped = LABELS.flip(1)
    for loss in (losses.absolute_error, losses._reverse):
        total = loss(LOGITS, LABELS) + loss(LOGITS, swapped)
        torch.testing.assert_close(total, total[:1].expand(4))


@pytest.mark.parametrize("loss", EVERY)
def test_losses_fall_when_the_label_grows_likelier(loss: Any) -> None:
    """More weight on the recorded class is never worse, and every loss is finite at extreme logits."""
    target = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    values = [float(loss(torch.tensor([[gap, 0.0]], dtype=torch.float64), target)) for gap in (-30, -3, 0, 1)]
    assert np.isfinite(values).all()
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    "matrix", [[[0.7, 0.3], [0.3, 0.7]], [[1.0, 0.0], [0.4, 0.6]], [[0.9, 0.1], [0.35, 0.65]]]
)
def test_backward_loss_averaged_over_the_noise_is_the_clean_loss(matrix: list[list[float]]) -> None:
    """sum_b T_ab L(b) = l_a exactly, for every true class a (Patrini et al. 2017, theorem 1)."""
    transition = torch.tensor([matrix] * 4, dtype=torch.float64)
    by_label = torch.stack(
        [
            losses.backward_corrected(LOGITS, torch.eye(2, dtype=torch.float64)[[b] * 4], transition)
            for b in (0, 1)
        ],
        1,
    )
    averaged = (LABELS[:, :, None] * transition).sum(1).mul(by_label).sum(1)
    torch.testing.assert_close(averaged, losses.cross_entropy(LOGITS, LABELS))


def test_forward_loss_has_the_clean_risk_as_its_minimiser() -> None:
    """Over p, the expected forward loss under T is least where p is the true probability."""
    truth, transition = 0.3, torch.tensor([[[0.9, 0.1], [0.35, 0.65]]], dtype=torch.float64)
    recorded = truth * 0.65 + (1 - truth) * 0.1
    grid = np.linspace(0.01, 0.99, 99)
    logits = torch.tensor(np.stack([np.log(1 - grid), np.log(grid)], 1))
    target = torch.tensor([[1 - recorded, recorded]], dtype=torch.float64).expand(99, 2)
    values = losses.forward_corrected(logits, target, transition)
    assert grid[int(values.argmin())] == pytest.approx(truth, abs=0.005)


@pytest.mark.parametrize("correct", [losses.forward_corrected, losses.backward_corrected])
def test_corrections_with_the_identity_are_plain(correct: Any) -> None:
    """T = I: nothing is corrected."""
    identity = torch.eye(2, dtype=torch.float64).expand(4, 2, 2)
    torch.testing.assert_close(correct(LOGITS, LABELS, identity), losses.cross_entropy(LOGITS, LABELS))
