"""Losses made of the risks of rows or domains alone: which of them count, and how much.

Separate from the losses that align features, since these leave the network as it is and only weigh what it gets wrong.
Each is a class of `carebench_plugins.shift.network.Objective`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.shift.network import Batch


class MeanRisk:
    """Empirical risk: the mean log loss. Source: Vapnik 1992, NeurIPS."""

    needs_domains = counts_target = False

    def start(self, domains: NDArray[np.int64], width: int) -> None:
        """Nothing to prepare."""

    def __call__(self, batch: Batch) -> Any:
        """Mean of the losses."""
        return batch.losses.mean()


class BalancedRisk(MeanRisk):
    """The mean over domains of their mean log loss, by weights n / (k n_g). Source: Idrissi et al. 2022, CLeaR."""

    needs_domains = True

    def start(self, domains: NDArray[np.int64], width: int) -> None:
        """Weigh each domain by the inverse of its size."""
        import numpy as np
        import torch

        del width
        sizes = np.bincount(domains)
        self._weights = torch.from_numpy((len(domains) / (len(sizes) * sizes)).astype(np.float32))

    def __call__(self, batch: Batch) -> Any:
        """Weighted mean of the losses, the weights having mean 1 over all training rows."""
        return (self._weights[batch.domains] * batch.losses).mean()


class GroupDRO(MeanRisk):
    """The risk of the worst domain, by exponentiated weights: q_g <- q_g exp(step L_g), normalised; loss sum q_g L_g.

    Domains absent from a batch keep their weight and add nothing. With one domain it is the mean risk.

    Source: Sagawa, Koh, Hashimoto and Liang 2020, ICLR, algorithm 1.

    Args:
        step: of the weights.
    """

    needs_domains = True

    def __init__(self, step: float = 0.01) -> None:
        self.step = step

    def start(self, domains: NDArray[np.int64], width: int) -> None:
        """Equal weights."""
        import torch

        del width
        self._weights = torch.full((int(domains.max()) + 1,), 1 / (int(domains.max()) + 1))

    def __call__(self, batch: Batch) -> Any:
        """Raise the weights of the worst domains, and take the weighted sum."""
        import torch

        here, risks = domain_risks(batch)
        raised = self._weights.clone()
        raised[here] *= torch.exp(self.step * risks.detach())
        self._weights = raised / raised.sum()
        return self._weights[here] @ risks


class CVaR(MeanRisk):
    """The mean loss of the worst share alpha of rows: conditional value at risk. Source: Levy et al. 2020, NeurIPS.

    Args:
        alpha: the share, above 0 and at most 1, at which it is the mean risk.
    """

    def __init__(self, alpha: float = 0.5) -> None:
        self.alpha = alpha

    def __call__(self, batch: Batch) -> Any:
        """Mean of the ceil(alpha b) largest losses."""
        worst = math.ceil(self.alpha * len(batch.losses))
        return batch.losses.topk(worst).values.mean()


class ChiSquare(MeanRisk):
    """The largest mean loss over reweightings within a chi-square ball of the batch.

    By duality min over eta of sqrt(1 + 2 rho) sqrt(mean (l - eta)_+^2) + eta; eta is found by golden-section search.

    Source: Duchi and Namkoong 2021, Annals of Statistics 49:1378-1406; Levy et al. 2020, NeurIPS.

    Args:
        rho: radius of the ball, at least 0, at which it is the mean risk.
    """

    def __init__(self, rho: float = 0.5) -> None:
        self.rho = rho

    def __call__(self, batch: Batch) -> Any:
        """The dual at its best eta, which is taken as fixed in the gradient (Danskin)."""
        losses = batch.losses.detach()
        spread = float(losses.max() - losses.min()) + 1e-6
        low, high = float(losses.min()) - spread / max(self.rho, 0.05), float(losses.max())
        ratio = (math.sqrt(5) - 1) / 2
        for _ in range(40):
            left, right = high - ratio * (high - low), low + ratio * (high - low)
            if float(self._dual(losses, left)) < float(self._dual(losses, right)):
                high = right
            else:
                low = left
        return self._dual(batch.losses, (low + high) / 2)

    def _dual(self, losses: Any, eta: float) -> Any:
        over = (losses - eta).clamp(min=0)
        return math.sqrt(1 + 2 * self.rho) * (over.square().mean() + 1e-12).sqrt() + eta


class IRM(MeanRisk):
    """Mean risk with a penalty on domains whose own best scale of the log-odds is not 1.

    Loss: mean L + strength mean over domains of (d L_g(w z) / d w at w = 1)^2, once a share of training has gone by.

    Source: Arjovsky, Bottou, Gulrajani and Lopez-Paz 2019, arXiv:1907.02893, IRMv1.

    Args:
        strength: of the penalty.
        after: share of training that goes by before the penalty counts.
    """

    needs_domains = True

    def __init__(self, strength: float = 10.0, after: float = 0.25) -> None:
        self.strength = strength
        self.after = after

    def __call__(self, batch: Batch) -> Any:
        """Mean risk and penalty."""
        if batch.progress < self.after:
            return batch.losses.mean()
        return batch.losses.mean() + self.strength * self.penalty(batch)

    def penalty(self, batch: Batch) -> Any:
        """Mean over domains of the squared derivative, in closed form: d/dw log loss(w z, y) at 1 is (sigmoid(z) - y) z."""
        slopes = (batch.logits.sigmoid() - batch.events) * batch.logits
        _, found = domain_means(slopes, batch.domains)
        return found.square().mean()


class VREx(MeanRisk):
    """Mean of the domains' risks plus strength times their variance. Source: Krueger et al. 2021, ICML.

    Args:
        strength: of the variance.
    """

    needs_domains = True

    def __init__(self, strength: float = 10.0) -> None:
        self.strength = strength

    def __call__(self, batch: Batch) -> Any:
        """Mean and variance over the domains of the batch."""
        _, risks = domain_risks(batch)
        return risks.mean() + self.strength * (risks - risks.mean()).square().mean()


def domain_risks(batch: Batch) -> tuple[Any, Any]:
    """The domains of a batch, and the mean loss of each."""
    return domain_means(batch.losses, batch.domains)


def domain_means(values: Any, domains: Any) -> tuple[Any, Any]:
    """The distinct domains, ascending, and the mean of the values in each."""
    import torch

    here, place = torch.unique(domains, return_inverse=True)
    totals = torch.zeros(len(here), dtype=values.dtype).index_add_(0, place, values)
    return here, totals / torch.bincount(place)
