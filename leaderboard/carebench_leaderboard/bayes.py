"""The Bayesian signed-rank test: how probable it is that one model is better, worse, or as good in practice.

Separate from the tests of `across`, which can only fail to reject; this one can say that two models are equivalent.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 10_000
PRIOR = 0.5


@dataclass(frozen=True)
class Practical:
    """Posterior probabilities that add up to 1: practically better, equivalent, practically worse."""

    better: float
    equivalent: float
    worse: float


def signed_rank_posterior(differences: Floats, rope: float, draws: int = DRAWS) -> Practical:
    """What `differences`, shape (C,), one a cohort, say with a region of practical equivalence of +-`rope`.

    Dirichlet process with strength .5 at 0. In each of `draws` draws, weights w of Dirichlet's law with parameters
    (.5, 1, ..., 1) are given to (0, d_1, ..., d_C); the mass of w_i w_j over pairs with (d_i + d_j)/2 above `rope`,
    within it, and below -`rope` is compared, and the largest wins; on a border a pair counts half to either side.
    Draws hang on the differences alone, in no order.
    Source: Benavoli et al. 2017, Journal of Machine Learning Research 18(77).
    """
    placed = np.sort(np.concatenate([[0.0], differences]))
    alpha = np.where(np.arange(placed.size) == np.searchsorted(placed, 0.0), PRIOR, 1.0)
    weights = np.random.default_rng(_key(differences, rope)).dirichlet(alpha, draws)
    sums = placed[:, None] + placed[None, :]
    above = _mass(weights, np.heaviside(sums - 2 * rope, 0.5))
    below = _mass(weights, np.heaviside(-sums - 2 * rope, 0.5))
    masses = np.stack([above, 1 - above - below, below])
    wins = (masses >= masses.max(axis=0) - 1e-12).astype(float)
    shares = (wins / wins.sum(axis=0)).mean(axis=1)
    return Practical(*(float(share) for share in shares))


def _mass(weights: Floats, pairs: Floats) -> Floats:
    """Sum of w_i w_j times `pairs`, shape (draws,)."""
    return np.asarray(((weights @ pairs) * weights).sum(axis=1))


def _key(differences: Floats, rope: float) -> int:
    data = np.round(np.append(np.sort(differences), rope), 12) + 0.0
    return int.from_bytes(hashlib.sha256(data.tobytes()).digest()[:16])
