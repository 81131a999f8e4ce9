"""Data in the Medical Event Data Standard (MEDS): parquet files of subject, time, code and number.

Separate because the standard is the same for any hospital. `events` reads a folder; `windows` cuts what was measured in the
hours before a prediction time; `load` reads a folder with labels, as a task of one's own would. Any release is read: the
number's column is `numeric_value`, or `value` in early conversions.

Source: Arnrich et al. 2024, Medical Event Data Standard (MEDS), https://medical-event-data-standard.github.io.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import CarebenchError
from carebench_tasks.icu.measured import series_of
from carebench_tasks.icu.stays import Stays

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    import pandas as pd

    from carebench import Series

NUMBERS = ("numeric_value", "value")
#: Channels that `load` takes when none are named: the codes with a number in most windows.
CHANNELS = 64
LABEL = ("subject_id", "prediction_time", "boolean_value")


def files(folder: Path) -> list[Path]:
    """The files of events: those below `data/`, or in the folder itself."""
    below = folder / "data"
    return sorted((below if below.is_dir() else folder).rglob("*.parquet"))


def events(
    folder: Path,
    subjects: Collection[int] | None = None,
    code: Callable[[pd.Series], pd.Series] | None = None,
) -> pd.DataFrame:
    """All events with a number and a time: columns `subject_id`, `time`, `code` and `value`.

    Args:
        folder: of the data set.
        subjects: those who are wanted; all for None.
        code: makes channels of codes, a missing one for those that are not wanted; codes as they stand for None.

    Raises:
        CarebenchError: naming the file, when there is none, or it is damaged or no file of events.
    """
    import pandas as pd

    found = files(folder)
    if not found:
        raise CarebenchError(
            f"{folder} was expected to hold parquet files of MEDS events, below data/ or in it"
        )
    parts = [_read(path, subjects) for path in found]
    if code is not None:
        parts = [part.assign(code=code(part["code"])).dropna(subset=["code"]) for part in parts]
    return pd.concat(parts, ignore_index=True)


def windows(found: pd.DataFrame, anchors: pd.DataFrame, names: Sequence[str], window: float) -> Series:
    """What was measured of each anchor's subject from its `begin` on, for `window` hours.

    Args:
        found: of `events`; `code` holds the channels.
        anchors: one row a unit: `subject_id` and `begin`.
        names: the channels.
        window: hours.
    """
    units = anchors.assign(unit=np.arange(len(anchors)))[["subject_id", "begin", "unit"]]
    joined = found.merge(units, on="subject_id")
    hour = (joined["time"] - joined["begin"]).dt.total_seconds() / 3600
    rows = joined.assign(hour=hour, channel=joined["code"])
    return series_of(rows, names, len(anchors), window)


def load(folder: Path, labels: Path, window: float = 48.0, names: Sequence[str] = ()) -> Stays:
    """The units that a file of MEDS labels names, with what was measured in the `window` hours before each prediction time.

    Args:
        folder: of the data set.
        labels: parquet file with the columns `subject_id`, `prediction_time` and `boolean_value`.
        window: hours before the prediction time.
        names: codes that become channels; by default those with a number in the most windows, 64 at most.

    Raises:
        CarebenchError: when a file is absent, damaged, or no file of events or labels.
    """
    import pandas as pd

    from carebench_tasks.cohorts.declaration import unit_ids

    asked = _parquet(labels, LABEL).sort_values(["subject_id", "prediction_time"]).reset_index(drop=True)
    anchors = pd.DataFrame(
        {
            "subject_id": asked["subject_id"],
            "begin": pd.to_datetime(asked["prediction_time"]) - pd.Timedelta(hours=window),
        }
    )
    found = events(folder, set(asked["subject_id"].tolist()))
    chosen = list(names) or _frequent(found, anchors, window)
    return Stays(
        static=pd.DataFrame(index=range(len(asked))),
        series=windows(found[found["code"].isin(chosen)], anchors, chosen, window),
        scores=pd.DataFrame(index=range(len(asked))),
        died=asked["boolean_value"].to_numpy("int8"),
        patients=unit_ids(folder.name, map(str, asked["subject_id"].tolist())),
        groups={},
    )


def _frequent(found: pd.DataFrame, anchors: pd.DataFrame, window: float) -> list[str]:
    """The codes with a number in most windows, sorted; labels play no part."""
    units = anchors.assign(unit=np.arange(len(anchors)))
    joined = found.merge(units, on="subject_id")
    hour = (joined["time"] - joined["begin"]).dt.total_seconds() / 3600
    inside = joined[hour.between(0, window)]
    times = Counter(inside[["unit", "code"]].drop_duplicates()["code"].tolist())
    chosen = sorted(times, key=lambda code: (-times[code], code))[:CHANNELS]
    return sorted(chosen)


def _read(path: Path, subjects: Collection[int] | None) -> pd.DataFrame:
    import pandas as pd

    table = _parquet(path, ("subject_id", "time", "code"), NUMBERS)
    number = next(name for name in NUMBERS if name in table.columns)
    rows = table[table["time"].notna() & table[number].notna()]
    if subjects is not None:
        rows = rows[rows["subject_id"].isin(subjects)]
    return pd.DataFrame(
        {
            "subject_id": rows["subject_id"].to_numpy(),
            "time": pd.to_datetime(rows["time"]).to_numpy(),
            "code": rows["code"].astype(str).to_numpy(),
            "value": rows[number].to_numpy("float64"),
        }
    )


def _parquet(path: Path, columns: Sequence[str], one_of: Sequence[str] = ()) -> Any:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        known = parquet.read_schema(path).names
        lacking = [name for name in columns if name not in known]
        if lacking or (one_of and not set(one_of) & set(known)):
            wanted = ", ".join([*lacking, " or ".join(one_of)] if one_of else lacking)
            raise CarebenchError(f"{path} lacks the columns {wanted}; is it a file of the MEDS standard?")
        chosen = [*columns, *(name for name in one_of if name in known)]
        return parquet.read_table(path, columns=chosen).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise CarebenchError(f"{path} is damaged or no parquet file ({error}); get it anew") from error
