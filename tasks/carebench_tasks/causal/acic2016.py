"""The causal inference challenge of 2016, ten instances, read from a user's files."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from carebench import CarebenchError
from carebench_tasks.causal.table import MODULES as TABLE
from carebench_tasks.causal.table import Study, StudyAverage, StudyEffects, StudyTask, with_levels
from carebench_tasks.data import files

if TYPE_CHECKING:
    from numpy.typing import NDArray

INSTANCES, ROWS, COVARIATES = 10, 4802, 58
INPUTS = "acic2016/x.csv.gz"
OUTCOMES = "acic2016/zymu_{number}.csv.gz"
REMEDY = "x.csv and zymu_1.csv to zymu_10.csv as causallib packages them (https://github.com/BiomedSciAI/causallib)"


class Acic2016(StudyTask):
    """Ten instances of the 2016 data challenge: simulated treatments and outcomes over real pregnancies.

    Input: 58 covariates of the Collaborative Perinatal Project, three of them factors.

    Answer: mu1 - mu0 of each test row, or its average over all rows. Seed s is instance s + 1, of ten.

    Cohort: 4,802 pregnancies; a fifth is tested by hashing, the others are trained on.

    Left out: nothing. In instances 2 and 3 the effect is the same for everybody, so that its skill is undefined there.

    Source: Dorie, Hill, Shalit, Scott and Cervone 2019, read from acic2016/ in the folder that CAREBENCH_DATA names.

    Access: the files are the user's own; they are not part of carebench.

    Licence: Apache-2.0, as part of causallib.

    Citation: Dorie V, Hill J, Shalit U, Scott M, Cervone D. Stat Sci 2019;34:43-68.
    """

    title = "ACIC 2016: ten instances"
    cohort = "acic2016"
    modules = (*TABLE, "carebench_tasks.causal.acic2016", "carebench_tasks.data.files")
    flags: ClassVar[tuple[str, ...]] = ("needs files of the user's",)
    source = "Dorie et al. 2019; files as causallib packages them, brought by the user"
    citation = "Dorie V, Hill J, Shalit U, Scott M, Cervone D. Stat Sci 2019;34:43-68."

    def fingerprint(self) -> str:
        """SHA-256 of the eleven files."""
        return files.fingerprint(
            [INPUTS, *(OUTCOMES.format(number=number + 1) for number in range(INSTANCES))]
        )

    def study(self, seed: int) -> Study:
        """Instance seed + 1.

        Raises:
            DataAbsent: when a file is not there.
            CarebenchError: when a file is of another size, or there is no such instance.
        """
        import pandas as pd

        if seed >= INSTANCES:
            raise CarebenchError(f"there are {INSTANCES} instances; seed {seed} asks for number {seed + 1}")
        columns = with_levels(pd.read_csv(files.path(INPUTS, REMEDY)))
        drawn = pd.read_csv(files.path(OUTCOMES.format(number=seed + 1), REMEDY))
        if columns.shape != (ROWS, COVARIATES) or len(drawn) != ROWS:
            raise CarebenchError(
                f"acic2016: {ROWS} rows were expected; {columns.shape} and {len(drawn)} came"
            )
        treatment = drawn["z"].to_numpy("float64")
        return Study(
            columns=columns,
            treatment=treatment,
            outcome=np.where(treatment == 1, drawn["y1"], drawn["y0"]),
            untreated=drawn["mu0"].to_numpy("float64"),
            treated=drawn["mu1"].to_numpy("float64"),
        )


class AllRows(Acic2016):
    """Trained on all rows and judged on the same, as the challenge was; shown outside the headline."""

    ranked = False
    flags = ("needs files of the user's", "judged on the rows that were trained on, as the challenge was")

    def rows(self, study: Study, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Every row, twice."""
        rows = super().rows(study, seed)
        everybody = np.concatenate(rows)
        return everybody, everybody


class Acic2016Effects(Acic2016, StudyEffects):
    """The effects of patients."""

    __doc__ = Acic2016.__doc__
    name = "causal/acic2016"


class Acic2016Average(Acic2016, StudyAverage):
    """The average effect."""

    __doc__ = Acic2016.__doc__
    name = "causal-average/acic2016"


class AllRowsEffects(AllRows, StudyEffects):
    """The effects of the rows trained on."""

    __doc__ = Acic2016.__doc__
    name = "causal/acic2016.all-rows"


class AllRowsAverage(AllRows, StudyAverage):
    """The average effect of the rows trained on."""

    __doc__ = Acic2016.__doc__
    name = "causal-average/acic2016.all-rows"


TASKS = (Acic2016Effects(), Acic2016Average(), AllRowsEffects(), AllRowsAverage())
