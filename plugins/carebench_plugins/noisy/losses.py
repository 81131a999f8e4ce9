"""Losses that forgive wrong labels: each a function of logits and recorded labels, with its formula and source.

Separate from the training loop so that a loss can be tested by hand. All take logits of shape (n, 2) and labels as
probabilities of the two classes, shape (n, 2), and give one number a row, shape (n,), lower being better. p is the
softmax of the logits, t the label.
"""

from __future__ import annotations

import math
from typing import Any

#: Logarithms of probabilities are cut here, so that one row cannot outweigh all others.
SMALLEST = 1e-4
#: Fixed-point steps for the normaliser of the tempered softmax.
STEPS = 5


def cross_entropy(logits: Any, target: Any) -> Any:
    """Log loss: - sum_k t_k log p_k. The plain training that robust losses are held against."""
    return -(target * logits.log_softmax(1)).sum(1)


def label_smoothing(logits: Any, target: Any, *, share: float = 0.1) -> Any:
    """Cross-entropy with softened labels: t' = (1 - s) t + s / 2.

    Source: Lukasik et al. 2020, ICML (Does label smoothing mitigate label noise?).
    """
    return cross_entropy(logits, (1 - share) * target + share / 2)


def bootstrap_soft(logits: Any, target: Any, *, beta: float = 0.95) -> Any:
    """Cross-entropy against a mix of label and own probability: - sum_k (b t_k + (1 - b) p_k) log p_k.

    Source: Reed et al. 2015, ICLR workshop.
    """
    return cross_entropy(logits, beta * target + (1 - beta) * logits.softmax(1))


def bootstrap_hard(logits: Any, target: Any, *, beta: float = 0.8) -> Any:
    """Cross-entropy against a mix of label and own decision: - sum_k (b t_k + (1 - b) z_k) log p_k, z the likelier class.

    Source: Reed et al. 2015, ICLR workshop.
    """
    import torch

    decided = torch.nn.functional.one_hot(logits.argmax(1), 2).to(logits.dtype)
    return cross_entropy(logits, beta * target + (1 - beta) * decided)


def absolute_error(logits: Any, target: Any) -> Any:
    """Mean absolute error: sum_k |t_k - p_k|, from 0 to 2; symmetric, hence robust to symmetric noise.

    Source: Ghosh, Kumar, Sastry 2017, AAAI.
    """
    return (target - logits.softmax(1)).abs().sum(1)


def generalised_cross_entropy(logits: Any, target: Any, *, q: float = 0.7) -> Any:
    """GCE: sum_k t_k (1 - p_k^q) / q, between cross-entropy (q to 0) and absolute error (q = 1).

    Source: Zhang, Sabuncu 2018, NeurIPS.
    """
    return (target * (1 - logits.softmax(1).clamp_min(1e-12) ** q) / q).sum(1)


def symmetric_cross_entropy(logits: Any, target: Any, *, alpha: float = 0.1, beta: float = 1.0) -> Any:
    """SCE: a CE + b RCE, the reverse term RCE = - sum_k p_k log t_k with log 0 taken as log 1e-4.

    Source: Wang et al. 2019, ICCV.
    """
    return alpha * cross_entropy(logits, target) + beta * _reverse(logits, target)


def active_passive(logits: Any, target: Any, *, alpha: float = 1.0, beta: float = 1.0) -> Any:
    """NCE + RCE: a CE(t) / sum_k CE(k) + b RCE, a normalised (active) and a passive loss, both robust.

    Source: Ma et al. 2020, ICML.
    """
    normalised = cross_entropy(logits, target) / -logits.log_softmax(1).sum(1)
    return alpha * normalised + beta * _reverse(logits, target)


def bi_tempered(logits: Any, target: Any, *, t1: float = 0.8, t2: float = 1.2) -> Any:
    """Bi-tempered logistic loss, bounded for t1 < 1 and with heavy tails for t2 > 1; t1 = t2 = 1 is cross-entropy.

    sum_k t_k (log_t1 t_k - log_t1 p_k) - (t_k^(2 - t1) - p_k^(2 - t1)) / (2 - t1), where
    log_t u = (u^(1 - t) - 1) / (1 - t) and p_k = exp_t2(a_k - L) with L such that the p_k sum to 1.

    Source: Amid et al. 2019, NeurIPS.
    """
    chance = tempered_softmax(logits, t2)
    own = target * (_log_t(target.clamp_min(1e-10), t1) - _log_t(chance.clamp_min(1e-10), t1))
    return (own - (target ** (2 - t1) - chance ** (2 - t1)) / (2 - t1)).sum(1)


def tempered_softmax(logits: Any, temperature: float) -> Any:
    """Probabilities exp_t(a_k - L), shape (n, 2), with exp_t(u) = max(0, 1 + (1 - t) u)^(1 / (1 - t)), t above 1.

    L by the fixed-point steps of Amid et al. 2019, algorithm 1.
    """
    if temperature == 1:
        return logits.softmax(1)
    highest = logits.max(1, keepdim=True).values
    centred = logits - highest
    scaled = centred
    for _ in range(STEPS):
        total = _exp_t(scaled, temperature).sum(1, keepdim=True)
        scaled = centred * total ** (1 - temperature)
    total = _exp_t(scaled, temperature).sum(1, keepdim=True)
    normaliser = -_log_t(1 / total, temperature)
    return _exp_t(centred - normaliser, temperature)


def forward_corrected(logits: Any, target: Any, transition: Any) -> Any:
    """Forward correction: cross-entropy of the recorded label, - sum_b t_b log sum_a p_a T_ab; T of shape (n, 2, 2).

    Source: Patrini et al. 2017, CVPR.
    """
    recorded = (logits.softmax(1)[:, :, None] * transition).sum(1)
    return -(target * recorded.clamp_min(1e-12).log()).sum(1)


def backward_corrected(logits: Any, target: Any, transition: Any) -> Any:
    """Backward correction: sum_b t_b sum_a (T^-1)_ba l_a, l_a the cross-entropy of label a, cut at - log 1e-4.

    Averaged over the noise it equals the clean loss; for two classes it is the unbiased estimator of Natarajan et al.

    Source: Patrini et al. 2017, CVPR; Natarajan et al. 2013, NeurIPS.
    """
    import torch

    each = -logits.log_softmax(1).clamp_min(math.log(SMALLEST))
    return (target * (torch.linalg.inv(transition) @ each[:, :, None])[:, :, 0]).sum(1)


def _reverse(logits: Any, target: Any) -> Any:
    return -(logits.softmax(1) * target.clamp_min(SMALLEST).log()).sum(1)


def _log_t(values: Any, temperature: float) -> Any:
    if temperature == 1:
        return values.log()
    return (values ** (1 - temperature) - 1) / (1 - temperature)


def _exp_t(values: Any, temperature: float) -> Any:
    return (1 + (1 - temperature) * values).clamp_min(0) ** (1 / (1 - temperature))
