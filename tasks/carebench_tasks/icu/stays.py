"""The noun `Stays`: intensive-care stays with what was known at a cutoff, and what became of them.

Separate from the loaders because they all end here, and because any family may ask its question of these patients:
`table(stays)` gives one row a stay, `died` the answers, `patients` the ids and `groups` the attributes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from carebench import Series


@dataclass(frozen=True, kw_only=True)
class Stays:
    """n stays, one for each patient, in the order of the source.

    Attributes:
        static: pandas DataFrame, n rows: what was known at admission or, by its own definition, before the cutoff.
        series: what was measured from admission to the cutoff, in each channel's unit.
        scores: pandas DataFrame, n rows: published scores and estimates, NaN where there is none; never inputs.
        died: shape (n,), int8: 1 for death in hospital.
        patients: shape (n,), uint64: opaque ids of patients.
        groups: attribute to labels, shape (n,): age band, sex, unit type and whatever else divides patients; "" for none.
    """

    static: pd.DataFrame
    series: Series
    scores: pd.DataFrame
    died: NDArray[np.int8]
    patients: NDArray[np.uint64]
    groups: Mapping[str, NDArray[np.str_]]

    def __len__(self) -> int:
        """The number of stays."""
        return len(self.died)

    def take(self, rows: NDArray[np.intp] | NDArray[np.int64]) -> Stays:
        """Some stays, in that order."""
        return replace(
            self,
            static=self.static.iloc[rows].reset_index(drop=True),
            series=self.series.take(rows),
            scores=self.scores.iloc[rows].reset_index(drop=True),
            died=self.died[rows],
            patients=self.patients[rows],
            groups={name: labels[rows] for name, labels in self.groups.items()},
        )


def table(stays: Stays) -> pd.DataFrame:
    """One row a stay: the static columns, then six summaries of each channel over the window, without scores."""
    import pandas as pd

    from carebench_tasks.icu.summaries import summaries

    return pd.concat([stays.static, summaries(stays.series)], axis=1)


def bands(ages: NDArray[np.float64]) -> NDArray[np.str_]:
    """Age bands for subgroups: under 50, 50 to under 65, 65 to under 80, 80 and over; "" where age is missing."""
    names = np.array(["under 50", "50 to under 65", "65 to under 80", "80 and over", ""], dtype=np.str_)
    return np.asarray(names[np.where(np.isnan(ages), 4, np.searchsorted([50, 65, 80], ages, side="right"))])


def texts(column: pd.Series) -> NDArray[np.str_]:
    """A column as labels of groups: text, "" where it is missing."""
    return np.asarray(column.astype("object").where(column.notna(), "").astype(str), dtype=np.str_)
