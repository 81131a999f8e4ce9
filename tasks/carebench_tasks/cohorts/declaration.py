"""The noun `Cohort`: who is studied, which columns are inputs, and why the others are not.

Separate from the tasks because several questions are asked of the same patients, and because a frozen
declaration can be walked over by a test where code could not.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from carebench import CarebenchError
from carebench_tasks.data import survset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

NO_GROUP = ""


@dataclass(frozen=True, kw_only=True)
class Subgroup:
    """A way to divide patients, fixed before anything is scored.

    Attributes:
        name: key in `Truth.groups`.
        column: the column that divides them.
        cuts: lower limits of the second and later bands of a numeric column, ascending; none for a factor.
        suppressed: levels too small to report; their patients belong to no group.
    """

    name: str
    column: str
    cuts: tuple[float, ...] = ()
    suppressed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Patients and what is known of them at the moment of prediction.

    Attributes:
        name: tasks of the same patients share it; two data sets may too.
        dataset: SurvSet's name.
        rows: how many patients the data set holds; another number is refused.
        time_unit: the unit of follow-up.
        left_out: column to the reason why no model may see it.
        comparators: published scores and clinicians' estimates: reference lines, never inputs.
        demographics: age and sex.
        treatments: inputs that record a treatment given at baseline.
        zero_is_missing: numeric columns where 0 means "not recorded".
        subgroups: divisions for worst-group figures.
        unit_key: what makes a patient: `row`, or `age-and-sex` where two data sets hold the same patients.
    """

    name: str
    dataset: str
    rows: int
    time_unit: Literal["days", "months", "years"]
    left_out: Mapping[str, str] = field(default_factory=dict)
    comparators: tuple[str, ...] = ()
    demographics: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    zero_is_missing: tuple[str, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    unit_key: Literal["row", "age-and-sex"] = "row"


@dataclass(frozen=True, kw_only=True)
class Patients:
    """A cohort in memory, n rows in the order of the source.

    Attributes:
        columns: inputs, comparators included, left-out columns gone.
        time: shape (n,), follow-up in the cohort's unit.
        event: shape (n,), 1 where death was seen at `time`.
        units: shape (n,), opaque ids of patients.
    """

    columns: pd.DataFrame
    time: NDArray[np.float64]
    event: NDArray[np.int8]
    units: NDArray[np.uint64]


def load(cohort: Cohort) -> Patients:
    """Read the cohort, leave out what it declares, and hold the data against the declaration.

    Raises:
        CarebenchError: when the data differ from those declared.
    """
    table = survset.load(cohort.dataset)
    _check(cohort, table)
    columns = table.columns.drop(columns=list(cohort.left_out))
    for name in cohort.zero_is_missing:
        columns[name] = columns[name].mask(columns[name] == 0)
    return Patients(
        columns=columns,
        time=table.time,
        event=table.event,
        units=unit_ids(cohort.name, _keys(cohort, columns)),
    )


def unit_ids(cohort: str, keys: Iterable[str]) -> NDArray[np.uint64]:
    """Opaque ids: the first eight bytes of a SHA-256 of cohort and key. Equal keys give equal ids."""
    import numpy as np

    digests = (hashlib.sha256(f"{cohort}\x1f{key}".encode()).digest()[:8] for key in keys)
    return np.array([int.from_bytes(digest, "big") for digest in digests], dtype=np.uint64)


def labels(subgroup: Subgroup, columns: pd.DataFrame) -> NDArray[np.str_]:
    """The group of each row as text; `NO_GROUP` where the value is missing or its level is suppressed."""
    import numpy as np

    column = columns[subgroup.column]
    if subgroup.cuts:
        return _bands(column.to_numpy("float64"), subgroup.cuts)
    text = column.astype("object").where(column.notna(), NO_GROUP).astype(str)
    return np.asarray(text.replace(dict.fromkeys(subgroup.suppressed, NO_GROUP)), dtype=np.str_)


def _bands(values: NDArray[np.float64], cuts: tuple[float, ...]) -> NDArray[np.str_]:
    import numpy as np

    names = [f"under {cuts[0]:g}"]
    names += [f"{low:g} to under {high:g}" for low, high in itertools.pairwise(cuts)]
    names += [f"{cuts[-1]:g} and over", NO_GROUP]
    band = np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(cuts, values, side="right"))
    return np.asarray(names, dtype=np.str_)[band]


def _keys(cohort: Cohort, columns: pd.DataFrame) -> list[str]:
    """What identifies a patient.

    All 5,735 RHC patients match a SUPPORT2 patient by age to three decimals and sex, the only columns
    that both data sets hold unchanged. A few SUPPORT2 patients share that key by chance. Treating them as
    one unit is safe: a sum over clusters of independent patients estimates the same variance, a little
    less precisely, whereas taking one patient for two would understate it.
    """
    if cohort.unit_key == "row":
        return [str(number) for number in range(len(columns))]
    pairs = zip(columns["age"], columns["sex"].astype(str), strict=True)
    return [f"{age:.3f} {sex.lower()}" for age, sex in pairs]


def _check(cohort: Cohort, table: survset.Table) -> None:
    found = len(table.columns)
    if found != cohort.rows:
        raise CarebenchError(
            f"SurvSet's {cohort.dataset} was declared with {cohort.rows} rows, and {found} came; "
            "install SurvSet 0.2.11, or check the cohort anew and raise the version of its tasks"
        )
    declared = {*cohort.left_out, *cohort.comparators, *cohort.demographics, *cohort.treatments}
    absent = sorted(declared - set(table.columns.columns))
    if absent:
        raise CarebenchError(
            f"SurvSet's {cohort.dataset} was declared with the columns {', '.join(absent)}, which did not come; "
            "a renamed column could leak the outcome: correct the cohort's declaration"
        )
