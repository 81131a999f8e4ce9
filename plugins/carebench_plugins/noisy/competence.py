"""MACE: raters who either know the class of an item or say one by a habit of their own.

Separate from the other consensus methods because it has a model of raters of its own, and restarts. The updates are those of
crowd-kit 1.4.2, which is not used: its restarts all begin at one place, it swaps habits unless labels first come in sorted
order, and it needs packages for language models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RESTARTS, ROUNDS, TOLERANCE = 10, 500, 1e-8
#: Beta prior of knowing and of guessing, and symmetric Dirichlet prior of each habit, as in the authors' program.
KNOWING, HABIT = 0.5, 10.0
SMALLEST = 1e-300


@dataclass(frozen=True, kw_only=True)
class Raters:
    """What R raters are taken to be; variational weights, so they need not sum to one.

    Attributes:
        know: shape (R,), of knowing.
        guess: shape (R,), of guessing.
        habit: shape (R, K), what is said by one who guesses.
    """

    know: Floats
    guess: Floats
    habit: Floats

    @property
    def confusion(self) -> Floats:
        """P(r says b | true class a) = know_r [a = b] + guess_r habit_rb, shape (R, K, K)."""
        classes = self.habit.shape[1]
        known = self.know[:, None, None] * np.eye(classes)
        return np.asarray(known + (self.guess[:, None] * self.habit)[:, None, :])


def posterior(votes: Floats) -> Floats:
    """P(class | votes), shape (n, K), from counts of votes, (n, R, K): the likeliest of ten starts of variational EM.

    Classes are alike likely beforehand. E: Bayes' rule by `Raters.confusion`, and how many of each rater's votes he knew
    or guessed; M: exponentials of expected logarithms under a Beta(1/2, 1/2) and a Dirichlet(10) prior. Until no
    posterior moves by 1e-8, or 500 rounds.

    Source: Hovy, Berg-Kirkpatrick, Vaswani, Hovy 2013, NAACL-HLT 1120-1130.
    """
    flat, place, times = np.unique(
        votes.reshape(len(votes), -1), axis=0, return_inverse=True, return_counts=True
    )
    patterns = flat.reshape(-1, *votes.shape[1:])
    found = [_one(patterns, times, start) for start in range(RESTARTS)]
    return max(found, key=lambda each: each[0])[1][place.ravel()]


def _one(votes: Floats, times: NDArray[np.intp], start: int) -> tuple[float, Floats]:
    """Log likelihood of all votes, and the posteriors, after one start; items of equal votes come once, with their number."""
    raters = _drawn(votes.shape[1], votes.shape[2], np.random.default_rng(start))
    likelihood, chance = _judged(votes, times, raters)
    for _ in range(ROUNDS):
        raters, before = _learned(votes * times[:, None, None], chance, raters), chance
        likelihood, chance = _judged(votes, times, raters)
        if np.abs(chance - before).max(initial=0.0) < TOLERANCE:
            break
    return likelihood, chance


def _drawn(count: int, classes: int, draw: np.random.Generator) -> Raters:
    know = draw.uniform(1, 2.5, (count, 2))
    habit = draw.uniform(1, 2.5, (count, classes))
    know, habit = (each / each.sum(axis=1, keepdims=True) for each in (know, habit))
    return Raters(know=know[:, 1], guess=know[:, 0], habit=habit)


def _judged(votes: Floats, times: NDArray[np.intp], raters: Raters) -> tuple[float, Floats]:
    """The E step for items: log likelihood of the votes, and P(class | votes)."""
    joint = np.einsum("irb,rab->ia", votes, np.log(np.maximum(raters.confusion, SMALLEST)))
    highest = joint.max(axis=1, keepdims=True)
    scaled = np.exp(joint - highest)
    total = scaled.sum(axis=1, keepdims=True)
    return float(times @ (highest + np.log(total / votes.shape[2]))[:, 0]), scaled / total


def _learned(votes: Floats, chance: Floats, raters: Raters) -> Raters:
    """The E step for votes, known or guessed, and the M step."""
    said, agreed = votes.sum(axis=0), np.einsum("irb,ib->rb", votes, chance)
    guessing = raters.guess[:, None] * raters.habit
    knew = agreed * raters.know[:, None] / np.maximum(raters.know[:, None] + guessing, SMALLEST)
    guessed = said - knew
    know, guess = _expected(np.column_stack([knew.sum(axis=1), guessed.sum(axis=1)]) + KNOWING).T
    return Raters(know=know, guess=guess, habit=_expected(guessed + HABIT))


def _expected(counts: Floats) -> Floats:
    """Exponential of the expected logarithm of each share under a Dirichlet distribution of these counts, by row."""
    from scipy.special import digamma

    return np.asarray(np.exp(digamma(counts) - digamma(counts.sum(axis=1, keepdims=True))))
