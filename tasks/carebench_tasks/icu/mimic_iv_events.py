"""What was charted, drawn and passed within the window in MIMIC-IV; separate because these tables are large.

Charted vitals come from icu/chartevents, or, where that table is not there, from MEDS events of the same patients in meds/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench_tasks.icu import meds, tables
from carebench_tasks.icu.items import CHARTED, COMA, DRAWN, FEVER, HEIGHT, NAMES, PASSED, WEIGHT
from carebench_tasks.icu.measured import series_of
from carebench_tasks.icu.plausible import LIMITS, within

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

WINDOW = 48.0
#: Hours before the stay from which height and weight are taken; the series begins with the stay.
BEFORE = 24.0


def arrays(folder: Path, cohort: pd.DataFrame) -> Mapping[str, Any]:
    """Measurements and height as plain arrays."""
    import pandas as pd

    charted = _charted(folder, cohort)
    found = [
        _named(charted, CHARTED),
        _coma(charted),
        _named(_drawn(folder, cohort), DRAWN),
        _named(_passed(folder, cohort), PASSED),
    ]
    series = series_of(pd.concat(found, ignore_index=True), NAMES, len(cohort), WINDOW)
    return {
        "height": _first(charted, HEIGHT, (100, 250), len(cohort)),
        "weight": _first(charted, WEIGHT, LIMITS["Weight"], len(cohort)),
        **{name: getattr(series, name) for name in ("starts", "hours", "channels", "values")},
    }


def _first(events: pd.DataFrame, items: Mapping[int, float], limits: tuple[float, float], units: int) -> Any:
    """The first plausible value of some items, each times its factor, of every unit; from a day before the stay on."""
    rows = events[events["item"].isin(items)]
    rows = rows.assign(value=within((rows["value"] * rows["item"].map(items)).to_numpy("float64"), *limits))
    first = rows.dropna(subset=["value"]).sort_values(["unit", "hour", "item"]).drop_duplicates("unit")
    found = np.full(units, np.nan)
    found[first["unit"].to_numpy("int64")] = first["value"].to_numpy("float64")
    return found


def _named(events: pd.DataFrame, items: Mapping[int, str]) -> pd.DataFrame:
    """Rows of known items with their channel, in the channel's unit."""
    rows = events[events["item"].isin(items)]
    value = rows["value"].where(~rows["item"].isin(FEVER), (rows["value"] - 32) / 1.8)
    channel = rows["item"].map(items)
    share = (channel == "FiO2") & (value > 1)
    return rows.assign(channel=channel, value=value.where(~share, value / 100))


def _coma(events: pd.DataFrame) -> pd.DataFrame:
    """The Glasgow Coma Scale where its three parts were charted at one time."""
    rows = events[events["item"].isin(COMA)].drop_duplicates(["unit", "hour", "item"])
    found = rows.groupby(["unit", "hour"], as_index=False).agg(value=("value", "sum"), parts=("item", "size"))
    return found[found["parts"] == len(COMA)].assign(channel="GCS")


def _charted(folder: Path, cohort: pd.DataFrame) -> pd.DataFrame:
    """Charted items of the cohort's stays within the window."""
    wanted = {*CHARTED, *COMA, *HEIGHT, *WEIGHT}
    if tables.find(folder, "icu/chartevents") is None:
        return _from_meds(folder, cohort, wanted)
    columns = {"stay_id": "int64", "itemid": "int64", "valuenum": "float64"}
    return _within(folder, "icu/chartevents", columns, ["charttime", "storetime"], cohort, wanted, "stay_id")


def _from_meds(folder: Path, cohort: pd.DataFrame, wanted: set[int]) -> pd.DataFrame:
    """The same from MEDS events, whose codes hold the item number: `LAB//220045//bpm`; none where there are none."""
    import pandas as pd

    if not (folder / "meds").is_dir():
        return pd.DataFrame({"unit": [], "hour": [], "item": [], "value": []})
    found = meds.events(folder / "meds", set(cohort["subject_id"].tolist()), _item)
    found = found.assign(item=found["code"].astype("int64"))
    found = found[found["item"].isin(wanted)]
    units = cohort.assign(unit=np.arange(len(cohort)))[["subject_id", "intime", "unit"]]
    joined = found.merge(units, on="subject_id")
    hour = (joined["time"] - joined["intime"]).dt.total_seconds() / 3600
    return joined.assign(hour=hour)[["unit", "hour", "item", "value"]][hour.between(-BEFORE, WINDOW)]


def _item(codes: pd.Series) -> pd.Series:
    return codes.str.extract(r"^LAB//(\d+)//", expand=False)


def _drawn(folder: Path, cohort: pd.DataFrame) -> pd.DataFrame:
    """Laboratory results of the cohort's patients: drawn, and known, within the window."""
    columns = {"subject_id": "int64", "itemid": "int64", "valuenum": "float64"}
    return _within(
        folder, "hosp/labevents", columns, ["charttime", "storetime"], cohort, set(DRAWN), "subject_id"
    )


def _passed(folder: Path, cohort: pd.DataFrame) -> pd.DataFrame:
    """Urine of the cohort's stays within the window; none where the table is not there."""
    columns = {"stay_id": "int64", "itemid": "int64", "value": "float64"}
    if tables.find(folder, "icu/outputevents") is None:
        return _passed_nothing()
    return _within(
        folder, "icu/outputevents", columns, ["charttime", "storetime"], cohort, set(PASSED), "stay_id"
    )


def _passed_nothing() -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"unit": [], "hour": [], "item": [], "value": []})


def _within(
    folder: Path,
    name: str,
    columns: dict[str, str],
    times: list[str],
    cohort: pd.DataFrame,
    wanted: set[int],
    key: str,
) -> pd.DataFrame:
    """Events that happened from a day before the stay on, and were stored, before the cutoff; the later was not known then."""
    import pandas as pd

    units = cohort.assign(unit=np.arange(len(cohort)))[[key, "intime", "cutoff", "unit"]]

    def keep(chunk: pd.DataFrame) -> pd.DataFrame:
        joined = chunk[chunk["itemid"].isin(wanted)].merge(units, on=key)
        earliest = joined["intime"] - pd.Timedelta(hours=BEFORE)
        inside = joined["charttime"].between(earliest, joined["cutoff"]) & ~(
            joined["storetime"] > joined["cutoff"]
        )
        rows = joined[inside]
        hour = (rows["charttime"] - rows["intime"]).dt.total_seconds() / 3600
        value = rows["valuenum"] if "valuenum" in rows.columns else rows["value"]
        return pd.DataFrame({"unit": rows["unit"], "hour": hour, "item": rows["itemid"], "value": value})

    return pd.concat(tables.chunks(folder, name, columns, times, keep), ignore_index=True)
