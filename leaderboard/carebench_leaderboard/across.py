"""Tests across tasks, with cohorts as their units: would one model beat another on tasks like these?

Separate from differences on these tasks, whose units are patients: here a cohort is one number, so that little is
told by few of them, and the smallest number that can tell anything is said.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from carebench_leaderboard.groups import holm
from carebench_leaderboard.intervals import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ALL_PAIRS = 20


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One pair of models across cohorts.

    Attributes:
        better: name of the model with the larger mean.
        worse: name of the other.
        p: of the signed-rank test.
        adjusted: the same after Holm's correction for all pairs that were tested.
    """

    better: str
    worse: str
    p: float
    adjusted: float


@dataclass(frozen=True, kw_only=True)
class AcrossTasks:
    """What the cohorts of a board tell about its models.

    Attributes:
        cohorts: their number.
        needed: the smallest number of cohorts from which any pair could be told apart.
        reason: why there is no test; empty where there is one.
        compared: `all pairs`, or `with the leader` where there are more than 20 models.
        verdicts: of each pair that was tested, the most different first.
        omnibus: p of Iman and Davenport's test that all models are alike; None without a test.
    """

    cohorts: int
    needed: int
    reason: str
    compared: str
    verdicts: tuple[Verdict, ...] = ()
    omnibus: float | None = None

    @property
    def allowed(self) -> bool:
        """Whether a critical-difference diagram may be drawn: at least one decision is possible."""
        return not self.reason


def across_tasks(models: Sequence[str], values: Floats) -> AcrossTasks:
    """Tests of `models`, best first, by `values`, shape (K, C), larger is better, one column a cohort."""
    every = len(models) <= ALL_PAIRS
    pairs = [
        (one, other) for one, other in itertools.combinations(range(len(models)), 2) if every or one == 0
    ]
    needed, cohorts = smallest_number(len(pairs)), values.shape[1]
    compared = "all pairs" if every else "with the leader"
    if not pairs or cohorts < needed:
        reason = "fewer than two models" if not pairs else _too_few(cohorts, needed)
        return AcrossTasks(cohorts=cohorts, needed=needed, reason=reason, compared=compared)
    p = np.array([signed_rank(values[one] - values[other]) for one, other in pairs])
    adjusted = holm(p)
    means = values.mean(axis=1)
    verdicts = [
        _verdict(models, means, pair, (float(p[at]), float(adjusted[at]))) for at, pair in enumerate(pairs)
    ]
    return AcrossTasks(
        cohorts=cohorts,
        needed=needed,
        reason="",
        compared=compared,
        verdicts=tuple(sorted(verdicts, key=lambda each: (each.p, each.better, each.worse))),
        omnibus=iman_davenport(values),
    )


def smallest_number(pairs: int) -> int:
    """The fewest cohorts with which one of so many `pairs` can be told apart by signed ranks and Holm.

    A clean sweep of N cohorts has p = 2^(1 - N), which must not exceed .05 / pairs. Never below 6.

    Example:
        >>> [smallest_number(k * (k - 1) // 2) for k in (2, 3, 5, 10, 20)]
        [6, 7, 9, 11, 13]
        >>> [smallest_number(k - 1) for k in (3, 5, 10, 20)]
        [7, 8, 9, 10]
    """
    return next(number for number in itertools.count(6) if 2.0 ** (1 - number) <= (1 - LEVEL) / max(pairs, 1))


def signed_rank(differences: Floats) -> float:
    """Two-sided p of Wilcoxon's signed-rank test, exact also with ties; zeros are dropped, all zeros give 1.

    Of the 2^n ways to give signs to the ranks of |d|, equal ones sharing their mean, the share in which the
    sum of positive ranks is as far from its centre. Source: Wilcoxon 1945, Biometrics Bulletin 1, 80-83.

    Example:
        >>> signed_rank(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
        0.03125
    """
    kept = differences[differences != 0]
    if kept.size == 0:
        return 1.0
    doubled = tuple(int(rank) for rank in np.rint(2 * mid_ranks(np.abs(kept))))
    counts = _sums(tuple(sorted(doubled)))
    positive = sum(rank for rank, sign in zip(doubled, kept > 0, strict=True) if sign)
    lower = min(positive, sum(doubled) - positive)
    return min(1.0, 2 * float(counts[: lower + 1].sum()))


@lru_cache(maxsize=256)
def _sums(ranks: tuple[int, ...]) -> Floats:
    """Probability of each sum of a random half of `ranks`, from 0 to their total."""
    found = np.ones(1)
    for rank in ranks:
        longer = np.zeros(found.size + rank)
        longer[: found.size] += found / 2
        longer[rank:] += found / 2
        found = longer
    return found


def mid_ranks(values: Floats) -> Floats:
    """Ranks from 1 along the first axis, equal values sharing the mean of theirs.

    Example:
        >>> mid_ranks(np.array([3.0, 1.0, 3.0])).tolist()
        [2.5, 1.0, 2.5]
    """
    if values.ndim > 1:
        return np.stack([mid_ranks(column) for column in values.T], axis=1)
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray(ends - (counts - 1) / 2)[which]


def iman_davenport(values: Floats) -> float:
    """P that K models are alike in rank over C cohorts, `values` of shape (K, C); K and C at least 2.

    With R_j mean ranks: chi2 = 12 C / (K (K + 1)) (sum R_j^2 - K (K + 1)^2 / 4), F = (C - 1) chi2 / (C (K - 1) - chi2)
    on K - 1 and (K - 1)(C - 1) degrees of freedom. Source: Iman and Davenport 1980, Communications in Statistics A9, 571-595.
    """
    models, cohorts = values.shape
    mean_ranks = mid_ranks(values).mean(axis=1)
    chi2 = 12 * cohorts / (models * (models + 1)) * (mean_ranks @ mean_ranks - models * (models + 1) ** 2 / 4)
    left = cohorts * (models - 1) - chi2
    if left <= 0:
        return 0.0
    return float(fdtrc(models - 1, (models - 1) * (cohorts - 1), (cohorts - 1) * chi2 / left))


def _verdict(models: Sequence[str], means: Floats, pair: tuple[int, int], p: tuple[float, float]) -> Verdict:
    better, worse = sorted(pair, key=lambda at: -means[at])
    return Verdict(better=models[better], worse=models[worse], p=p[0], adjusted=p[1])


def _too_few(cohorts: int, needed: int) -> str:
    return f"too few cohorts for a test across tasks: {cohorts}, and {needed} are needed before any pair could be told apart"
