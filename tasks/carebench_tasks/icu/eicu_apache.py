"""The APACHE tables of eICU: the form of the first day, which is input, and the risk that APACHE IVa predicted, which never is.

Separate because these tables are filled in by the rules of APACHE: complete after 24 hours, and -1 for missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_tasks.icu import tables

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

#: First-day physiology as the APACHE form takes it, complete after 24 hours; -1 is missing.
FIRST_DAY = (
    *(
        "intubated",
        "vent",
        "dialysis",
        "eyes",
        "motor",
        "verbal",
        "urine",
        "wbc",
        "temperature",
        "respiratoryrate",
    ),
    *(
        "sodium",
        "heartrate",
        "meanbp",
        "ph",
        "hematocrit",
        "creatinine",
        "albumin",
        "pao2",
        "pco2",
        "bun",
        "glucose",
    ),
    *("bilirubin", "fio2"),
)
#: Chronic illness and the reason of admission, as the APACHE form takes them on the first day.
CHRONIC = (
    *("aids", "hepaticfailure", "lymphoma", "metastaticcancer", "leukemia", "immunosuppression", "cirrhosis"),
    *("diabetes", "electivesurgery"),
)


def forms(folder: Path, cohort: pd.DataFrame) -> pd.DataFrame:
    """The APACHE form of the first day, one row a stay; NaN where it was not filled in."""
    found = [
        _of(
            cohort,
            tables.table(folder, name, {"patientunitstayid": "int64", **dict.fromkeys(columns, "float64")}),
            columns,
            prefix,
        )
        for name, columns, prefix in (("apacheApsVar", FIRST_DAY, "day 1 "), ("apachePredVar", CHRONIC, ""))
    ]
    return found[0].join(found[1])


def _of(cohort: pd.DataFrame, rows: pd.DataFrame, columns: tuple[str, ...], prefix: str) -> pd.DataFrame:
    """Columns of a table of stays in the order of the cohort; -1 is missing."""
    by_stay = rows.drop_duplicates("patientunitstayid").set_index("patientunitstayid")[list(columns)]
    ordered = by_stay.reindex(cohort["patientunitstayid"]).reset_index(drop=True)
    return ordered.mask(ordered == -1).add_prefix(prefix)


def scores(folder: Path, cohort: pd.DataFrame) -> pd.DataFrame:
    """The risk of death in hospital that APACHE IVa predicted; negative is missing."""
    rows = tables.table(
        folder,
        "apachePatientResult",
        {"patientunitstayid": "int64", "apacheversion": "str", "predictedhospitalmortality": "float64"},
    )
    latest = (
        rows[rows["apacheversion"] == "IVa"]
        .drop_duplicates("patientunitstayid")
        .set_index("patientunitstayid")
    )
    risk = latest["predictedhospitalmortality"].reindex(cohort["patientunitstayid"]).reset_index(drop=True)
    return risk.mask(risk < 0).rename("APACHE IVa").to_frame()
