"""Objectives that need more than logits and labels: memory of earlier epochs, a second network, or mixed rows.

Separate from losses, which are pure functions. Each is an `Objective` of the one training loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_plugins.noisy.loop import Objective
from carebench_plugins.noisy.losses import cross_entropy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_plugins.noisy.loop import Batch


class Mixup(Objective):
    """Mixed rows: x = l x_i + (1 - l) x_j and t = l t_i + (1 - l) t_j, l from Beta(alpha, alpha), one l a batch.

    Source: Zhang et al. 2018, ICLR.
    """

    def __init__(self, *, alpha: float = 1.0) -> None:
        super().__init__()
        self._alpha = alpha

    def loss(self, networks: Sequence[Any], batch: Batch) -> Any:
        """Cross-entropy of the mixed rows."""
        import torch

        share = torch.distributions.Beta(self._alpha, self._alpha).sample()
        other = torch.randperm(len(batch.target))
        inputs = share * batch.inputs + (1 - share) * batch.inputs[other]
        target = share * batch.target + (1 - share) * batch.target[other]
        return (batch.weight * cross_entropy(networks[0](inputs), target)).mean()


class EarlyLearning(Objective):
    """ELR: cross-entropy + l log(1 - sum_k p_k m_k), m the running mean of the row's own probabilities.

    m = b m + (1 - b) p at each visit, from 0; the term holds the network to what it believed early on, before it
    memorises wrong labels.

    Source: Liu et al. 2020, NeurIPS.
    """

    def __init__(self, *, strength: float = 3.0, beta: float = 0.7) -> None:
        super().__init__()
        self._strength = strength
        self._beta = beta

    def begin(self, rows: int) -> list[Any]:
        """Nothing is remembered of any row yet."""
        import torch

        self._memory = torch.zeros(rows, 2)
        return []

    def loss(self, networks: Sequence[Any], batch: Batch) -> Any:
        """Cross-entropy and the term for early learning."""
        logits = networks[0](batch.inputs)
        chance = logits.softmax(1).clamp(1e-4, 1 - 1e-4)
        memory = self._beta * self._memory[batch.rows] + (1 - self._beta) * chance.detach()
        self._memory[batch.rows] = memory
        term = (1 - (memory * chance).sum(1)).clamp_min(1e-4).log()
        return (batch.weight * (cross_entropy(logits, batch.target) + self._strength * term)).mean()


class CoTeaching(Objective):
    """Two networks, each taught by the rows on which the other has a small loss.

    Of each batch a share 1 - min(s / warm_up, 1) `forget` is kept, s the progress of training.

    Args:
        forget: share of rows that is dropped in the end; the guess of the noise rate.
        warm_up: share of training over which it grows.

    Source: Han et al. 2018, NeurIPS.
    """

    networks = 2

    def __init__(self, *, forget: float = 0.2, warm_up: float = 0.25) -> None:
        super().__init__()
        self._forget = forget
        self._warm_up = warm_up

    def loss(self, networks: Sequence[Any], batch: Batch) -> Any:
        """Sum of the two networks' mean losses, each on the rows that the other chose."""
        first, second = (cross_entropy(network(batch.inputs), batch.target) for network in networks)
        kept = self._kept(batch)
        return first[_smallest(second, kept)].mean() + second[_smallest(first, kept)].mean()

    def _kept(self, batch: Batch) -> int:
        share = 1 - self._forget * min(batch.progress / self._warm_up, 1.0)
        return max(1, round(share * len(batch.target)))


class JoCoR(CoTeaching):
    """Two networks that must agree: (1 - l) (CE_1 + CE_2) + l (KL(p_1 || p_2) + KL(p_2 || p_1)) on small-loss rows.

    Source: Wei et al. 2020, CVPR.
    """

    def __init__(self, *, agreement: float = 0.5, forget: float = 0.2, warm_up: float = 0.25) -> None:
        super().__init__(forget=forget, warm_up=warm_up)
        self._agreement = agreement

    def loss(self, networks: Sequence[Any], batch: Batch) -> Any:
        """Mean joint loss of the rows where it is smallest."""
        first, second = (network(batch.inputs) for network in networks)
        apart = ((first.softmax(1) - second.softmax(1)) * (first.log_softmax(1) - second.log_softmax(1))).sum(
            1
        )
        both = cross_entropy(first, batch.target) + cross_entropy(second, batch.target)
        joint = (1 - self._agreement) * both + self._agreement * apart
        return joint[_smallest(joint, self._kept(batch))].mean()


class NonNegativePU(Objective):
    """nnPU: recorded events are events, all others are unlabelled; the risk of the unlabelled is kept at 0 or above.

    R = pi R_P(+) + max(0, R_A(-) - pi R_P(-)), R_P over recorded events, R_A over all rows (the case-control form,
    whose unlabelled sample is the whole population), with the sigmoid loss
    s(z) = 1 / (1 + exp(z)) replaced by cross-entropy so that the output is a probability.

    Args:
        prior: share of true events; by default the recorded share over .7, an assumed completeness.

    Source: Kiryo et al. 2017, NeurIPS.
    """

    def __init__(self, *, completeness: float = 0.7) -> None:
        super().__init__()
        self._completeness = completeness

    def loss(self, networks: Sequence[Any], batch: Batch) -> Any:
        """The corrected risk of one batch."""
        logits = networks[0](batch.inputs)
        recorded = batch.target[:, 1] > 0.5
        prior = min(float(recorded.float().mean()) / self._completeness, 0.99)
        if not bool(recorded.any()):
            return -logits.log_softmax(1)[:, 0].mean()
        as_event, as_none = -logits.log_softmax(1)[:, 1], -logits.log_softmax(1)[:, 0]
        others = as_none.mean() - prior * as_none[recorded].mean()
        return prior * as_event[recorded].mean() + others.clamp_min(0)


def _smallest(losses: Any, count: int) -> Any:
    """Where the smallest losses stand."""
    return losses.detach().argsort()[:count]
