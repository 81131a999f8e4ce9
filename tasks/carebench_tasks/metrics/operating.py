"""What a decision at a stated threshold of risk gets right, and what it is worth.

Separate from `decision`, whose threshold is one half for everybody: a clinical threshold belongs to the question.
All functions take three arrays of shape (n,): event (0 or 1), risk (probabilities from 0 to 1), weight (at least 0),
and a threshold above 0 and below 1; a risk of at least the threshold is called.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, need_both_outcomes, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

#: The .975 quantile of the standard normal distribution.
NORMAL_QUANTILE = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A share of some rows.

    Attributes:
        share: weighted, 0 to 1.
        size: how many rows of equal weight would know it as well: (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling).
    """

    share: float
    size: float


def sensitivity(event: Floats, risk: Floats, weight: Floats, threshold: float) -> Rate:
    """Share of events that are called: sum w y 1(p >= t) / sum w y. Higher is better; undefined without events.

    Source: Yerushalmy 1947, Public Health Reports 62:1432-1449.

    Example:
        >>> sensitivity(np.array([1.0, 1.0, 0.0]), np.array([0.3, 0.1, 0.2]), np.ones(3), 0.2)
        Rate(share=0.5, size=2.0)
    """
    known, chance, share = observed(event, risk, weight)
    return _rate(chance >= threshold, known == 1, share, "no event is known")


def specificity(event: Floats, risk: Floats, weight: Floats, threshold: float) -> Rate:
    """Share of non-events that are not called: sum w (1 - y) 1(p < t) / sum w (1 - y). Higher is better; source as above.

    Undefined without non-events.

    Example:
        >>> specificity(np.array([1.0, 0.0, 0.0]), np.array([0.3, 0.1, 0.2]), np.ones(3), 0.2).share
        0.5
    """
    known, chance, share = observed(event, risk, weight)
    return _rate(chance < threshold, known == 0, share, "no non-event is known")


def positive_predictivity(event: Floats, risk: Floats, weight: Floats, threshold: float) -> Rate:
    """Share of events among the called: sum w y 1(p >= t) / sum w 1(p >= t). Higher is better.

    Without skill it is the prevalence. Undefined when nobody is called.

    Source: Vecchio 1966, New England Journal of Medicine 274:1171-1173.

    Example:
        >>> positive_predictivity(np.array([1.0, 0.0, 0.0]), np.array([0.3, 0.1, 0.2]), np.ones(3), 0.2).share
        0.5
    """
    known, chance, share = observed(event, risk, weight)
    return _rate(known == 1, chance >= threshold, share, "nobody is called at this threshold")


def negative_predictivity(event: Floats, risk: Floats, weight: Floats, threshold: float) -> Rate:
    """Share of non-events among those not called: sum w (1 - y) 1(p < t) / sum w 1(p < t). Higher is better.

    Without skill it is 1 less the prevalence. Undefined when everybody is called. Source as above.

    Example:
        >>> negative_predictivity(np.array([1.0, 0.0, 0.0]), np.array([0.3, 0.1, 0.2]), np.ones(3), 0.2).share
        1.0
    """
    known, chance, share = observed(event, risk, weight)
    return _rate(known == 0, chance < threshold, share, "everybody is called at this threshold")


def wilson(rate: Rate) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate, n its size: (p + z^2/2n -+ z sqrt(p (1-p)/n + z^2/4n^2)) / (1 + z^2/n).

    Where rows are weighted, n is the effective size, which takes the weights as fixed.

    Source: Wilson 1927, JASA 22:209-212.

    Example:
        >>> [round(limit, 4) for limit in wilson(Rate(share=0.8, size=10))]
        [0.4902, 0.9433]
    """
    z, size, share = NORMAL_QUANTILE, rate.size, rate.share
    centre = share + z * z / (2 * size)
    half = z * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    low, high = ((centre + side) / (1 + z * z / size) for side in (-half, half))
    return max(low, 0.0), min(high, 1.0)


def net_benefit(event: Floats, risk: Floats, weight: Floats, threshold: float) -> float:
    """Net benefit of treating who is called: TP/n - FP/n t/(1 - t), in true positives a patient.

    TP and FP are the weights of called events and non-events, n all weights. At most the prevalence, at least
    -t/(1 - t); higher is better. Treating nobody is worth 0, treating all `treat_all`. Undefined when no outcome is known.

    Source: Vickers and Elkin 2006, Medical Decision Making 26:565-574.

    Example:
        >>> net_benefit(np.array([1.0, 0.0, 0.0, 0.0]), np.array([0.3, 0.2, 0.1, 0.1]), np.ones(4), 0.2)
        0.1875
    """
    known, chance, share = observed(event, risk, weight)
    if len(known) == 0:
        raise Undefined("no row has a known outcome")
    worth = np.where(known == 1, 1.0, -threshold / (1.0 - threshold))
    return float(np.sum(share * worth * (chance >= threshold)) / np.sum(share))


def treat_all(prevalence: float, threshold: float) -> float:
    """Net benefit of treating everybody: q - (1 - q) t/(1 - t), q the prevalence. Source as for `net_benefit`.

    Example:
        >>> treat_all(0.5, 0.5)
        0.0
    """
    return prevalence - (1.0 - prevalence) * threshold / (1.0 - threshold)


def event1(event: Floats, score: Floats, weight: Floats, quota: float) -> float:
    """The lower of sensitivity and positive predictivity when a share `quota` of patients is called, highest scores first.

    With W all weights, k = quota W, and TP the weighted events among the k called: TP / max(sum w y, k). Of patients
    with equal scores at the limit a fraction is called, which is the expectation over random order: a constant score
    has about the prevalence. Range 0 to 1, higher is better, no unit. Undefined with one outcome only.

    Event 1 of the challenge is taken at the entrant's own threshold, chosen on training data. An answer holds risks and
    no threshold, and risks in the training rows are too good; so what is fixed on training data is the share called,
    namely the share of events among the training rows, and the threshold follows from it without any test outcome.

    Source: Silva, Moody, Scott, Celi, Mark 2012, Computing in Cardiology 39:245-248.

    Example:
        >>> event1(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.3, 0.1]), np.ones(4), 0.25)
        0.5
    """
    need_both_outcomes(event, weight)
    values, place = np.unique(-score, return_inverse=True)
    rows, dead = (
        np.bincount(place, weights=each, minlength=len(values)) for each in (weight, weight * event)
    )
    called = quota * rows.sum()
    before = np.cumsum(rows) - rows
    part = np.clip(np.divide(called - before, rows, out=np.zeros_like(rows), where=rows > 0), 0, 1)
    return float(np.sum(part * dead) / max(float(dead.sum()), called))


def _rate(hit: Mask, among: Mask, weight: Floats, otherwise: str) -> Rate:
    share = weight[among]
    if len(share) == 0:
        raise Undefined(otherwise)
    return Rate(
        share=float(np.average(hit[among], weights=share)),
        size=float(share.sum() ** 2 / np.sum(share**2)),
    )
