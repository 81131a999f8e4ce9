"""The deferral task on the Rotterdam breast cancer cohort: a reader who weighs a prior against evidence of her own."""

from __future__ import annotations

from carebench_tasks.cohorts.rott2 import ROTT2
from carebench_tasks.defer_task import DEFER_MODULES, DeferTask
from carebench_tasks.experts.readers import Bayesian
from carebench_tasks.horizon import Horizon
from carebench_tasks.mortality.rott2 import Death5Years


class BayesianReader(DeferTask):
    """Death within five years of surgery for breast cancer, read by a clinician who reasons by Bayes' rule.

    Input: the 10 columns of `mortality/rott2-5y`. Expert: takes prior log-odds of -1.2 + .1 (nodes - 3) from the number of
    positive nodes, adds .3 by habit, and weighs them against evidence of her own, normal with mean 1.5 for those who die and 0
    for the others, variance 1, which no column holds. Each hand-over costs .01 errors.

    Answer: whether the patient dies by month 60, and whom to hand over.

    Cohort: 2,982 women operated on from 1978 to 1993; 753 dead by month 60 and 145 (4.9 %) lost before, unlabelled in training and
    weighted for in scoring.

    Left out: recent, the year of surgery cut in two.

    Source: the Rotterdam tumour bank, from the R package AF, through SurvSet (data set `rott2`); the reader is simulated here.

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

    Citation: Foekens et al. 2000, Cancer Research 60:636-643; Royston and Lambert 2011, Flexible Parametric Survival
    Analysis Using Stata; Drysdale 2022, arXiv:2203.03094.
    """

    name = "defer/rott2-5y.bayesian"
    title = "Rotterdam, death within five years: a reader who reasons by Bayes' rule"
    cohort = ROTT2.name
    demographics = ROTT2.demographics
    modules = (
        *DEFER_MODULES,
        "carebench_tasks.cohorts.rott2",
        "carebench_tasks.defer.rott2",
        "carebench_tasks.mortality.rott2",
    )
    flags = (
        "the clinician is simulated: patients and outcomes are real, decisions are not",
        *Death5Years.flags,
    )
    source = Death5Years.source
    citation = Death5Years.citation
    population = ROTT2
    horizon = Horizon(at=60, events=753, censored=145)
    readers = (Bayesian(column="nodes", intercept=-1.2, slope=0.1, centre=3.0, evidence=1.5, bias=0.3),)
    cost = (0.01,)
