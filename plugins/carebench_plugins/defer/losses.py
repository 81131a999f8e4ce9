"""Surrogate losses of learning to defer, and how the outputs of each are read.

Separate from networks and estimators because each loss is a formula of a paper. Outputs g of shape (n, 2 + J): two
classes, then J experts. y of shape (n,) holds 0 or 1, h of shape (n, J) is 1 where an expert was right, 0 where he was
wrong, and NaN where his decision is not known; what is not known adds nothing to a loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What outputs say, tensors.

    Attributes:
        risk: shape (n,), probability of class 1.
        prefer: shape (n, J), how much each expert is preferred to the model; above 0 he is.
        right: shape (n, J), chance that each expert is right, or None where the method does not say.
    """

    risk: Any
    prefer: Any
    right: Any = None


@dataclass(frozen=True, kw_only=True)
class Surrogate:
    """A loss, a mean over rows, and how its outputs are read."""

    loss: Callable[[Any, Any, Any], Any]
    read: Callable[[Any], Reading]


def cross_entropy(alpha: float) -> Surrogate:
    """Softmax over classes and experts: -(w log p_y + sum_j h_j log p_j), w = alpha where some expert is right, else 1.

    With alpha 1 the loss is consistent for the system error; a smaller one makes the classifier leave to the expert what he
    gets right. Several experts: a sum over them.

    Source: Mozannar and Sontag 2020, ICML; several experts: Verma, Barrejon, Nalisnick 2023, AISTATS.
    """

    def loss(g: Any, y: Any, h: Any) -> Any:
        logs = g.log_softmax(dim=1)
        right = h.nan_to_num(0.0)
        weight = 1.0 - (1.0 - alpha) * right.amax(dim=1)
        return -(weight * _of(logs, y) + (right * logs[:, 2:]).sum(dim=1)).mean()

    return Surrogate(loss=loss, read=_read_softmax)


def one_versus_all() -> Surrogate:
    """One logistic loss per class and expert: phi(g_y) + phi(-g_other) + sum_j [h_j phi(g_j) + (1 - h_j) phi(-g_j)].

    phi(z) = log(1 + exp(-z)). The sigmoid of g_j estimates the chance that expert j is right.

    Source: Verma and Nalisnick 2022, ICML; several experts: Verma, Barrejon, Nalisnick 2023, AISTATS.
    """
    from torch.nn.functional import softplus

    def loss(g: Any, y: Any, h: Any) -> Any:
        classes = softplus(-_of(g, y)) + softplus(_of(g, 1 - y))
        experts = h.nan_to_num(0.0) * softplus(-g[:, 2:]) + (1 - h).nan_to_num(0.0) * softplus(g[:, 2:])
        return (classes + experts.sum(dim=1)).mean()

    def read(g: Any) -> Reading:
        chances = g.sigmoid()
        classes = chances[:, :2]
        return Reading(
            risk=classes[:, 1] / classes.sum(dim=1).clamp_min(1e-12),
            prefer=chances[:, 2:] - classes.amax(dim=1, keepdim=True),
            right=chances[:, 2:],
        )

    return Surrogate(loss=loss, read=read)


def asymmetric_softmax() -> Surrogate:
    """Softmax for the classes, an asymmetric one for each expert: -log p_y - sum_j [h_j log q_j + (1 - h_j) log(1 - q_j)].

    p is the softmax of the two class outputs; q_j = exp(g_j) / (exp(g_0) + exp(g_1) + exp(g_j) - max(exp(g_0), exp(g_1))),
    which estimates the chance that expert j is right, unlike a softmax in which classes and experts share one unit.

    Source: Cao, Mozannar, Feng, Wei, An 2023, NeurIPS.
    """
    from torch.nn.functional import softplus

    def margin(g: Any) -> Any:
        return g[:, 2:] - g[:, :2].amin(dim=1, keepdim=True)

    def loss(g: Any, y: Any, h: Any) -> Any:
        experts = h.nan_to_num(0.0) * softplus(-margin(g)) + (1 - h).nan_to_num(0.0) * softplus(margin(g))
        return (experts.sum(dim=1) - _of(g[:, :2].log_softmax(dim=1), y)).mean()

    def read(g: Any) -> Reading:
        classes, chances = g[:, :2].softmax(dim=1), margin(g).sigmoid()
        return Reading(risk=classes[:, 1], prefer=chances - classes.amax(dim=1, keepdim=True), right=chances)

    return Surrogate(loss=loss, read=read)


