"""The mortality task on TRACE: death from myocardial infarction within a year."""

from __future__ import annotations

from carebench_tasks.cohorts.trace import TRACE
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class Death1Year(HorizonTask):
    """Death from infarction (near all-cause) within one year of acute myocardial infarction.

    Input: wall motion index by ultrasound (2 normal, lower worse), age, sex, clinical heart failure, diabetes.
    5 columns. Sex is coded 0 and 1 as distributed: the source's documentation says 1 is female, but the 1,306
    coded 1 are younger (65 against 71 years) and more than twice as many, as men are in such cohorts.

    Answer: probability of death from infarction by one year.

    Cohort: 1,878 Danish patients; 384 deaths by one year. Nine were lost before, all within two weeks: the source
    marks death from other causes as not due to infarction, and SurvSet as follow-up ended. Scoring weights for them as
    for patients lost; they are too few (0.5 %) to matter.

    Left out: vf, ventricular fibrillation at any time in hospital, after the moment of prediction.

    Source: the TRACE study group, from the R package timereg, through SurvSet (data set `TRACE`).

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

    Citation: Jensen et al. 1997, European Heart Journal 18:919-924; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/trace-1y"
    title = "TRACE: death from infarction within one year"
    cohort = TRACE.name
    demographics = TRACE.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.trace", "carebench_tasks.mortality.trace")
    flags = (
        "fewer than 100 test events: about 77 in each fold",
        "9 patients lost before one year: unlabelled in training, inverse-probability-of-censoring weights in scoring",
        "death from infarction, near all-cause: deaths from other causes count as loss to follow-up",
    )
    source = "TRACE study group, R package timereg, as packaged by SurvSet; SurvSet is GPL-3"
    citation = (
        "Jensen GV, Torp-Pedersen C, Hildebrandt P, et al. Does in-hospital ventricular fibrillation affect prognosis "
        "after myocardial infarction? European Heart Journal 1997;18:919-924. "
        "Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = TRACE
    horizon = Horizon(at=1, events=384, censored=9)
