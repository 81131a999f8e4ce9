"""What eICU's monitors and laboratories measured within the window; separate because these tables are large, and may lack.

Times are minutes from unit admission. Whose stays these are is the cohort's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_tasks.icu import tables
from carebench_tasks.icu.measured import series_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

WINDOW = 48.0
#: Monitors: column of the table to channel.
PERIODIC = {
    "temperature": "Temp",
    "sao2": "SpO2",
    "heartrate": "HR",
    "respiration": "RespRate",
    "systemicsystolic": "SysABP",
    "systemicdiastolic": "DiasABP",
    "systemicmean": "MAP",
}
APERIODIC = {
    "noninvasivesystolic": "NISysABP",
    "noninvasivediastolic": "NIDiasABP",
    "noninvasivemean": "NIMAP",
}
#: Laboratory: name of the test to channel; units are those of the source (mg/dl, mEq/l, K/ul, g/dl).
DRAWN = {
    "ALT (SGPT)": "ALT",
    "AST (SGOT)": "AST",
    "albumin": "Albumin",
    "alkaline phos.": "ALP",
    "BUN": "BUN",
    "total bilirubin": "Bilirubin",
    "calcium": "Calcium",
    "chloride": "Chloride",
    "creatinine": "Creatinine",
    "FiO2": "FiO2",
    "glucose": "Glucose",
    "bicarbonate": "HCO3",
    "Hct": "HCT",
    "PT - INR": "INR",
    "potassium": "K",
    "lactate": "Lactate",
    "magnesium": "Mg",
    "sodium": "Na",
    "PTT": "PTT",
    "paCO2": "PaCO2",
    "paO2": "PaO2",
    "phosphate": "Phosphate",
    "platelets x 1000": "Platelets",
    "troponin - I": "TroponinI",
    "troponin - T": "TroponinT",
    "WBC x 1000": "WBC",
    "pH": "pH",
}
NAMES = tuple(sorted({*PERIODIC.values(), *APERIODIC.values(), *DRAWN.values()}))


def arrays(folder: Path, cohort: pd.DataFrame) -> Mapping[str, Any]:
    """Measurements of the cohort within the window as plain arrays."""
    import pandas as pd

    found = [
        _monitored(folder, "vitalPeriodic", PERIODIC, cohort),
        _monitored(folder, "vitalAperiodic", APERIODIC, cohort),
        _drawn(folder, cohort),
    ]
    events = pd.concat([each for each in found if each is not None], ignore_index=True)
    series = series_of(events, NAMES, len(cohort), WINDOW)
    return {name: getattr(series, name) for name in ("starts", "hours", "channels", "values")}


def _monitored(
    folder: Path, name: str, channels: Mapping[str, str], cohort: pd.DataFrame
) -> pd.DataFrame | None:
    """Bedside monitors within the window, one row a value; None where the table is not there."""
    import pandas as pd

    if tables.find(folder, name) is None:
        return None
    columns = {
        "patientunitstayid": "int64",
        "observationoffset": "int64",
        **dict.fromkeys(channels, "float64"),
    }

    def keep(chunk: pd.DataFrame) -> pd.DataFrame:
        rows = _inside(chunk, cohort, chunk["observationoffset"])
        return rows.melt(id_vars=["unit", "hour"], value_vars=list(channels), var_name="channel").dropna(
            subset=["value"]
        )

    found = pd.concat(tables.chunks(folder, name, columns, [], keep), ignore_index=True)
    return found.assign(channel=found["channel"].map(dict(channels)))


def _drawn(folder: Path, cohort: pd.DataFrame) -> pd.DataFrame | None:
    """Laboratory results drawn, and in their last revision, within the window; None where the table is not there."""
    import pandas as pd

    if tables.find(folder, "lab") is None:
        return None
    columns = {
        **dict.fromkeys(("patientunitstayid", "labresultoffset"), "int64"),
        "labresultrevisedoffset": "float64",
        "labname": "str",
        "labresult": "float64",
    }

    def keep(chunk: pd.DataFrame) -> pd.DataFrame:
        known = chunk[chunk["labname"].isin(DRAWN) & ~(chunk["labresultrevisedoffset"] > WINDOW * 60)]
        rows = _inside(known, cohort, known["labresultoffset"])
        channel = rows["labname"].map(DRAWN)
        share = (channel == "FiO2") & (rows["labresult"] > 1)
        value = rows["labresult"].where(~share, rows["labresult"] / 100)
        return pd.DataFrame({"unit": rows["unit"], "hour": rows["hour"], "channel": channel, "value": value})

    return pd.concat(tables.chunks(folder, "lab", columns, [], keep), ignore_index=True)


def _inside(rows: pd.DataFrame, cohort: pd.DataFrame, minutes: pd.Series) -> pd.DataFrame:
    """Rows of the cohort within the window, with unit and hour."""
    place = dict(zip(cohort["patientunitstayid"], range(len(cohort)), strict=True))
    unit, hour = rows["patientunitstayid"].map(place), minutes / 60
    inside = unit.notna() & hour.between(0, WINDOW)
    return rows[inside].assign(unit=unit[inside].astype("int64"), hour=hour[inside])
