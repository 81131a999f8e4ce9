"""Values that no body can have, by what is measured; separate because every data base mistypes the same things.

The limits are wide on purpose: they take out slips of the pen (a pH of 735, a temperature of -18, a weight of 0), never
what is merely extreme. A value outside is missing, and is not counted as a measurement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench import Series

#: Channel to lowest and highest value that is kept, in the channel's unit. Names are those of the loaders.
LIMITS: dict[str, tuple[float, float]] = {
    "Albumin": (0.5, 8),
    "ALP": (0, 10_000),
    "ALT": (0, 30_000),
    "AST": (0, 50_000),
    "BUN": (0, 400),
    "Bilirubin": (0, 100),
    "Calcium": (1, 25),
    "Chloride": (50, 200),
    "Cholesterol": (5, 2_000),
    "Creatinine": (0, 60),
    "DiasABP": (1, 250),
    "FiO2": (0.15, 1),
    "GCS": (3, 15),
    "Glucose": (1, 2_500),
    "HCO3": (0, 75),
    "HCT": (1, 80),
    "HR": (0, 350),
    "INR": (0.3, 60),
    "K": (0.5, 15),
    "Lactate": (0, 60),
    "MAP": (1, 330),
    "Mg": (0, 30),
    "NIDiasABP": (1, 250),
    "NIMAP": (1, 330),
    "NISysABP": (1, 400),
    "Na": (70, 230),
    "PTT": (5, 400),
    "PaCO2": (5, 250),
    "PaO2": (10, 800),
    "Phosphate": (0, 40),
    "Platelets": (0, 3_000),
    "RespRate": (0, 120),
    "SaO2": (5, 100),
    "SpO2": (5, 100),
    "SysABP": (1, 400),
    "Temp": (20, 45),
    "TroponinI": (0, 1_000),
    "TroponinT": (0, 100),
    "Urine": (0, 11_000),
    "WBC": (0, 1_000),
    "Weight": (20, 400),
    "pH": (6.3, 8.4),
}


def plausible(series: Series) -> Series:
    """The series without the values outside the limits of their channel; a channel without limits stays whole."""
    low, high = _limits(series.names)
    inside = (series.values >= low[series.channels]) & (series.values <= high[series.channels])
    return series.keep(inside)


def within(column: np.ndarray, low: float, high: float) -> np.ndarray:
    """Numbers of a column, NaN where they are outside."""
    return np.where((column >= low) & (column <= high), column, np.nan)


def _limits(names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    ends = np.array([LIMITS.get(name, (-np.inf, np.inf)) for name in names])
    return ends[:, 0], ends[:, 1]
