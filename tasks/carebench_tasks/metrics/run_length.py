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
    calm = np.cumprod(1 - hazards(paths, limit, share), axis=1)
    watched = len(paths) + calm[:, :-1].sum()
    alarms = len(paths) - calm[:, -1].sum()
    return float(watched / alarms) if alarms > 1e-12 else np.inf


def calibrated(paths: Floats) -> tuple[float, float]:
    """The threshold, and the chance of an alarm on it, at which the run length without a shift is `RUN_LENGTH`.

    Ties are broken at random, row by row, so that a monitor that always says the same raises an alarm in one of 400 rows.
    """
    values = np.unique(paths)
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if run_length(paths, float(values[middle]), 0.0) >= RUN_LENGTH:
            high = middle
        else:
            low = middle + 1
    limit, none, all_ = float(values[low]), 0.0, 1.0
    for _ in range(60):
        share = (none + all_) / 2
        none, all_ = (share, all_) if run_length(paths, limit, share) >= RUN_LENGTH else (none, share)
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
