"""Distances between the representations of the treated and the untreated, as differentiable losses.

Separate because they are formulas that can be checked by hand. Both take a tensor of shape (n, k) and the arm of each
row, shape (n,), 0 or 1; both are 0 where an arm is empty.
"""

from __future__ import annotations

from typing import Any

SINKHORN_STEPS = 5
#: Sinkhorn's entropy weight, as a share of the mean distance.
ENTROPY = 0.1


def mmd(representation: Any, arm: Any) -> Any:
    """Squared maximum mean discrepancy with a linear kernel: |mean of treated - mean of untreated|^2.

    Source: Gretton et al. 2012, Journal of Machine Learning Research 13:723-773; Shalit et al. 2017, appendix C.
    """
    treated, untreated = _arms(representation, arm)
    if not len(treated) or not len(untreated):
        return representation.sum() * 0
    return ((treated.mean(dim=0) - untreated.mean(dim=0)) ** 2).sum()


def wasserstein(representation: Any, arm: Any) -> Any:
    """Wasserstein-1 distance with Euclidean cost by five of Sinkhorn's steps, in logarithms.

    Source: Cuturi 2013, NeurIPS 26:2292-2300; Shalit et al. 2017, appendix B.
    """
    import torch

    treated, untreated = _arms(representation, arm)
    if not len(treated) or not len(untreated):
        return representation.sum() * 0
    cost = torch.cdist(treated, untreated)
    kernel = -cost.detach() / (ENTROPY * cost.detach().mean().clamp_min(1e-6))
    rows, columns = kernel.new_zeros(len(treated)), kernel.new_zeros(len(untreated))
    for _ in range(SINKHORN_STEPS):
        rows = -torch.logsumexp(kernel + columns, dim=1) - torch.log(kernel.new_tensor(float(len(treated))))
        columns = -torch.logsumexp(kernel + rows[:, None], dim=0) - torch.log(
            kernel.new_tensor(float(len(untreated)))
        )
    plan = (kernel + rows[:, None] + columns).exp()
    return (plan * cost).sum()


DISTANCES = {"mmd": mmd, "wasserstein": wasserstein}


def _arms(representation: Any, arm: Any) -> tuple[Any, Any]:
    return representation[arm == 1], representation[arm == 0]
