"""Detection on SUPPORT2: batches from the reference's own patients, as they are or shifted in one of six ways.

Separate from the tasks of risk: its test rows are batches, most of which did not shift at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Task, Truth
from carebench_tasks.families.shift_detection import BATCHES, NONE, NULLS, SHIFTED, SIZES
from carebench_tasks.horizon_task import SHARED_MODULES, take
from carebench_tasks.mortality.support2 import UNITS
from carebench_tasks.shift import support2
from carebench_tasks.shift.corruption import drifted, rescaled, withheld

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

KINDS = ("older", "more die", "units", "missing panel", "drift", "other diagnoses")
INPUTS = (
    *("age", "sex", "dzgroup", "meanbp", "hrt", "resp", "temp", "crea", "sod", "bili", "alb", "pafi"),
    "scoma",
)


class Support2Batches(Task):
    """Which batches of 20, 50 or 100 seriously ill adults are not drawn as the reference was?

    Input: age, sex, diagnosis group, coma score and nine measurements of study day 3. 13 columns. `y`, death by day 180, is
    given for the reference.

    Answer: a statistic for each batch, larger for one more shifted.

    Cohort: 9,105 adults of SUPPORT2, halved anew for every seed, patients of equal age and sex on one side: one half is the
    reference, batches are drawn from the other. Of each size 1,000 batches did not shift, and 30 shifted in each of six
    ways: older (drawn with odds that rise by e for 16 years), more die (three in four die by day 180), units (creatinine and
    bilirubin of half the patients in umol/l), missing panel (bilirubin, albumin and PaO2/FiO2 of half the patients), drift
    (pressure and rates half a standard deviation too high), other diagnoses (CHF and COPD alone).

    Left out: the other columns of `shift/support2-diagnosis`, and what those leave out.

    Source: SUPPORT phases I and II, through SurvSet (data set `support2`).

    Access: open; comes with SurvSet.

    Licence: CC BY 4.0 in the UCI edition; the package SurvSet is GPL-3.

    Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Drysdale 2022, arXiv:2203.03094.
    """

    name = "shift-detection/support2"
    family = "shift-detection"
    title = "SUPPORT2: batches that shifted in one of six ways"
    cohort = support2.Support2.cohort
    unit = "batch"
    demographics = support2.Support2.demographics
    libraries = ("SurvSet",)
    modules = (
        *SHARED_MODULES,
        "carebench_tasks.cohorts.support2",
        "carebench_tasks.families.shift_detection",
        *(f"carebench_tasks.shift.{name}" for name in ("corruption", "detection", "support2")),
    )
    flags = (UNITS, "intervals from a bootstrap of the shifted batches")
    source = support2.Support2.source
    citation = support2.Support2.citation
    shifts: ClassVar[tuple[str, ...]] = KINDS

    def split(self, seed: int) -> Split:
        """The reference, and all batches one after the other."""
        import pandas as pd

        columns, died, _, reference, pool = halves(self.cohort, seed)
        chosen, kinds = self._drawn(seed, columns, died, pool)
        parts = [spoilt(kind, columns.iloc[rows]) for kind, rows in zip(kinds, chosen, strict=True)]
        return Split(
            train=take(columns, reference),
            test=pd.concat(parts, ignore_index=True),
            reveals={"y": died[reference]},
        )

    def truth(self, seed: int) -> Truth:
        """The batch of each test row, and how it shifted."""
        import numpy as np

        columns, died, units, _, pool = halves(self.cohort, seed)
        chosen, kinds = self._drawn(seed, columns, died, pool)
        sizes = [len(rows) for rows in chosen]
        return Truth(
            units=units[np.concatenate(chosen)],
            answers={"weight": np.ones(sum(sizes))},
            groups={
                "batch": np.repeat([f"{number:05d}" for number in range(len(chosen))], sizes),
                "shift": np.repeat(kinds, sizes),
            },
        )

    def _drawn(
        self, seed: int, columns: pd.DataFrame, died: NDArray[np.int8], pool: NDArray[np.int64]
    ) -> tuple[list[NDArray[np.int64]], list[str]]:
        """Rows and kind of every batch: sizes in order, within each size the kinds in a hashed order."""
        import numpy as np

        from carebench import derive_seed, hashed_order

        draw = np.random.default_rng(derive_seed("batches", self.cohort, seed))
        chances = {kind: chance(kind, columns.iloc[pool], died[pool]) for kind in (NONE, *KINDS)}
        rows, told = [], []
        for size in SIZES:
            kinds = [NONE] * NULLS + [kind for kind in KINDS for _ in range(SHIFTED)]
            for place in hashed_order("kinds of batches", self.cohort, seed, size, size=BATCHES):
                told.append(kinds[place])
                rows.append(pool[draw.choice(len(pool), size, p=chances[kinds[place]])])
        return rows, told


def halves(
    cohort: str, seed: int
) -> tuple[pd.DataFrame, NDArray[np.int8], NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Inputs, deaths by day 180 and ids of all patients, the rows of the reference, and those that are drawn from."""
    import numpy as np

    from carebench_tasks.cohorts.declaration import load
    from carebench_tasks.folds import shuffled
    from carebench_tasks.shift.adaptation import uniforms

    patients = load(support2.Support2.population)
    died = ((patients.event == 1) & (patients.time <= 180)).astype(np.int8)
    first = uniforms(patients.units, cohort, "detection", seed) < 0.5
    reference = shuffled(np.flatnonzero(first), "reference order", cohort, seed)
    return patients.columns[list(INPUTS)], died, patients.units, reference, np.flatnonzero(~first)


def chance(kind: str, columns: pd.DataFrame, died: NDArray[np.int8]) -> NDArray[np.float64]:
    """How likely each patient of the pool is to be drawn into a batch of this kind; sums to 1."""
    import numpy as np

    weights = np.ones(len(columns))
    if kind == "older":
        weights = np.exp((columns["age"].to_numpy() - 63) / 16)
    if kind == "more die":
        weights = np.where(died == 1, 0.75 / died.sum(), 0.25 / (1 - died).sum())
    if kind == "other diagnoses":
        weights = columns["dzgroup"].isin(["CHF", "COPD"]).to_numpy(np.float64)
    return np.asarray(weights / weights.sum())


def spoilt(kind: str, table: pd.DataFrame) -> pd.DataFrame:
    """A batch whose measurements are changed, where its kind is one that changes them."""
    changes: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
        "units": lambda batch: rescaled(batch, 2, {"crea": 88.4, "bili": 17.1}),
        "missing panel": lambda batch: withheld(batch, 2, ("bili", "alb", "pafi")),
        "drift": lambda batch: drifted(batch, 1, {"meanbp": 28.0, "hrt": 32.0, "resp": 10.0}),
    }
    return changes[kind](table) if kind in changes else table
