"""MIMIC-IV, the full data base or its open demo: first ICU stays of at least 48 hours, and what was known at that hour.

Separate because the layout (hosp/, icu/), the item numbers and their units are its own. Charted vitals come from
icu/chartevents, or, where that table is not there, from MEDS events of the same patients in meds/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench_tasks.data import files
from carebench_tasks.icu import kept, mimic_iv_events, tables
from carebench_tasks.icu.items import NAMES
from carebench_tasks.icu.mimic_iv_events import WINDOW
from carebench_tasks.icu.stays import Stays, bands, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from carebench import Place, Series

NAME, DEMO, ADULT = "mimic-iv", "mimic-iv-demo", 18
HOW = "`carebench data add mimic-iv FOLDER` names your copy, `carebench data fetch mimic-iv-demo` brings the open demo"
#: Patients, admissions and ICU stays of the published versions.
VERSIONS = {
    "2.2": (299_712, 431_231, 73_181),
    "3.0 and 3.1": (364_627, 546_028, 94_458),
}
DEMO_COUNTS = {"demo 2.2": (100, 275, 140)}
CODE = tuple(
    f"carebench_tasks.icu.{name}"
    for name in ("items", "measured", "meds", "mimic_iv", "mimic_iv_events", "plausible", "tables")
)
RACES = ("ASIAN", "BLACK", "HISPANIC", "WHITE")
SOURCES = (
    *("hosp/patients", "hosp/admissions", "icu/icustays"),
    *("icu/chartevents", "hosp/labevents", "icu/outputevents"),
)


def find() -> Place | None:
    """The full data base where it is here, else the demo, else None."""
    return files.find(NAME) or files.find(DEMO)


def is_demo() -> bool:
    """Whether the demo is all that is here, or nothing."""
    return files.find(NAME) is None


def load() -> Stays:
    """The stays of the data base, or of the demo where only that is here.

    Raises:
        DataAbsent: when neither is here, saying how to get one.
        CarebenchError: when the copy is damaged, or not a published one.
    """
    place = files.find(NAME) or files.place(DEMO, HOW)
    known = DEMO_COUNTS if is_demo() else VERSIONS
    return read(place.path, known, nonstandard=place.nonstandard)


def fingerprint() -> str:
    """What identifies the tables; empty where there are none."""
    place = find()
    return files.digest(_sources(place.path)) if place else ""


def check(folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """Read the full data base and count; for `carebench data`."""
    return _counts(folder, read(folder, VERSIONS, nonstandard=nonstandard))


def check_demo(folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """Read the demo and count; for `carebench data`."""
    return _counts(folder, read(folder, DEMO_COUNTS, nonstandard=nonstandard))


def read(folder: Path, known: Mapping[str, tuple[int, int, int]], *, nonstandard: bool) -> Stays:
    """The cohort from a folder; measurements are parsed once and mapped from then on.

    Raises:
        CarebenchError: naming file, what was expected and what came.
    """
    cohort = _cohort(folder, known, nonstandard=nonstandard)
    key = files.text_digest(files.digest(_sources(folder)) + kept.code(*CODE))
    arrays = kept.kept(NAME, key, lambda: mimic_iv_events.arrays(folder, cohort))
    return _stays(cohort, arrays)


def _sources(folder: Path) -> list[Path]:
    """The tables that are read, those that are there."""
    found = [tables.find(folder, name) for name in SOURCES]
    events = [] if tables.find(folder, "icu/chartevents") else [folder / "meds"]
    return [path for path in (*found, *events) if path is not None and path.exists()]


def _cohort(folder: Path, known: Mapping[str, tuple[int, int, int]], *, nonstandard: bool) -> pd.DataFrame:
    """First ICU stay of each adult, where patient and stay were still there 48 hours after it began; by subject."""
    import pandas as pd

    patients = tables.table(
        folder,
        "hosp/patients",
        {
            "subject_id": "int64",
            "gender": "str",
            "anchor_age": "int64",
            "anchor_year": "int64",
            "anchor_year_group": "str",
        },
    )
    admissions = tables.table(
        folder,
        "hosp/admissions",
        {
            "subject_id": "int64",
            "hadm_id": "int64",
            "admission_type": "str",
            "race": "str",
            "hospital_expire_flag": "int64",
        },
        ["admittime", "dischtime", "deathtime"],
    )
    stays = tables.table(
        folder,
        "icu/icustays",
        {"subject_id": "int64", "hadm_id": "int64", "stay_id": "int64", "first_careunit": "str"},
        ["intime", "outtime"],
    )
    if not nonstandard:
        counts = {"patients": len(patients), "admissions": len(admissions), "ICU stays": len(stays)}
        tables.hold(folder, counts, known, {NAME: VERSIONS.values(), DEMO: DEMO_COUNTS.values()})
    first = stays.sort_values(["subject_id", "intime"]).drop_duplicates("subject_id")
    joined = first.merge(patients, on="subject_id").merge(admissions.drop(columns="subject_id"), on="hadm_id")
    age = joined["anchor_age"] + joined["intime"].dt.year - joined["anchor_year"]
    cutoff = joined["intime"] + pd.Timedelta(hours=WINDOW)
    there = (joined["outtime"] >= cutoff) & ~(joined["deathtime"] < cutoff) & (joined["dischtime"] >= cutoff)
    return joined.assign(age=age, cutoff=cutoff)[(age >= ADULT) & there].reset_index(drop=True)


def _stays(cohort: pd.DataFrame, arrays: Mapping[str, Any]) -> Stays:
    import pandas as pd

    from carebench_tasks.cohorts.declaration import unit_ids

    sex = cohort["gender"].map({"F": "female", "M": "male"})
    static = pd.DataFrame(
        {
            "age": cohort["age"].astype("float64"),
            "sex": pd.Categorical(sex, categories=["female", "male"]),
            "height": np.asarray(arrays["height"]),
            "weight at admission": np.asarray(arrays["weight"]),
            "unit": cohort["first_careunit"].astype("category"),
            "admission": cohort["admission_type"].astype("category"),
        }
    )
    return Stays(
        static=static,
        series=_series(arrays, len(cohort)),
        scores=pd.DataFrame(index=range(len(cohort))),
        died=cohort["hospital_expire_flag"].to_numpy("int8"),
        patients=unit_ids(NAME, map(str, cohort["subject_id"].tolist())),
        groups={
            "age": bands(static["age"].to_numpy("float64")),
            "sex": texts(sex),
            "race": texts(cohort["race"].map(_race)),
            "unit": texts(cohort["first_careunit"]),
            "year": np.array([str(year) for year in _first_years(cohort)], np.str_),
        },
    )


def _first_years(cohort: pd.DataFrame) -> list[int]:
    """The first of the three calendar years in which a stay may have been: that of the patient's group, moved by the stay's."""
    first = cohort["anchor_year_group"].str[:4].astype("int64")
    return list(first + cohort["intime"].dt.year - cohort["anchor_year"])


def _race(text: object) -> str:
    """The recorded race in five groups; "" where it is unknown.

    Example:
        >>> _race("BLACK/CAPE VERDEAN"), _race("UNABLE TO OBTAIN"), _race("PORTUGUESE")
        ('black', '', 'other')
    """
    if not isinstance(text, str) or text.startswith(("UNKNOWN", "UNABLE", "PATIENT DECLINED")):
        return ""
    return next((race.lower() for race in RACES if text.startswith(race)), "other")


def _series(arrays: Mapping[str, Any], units: int) -> Series:
    from carebench import Series

    parts = {name: np.asarray(arrays[name]) for name in ("starts", "hours", "channels", "values")}
    return Series(names=NAMES, window=WINDOW, static=np.empty((units, 0), np.float32), **parts)


def _counts(folder: Path, stays: Stays) -> Mapping[str, int]:
    rows = tables.table(folder, "icu/icustays", {"stay_id": "int64"})
    return {
        "ICU stays": len(rows),
        "first stays of at least 48 hours": len(stays),
        "deaths in hospital among them": int(stays.died.sum()),
        "measurements in the first 48 hours": len(stays.series.hours),
    }
