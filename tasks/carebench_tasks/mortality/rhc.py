"""The mortality task on RHC: death by day 30 of intensive care."""

from __future__ import annotations

from carebench_tasks.cohorts.rhc import RHC
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class Death30Days(HorizonTask):
    """Death within 30 days of admission among critically ill adults.

    Input: the first day in intensive care: age, sex, race, education, income, insurance, disease categories,
    admission diagnoses, twelve comorbidities, coma score, weight, and physiology. 48 columns. Weight 0 means not
    recorded (515 patients) and is missing here.

    Answer: probability of death by day 30.

    Cohort: 5,735 adults in intensive care in five US teaching hospitals, 1989 to 1994; 1,918 dead by day 30. Eight
    were lost before; the published outcome (dth30) counts them as alive, and so does this task. All are SUPPORT
    patients: one cohort, `support`. Comparator: 1 - surv2md1, the SUPPORT model's 2-month estimate of day 1.

    Left out: aps1, a published severity score; adld3p, the patient's own report on day 3, whose missingness tells
    the outcome (42 % dead without it, 8 % with it); dnr1, an order that anticipates death; swang1, the catheter,
    which is the treatment of causal questions.

    Source: the right heart catheterisation study within SUPPORT, through SurvSet (data set `rhc`).

    Access: open; comes with SurvSet.

    Licence: public use (Vanderbilt University Department of Biostatistics); the package SurvSet is GPL-3.

    Citation: Connors et al. 1996, JAMA 276:889-897; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/rhc-30d"
    title = "RHC: death within 30 days"
    cohort = RHC.name
    comparators = ("surv2md1",)
    demographics = RHC.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.rhc", "carebench_tasks.mortality.rhc")
    flags = (
        "8 patients lost before day 30 count as alive, the published convention",
        "its patients are SUPPORT2 patients: never train on one and test on the other",
        "patients equal in age (3 decimals) and sex count as one unit: 5,379 units among 5,735 patients",
    )
    source = (
        "RHC, Vanderbilt University Department of Biostatistics (https://hbiostat.org/data), as packaged by SurvSet; "
        "public use; SurvSet is GPL-3"
    )
    citation = (
        "Connors AF, Speroff T, Dawson NV, et al. The effectiveness of right heart catheterization in the initial care "
        "of critically ill patients. JAMA 1996;276:889-897. Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = RHC
    horizon = Horizon(at=30, events=1918, censored=8, censored_are="alive")
