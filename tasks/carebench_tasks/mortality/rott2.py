"""The mortality task on the Rotterdam breast cancer cohort: death by month 60 after surgery."""

from __future__ import annotations

from carebench_tasks.cohorts.rott2 import ROTT2
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class Death5Years(HorizonTask):
    """Death from any cause within five years of surgery for primary breast cancer.

    Input: at and soon after surgery: year of surgery, age, menopausal status, size of the tumour, grade, positive
    lymph nodes, progesterone and oestrogen receptors (fmol/l), and two declared treatments, hormonal therapy
    (339 women) and chemotherapy (580). 10 columns, none missing.

    Answer: probability of death by month 60.

    Cohort: 2,982 women operated on from 1978 to 1993; 753 dead by month 60 and 145 (4.9 %) lost before, 137 of them
    operated on from 1990 on. They are unlabelled in training and weighted for in scoring; the weights take
    loss to be the same for all, so that deaths of the last years count a little too much. The Kaplan-Meier risk
    stands beside.

    Left out: recent, the year of surgery cut in two.

    Source: the Rotterdam tumour bank, from the R package AF, through SurvSet (data set `rott2`).

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

    Citation: Foekens et al. 2000, Cancer Research 60:636-643; Royston and Lambert 2011, Flexible Parametric Survival
    Analysis Using Stata; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/rott2-5y"
    title = "Rotterdam: death within five years of breast cancer surgery"
    cohort = ROTT2.name
    demographics = ROTT2.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.rott2", "carebench_tasks.mortality.rott2")
    flags = (
        "145 patients (4.9 %) lost before five years: unlabelled in training, weighted for in scoring (IPCW)",
        "intervals from a patient bootstrap that estimates the weights anew",
        "the treatments hormon and chemo are inputs; they were chosen by clinicians, not randomised",
    )
    source = "Rotterdam tumour bank, R package AF, as packaged by SurvSet; SurvSet is GPL-3"
    citation = (
        "Foekens JA, Peters HA, Look MP, et al. The urokinase system of plasminogen activation and prognosis in 2780 "
        "breast cancer patients. Cancer Research 2000;60:636-643. Royston P, Lambert PC. Flexible Parametric Survival "
        "Analysis Using Stata: Beyond the Cox Model. Stata Press, 2011. "
        "Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = ROTT2
    horizon = Horizon(at=60, events=753, censored=145)
