"""Mortality tasks on SUPPORT2: death by day 60 and 180, and the published check of the SUPPORT model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask

if TYPE_CHECKING:
    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome
    from carebench_tasks.horizon_task import Rows

SOURCE = (
    "SUPPORT2, Vanderbilt University Department of Biostatistics (https://hbiostat.org/data), as packaged by SurvSet; "
    "UCI repository 880 under CC BY 4.0; SurvSet is GPL-3"
)
CITATION = (
    "Knaus WA, Harrell FE, Lynn J, et al. The SUPPORT prognostic model. Ann Intern Med 1995;122:191-203. "
    "Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
)
#: How the card of a task with all these patients ends.
CARD_END = """Left out: surv2m, surv6m and sps, outputs of a published model; dnr, sfdm2, adlp, adls and fac_num_co for the
reasons given with `mortality/support2-60d`.

Source: SUPPORT phases I and II, through SurvSet (data set `support2`).

Access: open; comes with SurvSet.

Licence: CC BY 4.0 in the UCI edition; the package SurvSet is GPL-3.

Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Drysdale 2022, arXiv:2203.03094."""
MODULES = (*SHARED_MODULES, "carebench_tasks.cohorts.support2")
NO_LOSS = "nobody is lost before the horizon: all weights are 1"
RACE = "race group 'asian' (79 patients) is suppressed: too few events for a figure"
SHARES_PATIENTS = "holds the patients of RHC: never train on one and test on the other"
UNITS = "patients equal in age (3 decimals) and sex count as one unit: 8,089 units among 9,105 patients"


class Death60Days(HorizonTask):
    """Death within 60 days of study entry among seriously ill hospitalised adults.

    Input: what was known on study day 3, the landmark: age, sex, race, education, income, diagnosis
    group and class, comorbidities, cancer, diabetes, dementia, coma score, days in hospital before entry,
    and physiology of day 3 (blood pressure, heart and respiratory rate, temperature, white cells,
    PaO2/FiO2, albumin, bilirubin, creatinine, sodium, pH, glucose, urea nitrogen, urine). 27 columns, much missing.

    Answer: probability of death by day 60.

    Cohort: 9,105 adults with one of nine serious illnesses in five US teaching hospitals, 1989 to 1994;
    3,159 dead by day 60, none lost before. Its patients include those of RHC: one cohort, `support`.
    Comparator: 1 - surv2m, the SUPPORT model's estimate, missing for one patient.

    Left out: surv6m and sps, outputs of the same published model; dnr, decided during the stay; sfdm2, one of
    whose levels means early death; adlp, whose missingness tells the outcome (46 % dead by day 60 without it, 16 %
    with it), and with it adls, the surrogate's version; a second coding of the number of comorbidities.

    Source: SUPPORT phases I and II, through SurvSet (data set `support2`).

    Access: open; comes with SurvSet.

    Licence: CC BY 4.0 in the UCI edition; the package SurvSet is GPL-3.

    Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/support2-60d"
    title = "SUPPORT2: death within 60 days"
    cohort = SUPPORT2.name
    comparators = ("surv2m",)
    demographics = SUPPORT2.demographics
    modules = (*MODULES, "carebench_tasks.mortality.support2")
    flags = (NO_LOSS, SHARES_PATIENTS, UNITS, RACE)
    source = SOURCE
    citation = CITATION
    population = SUPPORT2
    horizon = Horizon(at=60, events=3159, censored=0)


class Death180Days(HorizonTask):
    """Death within 180 days of study entry among seriously ill hospitalised adults.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3.

    Answer: probability of death by day 180.

    Cohort: 9,105 adults with one of nine serious illnesses in five US teaching hospitals, 1989 to 1994;
    4,265 dead by day 180, none lost before. Its patients include those of RHC: one cohort, `support`.
    Comparator: 1 - surv6m, the SUPPORT model's estimate, missing for one patient.

    Left out: surv2m and sps, outputs of the same published model; dnr, sfdm2, adlp, adls and fac_num_co for the
    reasons given with `mortality/support2-60d`.

    Source: SUPPORT phases I and II, through SurvSet (data set `support2`).

    Access: open; comes with SurvSet.

    Licence: CC BY 4.0 in the UCI edition; the package SurvSet is GPL-3.

    Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/support2-180d"
    title = "SUPPORT2: death within 180 days"
    cohort = SUPPORT2.name
    comparators = ("surv6m",)
    demographics = SUPPORT2.demographics
    modules = (*MODULES, "carebench_tasks.mortality.support2")
    flags = (NO_LOSS, SHARES_PATIENTS, UNITS, RACE)
    source = SOURCE
    citation = CITATION
    population = SUPPORT2
    horizon = Horizon(at=180, events=4265, censored=0)


class Death180DaysAllRows(Death180Days):
    """Death within 180 days, all patients tested and none trained on: the published check.

    The SUPPORT model's own estimate should reach an AUROC of 0.789 here; Knaus et al. report 0.79 in phase I and
    0.78 in phase II. Only what needs no training can answer.

    Input: the columns of `mortality/support2-180d`; no training rows.

    Answer: probability of death by day 180.

    Cohort: the 9,104 of 9,105 patients with a SUPPORT estimate; 4,264 dead by day 180, none lost before.

    Left out: one patient without the estimate (dead by day 180, most physiology missing), and the columns left
    out of `mortality/support2-180d`.

    Source: SUPPORT phases I and II, through SurvSet (data set `support2`).

    Access: open; comes with SurvSet.

    Licence: CC BY 4.0 in the UCI edition; the package SurvSet is GPL-3.

    Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/support2-180d.all-rows"
    title = "SUPPORT2: death within 180 days, all patients, nothing trained"
    design = "all-rows"
    flags = (NO_LOSS, UNITS, RACE, "nothing is trained: a check of the published model, not a comparison")

    def _cut(self, seed: int, patients: Patients, outcome: Outcome) -> tuple[Rows, Rows]:
        """No row to train on; all with the published estimate to test on, in one order for every seed."""
        import numpy as np

        from carebench_tasks.folds import shuffled

        del seed, outcome
        test = np.flatnonzero(patients.columns[list(self.comparators)].notna().all(axis=1))
        return np.empty(0, dtype=np.int64), shuffled(test, "test order", self.name, self.version)
