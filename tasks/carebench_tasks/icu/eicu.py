"""eICU-CRD, the full data base or its open demo: first unit stays of at least 48 hours in 208 hospitals.

Separate because its layout is its own: offsets in minutes from unit admission, and ages as text. Hospital and region are kept, for questions of shift. Large tables (laboratory, bedside monitors) are read where
they are there; the demo is often copied without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench_tasks.data import files
from carebench_tasks.icu import eicu_apache, eicu_events, kept, tables
from carebench_tasks.icu.eicu_events import NAMES, WINDOW
from carebench_tasks.icu.plausible import LIMITS, within
from carebench_tasks.icu.stays import Stays, bands, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from carebench import Place

NAME, DEMO, ADULT, OLDEST = "eicu", "eicu-demo", 18, 90
HOW = (
    "`carebench data add eicu FOLDER` names your copy, `carebench data fetch eicu-demo` brings the open demo"
)
#: Unit stays, patients and hospitals of the published versions.
VERSIONS = {"2.0": (200_859, 139_367, 208)}
DEMO_COUNTS = {"demo 2.0.1": (2_520, 1_841, 186)}
CODE = tuple(
    f"carebench_tasks.icu.{name}" for name in ("eicu", "eicu_events", "measured", "plausible", "tables")
)
LARGE = ("lab", "vitalPeriodic", "vitalAperiodic")
SOURCES = ("patient", "hospital", "apacheApsVar", "apachePredVar", "apachePatientResult", *LARGE)


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
    return read(*_where())


def load_scored() -> Stays:
    """All unit stays of the demo with a prediction of APACHE IVa and a known outcome, of whatever length.

    Raises:
        DataAbsent: as for `load`.
        CarebenchError: as for `load`.
    """
    place = files.place(DEMO, HOW)
    everybody = _patients(place.path, DEMO_COUNTS, nonstandard=place.nonstandard)
    stays = _stays(
        place.path,
        everybody[everybody["hospitaldischargestatus"].notna()].reset_index(drop=True),
        measured=False,
    )
    return stays.take(np.flatnonzero(stays.scores["APACHE IVa"].notna()))


def fingerprint() -> str:
    """What identifies the tables; empty where there are none."""
    place = find()
    return files.digest(_sources(place.path)) if place else ""


def demo_fingerprint() -> str:
    """What identifies the demo's tables; empty where there are none."""
    place = files.find(DEMO)
    return files.digest(_sources(place.path)) if place else ""


