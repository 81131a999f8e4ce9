"""The deferral task on FLCHAIN: a geriatrician, at home among the old."""

from __future__ import annotations

from carebench_tasks.cohorts.flchain import FLCHAIN
from carebench_tasks.defer_task import DEFER_MODULES, DeferTask
from carebench_tasks.experts.readers import Specialist
from carebench_tasks.horizon import Horizon
from carebench_tasks.mortality.flchain import Death5Years


class Geriatrician(DeferTask):
    """Death within five years of a blood sample in a general population, read by a specialist of the old.

    Input: the 6 columns of `mortality/flchain-5y`: age, sex, free light chains kappa and lambda, creatinine, gammopathy.
    Expert: right in 90 % of those aged 75 or more and in 80 % of the others, whatever the outcome: of the young she is worse
    than calling everybody a survivor. Each hand-over costs .005 errors.

    Answer: whether the person dies by day 1,826 (five years), and whom to hand over.

    Cohort: 7,874 residents of Olmsted County, Minnesota, sampled from 1995 to 2003; 935 dead by five years, 195 (2.5 %) lost
    before, unlabelled in training and weighted for in scoring.

    Left out: chapter, the cause of death; the year of the sample, twice; flc_grp, tenths of kappa plus lambda.

    Source: the Mayo Clinic study of free light chains, from the R package survival, through SurvSet (`flchain`); the reader
    is simulated here.

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package survival is LGPL, SurvSet GPL-3.

    Citation: Dispenzieri et al. 2012, Mayo Clinic Proceedings 87:517-523; Kyle et al. 2006, New England Journal of
    Medicine 354:1362-1369; Drysdale 2022, arXiv:2203.03094.
    """

    name = "defer/flchain-5y.geriatrician"
    title = "FLCHAIN, death within five years: a specialist of the old"
    cohort = FLCHAIN.name
    demographics = FLCHAIN.demographics
    modules = (
        *DEFER_MODULES,
        "carebench_tasks.cohorts.flchain",
        "carebench_tasks.defer.flchain",
        "carebench_tasks.mortality.flchain",
    )
    flags = (
        "the clinician is simulated: patients and outcomes are real, decisions are not",
        *Death5Years.flags,
    )
    source = Death5Years.source
    citation = Death5Years.citation
    population = FLCHAIN
    horizon = Horizon(at=1826, events=935, censored=195)
    readers = (Specialist(column="age", within=(75.0, 200.0), home=0.90, away=0.80),)
    cost = (0.005,)
