"""Calibration without groups: outcomes smoothed over risk, and how far the curve is from the diagonal.

Separate because a smoother is an instrument of its own, held to an independent one by a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.outcome import Undefined, observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SPAN = 0.75
#: The curve is fitted at so many distinct risks, evenly spaced by rank, and linear between them.
MOST_KNOTS = 200
#: Where risks of a neighbourhood spread over less than this share of their range, its curve is a mean, not a line.
NARROW = 0.001


def integrated_calibration_index(event: Floats, risk: Floats, weight: Floats) -> float:
    """Mean distance of risk and smoothed frequency: ICI = sum w |p - s(p)| / sum w.

    s is `local_linear` of the outcomes on the risks, span 0.75. At least 0, lower is better, in probability. Undefined
    when no outcome is known.

    Source: Austin and Steyerberg 2019, Statistics in Medicine 38:4051-4065 (theirs is locally quadratic).

    Args:
        event: shape (n,), 0 or 1.
        risk: shape (n,), probabilities.
        weight: shape (n,), at least 0.

    Example:
        >>> integrated_calibration_index(np.array([0.0, 1.0, 0.0, 0.0]), np.full(4, 0.5), np.ones(4))
        0.25
    """
    known, chance, share = observed(event, risk, weight)
    if len(known) == 0:
        raise Undefined("no row has a known outcome")
    return float(np.average(np.abs(chance - smoothed(known, chance, share)), weights=share))


def smoothed(event: Floats, risk: Floats, weight: Floats) -> Floats:
    """The smoothed frequency at each row's risk, shape (n,); exact at `MOST_KNOTS` risks and linear between them."""
    distinct = np.unique(risk)
    knots = distinct[np.unique(np.linspace(0, len(distinct) - 1, MOST_KNOTS).round().astype(int))]
    return np.asarray(np.interp(risk, knots, local_linear(event, risk, weight, knots)))


def local_linear(event: Floats, risk: Floats, weight: Floats, at: Floats) -> Floats:
    """A line fitted around each point by weighted least squares, read there: shape (k,).

    The nearest `SPAN` of the n rows count, with weight w (1 - (d/h)^3)^3, d their distance and h the largest of them. No
    iterations against outliers, which a binary outcome does not have.

    Source: Cleveland 1979, JASA 74:829-836.

    Args:
        event: shape (n,), 0 or 1.
        risk: shape (n,).
        weight: shape (n,), above 0.
        at: shape (k,), where the curve is wanted.
    """
    near = max(int(SPAN * len(risk) + 1e-10), 1)
    distance = np.abs(risk[None, :] - at[:, None])
    reach = np.partition(distance, near - 1, axis=1)[:, near - 1, None]
    scaled = np.divide(distance, reach, out=(distance > 0).astype(np.float64), where=reach > 0)
    kernel = weight * np.maximum(1.0 - scaled**3, 0.0) ** 3
    kernel /= kernel.sum(axis=1, keepdims=True)
    centre, level = kernel @ risk, kernel @ event
    spread = kernel @ risk**2 - centre**2
    tilt = kernel @ (risk * event) - centre * level
    wide = spread > (NARROW * np.ptp(risk)) ** 2
    slope = np.divide(tilt, spread, out=np.zeros_like(tilt), where=wide)
    return np.asarray(level + slope * (at - centre))
