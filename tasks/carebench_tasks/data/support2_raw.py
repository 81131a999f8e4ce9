"""The physicians' own estimates of SUPPORT2, from the raw file that a user brings.

Separate because SurvSet's copy of SUPPORT2 leaves them out: everything else comes from there, and this file is read for
two columns and for what proves that its rows are the same patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import CarebenchError, DataAbsent
from carebench_tasks.data import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

NAMES = ("support2.csv.gz", "support2.csv", "support2csv.zip")
ESTIMATES = {"prg2m": 7456, "prg6m": 7472}
ROWS, DEATHS = 9105, 2360
SOURCE = "SUPPORT2, Vanderbilt University Department of Biostatistics (https://hbiostat.org/data); UCI repository 880 under CC BY 4.0"
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
    place = path()
    return files.digest([place]) if place else ""


def physicians(patients: pd.DataFrame) -> pd.DataFrame:
    """Estimates of surviving two and six months, columns prg2m and prg6m, row by row with SurvSet's SUPPORT2.

    Args:
        patients: SurvSet's columns, whose ages must be those of the file in the same order.

    Raises:
        DataAbsent: when there is no file, saying how to get it.
        CarebenchError: when the file is not the one known.
    """
    place = _place("the physicians' estimates of SUPPORT2 are not here")
    raw = _read(place, ("age", *ESTIMATES))
    _check(raw, patients, place)
    return raw[list(ESTIMATES)]


def died_in_hospital(patients: pd.DataFrame) -> NDArray[np.int8]:
    """Death before discharge (hospdead), row by row with SurvSet's SUPPORT2, shape (n,); arguments and errors as above."""
    place = _place("death in hospital of SUPPORT2's patients is not here")
    raw = _read(place, ("age", "hospdead"))
    if len(raw) != ROWS or int(raw["hospdead"].sum()) != DEATHS:
        raise CarebenchError(
            f"{place} was expected to hold {ROWS} rows and {DEATHS} deaths in hospital; {len(raw)} and {raw['hospdead'].sum():g} came; {HOW}"
        )
    _same_patients(raw, patients, place)
    return raw["hospdead"].to_numpy("int8")  # type: ignore[no-any-return]


def check(folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """Read the file and count; for `carebench data`."""
    there = [folder / name for name in NAMES if (folder / name).is_file()]
    if not there:
        raise CarebenchError(f"{folder} was expected to hold {' or '.join(NAMES)}; {HOW}")
    raw = _read(there[0], ("age", "hospdead", *ESTIMATES))
    counts = (len(raw), int(raw["hospdead"].sum()), *(int(raw[name].notna().sum()) for name in ESTIMATES))
    known = (ROWS, DEATHS, *ESTIMATES.values())
    if counts != known and not nonstandard:
        raise CarebenchError(
            f"{there[0]} holds {counts} patients, deaths in hospital and estimates; {known} were expected; {HOW}"
        )
    return dict(
        zip(
            ("patients", "deaths in hospital", "estimates for 2 months", "estimates for 6 months"),
            counts,
            strict=True,
        )
    )


def _place(absent: str) -> Path:
    found = path()
    if found is None:
        raise DataAbsent(f"{absent}; {HOW}")
    return found


def _read(place: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_csv(place, usecols=list(columns))
    except (EOFError, OSError, ValueError) as error:
        expected = f"{', '.join(columns[:-1])} and {columns[-1]}"
        raise CarebenchError(f"{place} was expected to hold {expected}: {error}; {HOW}") from error


def _check(raw: pd.DataFrame, patients: pd.DataFrame, place: Path) -> None:
    """The same patients in the same order, and as many estimates as are known to be there, all of them probabilities."""
    import numpy as np

    found = {name: int(raw[name].notna().sum()) for name in ESTIMATES}
    if len(raw) != ROWS or found != ESTIMATES:
        raise CarebenchError(
            f"{place} was expected to hold {ROWS} rows and the estimates {ESTIMATES}; {len(raw)} rows and {found} came; {HOW}"
        )
    _same_patients(raw, patients, place)
    values = raw[list(ESTIMATES)].to_numpy()
    if np.nanmin(values) < 0 or np.nanmax(values) > 1:
        raise CarebenchError(f"{place} holds estimates outside 0 to 1; get the file anew: {HOW}")


def _same_patients(raw: pd.DataFrame, patients: pd.DataFrame, place: Path) -> None:
    import numpy as np

    if not np.allclose(raw["age"], patients["age"], atol=1e-3):
        raise CarebenchError(f"the rows of {place} are not in the published order; get the file anew: {HOW}")
