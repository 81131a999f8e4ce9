"""Average effects of real treatments on real outcomes: no truth is known, and published estimates are agreed with.

Separate from the simulated tasks because nothing here can be scored: the board shows the estimates as facts, outside
every ranking, and `carebench replicate` holds them against the printed ones.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from carebench import Split, Task
from carebench_tasks.causal import patients as cohorts
from carebench_tasks.causal.simulated import CITATIONS, MODULES, average_truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.families.causal_truth import AverageTruth

    Floats = NDArray[np.float64]

HORIZON, DEATHS = 30, 1918
CONFOUNDERS = ("sex", "age", "edu", "race", "ca")
#: Price of a packet in 1982 (US$ of 2008) above which the book calls it high.
HIGH_PRICE = 1.5


class RealTask(Task):
    """All patients are trained on; there is nobody to test, since the average effect is all that is asked."""

    family = "causal-average"
    design = "fixed"
    ranked = False
    modules = (*MODULES, "carebench_tasks.causal.real")
    flags = ("real outcomes: the true effect is not known, so nothing is scored",)

    def data(self) -> tuple[pd.DataFrame, Mapping[str, Floats]]:
        """Covariates, and `y`, `treatment` and what else is revealed."""
        raise NotImplementedError

    @property
    def card(self) -> str:
        """The docstring, and that of the task which it varies."""
        kinds = type(self).__mro__
        return "\n\n".join(inspect.getdoc(kind) or "" for kind in kinds[: kinds.index(RealTask)])

    def split(self, seed: int) -> Split:
        """The same patients for every seed."""
        del seed
        columns, reveals = self.data()
        return Split(train=columns, test=columns.iloc[:0], reveals=reveals)

    def truth(self, seed: int) -> AverageTruth:
        """No truth; balance before weighting is a fact all the same."""
        del seed
        columns, reveals = self.data()
        return average_truth(
            units=np.empty(0, np.uint64),
            averages={},
            sd0=None,
            training=columns,
            treatment=reveals["treatment"],
            outcome=reveals["y"],
        )


class RightHeartCatheterisation(RealTask):
    """Does right heart catheterisation change 30-day mortality, with five confounders taken for enough?

    Input: sex, age, education, race and cancer; and `treatment`, catheterisation within 24 hours (2,184).

    Answer: the average effect on the risk of death within 30 days (1,918 deaths), with its interval.

    Cohort: 5,735 adults in intensive care in five US teaching hospitals, 1989 to 1994, all trained on. The 8 patients
    lost before day 30 count as alive, as in the published analyses.

    Left out: all other covariates, as in the tutorial whose six estimates this task agrees with. More confounders
    bring the estimate down to about .06.

    Source: the right heart catheterisation study within SUPPORT, through SurvSet (data set `rhc`).

    Access: open; comes with SurvSet.

    Licence: public use (Vanderbilt University Department of Biostatistics); the package SurvSet is GPL-3.

    Citation: Smith MJ, Mansournia MA, Maringe C, et al. Stat Med 2022;41:407-432; Connors et al. 1996, JAMA 276:889-897.
    """

    name = "causal-average/rhc-death-30d"
    title = "RHC: 30-day mortality, real outcomes, five confounders"
    cohort = "support"
    demographics: ClassVar[tuple[str, ...]] = ("age", "sex")
    libraries = ("SurvSet",)
    source = "RHC (https://hbiostat.org/data), as packaged by SurvSet; public use; SurvSet is GPL-3"
    citation = f"Smith MJ, et al. Stat Med 2022;41:407-432. {CITATIONS['rhc']}"
    confounders: ClassVar[tuple[str, ...]] = CONFOUNDERS

    def data(self) -> tuple[pd.DataFrame, Mapping[str, Floats]]:
        """The tutorial's confounders and outcome."""
        from carebench import CarebenchError
        from carebench_tasks.data import survset

        patients, table = cohorts.rhc(), survset.load("rhc")
        died = ((table.event == 1) & (table.time <= HORIZON)).astype(np.float64)
        if int(died.sum()) != DEATHS:
            raise CarebenchError(
                f"SurvSet's rhc: {DEATHS} deaths by day 30 were expected, {int(died.sum())} came"
            )
        treatment = patients.treatment.astype(np.float64)
        return patients.columns[list(self.confounders)], {"y": died, "treatment": treatment}


