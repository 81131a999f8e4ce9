"""95 % intervals from a variance, by named formulas; separate from what is averaged over what.

Pure functions of plain numbers. An interval that cannot be had is `undefined`, with the reason.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import expit, logit, ndtri, stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.records import Metric

LEVEL = 0.95
BORDER = 1e-12


@dataclass(frozen=True)
class Interval:
    """Two bounds, or none and the reason why.

    Attributes:
        low: lower bound, or None.
        high: upper bound, or None.
        reason: why there are no bounds; empty when there are.
    """

    low: float | None
    high: float | None
    reason: str = ""

    @classmethod
    def undefined(cls, reason: str) -> Interval:
        """No interval, for `reason`."""
        return cls(None, None, reason)


@dataclass(frozen=True)
class Scale:
    """The range of a figure; None where it has no end.

    Attributes:
        low: smallest possible value.
        high: largest possible value.
        ratio: whether the figure is an error whose intervals are computed on its logarithm; it is above 0 then.
    """

    low: float | None = None
    high: float | None = None
    ratio: bool = False

    @classmethod
    def of(cls, metric: Metric) -> Scale:
        """The range of `metric` over seeds: a root mean square is never below 0, whatever sign its parts have."""
        if metric.over_seeds != "root-mean-square":
            return cls(metric.low, metric.high)
        bounded = metric.low is not None and metric.high is not None
        return cls(0.0, max(abs(metric.low or 0), abs(metric.high or 0)) if bounded else None, ratio=True)

    @property
    def is_unit(self) -> bool:
        """Whether the range is 0 to 1, as for AUROC."""
        return self.low == 0 and self.high == 1

    @property
    def of_difference(self) -> Scale:
        """The range of a difference of two figures."""
        width = None if self.low is None or self.high is None else self.high - self.low
        return Scale(width and -width, width)

    def at_end(self, value: float) -> bool:
        """Whether `value` lies at an end of the range."""
        return any(end is not None and abs(value - end) < BORDER for end in (self.low, self.high))

    def clip(self, value: float) -> float:
        """The nearest value inside the range."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return min(max(value, low), high)


def interval(value: float, variance: float, scale: Scale, df: float = math.inf) -> Interval:
    """95 % interval of a figure.

    On a 0 to 1 scale, logit(value) +- q sqrt(variance) / (value (1 - value)), turned back by the delta
    method; on a ratio scale, value times or over exp(q sqrt(variance) / value), likewise; on others value +- q sqrt(variance), clipped to the range. q is the .975 quantile of the
    normal law, or of Student's t with `df` degrees of freedom. Undefined at an end of the range,
    where influences vanish whatever the uncertainty. Source: Pepe 2003, section 5.2.

    Example:
        >>> interval(0.0, 1.0, Scale()).high
        1.959963984540054
    """
    if scale.at_end(value):
        return Interval.undefined("the score lies at the end of its range, where its variance says nothing")
    half = student(df) * math.sqrt(variance)
    if scale.is_unit and not scale.ratio:
        centre, half = float(logit(value)), half / (value * (1 - value))
        return Interval(float(expit(centre - half)), float(expit(centre + half)))
    if scale.ratio:
        factor = math.exp(half / value)
        return Interval(scale.clip(value / factor), scale.clip(value * factor))
    return Interval(scale.clip(value - half), scale.clip(value + half))


def between_interval(values: Sequence[float], scale: Scale) -> Interval:
    """95 % interval of a mean over cohorts that stand for others like them: mean +- t s / sqrt(C), C - 1 df.

    Args:
        values: one a cohort, seeds and tasks of it averaged.
        scale: range of the mean.

    With 5 cohorts a percentile bootstrap holds the mean in 83 % of boards instead of 95 %, Student's interval in 95 %.
    """
    if len(values) < 2:
        return Interval.undefined("one cohort: how scores differ between cohorts is unknown")
    mean = statistics.fmean(values)
    half = student(len(values) - 1) * math.sqrt(sample_variance(values) / len(values))
    return Interval(scale.clip(mean - half), scale.clip(mean + half))


def resampled_interval(scores: Sequence[float], test_to_train: float | None, scale: Scale) -> Interval:
    """Method-level interval over re-splits of one cohort: training sets vary.

    With J scores of sample variance s^2: variance (1/J + n_test/n_train) s^2, t with J - 1 degrees of
    freedom. Source: Nadeau and Bengio 2003, Machine Learning 52, 239-281.
    """
    if len(scores) < 2:
        return Interval.undefined("one seed: the spread over training sets is unknown")
    if test_to_train is None:
        return Interval.undefined("the sizes of training and test set (n_train, n) are not in the table")
    variance = (1 / len(scores) + test_to_train) * sample_variance(scores)
    return interval(statistics.fmean(scores), variance, scale, len(scores) - 1)


def refitted_interval(scores: Sequence[float], patient_variance: float | None, scale: Scale) -> Interval:
    """Method-level interval over refits tested on one fixed test set: patients and seeds vary.

    Variance V + s^2/S, with V the patient variance of the mean score and s^2 the sample variance over S
    seeds; t with Satterthwaite's (V + s^2/S)^2 (S - 1) / (s^2/S)^2 degrees of freedom, since V is known far better
    than s^2. Source: PROTOCOL rule 1; Satterthwaite 1946, Biometrics Bulletin 2, 110-114.
    """
    if len(scores) < 2:
        return Interval.undefined("one seed: the spread over fits is unknown")
    if patient_variance is None:
        return Interval.undefined("the table has no contributions of units to this score")
    between = sample_variance(scores) / len(scores)
    variance = patient_variance + between
    df = variance**2 * (len(scores) - 1) / between**2 if between > 0 else math.inf
    return interval(statistics.fmean(scores), variance, scale, df)


def sample_variance(values: Sequence[float]) -> float:
    """Sum of (v - mean)^2 / (n - 1), for two values or more; `statistics.variance` is exact, and fifty times slower.

    Example:
        >>> sample_variance([1.0, 2.0, 4.0]) == 7 / 3
        True
    """
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)


def student(df: float) -> float:
    """The .975 quantile of Student's law; of the normal law where `df` is infinite."""
    upper = (1 + LEVEL) / 2
    return float(ndtri(upper) if math.isinf(df) else stdtrit(df, upper))
