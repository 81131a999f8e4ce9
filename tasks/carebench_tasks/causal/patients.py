"""Who is treated in the causal tasks: real patients with their real treatment, before any outcome is simulated.

Separate from the surfaces because several of them are laid over the same patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from carebench_tasks.cohorts.declaration import load, unit_ids
from carebench_tasks.cohorts.rhc import RHC

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

CATHETER, CATHETERISED = "swang1", "RHC"
MODULES = (
    "carebench_tasks.causal.patients",
    "carebench_tasks.cohorts.declaration",
    "carebench_tasks.cohorts.rhc",
    "carebench_tasks.data.nhefs",
    "carebench_tasks.data.survset",
)


@dataclass(frozen=True, kw_only=True)
class Patients:
    """n patients in the order of the source.

    Attributes:
        columns: covariates from before the treatment, with true dtypes and real missing values.
        treatment: shape (n,), the treatment that they really had, 0 or 1.
        units: shape (n,), opaque ids.
    """

    columns: pd.DataFrame
    treatment: NDArray[np.int8]
    units: NDArray[np.uint64]


@cache
def rhc() -> Patients:
    """5,735 adults in intensive care; the treatment is right heart catheterisation within 24 hours (2,184)."""
    import numpy as np

    kept = {name: why for name, why in RHC.left_out.items() if name != CATHETER}
    cohort = load(replace(RHC, left_out=kept))
    treatment = np.asarray(cohort.columns[CATHETER] == CATHETERISED, np.int8)
    columns = cohort.columns.drop(columns=[CATHETER, *RHC.comparators])
    return Patients(columns=columns, treatment=treatment, units=_rows("rhc", len(columns)))


@cache
def nhefs() -> Patients:
    """1,629 smokers of 1971; the treatment is to have stopped smoking by 1982 (428)."""
    from carebench_tasks.data.nhefs import load as smokers

    cohort = smokers()
    return Patients(columns=cohort.columns, treatment=cohort.quit, units=_rows("nhefs", len(cohort.columns)))


def _rows(cohort: str, size: int) -> NDArray[np.uint64]:
    """An id for each row: within one cohort every row is a patient."""
    return unit_ids(cohort, [str(number) for number in range(size)])
