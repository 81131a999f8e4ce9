"""Metrics in all bootstrap replicates at once: one matrix of weights instead of a loop over the definitions.

Separate because the definitions stay readable one by one; a test holds each of these to its definition, replicate by
replicate. All functions take event (0 or 1) and prediction, each of shape (n,), and weights of shape (n, B),
at least 0, and return the metric in each of B replicates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.probability import squared, surprise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REPLICATES_AT_ONCE = 100
ONE_OUTCOME = "some bootstrap replicate holds one outcome only: too few patients to resample"


def aurocs(event: Floats, score: Floats, weights: Floats) -> Floats:
    """The weighted AUROC of `ranking.auroc` in each replicate, shape (B,); rows are sorted once for all."""
    order = np.argsort(score, kind="stable")
    dead, ranked = event[order] == 1, score[order]
    first = np.searchsorted(ranked, ranked[dead], side="left")
    after = np.searchsorted(ranked, ranked[dead], side="right")
    parts = [
        _aurocs(weights[order, start : start + REPLICATES_AT_ONCE], dead, first, after)
        for start in range(0, weights.shape[1], REPLICATES_AT_ONCE)
    ]
    return np.concatenate(parts)


def briers(event: Floats, risk: Floats, weights: Floats) -> Floats:
    """The weighted Brier score of `probability.brier` in each replicate, shape (B,)."""
    return _means(squared(event, risk), weights)


def brier_skills(event: Floats, risk: Floats, weights: Floats) -> Floats:
    """The Brier skill of `probability.brier_skill` in each replicate, with its own prevalence, shape (B,)."""
    prevalence = _means(event, weights)
    reference = prevalence * (1.0 - prevalence)
    _need(reference, ONE_OUTCOME)
    return np.asarray(1.0 - briers(event, risk, weights) / reference)


def log_losses(event: Floats, risk: Floats, weights: Floats) -> Floats:
    """The weighted log loss of `probability.log_loss` in each replicate, shape (B,)."""
    return _means(surprise(event, risk), weights)


def _aurocs(
    weights: Floats, dead: NDArray[np.bool_], first: NDArray[np.intp], after: NDArray[np.intp]
) -> Floats:
    """Rows in ascending order of score; `first` and `after` bound the rows that tie with each of the dead."""
    alive_below = np.zeros((len(weights) + 1, weights.shape[1]))
    np.cumsum(np.where(dead[:, None], 0.0, weights), axis=0, out=alive_below[1:])
    outranked = (alive_below[first] + alive_below[after]) / 2
    pairs = weights[dead].sum(axis=0) * alive_below[-1]
    _need(pairs, ONE_OUTCOME)
    return np.asarray(np.sum(weights[dead] * outranked, axis=0) / pairs)


def _means(values: Floats, weights: Floats) -> Floats:
    totals = weights.sum(axis=0)
    _need(totals, "some bootstrap replicate holds nobody whose outcome is known")
    return np.asarray(values @ weights / totals)


def _need(positive: Floats, otherwise: str) -> None:
    if not np.all(positive > 0):
        raise Undefined(otherwise)
