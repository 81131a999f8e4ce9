"""From rows of events to a series: units, channels, time, duplicates; separate because every data base needs the same.

Within a unit, values of one channel at one time become one: their mean, or their sum where amounts add up. Values that no
body can have go first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import Series
from carebench_tasks.icu.plausible import plausible

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

#: Channels whose values at one time are amounts that add up.
AMOUNTS = frozenset({"Urine"})


def series_of(events: pd.DataFrame, names: Sequence[str], units: int, window: float) -> Series:
    """The measurements of some units within the window.

    Args:
        events: one row a measurement, with the columns `unit` (0 to units - 1), `hour`, `channel` (a name) and `value`.
            Rows of other channels, outside the window (0 to `window`, both included) or without a value are left out; a
            row that is there twice counts once.
        names: the channels.
        units: how many units there are, those without a measurement among them.
        window: hours.
    """
    import pandas as pd

    channel = events["channel"].map({name: number for number, name in enumerate(names)}).to_numpy("float32")
    hour, value = events["hour"].to_numpy("float64"), events["value"].to_numpy("float32")
    known = np.isfinite(channel) & np.isfinite(value) & (hour >= 0) & (hour <= window)
    rows = pd.DataFrame(
        {
            "unit": events["unit"].to_numpy("int64")[known],
            "hour": hour[known].astype(np.float32),
            "channel": channel[known].astype(np.int16),
            "value": value[known],
        }
    ).drop_duplicates()
    raw = _sorted(rows, names, units, window)
    return _one_at_a_time(plausible(raw), AMOUNTS)


def _sorted(rows: pd.DataFrame, names: Sequence[str], units: int, window: float) -> Series:
    unit, hour, channel, value = (rows[name].to_numpy() for name in ("unit", "hour", "channel", "value"))
    order = np.lexsort((value, channel, hour, unit))
    return Series(
        names=tuple(names),
        window=window,
        starts=np.concatenate([[0], np.cumsum(np.bincount(unit, minlength=units))]).astype(np.int64),
        hours=hour[order],
        channels=channel[order],
        values=value[order],
        static=np.empty((units, 0), np.float32),
    )


def _one_at_a_time(series: Series, amounts: Collection[str]) -> Series:
    """One value for each unit, time and channel."""
    if not len(series.hours):
        return series
    unit = series.units()
    new = np.concatenate(
        [[True], (np.diff(unit) != 0) | (np.diff(series.hours) != 0) | (np.diff(series.channels) != 0)]
    )
    begins = np.flatnonzero(new)
    sums = np.add.reduceat(series.values.astype(np.float64), begins)
    times = np.diff(np.concatenate([begins, [len(new)]]))
    adds_up = np.isin(np.array(series.names), list(amounts))[series.channels[begins]]
    values = np.where(adds_up, sums, sums / times).astype(np.float32)
    kept = series.keep(new)
    kept.values[:] = values
    return kept
