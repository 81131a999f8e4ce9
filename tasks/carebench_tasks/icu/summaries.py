"""Six summaries of each channel over the window, one row a stay: the tabular modality of the ICU tasks.

Separate from the loaders because every data base is summarised alike: first, last, smallest, largest and mean value, and
how often it was measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from carebench import Series

SUMMARIES = ("first", "last", "min", "max", "mean", "count")


def summaries(series: Series) -> pd.DataFrame:
    """One row a unit: columns `<channel> first`, `last`, `min`, `max`, `mean` (float32, NaN where never measured) and `count`.

    Of several values at one time, first and last take them as they stand in the series.
    """
    import pandas as pd

    width = len(series.names)
    cell = series.units() * width + series.channels
    order = np.argsort(cell, kind="stable")
    cells, begins, times = np.unique(cell[order], return_index=True, return_counts=True)
    values = series.values[order].astype(np.float64)
    found: dict[str, np.ndarray] = {}
    if len(cells):
        found = {
            "first": values[begins],
            "last": values[begins + times - 1],
            "min": np.minimum.reduceat(values, begins),
            "max": np.maximum.reduceat(values, begins),
            "mean": np.add.reduceat(values, begins) / times,
        }
    tables = {name: _spread(cells, what, (len(series), width), np.nan) for name, what in found.items()}
    tables |= {
        name: np.full((len(series), width), np.nan, np.float32)
        for name in SUMMARIES[:-1]
        if name not in tables
    }
    tables["count"] = _spread(cells, times, (len(series), width), 0)
    columns = {
        f"{channel} {name}": tables[name][:, place]
        for place, channel in enumerate(series.names)
        for name in SUMMARIES
    }
    return pd.DataFrame(columns)


def _spread(cells: np.ndarray, values: np.ndarray, shape: tuple[int, int], empty: float) -> np.ndarray:
    """Values at some cells of a table, `empty` elsewhere."""
    table = np.full(shape, empty, np.float32)
    table.reshape(-1)[cells] = values
    return table
