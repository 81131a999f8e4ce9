"""Tables from SurvSet, with true dtypes and real missing values.

Separate because SurvSet's conventions (prefixes for the kind of column, a factor level for what is
missing) are its own, and no task should see them. SurvSet is used at run time; none of its files is copied.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench import CarebenchError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

PREFIXES = ("num_", "fac_")
NOT_INPUTS = ("pid", "event", "time")
MISSING_LEVELS = frozenset({"", "missing"})


@dataclass(frozen=True, kw_only=True)
class Table:
    """One data set: n patients in the order of the source.

    Attributes:
        columns: n rows with a fresh RangeIndex; factors as `category` with sorted levels.
        time: shape (n,), follow-up in the unit of the source.
        event: shape (n,), 1 where the event was seen at `time`, 0 where follow-up ended without it.
    """

    columns: pd.DataFrame
    time: NDArray[np.float64]
    event: NDArray[np.int8]


def load(dataset: str) -> Table:
    """Read a data set by SurvSet's name for it.

    Raises:
        CarebenchError: when SurvSet is not installed or has no such data set.
    """
    source = _read(dataset)
    names = plain_names(source.columns)
    columns = source[list(names)].rename(columns=names).reset_index(drop=True)
    for old, new in names.items():
        if old.startswith("fac_"):
            columns[new] = factor(columns[new])
    return Table(
        columns=columns,
        time=source["time"].to_numpy("float64"),
        event=source["event"].to_numpy("int8"),
    )


def plain_names(columns: Iterable[str]) -> dict[str, str]:
    """SurvSet's names to ours: without `num_` or `fac_`, kept where two columns would share a name.

    Example:
        >>> plain_names(["pid", "event", "num_age", "num_num_co", "fac_num_co"])
        {'num_age': 'age', 'num_num_co': 'num_num_co', 'fac_num_co': 'fac_num_co'}
    """
    short = {name: name.partition("_")[2] for name in columns if name.startswith(PREFIXES)}
    uses = Counter([*short.values(), *NOT_INPUTS])
    return {name: (plain if uses[plain] == 1 else name) for name, plain in short.items()}


def factor(column: Any) -> Any:
    """A `category` with sorted levels; blank cells and the level "missing" become missing values."""
    import pandas as pd

    text = column.astype("object").map(lambda level: str(level).strip(), na_action="ignore")
    known = text.mask(text.isin(MISSING_LEVELS))
    return known.astype(pd.CategoricalDtype(sorted(set(known.dropna()))))


def _read(dataset: str) -> Any:
    try:
        from SurvSet.data import SurvLoader
    except ImportError as error:
        raise CarebenchError(
            f"the data set {dataset!r} comes with SurvSet, which cannot be imported ({error}); "
            "install it with: pip install 'SurvSet>=0.2.11'"
        ) from error
    try:
        return SurvLoader().load_dataset(ds_name=dataset)["df"]
    except (AssertionError, KeyError, FileNotFoundError) as error:
        raise CarebenchError(
            f"SurvSet was expected to hold the data set {dataset!r}, but says: {error}; install SurvSet 0.2.11 or later"
        ) from error
