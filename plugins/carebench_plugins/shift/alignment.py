"""Losses that make features of different domains alike: their covariances, their kernel means, or what tells them apart.

Separate from the losses of risks, since these add a term on the features. The unlabelled target, where a task gives it,
is one more domain. Each is a class of `carebench_plugins.shift.network.Objective`.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from carebench_plugins.shift.risks import MeanRisk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.shift.network import Batch

#: A domain with fewer rows in a batch says nothing of its spread.
FEWEST = 8


class _Aligned(MeanRisk):
    """Mean risk plus strength times the mean distance of all pairs of domains in the batch.

    Args:
        strength: of the distance.
    """

    needs_domains = counts_target = True

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength

    def __call__(self, batch: Batch) -> Any:
        """Mean risk and mean distance."""
        parts = feature_sets(batch)
        pairs = [self.distance(one, other) for one, other in itertools.combinations(parts, 2)]
        return batch.losses.mean() + (self.strength * sum(pairs) / len(pairs) if pairs else 0.0)

    def distance(self, one: Any, other: Any) -> Any:
        """How far two sets of features are apart."""
        raise NotImplementedError


class DeepCoral(_Aligned):
    """Covariances made alike: ||C_1 - C_2||_F^2 / (4 d^2). Source: Sun and Saenko 2016, ECCV workshops."""

    def distance(self, one: Any, other: Any) -> Any:
        """The CORAL loss of two sets of features, (n, d) and (m, d); 0 exactly when their covariances are equal."""
        return coral_loss(one, other)


class KernelMeans(_Aligned):
    """Kernel means made alike: the squared maximum mean discrepancy. Source: Long et al. 2015, ICML."""

    def distance(self, one: Any, other: Any) -> Any:
        """Mean over five Gaussian kernels, of 1/4 to 4 times the mean squared distance."""
        import torch

        both = torch.cat([one, other])
        squared = torch.cdist(both, both).square()
        width = squared.detach().mean() + 1e-8
        kernel = torch.stack([torch.exp(-squared / (by * width)) for by in (0.25, 0.5, 1, 2, 4)]).mean(dim=0)
        size = len(one)
        return kernel[:size, :size].mean() + kernel[size:, size:].mean() - 2 * kernel[:size, size:].mean()


class Adversarial(MeanRisk):
    """Features from which an adversary cannot tell the domain: DANN. Source: Ganin et al. 2016, JMLR 17(59).

    The gradient of the adversary's loss is reversed on its way into the features, at a strength that rises over training
    as 2 / (1 + exp(-10 progress)) - 1.

    Args:
        strength: the most that the reversed gradient counts.
        conditional: whether the adversary sees features crossed with predictions: CDAN (Long et al. 2018, NeurIPS).
    """

    needs_domains = counts_target = True

    def __init__(self, strength: float = 0.3, *, conditional: bool = False) -> None:
        self.strength = strength
        self.conditional = conditional

    def start(self, domains: NDArray[np.int64], width: int) -> Any:
        """The adversary: one hidden layer, one output for each domain and one for the target."""
        from torch import nn

        self._target = int(domains.max()) + 1
        inputs = 2 * width if self.conditional else width
        self._adversary = nn.Sequential(nn.Linear(inputs, 32), nn.ReLU(), nn.Linear(32, self._target + 1))
        return self._adversary

    def __call__(self, batch: Batch) -> Any:
        """Mean risk and the adversary's cross entropy, which it lowers and the features raise."""
        import torch
        from torch.nn.functional import cross_entropy

        seen, domains = self._shown(batch.features, batch.logits), batch.domains
        if batch.target is not None:
            seen = torch.cat([seen, self._shown(batch.target, batch.target_logits)])
            domains = torch.cat([domains, torch.full((len(batch.target),), self._target)])
        rising = 2 / (1 + math.exp(-10 * batch.progress)) - 1
        reversed_ = _reverse(seen, self.strength * rising)
        return batch.losses.mean() + cross_entropy(self._adversary(reversed_), domains)

    def _shown(self, features: Any, logits: Any) -> Any:
        import torch

        if not self.conditional:
            return features
        risk = torch.sigmoid(logits.detach())[:, None]
        return torch.cat([features * risk, features * (1 - risk)], dim=1)


def coral_loss(one: Any, other: Any) -> Any:
    """||C_1 - C_2||_F^2 / (4 d^2) of two sets of features, (n, d) and (m, d); at least 0, 0 for equal covariances."""
    apart = covariance(one) - covariance(other)
    return apart.square().sum() / (4 * one.shape[1] ** 2)


def covariance(features: Any) -> Any:
    """The covariance of the columns, shape (d, d), divisor n - 1."""
    centred = features - features.mean(dim=0)
    return centred.T @ centred / (len(features) - 1)


def feature_sets(batch: Batch) -> list[Any]:
    """The features of every domain with at least eight rows in the batch, and of the target."""
    sets = [batch.features[batch.domains == each] for each in batch.domains.unique()]
    sets = [each for each in sets if len(each) >= FEWEST]
    return sets if batch.target is None else [*sets, batch.target]


def _reverse(values: Any, strength: float) -> Any:
    """The values, whose gradient comes back times -strength."""
    return values.detach() * (1 + strength) - values * strength
