"""Risk and frequency side by side in groups of equal numbers: calibration as a table and as a number.

Separate from logistic recalibration, which fits a curve; here nothing is fitted. All functions take three arrays of
shape (n,): event (0 or 1), risk (probabilities from 0 to 1), weight (at least 0). Rows of equal risk share the group of
the first of them, so that the order of rows does not matter; with few distinct risks some groups are then empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GROUPS = 10
#: What the challenge adds to a group's variance, against groups that are certain.
RIDGE = 0.001


@dataclass(frozen=True, kw_only=True)
class RiskGroups:
    """Groups by ascending risk that hold a row, each array of shape (groups,).

    Attributes:
        number: which tenth, from 0 to 9.
        rows: how many rows.
        weight: sum of weights.
        expected: weighted sum of risks.
        events: weighted sum of events.
    """

    number: NDArray[np.intp]
    rows: NDArray[np.intp]
    weight: Floats
    expected: Floats
    events: Floats


def risk_groups(event: Floats, risk: Floats, weight: Floats) -> RiskGroups:
    """Rows whose outcome is known, cut by risk into ten groups of (nearly) equal numbers.

    Raises:
        Undefined: when no outcome is known.
    """
    known, chance, share = observed(event, risk, weight)
    if len(known) == 0:
        raise Undefined("no row has a known outcome")
    _, place, times = np.unique(chance, return_inverse=True, return_counts=True)
    group = ((np.cumsum(times) - times) * GROUPS // len(known))[place]
    rows = np.bincount(group, minlength=GROUPS)
    return RiskGroups(
        number=np.flatnonzero(rows),
        rows=rows[rows > 0],
        weight=_sums(group, share),
        expected=_sums(group, share * chance),
        events=_sums(group, share * known),
    )


def expected_calibration_error(event: Floats, risk: Floats, weight: Floats) -> float:
    """Mean distance of risk and frequency over ten groups of (nearly) equal numbers of rows, by risk.

    ECE = sum_b (W_b / W) |mean_w y - mean_w p| over groups b, W their total weights. Range 0 to 1, lower is better, in
    probability. Groups of equal numbers, not of equal width, since events may be rare. Undefined when no outcome is known.

    Source: Naeini, Cooper, Hauskrecht 2015, AAAI; equal numbers: Nixon et al. 2019, CVPR workshops.

    Example:
        >>> round(expected_calibration_error(np.array([0.0, 1.0]), np.array([0.1, 0.6]), np.ones(2)), 6)
        0.25
    """
    groups = risk_groups(event, risk, weight)
    return float(np.abs(groups.events - groups.expected).sum() / groups.weight.sum())


def event2(event: Floats, risk: Floats, weight: Floats) -> float:
    """Hosmer-Lemeshow statistic over the spread of risk, D = H / (p_10 - p_1), over ten groups of equal numbers.

    H = sum_g (O_g - n_g p_g)^2 / (n_g p_g (1 - p_g) + 0.001) with n_g the weight, O_g the weighted events and p_g the mean
    risk of group g; p_10 - p_1 is the difference of mean risk between last and first group. At least 0, lower is better;
    it grows with the number of patients. Undefined when all risks are in one group, or no outcome is known.

    Source: event 2 of Silva, Moody, Scott, Celi, Mark 2012, Computing in Cardiology 39:245-248; H: Hosmer and
    Lemeshow 1980, Communications in Statistics A 9:1043-1069.

    Example:
        >>> round(event2(np.array([0.0, 1.0]), np.array([0.1, 0.6]), np.ones(2)), 4)
        1.5476
    """
    groups = risk_groups(event, risk, weight)
    mean = groups.expected / groups.weight
    if len(mean) < 2:
        raise Undefined("all predictions are in one group of risk")
    variance = groups.weight * mean * (1 - mean) + RIDGE
    statistic = np.sum((groups.events - groups.expected) ** 2 / variance)
    return float(statistic / (mean[-1] - mean[0]))


def _sums(group: NDArray[np.intp], values: Floats) -> Floats:
    """Sums of the groups that hold a row."""
    return np.asarray(np.bincount(group, weights=values)[np.unique(group)], dtype=np.float64)
