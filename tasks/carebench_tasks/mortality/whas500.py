"""The mortality task on WHAS500: death within a year of leaving hospital after infarction."""

from __future__ import annotations

from carebench_tasks.cohorts.whas500 import WHAS500
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class Death1Year(HorizonTask):
    """Death from any cause within one year among patients discharged alive after myocardial infarction.

    Input: what is known at discharge, the moment of prediction: age, gender (0 male, 1 female), initial heart rate
    and blood pressure, body mass index, history of cardiovascular disease, atrial fibrillation, shock,
    heart failure, complete heart block, order and type of infarction, length of stay. 14 columns.

    Answer: probability of death by one year (365 days).

    Cohort: 461 of the 500 patients of WHAS500; SurvSet leaves out the 39 who died in hospital. 99 dead by one
    year, none lost before. Time is recorded from admission; counting it from discharge gives the same outcome for every
    patient (a test holds this).

    Left out: year, the study's calendar period, and week, the calendar week of admission.

    Source: the Worcester Heart Attack Study, from the R package smoothHR, through SurvSet (data set `whas500`).

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

    Citation: Hosmer, Lemeshow and May 2008, Applied Survival Analysis, second edition; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/whas500-1y"
    title = "WHAS500: death within one year of infarction, from discharge"
    cohort = WHAS500.name
    demographics = WHAS500.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.whas500", "carebench_tasks.mortality.whas500")
    flags = (
        "small: 461 patients",
        "fewer than 100 test events: about 20 in each fold",
        "only patients discharged alive; the moment of prediction is discharge",
        "nobody is lost before the horizon: all weights are 1",
    )
    source = "Worcester Heart Attack Study, R package smoothHR, as packaged by SurvSet; SurvSet is GPL-3"
    citation = (
        "Hosmer DW, Lemeshow S, May S. Applied Survival Analysis. Second edition. Wiley, 2008. "
        "Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = WHAS500
    horizon = Horizon(at=365, events=99, censored=0)
