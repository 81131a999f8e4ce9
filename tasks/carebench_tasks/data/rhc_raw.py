"""The raw file of the right heart catheterisation study, which a user fetches or brings.

Separate because SurvSet's copy lacks some columns (das2d3pc, dth30 and the dates); tasks use SurvSet's, and this file is for
whoever wants all 62 columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import CarebenchError
from carebench_tasks.data import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

ROWS, TREATED, DEATHS, COLUMNS = 5735, 2184, 1918, 62
HOW = "`carebench data fetch rhc` brings it, or `carebench data add rhc FOLDER` names the folder that holds rhc.csv"


def load() -> pd.DataFrame:
    """All patients and columns, the row number aside; weight 0 is missing.

    Raises:
        DataAbsent: when the file is not here, saying how to get it.
        CarebenchError: when it is damaged, or not the published one.
    """
    place = files.place("rhc", HOW)
    return read(place.path, nonstandard=place.nonstandard)


def check(folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """Read the file and count; for `carebench data`."""
    return _counts(read(folder, nonstandard=nonstandard))


def read(folder: Path, *, nonstandard: bool) -> pd.DataFrame:
    """The table from a folder; errors as for `load`."""
    import pandas as pd

    found = [folder / name for name in ("rhc.csv", "rhc.csv.gz") if (folder / name).is_file()]
    if not found:
        raise CarebenchError(f"{folder} was expected to hold rhc.csv or rhc.csv.gz; {HOW}")
    try:
        table = pd.read_csv(found[0], index_col=0)
    except (EOFError, OSError, ValueError) as error:
        raise CarebenchError(f"{found[0]} is damaged ({error}); {HOW}") from error
    lacking = [name for name in ("swang1", "dth30", "wtkilo1", "age", "sex") if name not in table.columns]
    if lacking or (table.shape[1] != COLUMNS and not nonstandard):
        raise CarebenchError(
            f"{found[0]} holds {table.shape[1]} columns beside the row number, without {', '.join(lacking) or 'none'} of those needed; "
            f"{COLUMNS} were expected; {HOW}"
        )
    counts = tuple(_counts(table).values())
    if counts != (ROWS, TREATED, DEATHS) and not nonstandard:
        raise CarebenchError(
            f"{found[0]} holds {counts} patients, catheterised and dead within 30 days; {(ROWS, TREATED, DEATHS)} were expected; {HOW}"
        )
    return table.assign(wtkilo1=table["wtkilo1"].mask(table["wtkilo1"] == 0)).reset_index(drop=True)


def _counts(table: pd.DataFrame) -> dict[str, int]:
    return {
        "patients": len(table),
        "catheterised": int((table["swang1"] == "RHC").sum()),
        "dead within 30 days": int((table["dth30"] == "Yes").sum()),
    }
