"""Deferral to real physicians: the estimates that those in charge of SUPPORT2's patients gave.

Separate from the simulated readers because these people exist, and their estimates come from a file that a user brings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.defer_task import DEFER_MODULES, DeferTask
from carebench_tasks.estimated_task import ESTIMATED_MODULES, EstimatedTask
from carebench_tasks.experts.readers import Rule
from carebench_tasks.horizon import Horizon

if TYPE_CHECKING:
    import pandas as pd

    from carebench_tasks.cohorts.declaration import Patients

TIE = "an estimate of exactly one half, which 14 to 15 % are, counts as a prediction of survival"


class _Physician(EstimatedTask, DeferTask):
    """What the three tasks share; no task itself."""

    family = "defer"
    modules = (*ESTIMATED_MODULES, *DEFER_MODULES, "carebench_tasks.defer.physicians")
    flags = (TIE, *EstimatedTask.flags)
    shown: ClassVar[tuple[str, ...]] = ()

    def _inputs(self, patients: Patients) -> pd.DataFrame:
        hidden = set(self.population.comparators) - set(self.shown)
        return patients.columns.drop(columns=[self.estimate, *sorted(hidden)])


class Physician2Months(_Physician):
    """Death within 60 days, read by the physicians who were in charge of the patients.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3. Expert: the patient's own physician, interviewed
    about then: gave an estimate of surviving two months (prg2m), which counts as a prediction of death below one half. Exactly
    one half, 14 % of estimates, counts as survival.

    Answer: whether the patient dies by day 60, and whom to hand over.

    Cohort: the 7,456 of 9,105 patients with an estimate; none lost before day 60. Its patients include those of RHC: one
    cohort, `support`.

    Left out: surv2m, surv6m and sps, outputs of a published model; prg6m, the same physician's other estimate; dnr, sfdm2,
    adlp, adls and fac_num_co for the reasons given with `mortality/support2-60d`.
    """

    name = "defer/support2-physician-2m"
    title = "SUPPORT2, death within 60 days: the patients' own physicians"
    horizon = Horizon(at=60, events=3159, censored=0)
    estimate = "prg2m"
    readers = (Rule(column="prg2m", below=0.5, profile="physician"),)


class Physician6Months(_Physician):
    """Death within 180 days, read by the physicians who were in charge of the patients.

    Input: the 27 columns of `mortality/support2-180d`, known on study day 3. Expert: the patient's own physician, interviewed
    about then: gave an estimate of surviving six months (prg6m), which counts as a prediction of death below one half. Exactly
    one half, 15 % of estimates, counts as survival.

    Answer: whether the patient dies by day 180, and whom to hand over.

    Cohort: the 7,472 of 9,105 patients with an estimate; none lost before day 180. Its patients include those of RHC: one
    cohort, `support`.

    Left out: surv2m, surv6m and sps, outputs of a published model; prg2m, the same physician's other estimate; dnr, sfdm2,
    adlp, adls and fac_num_co for the reasons given with `mortality/support2-60d`.
    """

    name = "defer/support2-physician-6m"
    title = "SUPPORT2, death within 180 days: the patients' own physicians"
    horizon = Horizon(at=180, events=4265, censored=0)
    estimate = "prg6m"
    readers = (Rule(column="prg6m", below=0.5, profile="physician"),)


class Physician6MonthsWithScore(Physician6Months):
    """The same with the published SUPPORT model's outputs among the inputs: a check of reference figures, unranked.

    Input: the 27 columns of `mortality/support2-180d` and surv2m, surv6m and sps, which the published model gave: comparators
    elsewhere, inputs here. Expert: as in `defer/support2-physician-6m`.

    Answer: whether the patient dies by day 180, and whom to hand over.

    Cohort: the 7,472 of 9,105 patients with an estimate, in the folds of `defer/support2-physician-6m`.

    Left out: prg2m, and the columns left out of `mortality/support2-180d` but for the three.
    """

    name = "defer/support2-physician-6m.with-score"
    title = "SUPPORT2, death within 180 days: physicians beside a model that sees the SUPPORT score"
    ranked = False
    shown = SUPPORT2.comparators