class RightHeartCatheterisationBySex(RightHeartCatheterisation):
    """With sex for the only confounder, as in the first boxes of the tutorial; in all else as follows."""

    name = "causal-average/rhc-death-30d.sex"
    title = "RHC: 30-day mortality, real outcomes, sex alone"
    demographics = ("sex",)
    confounders = ("sex",)


class SmokingCessation(RealTask):
    """By how much does giving up smoking change weight, among smokers weighed again in 1982?

    Input: the design of the book: sex, race, age, education, cigarettes a day, years of smoking, exercise, activity and
    weight in 1971, with the squares of the four numbers; and `treatment`, having stopped (403).

    Answer: the average effect on weight gain from 1971 to 1982 in kg, with its interval.

    Cohort: the 1,566 of 1,629 smokers who were weighed in 1982, all trained on.

    Left out: everything else, as in the book.

    Source: NHEFS, through causaldata.

    Access: open; comes with causaldata.

    Licence: US public-use data; the package causaldata is MIT.

    Citation: Hernan MA, Robins JM. Causal Inference: What If. Chapman & Hall/CRC 2020.
    """

    name = "causal-average/nhefs-weight"
    title = "NHEFS: weight gain, real outcomes"
    cohort = "nhefs"
    demographics = ("age", "sex")
    libraries = ("causaldata",)
    source = "NHEFS, US National Center for Health Statistics, as packaged by causaldata (MIT)"
    citation = CITATIONS["nhefs"]

    def data(self) -> tuple[pd.DataFrame, Mapping[str, Floats]]:
        """The book's design, of those weighed."""
        from carebench_tasks.data.nhefs import load

        smokers = load()
        kept = ~np.isnan(smokers.gain)
        columns = book_design(smokers.columns)[kept].reset_index(drop=True)
        return columns, {"y": smokers.gain[kept], "treatment": smokers.quit[kept].astype(np.float64)}


class SmokingCessationAll(SmokingCessation):
    """All 1,629 smokers, 428 of whom stopped; `observed` is 0 for the 63 not weighed in 1982; in all else as follows."""

    name = "causal-average/nhefs-weight.all"
    title = "NHEFS: weight gain, real outcomes, 63 of them lost"

    def data(self) -> tuple[pd.DataFrame, Mapping[str, Floats]]:
        """The book's design, of everybody; lost outcomes are 0 and marked."""
        from carebench_tasks.data.nhefs import load

        smokers = load()
        seen = ~np.isnan(smokers.gain)
        reveals = {
            "y": np.where(seen, smokers.gain, 0.0),
            "treatment": smokers.quit.astype(np.float64),
            "observed": seen.astype(np.float64),
        }
        return book_design(smokers.columns), reveals


class SmokingCessationPrice(SmokingCessation):
    """The 1,476 whose tobacco price is known, with `instrument` 1 where a packet cost over $1.50 in 1982; else as follows."""

    name = "causal-average/nhefs-weight.price"
    title = "NHEFS: weight gain, real outcomes, price as instrument"

    def data(self) -> tuple[pd.DataFrame, Mapping[str, Floats]]:
        """The book's design, of those weighed whose price is known."""
        from carebench_tasks.data.nhefs import load

        smokers = load()
        kept = ~np.isnan(smokers.gain) & ~np.isnan(smokers.price)
        reveals = {
            "y": smokers.gain[kept],
            "treatment": smokers.quit[kept].astype(np.float64),
            "instrument": (smokers.price[kept] > HIGH_PRICE).astype(np.float64),
        }
        return book_design(smokers.columns)[kept].reset_index(drop=True), reveals


def book_design(columns: pd.DataFrame) -> pd.DataFrame:
    """The covariates of What If, chapters 12 to 15: five factors, four numbers and their squares."""
    factors = columns[["sex", "race", "education", "exercise", "active"]]
    numbers = columns[["age", "smokeintensity", "smokeyrs", "wt71"]]
    return factors.join(numbers).join((numbers**2).add_suffix(" squared"))


TASKS = (
    RightHeartCatheterisation(),
    RightHeartCatheterisationBySex(),
    SmokingCessation(),
    SmokingCessationAll(),
    SmokingCessationPrice(),
)