def check(folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """Read the full data base and count; for `carebench data`."""
    return _counts(folder, VERSIONS, nonstandard=nonstandard)


def check_demo(folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """Read the demo and count; for `carebench data`."""
    return _counts(folder, DEMO_COUNTS, nonstandard=nonstandard)


def read(folder: Path, known: Mapping[str, tuple[int, int, int]], nonstandard: bool) -> Stays:
    """The cohort from a folder; measurements are parsed once and mapped from then on.

    Raises:
        CarebenchError: naming file, what was expected and what came.
    """
    return _stays(folder, _cohort(_patients(folder, known, nonstandard=nonstandard)), measured=True)


def _where() -> tuple[Path, Mapping[str, tuple[int, int, int]], bool]:
    place = files.find(NAME) or files.place(DEMO, HOW)
    return place.path, DEMO_COUNTS if is_demo() else VERSIONS, place.nonstandard


def _sources(folder: Path) -> list[Path]:
    return [path for name in SOURCES if (path := tables.find(folder, name)) is not None]


def _patients(folder: Path, known: Mapping[str, tuple[int, int, int]], *, nonstandard: bool) -> pd.DataFrame:
    """All unit stays with their hospital, counts held against the published ones."""
    words = (
        "gender",
        "age",
        "ethnicity",
        "unittype",
        "unitadmitsource",
        "hospitaldischargestatus",
        "uniquepid",
    )
    numbers = (
        *(
            "patientunitstayid",
            "patienthealthsystemstayid",
            "hospitalid",
            "hospitaldischargeyear",
            "unitvisitnumber",
        ),
        *("unitdischargeoffset", "hospitaldischargeoffset"),
    )
    columns = {**dict.fromkeys(words, "str"), **dict.fromkeys(numbers, "int64")}
    columns |= {"admissionheight": "float64", "admissionweight": "float64"}
    stays = tables.table(folder, "patient", columns)
    hospitals = tables.table(
        folder, "hospital", {"hospitalid": "int64", "region": "str", "teachingstatus": "str"}
    )
    if not nonstandard:
        counts = {
            "unit stays": len(stays),
            "patients": stays["uniquepid"].nunique(),
            "hospitals": stays["hospitalid"].nunique(),
        }
        tables.hold(folder, counts, known, {NAME: VERSIONS.values(), DEMO: DEMO_COUNTS.values()})
    return stays.merge(hospitals, on="hospitalid", how="left")


def _cohort(stays: pd.DataFrame) -> pd.DataFrame:
    """The first unit stay of each adult whose outcome is known, where it lasted 48 hours; by patient.

    Which of two hospital stays came first is told by the year of discharge alone; within a year the smaller number counts.
    """
    order = [
        "uniquepid",
        "hospitaldischargeyear",
        "patienthealthsystemstayid",
        "unitvisitnumber",
        "patientunitstayid",
    ]
    first = stays.sort_values(order).drop_duplicates("uniquepid")
    minutes = WINDOW * 60
    there = (first["unitdischargeoffset"] >= minutes) & (first["hospitaldischargeoffset"] >= minutes)
    adult = _ages(first) >= ADULT
    return first[there & adult & first["hospitaldischargestatus"].notna()].reset_index(drop=True)


def _ages(stays: pd.DataFrame) -> pd.Series:
    """Age in years; `> 89` counts as 90."""
    import pandas as pd

    return pd.to_numeric(stays["age"].replace("> 89", str(OLDEST)), errors="coerce")


def _stays(folder: Path, cohort: pd.DataFrame, *, measured: bool) -> Stays:
    import pandas as pd

    from carebench import Series
    from carebench_tasks.cohorts.declaration import unit_ids

    arrays = _kept(folder, cohort) if measured else _nothing(len(cohort))
    age, sex = _ages(cohort), cohort["gender"].map({"Female": "female", "Male": "male"})
    static = pd.DataFrame(
        {
            "age": age.astype("float64"),
            "sex": pd.Categorical(sex, categories=["female", "male"]),
            "height": within(cohort["admissionheight"].to_numpy("float64"), 100, 250),
            "weight at admission": within(cohort["admissionweight"].to_numpy("float64"), *LIMITS["Weight"]),
            "unit": cohort["unittype"].astype("category"),
            "admitted from": cohort["unitadmitsource"].astype("category"),
        }
    )
    parts = {name: np.asarray(arrays[name]) for name in ("starts", "hours", "channels", "values")}
    return Stays(
        static=pd.concat([static, eicu_apache.forms(folder, cohort)], axis=1),
        series=Series(names=NAMES, window=WINDOW, static=np.empty((len(cohort), 0), np.float32), **parts),
        scores=eicu_apache.scores(folder, cohort),
        died=(cohort["hospitaldischargestatus"] == "Expired").to_numpy("int8"),
        patients=unit_ids(NAME, cohort["uniquepid"].tolist()),
        groups={
            "age": bands(age.to_numpy("float64")),
            "sex": texts(sex),
            "ethnicity": texts(cohort["ethnicity"].str.lower().replace("other/unknown", None)),
            "unit": texts(cohort["unittype"]),
            "region": texts(cohort["region"]),
            "hospital": texts(cohort["hospitalid"]),
        },
    )


def _nothing(units: int) -> Mapping[str, Any]:
    empty = np.empty(0, np.float32)
    return {
        "starts": np.zeros(units + 1, np.int64),
        "hours": empty,
        "channels": np.empty(0, np.int16),
        "values": empty,
    }


def _kept(folder: Path, cohort: pd.DataFrame) -> Mapping[str, Any]:
    key = files.text_digest(files.digest(_sources(folder)) + kept.code(*CODE))
    return kept.kept(NAME, key, lambda: eicu_events.arrays(folder, cohort))


def _counts(
    folder: Path, known: Mapping[str, tuple[int, int, int]], *, nonstandard: bool
) -> Mapping[str, int]:
    everybody = _patients(folder, known, nonstandard=nonstandard)
    stays = read(folder, known, nonstandard)
    lacking = [name for name in LARGE if tables.find(folder, name) is None]
    named = f" ({', '.join(lacking)})" if lacking else ""
    return {
        "unit stays": len(everybody),
        "first stays of at least 48 hours": len(stays),
        "deaths in hospital among them": int(stays.died.sum()),
        "measurements in the first 48 hours": len(stays.series.hours),
        f"large tables that are not there{named}": len(lacking),
    }
