"""The view of a split that models of series ask for: checked, then standardised on the training measurements.

Separate from the tabular views because nothing of them applies: there are no columns to code, and what was not measured
is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carebench.errors import PluginError
from carebench.views import columns_view, numeric_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from carebench.series import Series
    from carebench.task import Split

CHANNELS = 2**15


@dataclass(frozen=True, kw_only=True)
class SeriesPair:
    """The training and test units as models get them: same channels, same window, same static columns."""

    train: Series
    test: Series


def series_view(split: Split, static: Sequence[str] = ()) -> SeriesPair | None:
    """The series of a split, or None where it carries none.

    Values are centred and divided by the standard deviation (divisor n) of the channel's training measurements, or by 1
    where they do not vary. A channel that no training unit was measured in says nothing: its test measurements go.
    `static` becomes the numeric view of these columns of the split's tables, fitted on the training rows.

    Raises:
        PluginError: when series and tables do not belong together, or a series is not in form.
    """
    train, test = split.train_series, split.test_series
    if train is None and test is None:
        return None
    if train is None or test is None:
        raise PluginError(
            "the split carries series for one of train and test only; both or none were expected"
        )
    if (train.names, train.window) != (test.names, test.window):
        raise PluginError("the series of train and test differ in channels or window; the same were expected")
    for part, series, table in (("train", train, split.train), ("test", test, split.test)):
        check_series(series, len(table), part)
    columns = _static(split, static)
    means, deviations = _moments(train)
    return SeriesPair(
        train=replace(_standardised(train, means, deviations), static=columns[0]),
        test=replace(_standardised(test, means, deviations), static=columns[1]),
    )


def check_series(series: Series, rows: int, part: str) -> None:
    """Refuse a series that is not in form.

    Raises:
        PluginError: naming the part, what was expected, and what came.
    """
    fault = _fault(series, rows)
    if fault:
        raise PluginError(f"the split's {part} series: {fault}; mend the task's split")


def _fault(series: Series, rows: int) -> str:
    """What is wrong with a series, or nothing; in an order in which each question can be asked."""
    kinds = _wrong_kinds(series)
    if kinds:
        return kinds
    starts, hours, channels = series.starts, series.hours, series.channels
    lengths = starts[1:] - starts[:-1]
    if len(series) != rows:
        return f"{len(series)} units for {rows} rows of the table"
    if not len(starts) or starts[0] != 0 or starts[-1] != len(hours) or (lengths < 0).any():
        return f"starts must rise from 0 to the number of measurements, {len(hours)}"
    if len(channels) != len(hours) or len(series.values) != len(hours) or len(series.static) != rows:
        return f"{len(hours)} hours, {len(channels)} channels, {len(series.values)} values and {len(series.static)} rows of static"
    if not 0 < len(series.names) < CHANNELS or len(set(series.names)) < len(series.names):
        return f"{len(series.names)} channels; at least one, each with a name of its own, were expected"
    return _wrong_values(series)


def _wrong_kinds(series: Series) -> str:
    kinds = {
        "starts": "int64",
        "hours": "float32",
        "channels": "int16",
        "values": "float32",
        "static": "float32",
    }
    for name, kind in kinds.items():
        array = getattr(series, name)
        dimensions = 2 if name == "static" else 1
        if str(getattr(array, "dtype", type(array).__name__)) != kind or array.ndim != dimensions:
            return f"{name} must be a {kind} array of {dimensions} dimensions"
    return ""


def _wrong_values(series: Series) -> str:
    import numpy as np

    if not len(series.hours):
        return ""
    if series.channels.min() < 0 or series.channels.max() >= len(series.names):
        return f"channels run from {series.channels.min()} to {series.channels.max()}; 0 to {len(series.names) - 1} were expected"
    if not np.isfinite(series.values).all():
        return "values must be finite: leave out what was not measured"
    if not (series.hours.min() >= 0 and series.hours.max() <= series.window):
        return f"hours run from {series.hours.min():g} to {series.hours.max():g}; 0 to {series.window:g} were expected"
    unit = series.units()
    back = (np.diff(series.hours) < 0) & (unit[1:] == unit[:-1])
    return f"hours fall within unit {unit[1:][back][0]}; they must ascend" if back.any() else ""


def _static(split: Split, columns: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The numeric view of some columns of the tables."""
    frames = columns_view(split, columns)
    matrices = numeric_view(replace(split, train=frames.train, test=frames.test))
    return matrices.train, matrices.test


def _moments(train: Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each channel's training measurements; NaN where there is none."""
    import numpy as np

    width, values = len(train.names), train.values.astype(np.float64)
    times = np.bincount(train.channels, minlength=width).astype(np.float64)
    with np.errstate(invalid="ignore"):
        means = np.bincount(train.channels, weights=values, minlength=width) / times
        spread = np.bincount(train.channels, weights=(values - means[train.channels]) ** 2, minlength=width)
        deviations = np.sqrt(spread / times)
    return means, np.where(deviations == 0, 1.0, deviations)


def _standardised(series: Series, means: NDArray[np.float64], deviations: NDArray[np.float64]) -> Series:
    import numpy as np

    known = np.isfinite(means)[series.channels]
    scaled = (series.values - means[series.channels]) / deviations[series.channels]
    return replace(series, values=scaled.astype(np.float32)).keep(known)
