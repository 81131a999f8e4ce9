"""The physicians' own estimates of SUPPORT2, from the raw file that a user brings.

Separate because SurvSet's copy of SUPPORT2 leaves them out: everything else comes from there, and this file is read for
two columns and for what proves that its rows are the same patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import CarebenchError, DataAbsent
from carebench_tasks.data import files

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

NAMES = ("support2.csv.gz", "support2.csv", "support2csv.zip")
ESTIMATES = {"prg2m": 7456, "prg6m": 7472}
ROWS = 9105
HOW = (
    "`carebench data fetch support2` brings it, or `carebench data add support2 FOLDER` names the folder that holds "
    "support2.csv (or .csv.gz), from https://hbiostat.org/data/repo/support2csv.zip or UCI data set 880"
)


def path() -> Path | None:
    """Where the raw file lies, or None."""
    place = files.find("support2")
    found = [place.path / name for name in NAMES if (place.path / name).is_file()] if place else []
    return found[0] if found else None


def fingerprint() -> str:
    """SHA-256 of the file's bytes; empty where it is absent."""
    import hashlib

    place = path()
    return hashlib.sha256(place.read_bytes()).hexdigest() if place else ""


def physicians(patients: pd.DataFrame) -> pd.DataFrame:
    """Estimates of surviving two and six months, columns prg2m and prg6m, row by row with SurvSet's SUPPORT2.

    Args:
        patients: SurvSet's columns, whose ages must be those of the file in the same order.

    Raises:
        DataAbsent: when there is no file, saying how to get it.
        CarebenchError: when the file is not the one known.
    """
    import pandas as pd

    place = path()
    if place is None:
        raise DataAbsent(f"the physicians' estimates of SUPPORT2 are not here; {HOW}")
    try:
        raw = pd.read_csv(place, usecols=["age", *ESTIMATES])
    except ValueError as error:
        raise CarebenchError(f"{place} was expected to hold age, prg2m and prg6m: {error}; {HOW}") from error
    _check(raw, patients, place)
    return raw[list(ESTIMATES)]


def _check(raw: pd.DataFrame, patients: pd.DataFrame, place: Path) -> None:
    """The same patients in the same order, and as many estimates as are known to be there, all of them probabilities."""
    import numpy as np

    found = {name: int(raw[name].notna().sum()) for name in ESTIMATES}
    if len(raw) != ROWS or found != ESTIMATES:
        raise CarebenchError(
            f"{place} was expected to hold {ROWS} rows and the estimates {ESTIMATES}; {len(raw)} rows and {found} came; {HOW}"
        )
    if not np.allclose(raw["age"], patients["age"], atol=1e-3):
        raise CarebenchError(f"the rows of {place} are not in the published order; get the file anew: {HOW}")
    values = raw[list(ESTIMATES)].to_numpy()
    if np.nanmin(values) < 0 or np.nanmax(values) > 1:
        raise CarebenchError(f"{place} holds estimates outside 0 to 1; get the file anew: {HOW}")
