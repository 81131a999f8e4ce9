"""Bradley-Terry ratings on the scale of Elo, fitted by maximum likelihood with intervals over cohorts.

Separate from the other secondary columns because it is a model with parameters of its own. On a complete table the
ratings are a monotone transform of win rates: a scale that people know, no new information.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.across import mid_ranks
from carebench_leaderboard.intervals import Interval, student

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SCALE = 400 / math.log(10)
MIDDLE = 1000.0
PRIOR = 0.5
STEPS = 200
FEWEST = 5
CLOSE = 1e-10


@dataclass(frozen=True)
class Rating:
    """A rating, on average 1000, and its 95 % interval over cohorts."""

    value: float
    interval: Interval


def ratings(good: Floats, shares: Floats, cohorts: Sequence[str]) -> list[Rating]:
    """Ratings of K models, K at least 2.

    Args:
        good: shape (K, T), larger is better.
        shares: shape (T,), weights of the tasks, adding up to 1.
        cohorts: of each task.

    Every task is one battle of each pair, weighted so that cohorts count alike, with ties as half wins; half a virtual win
    and loss in each pair keep ratings finite. The table being complete, the models' sums of wins are all that is
    needed, and these follow from ranks. Intervals are the sandwich over cohorts with Student's t.
    """
    size, tasks = good.shape
    won = (size - mid_ranks(-good)) * shares * tasks
    names = np.array(cohorts)
    by_cohort = np.stack([won[:, names == name].sum(axis=1) for name in dict.fromkeys(cohorts)])
    battles = np.array([shares[names == name].sum() * tasks for name in dict.fromkeys(cohorts)])
    met = np.full((size, size), battles.sum() + 2 * PRIOR)
    np.fill_diagonal(met, 0.0)
    strengths = bradley_terry(met, won.sum(axis=1) + PRIOR * (size - 1))
    values = MIDDLE + SCALE * strengths
    return [
        Rating(float(value), interval)
        for value, interval in zip(values, _intervals(strengths, met, by_cohort, battles), strict=True)
    ]


def bradley_terry(met: Floats, total: Floats) -> Floats:
    """Log strengths, shape (K,), mean 0, most likely where P(i beats j) = e^(s_i) / (e^(s_i) + e^(s_j)).

    Args:
        met: shape (K, K), how often each pair met, 0 on the diagonal.
        total: shape (K,), wins of each model; every model won and lost.

    By Newton's method from 0 with short steps; the second derivative, singular along equal shifts, is made regular there. Source: Hunter 2004, Annals of Statistics 32, 384-406.
    """
    strengths = np.zeros(len(met))
    for _ in range(STEPS):
        gradient, bends = _slope(strengths, met, total)
        step = np.linalg.solve(bends + 1 / len(met), gradient)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        strengths = strengths + step - step.mean()
        if float(np.abs(step).max()) < CLOSE:
            break
    return np.asarray(strengths - strengths.mean())


def _slope(strengths: Floats, met: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Gradient of the log likelihood, and minus its second derivative."""
    chance = _chance(strengths)
    spread = met * chance * (1 - chance)
    return total - (met * chance).sum(axis=1), np.diag(spread.sum(axis=1)) - spread


def _chance(strengths: Floats) -> Floats:
    """P(row beats column)."""
    return np.asarray(1 / (1 + np.exp(strengths[None, :] - strengths[:, None])))


def _intervals(strengths: Floats, met: Floats, by_cohort: Floats, battles: Floats) -> list[Interval]:
    """With A minus the second derivative and g_c the gradient of cohort c: A^+ (sum g_c g_c') A^+ C / (C - 1)."""
    count, size = by_cohort.shape
    if count < FEWEST:
        reason = f"fewer than {FEWEST} cohorts: how ratings differ between cohorts is hardly known"
        return [Interval.undefined(reason)] * size
    expected = _chance(strengths).sum(axis=1) - 0.5
    scores = by_cohort - battles[:, None] * expected
    _, bends = _slope(strengths, met, met.sum(axis=1))
    moved = np.linalg.solve(bends + 1 / size, (scores - scores.mean(axis=0)).T)
    half = student(count - 1) * SCALE * np.sqrt((moved**2).sum(axis=1) * count / (count - 1))
    values = MIDDLE + SCALE * strengths
    return [
        Interval(float(value - width), float(value + width))
        for value, width in zip(values, half, strict=True)
    ]
