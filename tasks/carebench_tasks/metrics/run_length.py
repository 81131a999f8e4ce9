"""When a statistic crosses a threshold: rows per false alarm, the threshold that gives so many, and the delay after an onset.

Separate from the family because it knows no truth: paths of a statistic, shape (streams, rows), and a threshold are all it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Every monitor raises one false alarm in so many rows without a shift.
RUN_LENGTH = 400.0
#: Rows after the onset that are watched: a shift not found by then has this delay.
WATCHED = 200
#: Run lengths at which replicates are looked at: 126 alarms leave a standard error of a tenth.
GRID = RUN_LENGTH * np.exp(np.linspace(-0.5, 0.5, 17))
SMALL = 1e-300
#: The delay of alarms at random, one in so many rows: mean of min(G, WATCHED), G geometric.
AT_RANDOM = RUN_LENGTH * (1 - (1 - 1 / RUN_LENGTH) ** WATCHED)


def hazards(paths: Floats, limit: float, share: float) -> Floats:
    """The chance of an alarm at each row: 1 above the threshold, `share` on it, else 0; same shape as `paths`."""
    return np.where(paths > limit, 1.0, np.where(paths == limit, share, 0.0))


def run_length(paths: Floats, limit: float, share: float) -> float:
    """Rows watched per false alarm in streams without a shift, at least 1; infinite where there is no alarm.

    The sum over streams of E min(T, length), T the row of the first alarm, divided by the expected number of streams with an
    alarm: the maximum-likelihood mean of exponential waiting times that are cut off. Rows, lower is more alarms.

    Source: Lawless 2003, Statistical Models and Methods for Lifetime Data, section 4.1.

    Example:
        >>> round(run_length(np.zeros((3, 50)), 0.0, 0.1), 9)
        10.0
    """
    watched, alarms = (each.sum() for each in exposure(paths, limit, share))
    return float(watched / alarms) if alarms > 1e-12 else np.inf


def exposure(paths: Floats, limit: float, share: float) -> tuple[Floats, Floats]:
    """Rows that each stream is expected to be watched, and its chance of an alarm; both of shape (streams,)."""
    calm = np.cumprod(1 - hazards(paths, limit, share), axis=1)
    return np.asarray(1 + calm[:, :-1].sum(axis=1)), np.asarray(1 - calm[:, -1])


def calibrated(paths: Floats, wanted: float = RUN_LENGTH, steps: int = 60) -> tuple[float, float]:
    """The threshold, and the chance of an alarm on it, at which the run length without a shift is `wanted`.

    Halves the range of that chance so many steps. Ties are broken at random, row by row, so that a monitor that always says the same raises an alarm in one of 400 rows.
    """
    values = np.unique(paths)
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if run_length(paths, float(values[middle]), 0.0) >= wanted:
            high = middle
        else:
            low = middle + 1
    limit, none, all_ = float(values[low]), 0.0, 1.0
    for _ in range(steps):
        share = (none + all_) / 2
        none, all_ = (share, all_) if run_length(paths, limit, share) >= wanted else (none, share)
    return limit, (none + all_) / 2


def delays(paths: Floats, onsets: NDArray[np.int64], limit: float, share: float) -> tuple[Floats, Floats]:
    """For each stream the chance of no alarm before the onset, and the mean delay from there, both of shape (streams,).

    The delay counts patients of the new kind up to and with the alarm, from 1 to `WATCHED`.

    Source: conditional average delay, Pollak 1985, Annals of Statistics 13:206-227; here cut off at `WATCHED`.
    """
    hazard = hazards(paths, limit, share)
    calm, delay = np.empty(len(paths)), np.empty(len(paths))
    for place, onset in enumerate(onsets):
        calm[place] = np.prod(1 - hazard[place, :onset])
        after = np.cumprod(1 - hazard[place, onset : onset + WATCHED - 1])
        delay[place] = 1 + after.sum()
    return calm, delay


def found(paths: Floats, onsets: NDArray[np.int64], limit: float, share: float) -> Floats:
    """The chance of an alarm within the rows watched, for each stream."""
    hazard = hazards(paths, limit, share)
    return np.array(
        [1 - np.prod(1 - row[onset : onset + WATCHED]) for row, onset in zip(hazard, onsets, strict=True)]
    )


def mean_delay(calm: Floats, delay: Floats) -> float:
    """Mean delay of streams without an early alarm; all of them watched in vain where every stream had one."""
    return float(calm @ delay / calm.sum()) if calm.sum() > 0 else float(WATCHED)


def resampled_delays(
    null: Floats, moved: Floats, onsets: NDArray[np.int64], drawn: tuple[Floats, Floats]
) -> Floats:
    """The mean delay in each of B bootstrap replicates of all streams, shape (B,), the threshold found anew in each.

    The replicate's run length and delay are computed at thresholds whose run length, in the streams as they are, is `GRID`; its
    delay at `RUN_LENGTH` lies between those of the two nearest.

    Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 8.3 (two samples).

    Args:
        null: paths of the streams without a shift.
        moved: paths of those with one.
        onsets: rows of the shifts, shape (len(moved),).
        drawn: how often each stream counts in each replicate, shapes (B, len(null)) and (B, len(moved)).
    """
    lengths, means = [], []
    for wanted in GRID:
        limit, share = calibrated(null, float(wanted), steps=20)
        watched, alarms = exposure(null, limit, share)
        lengths.append(drawn[0] @ watched / np.maximum(drawn[0] @ alarms, SMALL))
        calm, delay = delays(moved, onsets, limit, share)
        total = drawn[1] @ calm
        means.append(np.where(total > 0, drawn[1] @ (calm * delay) / np.maximum(total, SMALL), WATCHED))
    pairs = zip(np.transpose(lengths), np.transpose(means), strict=True)
    return np.array([np.interp(RUN_LENGTH, length, mean) for length, mean in pairs])