def realisable() -> Surrogate:
    """One softmax in which any right outcome counts: -2 log [(exp(g_y) + sum_j h_j exp(g_j)) / sum_k exp(g_k)].

    It is 0 exactly where the team makes no error, so it is consistent where some team of the class makes none.

    Source: Mozannar, Lang, Wei, Sattigeri, Das, Sontag 2023, AISTATS.
    """

    def loss(g: Any, y: Any, h: Any) -> Any:
        import torch

        logs = g.log_softmax(dim=1)
        experts = logs[:, 2:].masked_fill(h.nan_to_num(0.0) == 0, -torch.inf)
        return -2 * torch.cat([_of(logs, y)[:, None], experts], dim=1).logsumexp(dim=1).mean()

    return Surrogate(loss=loss, read=_read_softmax)


def mixture_of_experts() -> Surrogate:
    """A gate between model and experts, by likelihood: -log [s_0 p_y + sum_j s_j h_j].

    p is the softmax of the two class outputs and s that of (0, g_2, ..., g_{1 + J}): the gate.

    Source: Madras, Pitassi, Zemel 2018, NeurIPS; the likelihood as in the baseline of Mozannar and Sontag 2020, ICML.
    """

    def gate(g: Any) -> Any:
        import torch

        return torch.cat([torch.zeros_like(g[:, :1]), g[:, 2:]], dim=1).log_softmax(dim=1)

    def loss(g: Any, y: Any, h: Any) -> Any:
        import torch

        logs = gate(g)
        kept = logs[:, :1] + _of(g[:, :2].log_softmax(dim=1), y)[:, None]
        handed = logs[:, 1:].masked_fill(h.nan_to_num(0.0) == 0, -torch.inf)
        return -torch.cat([kept, handed], dim=1).logsumexp(dim=1).mean()

    def read(g: Any) -> Reading:
        shares = gate(g).exp()
        return Reading(risk=g[:, :2].softmax(dim=1)[:, 1], prefer=shares[:, 1:] - shares[:, :1])

    return Surrogate(loss=loss, read=read)


def deep_gambler(payoff: float) -> Surrogate:
    """A third output keeps its stake: -log (p_y + p_2 / o), p the softmax of three outputs, o the payoff, over 1 and at most 2.

    No human enters; p_2 ranks whom to hand over.

    Source: Liu, Wang, Liang, Salakhutdinov, Morency, Ueda 2019, NeurIPS.
    """

    def loss(g: Any, y: Any, _h: Any) -> Any:
        chances = g.softmax(dim=1)
        return -(_of(chances, y) + chances[:, 2] / payoff).log().mean()

    def read(g: Any) -> Reading:
        return Reading(risk=g[:, :2].softmax(dim=1)[:, 1], prefer=g.softmax(dim=1)[:, 2:3])

    return Surrogate(loss=loss, read=read)


def selective_net(coverage: float) -> Surrogate:
    """Selective risk under a coverage: a [sum_i s_i l_i / sum_i s_i + 32 max(0, c - mean s)^2] + (1 - a) mean l'_i, a = .5.

    l is the cross-entropy of the two class outputs, s the sigmoid of minus the third output (the share kept), l' that of
    an auxiliary head, the last two outputs. No human enters.

    Source: Geifman and El-Yaniv 2019, ICML.
    """
    from torch.nn.functional import cross_entropy as entropy

    def loss(g: Any, y: Any, _h: Any) -> Any:
        kept = (-g[:, 2]).sigmoid()
        risk = (kept * entropy(g[:, :2], y, reduction="none")).sum() / kept.sum()
        short = (coverage - kept.mean()).clamp_min(0.0)
        return 0.5 * (risk + 32 * short**2) + 0.5 * entropy(g[:, 3:5], y)

    def read(g: Any) -> Reading:
        return Reading(risk=g[:, :2].softmax(dim=1)[:, 1], prefer=g[:, 2:3].sigmoid())

    return Surrogate(loss=loss, read=read)


def _read_softmax(g: Any) -> Reading:
    """Preference by probability: that of the expert less that of the likelier class."""
    chances = g.softmax(dim=1)
    return Reading(
        risk=g[:, :2].softmax(dim=1)[:, 1],
        prefer=chances[:, 2:] - chances[:, :2].amax(dim=1, keepdim=True),
    )


def _of(table: Any, y: Any) -> Any:
    """The entry of each row's class, shape (n,)."""
    return table.gather(1, y[:, None])[:, 0]
