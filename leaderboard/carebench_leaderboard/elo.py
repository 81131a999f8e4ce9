"""Bradley-Terry ratings on the scale of Elo, fitted by maximum likelihood with intervals over cohorts.

Separate from the other secondary columns because it is a model with parameters of its own. On a complete table the
ratings are a monotone transform of win rates: a scale that people know, no new information.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
    and loss in each pair keep ratings finite. Intervals are the sandwich over cohorts with Student's t.
    """
    names = np.array(cohorts)
    each = [names == name for name in dict.fromkeys(cohorts)]
    won = [_wins(good[:, at], shares[at] * len(names)) for at in each]
    strengths = bradley_terry(np.sum(won, axis=0) + PRIOR * (1 - np.eye(len(good))))
    values = MIDDLE + SCALE * strengths
    return [
        Rating(float(value), interval)
        for value, interval in zip(values, _intervals(values, strengths, won), strict=True)
    ]


def bradley_terry(wins: Floats) -> Floats:
    """Log strengths, shape (K,), mean 0, that make `wins` most likely: P(i beats j) = e^(s_i) / (e^(s_i) + e^(s_j)).

    Args:
        wins: shape (K, K), how often row beat column; every pair met, and every model won and lost.

    By Newton's method from 0 with short steps; the second derivative, singular along equal shifts, is made regular there. Source: Hunter 2004, Annals of Statistics 32, 384-406.
    """
    met, total = wins + wins.T, wins.sum(axis=1)
    strengths = np.zeros(len(wins))
    for _ in range(STEPS):
        gradient, bends = _slope(strengths, met, total)
        step = np.linalg.solve(bends + 1 / len(wins), gradient)
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        strengths = strengths + step - step.mean()
        if float(np.abs(step).max()) < CLOSE:
            break
    return np.asarray(strengths - strengths.mean())


def _wins(good: Floats, shares: Floats) -> Floats:
    """Weighted wins of row over column, shape (K, K), 0 on the diagonal."""
    found = np.zeros((len(good), len(good)))
    for column, share in zip(good.T, shares, strict=True):
        found += share * np.heaviside(column[:, None] - column[None, :], 0.5)
    np.fill_diagonal(found, 0.0)
    return found


def _slope(strengths: Floats, met: Floats, total: Floats) -> tuple[Floats, Floats]:
    """Gradient of the log likelihood, and minus its second derivative."""
    chance = 1 / (1 + np.exp(strengths[None, :] - strengths[:, None]))
    spread = met * chance * (1 - chance)
    np.fill_diagonal(spread, 0.0)
    expected = (met * chance).sum(axis=1) - np.diagonal(met * chance)
    return total - expected, np.diag(spread.sum(axis=1)) - spread


def _intervals(values: Floats, strengths: Floats, won: Sequence[Floats]) -> list[Interval]:
    """With A minus the second derivative and g_c the gradient of cohort c: A^+ (sum g_c g_c') A^+ C / (C - 1)."""
    count = len(won)
    if count < FEWEST:
        reason = f"fewer than {FEWEST} cohorts: how ratings differ between cohorts is hardly known"
        return [Interval.undefined(reason)] * len(values)
    total = np.sum(won, axis=0) + PRIOR * (1 - np.eye(len(values)))
    _, bends = _slope(strengths, total + total.T, total.sum(axis=1))
    scores = np.stack([_slope(strengths, each + each.T, each.sum(axis=1))[0] for each in won])
    moved = np.linalg.solve(bends + 1 / len(values), (scores - scores.mean(axis=0)).T).T
    half = student(count - 1) * SCALE * np.sqrt((moved**2).sum(axis=0) * count / (count - 1))
    return [
        Interval(float(value - width), float(value + width))
        for value, width in zip(values, half, strict=True)
    ]
