"""NHEFS from causaldata: 1,629 smokers of 1971, some of whom had stopped by 1982.

Separate because the package's conventions (floats for factors, 1982 and 1971 side by side) are its own. causaldata is
used at run time; none of its files is copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench import CarebenchError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

ROWS, QUITTERS, WEIGHED = 1629, 428, 1566
NUMBERS = (
    "age",
    "school",
    "ht",
    "wt71",
    "smokeintensity",
    "smokeyrs",
    "income",
    "cholesterol",
    "alcoholfreq",
)
FACTORS = ("sex", "race", "education", "exercise", "active", "marital")
#: Codes that stand for an answer that was not given.
UNKNOWN = {"hbp": 2, "diabetes": 2, "alcoholfreq": 5, "marital": 8}
DIAGNOSES = (
    *(
        "asthma",
        "bronch",
        "tb",
        "hf",
        "hbp",
        "pepticulcer",
        "colitis",
        "hepatitis",
        "chroniccough",
        "hayfever",
    ),
    *(
        "diabetes",
        "tumor",
        "nervousbreak",
        "headache",
        "otherpain",
        "weakheart",
        "allergies",
        "nerves",
        "lackpep",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Smokers:
    """The cohort, 1,629 rows in the order of the source.

    Attributes:
        columns: what was known in 1971; factors as `category`.
        quit: shape (n,), 1 for those who stopped smoking between 1971 and 1982.
        gain: shape (n,), weight change from 1971 to 1982 in kg, NaN for the 63 not weighed in 1982.
        price: shape (n,), tobacco price in the state of residence in 1982 (US$ of 2008), NaN for 92.
    """

    columns: pd.DataFrame
    quit: NDArray[np.int8]
    gain: NDArray[np.float64]
    price: NDArray[np.float64]


def load() -> Smokers:
    """Read the cohort and hold it against the counts of the book.

    Raises:
        CarebenchError: when causaldata is not installed, or its data differ from those declared.
    """
    return from_table(_read(), "causaldata's nhefs")


def from_table(table: pd.DataFrame, source: str) -> Smokers:
    """The cohort from a table with the original column names, for instance the book's nhefs.csv.

    Raises:
        CarebenchError: when a column is absent, or rows, quitters or weights are not as many as they should be.
    """
    absent = sorted({*NUMBERS, *FACTORS, *DIAGNOSES, "qsmk", "wt82_71", "price82"} - set(table.columns))
    if absent:
        raise CarebenchError(f"{source} lacks the columns {', '.join(absent)}: is it the table of What If?")
    found = (len(table), int(table["qsmk"].sum()), int(table["wt82_71"].notna().sum()))
    if found != (ROWS, QUITTERS, WEIGHED):
        raise CarebenchError(
            f"{source} holds {found} rows, quitters and weights of 1982; {(ROWS, QUITTERS, WEIGHED)} were expected"
        )
    return Smokers(
        columns=_inputs(table),
        quit=table["qsmk"].to_numpy("int8"),
        gain=table["wt82_71"].to_numpy("float64"),
        price=table["price82"].to_numpy("float64"),
    )


def _inputs(table: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    known = {
        name: table[name].astype("float64").mask(table[name].astype("float64") == UNKNOWN.get(name))
        for name in (*NUMBERS, *DIAGNOSES, *FACTORS)
    }
    for name in FACTORS:
        codes = known[name].map(lambda code: str(int(code)), na_action="ignore")
        known[name] = codes.astype(pd.CategoricalDtype(sorted(set(codes.dropna()))))
    return pd.DataFrame(known)


def _read() -> Any:
    try:
        from causaldata import nhefs
    except ImportError as error:
        raise CarebenchError(
            f"NHEFS comes with causaldata, which cannot be imported ({error}); install it with: "
            "pip install 'carebench[causal]'"
        ) from error
    return nhefs.load_pandas().data
