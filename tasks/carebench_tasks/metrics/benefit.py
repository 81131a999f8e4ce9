"""Whether estimated effects put the patients in the right order: who benefits most?

Separate from the size of errors, because a method may rank well and be off by a constant. `benefit` is an estimated
benefit, higher for those who should be treated first, shape (n,). With equal estimates the expected value over their
random order is taken, so that a constant has exactly no skill.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DIGITS = 9


def autoc(benefit: Floats, truth: Floats) -> float:
    """Area under the targeting operator characteristic: mean over k of (mean truth of the top k) - (mean truth).

    TOC(q) is how much more the top share q benefits than everybody does on average, AUTOC its integral over q. Any
    number, 0 without skill, higher is better, in the outcome's unit. `truth` is the true benefit, or a score
    whose expectation it is.

    Source: Yadlowsky, Fleming, Shah, Brunskill, Wager 2021, arXiv:2111.07966.

    Example:
        >>> autoc(np.array([2.0, 1.0]), np.array([3.0, 1.0]))
        0.5
    """
    ordered = _ordered(benefit, truth)
    places = np.arange(1, len(ordered) + 1)
    return float(np.mean(np.cumsum(ordered) / places) - ordered.mean())


def qini(benefit: Floats, truth: Floats) -> float:
    """Area between the Qini curve and that of a random order: mean over k of (k/n) (mean truth of the top k - mean truth).

    Any number, 0 without skill, higher is better, in the outcome's unit.

    Source: Radcliffe 2007; with the true benefit, as Yadlowsky et al. 2021, section 2.

    Example:
        >>> qini(np.array([2.0, 1.0]), np.array([3.0, 1.0]))
        0.25
    """
    return auuc(benefit, truth) - float(truth.mean()) * (len(truth) + 1) / (2 * len(truth))


def auuc(benefit: Floats, truth: Floats) -> float:
    """Area under the uplift curve: mean over k of (k/n) times the mean truth of the top k.

    Any number, higher is better, in the outcome's unit; n is the number of rows, and a random order gives
    mean(truth) (n + 1) / (2 n).

    Source: Jaskowski and Jaroszewicz 2012, ICML workshop on clinical data analysis.

    Example:
        >>> auuc(np.array([2.0, 1.0]), np.array([3.0, 1.0]))
        1.75
    """
    ordered = _ordered(benefit, truth)
    return float(np.mean(np.cumsum(ordered)) / len(ordered))


def c_for_benefit(benefit: Floats, outcome: Floats, treatment: Floats) -> float:
    """C-for-benefit in a randomised trial with outcomes 0 or 1, 1 the better one.

    Treated and untreated patients are paired by rank of estimated benefit, the more numerous arm thinned evenly. A
    pair's observed benefit is y(treated) - y(untreated), -1, 0 or 1, and its predicted benefit the mean of the
    two. C is the share of pairs of pairs with different observed benefit in which the one with more has the larger
    prediction, ties counting half. Range 0 to 1, .5 without skill, higher is better.

    Source: van Klaveren, Steyerberg, Serruys, Kent 2018, Journal of Clinical Epidemiology 94:59-68 (who drew the
    patients of the larger arm at random; evenly by rank is without chance).

    Example:
        >>> c_for_benefit(np.array([2.0, 1.0, 2.0, 1.0]), np.array([1.0, 0, 0, 0]), np.array([1.0, 1, 0, 0]))
        1.0
    """
    arms = [np.flatnonzero(treatment == arm) for arm in (1, 0)]
    size = min(len(arm) for arm in arms)
    if not size:
        raise Undefined("one arm has no test patient")
    benefit = rounded(benefit)
    treated, untreated = (_thinned(arm[np.lexsort((arm, -benefit[arm]))], size) for arm in arms)
    predicted = (benefit[treated] + benefit[untreated]) / 2
    return _concordance(predicted, outcome[treated] - outcome[untreated])


def _thinned(ranked: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    return np.asarray(ranked[np.floor((np.arange(size) + 0.5) * len(ranked) / size).astype(int)])


def _concordance(predicted: Floats, observed: Floats) -> float:
    """Share of concordant pairs by merging ranks: sum over the three levels of observed benefit."""
    from scipy.stats import rankdata

    wins = pairs = 0.0
    for lower, upper in ((-1, 0), (-1, 1), (0, 1)):
        low, high = predicted[observed == lower], predicted[observed == upper]
        ranks = rankdata(np.concatenate([high, low]))[: len(high)]
        wins += float(ranks.sum()) - len(high) * (len(high) + 1) / 2
        pairs += len(low) * len(high)
    if not pairs:
        raise Undefined("all pairs of patients have the same observed benefit")
    return wins / pairs


def rounded(benefit: Floats) -> Floats:
    """The estimates to nine digits of the largest, so that a constant stays one however its sum was rounded."""
    largest = float(np.max(np.abs(benefit), initial=0.0))
    return np.round(benefit / largest, DIGITS) if largest else benefit


def _ordered(benefit: Floats, truth: Floats) -> Floats:
    """The truth in falling order of estimated benefit; each tied row takes the mean of those it is tied with."""
    _, group = np.unique(-rounded(benefit), return_inverse=True)
    mean = np.bincount(group, truth) / np.bincount(group)
    return np.asarray(mean[np.sort(group)])
