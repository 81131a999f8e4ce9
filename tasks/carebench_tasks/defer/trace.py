"""Deferral tasks on TRACE: a steady reader, and one who tires over a shift."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carebench import derive_seed
from carebench_tasks.cohorts.trace import TRACE
from carebench_tasks.defer_task import DEFER_MODULES, DeferTask
from carebench_tasks.experts.readers import Steady, Tired
from carebench_tasks.horizon import Horizon
from carebench_tasks.mortality.trace import Death1Year

if TYPE_CHECKING:
    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome

HOUR, SHIFT = "hour_of_shift", 12.0
MODULES = (
    *DEFER_MODULES,
    "carebench_tasks.cohorts.trace",
    "carebench_tasks.defer.trace",
    "carebench_tasks.mortality.trace",
)
SIMULATED = "the clinician is simulated: patients and outcomes are real, decisions are not"


class _Death1Year(DeferTask):
    """What the two tasks share; no task itself."""

    cohort = TRACE.name
    demographics = TRACE.demographics
    modules = MODULES
    flags = (SIMULATED, *Death1Year.flags)
    source = Death1Year.source
    citation = Death1Year.citation
    population = TRACE
    horizon = Horizon(at=1, events=384, censored=9)


class SteadyReader(_Death1Year):
    """Death from infarction within a year, read by a clinician whose accuracy depends on the outcome alone.

    Input: the 5 columns of `mortality/trace-1y`: wall motion index, age, sex, heart failure, diabetes. Expert: foresees 70 % of
    deaths and is right of 93 % of survivors. Each hand-over costs .02 errors.

    Answer: whether the patient dies from infarction by one year, and whom to hand over.

    Cohort: 1,878 Danish patients; 384 deaths by one year, nine lost before: unlabelled in training, weighted for in scoring.

    Left out: vf, ventricular fibrillation at any time in hospital, after the moment of prediction.

    Source: the TRACE study group, from the R package timereg, through SurvSet (data set `TRACE`); the reader is simulated here.

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

    Citation: Jensen et al. 1997, European Heart Journal 18:919-924; Drysdale 2022, arXiv:2203.03094.
    """

    name = "defer/trace-1y.steady"
    title = "TRACE, death within one year: a reader who is steady"
    readers = (Steady(sensitivity=0.70, specificity=0.93),)
    cost = (0.02,)


class TiredReader(_Death1Year):
    """Death from infarction within a year, read by a clinician who grows worse over a shift of twelve hours.

    Input: the 5 columns of `mortality/trace-1y`, and `hour_of_shift`, when in the reader's shift the patient comes, uniform from 0
    to 12 and drawn by patient. Expert: right in 95 % at hour 0, whatever the outcome; each hour takes .2 from the log-odds, so
    that 63 % are left at hour 12.

    Answer: whether the patient dies from infarction by one year, and whom to hand over.

    Cohort: 1,878 Danish patients; 384 deaths by one year, nine lost before: unlabelled in training, weighted for in scoring.

    Left out: vf, ventricular fibrillation at any time in hospital, after the moment of prediction.

    Source: the TRACE study group, from the R package timereg, through SurvSet (data set `TRACE`); hour and reader are simulated here.

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

    Citation: Jensen et al. 1997, European Heart Journal 18:919-924; Drysdale 2022, arXiv:2203.03094.
    """

    name = "defer/trace-1y.tired"
    title = "TRACE, death within one year: a reader who tires over the shift"
    readers = (Tired(column=HOUR, fresh=0.95, hourly=0.2),)

    def _patients(self) -> tuple[Patients, Outcome]:
        """The cohort with the hour at which each patient comes."""
        patients, outcome = super()._patients()
        draw = np.random.default_rng(derive_seed("hour of shift", self.name, self.version))
        hours = draw.uniform(0.0, SHIFT, len(patients.time))
        return replace(patients, columns=patients.columns.assign(**{HOUR: hours})), outcome
