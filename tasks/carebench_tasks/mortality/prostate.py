"""The mortality task on the prostate cancer trial: death by month 36."""

from __future__ import annotations

from carebench_tasks.cohorts.prostate import PROSTATE
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class Death36Months(HorizonTask):
    """Death from any cause within 36 months of randomisation among men with prostate cancer.

    Input: at randomisation: stage, performance, history of cardiovascular disease, ECG, bone metastases, age,
    weight index, blood pressure, haemoglobin, tumour size, grade index, acid phosphatase, and the
    randomised treatment rx (placebo or 0.2, 1 or 5 mg oestrogen), a declared treatment. 14 columns.

    Answer: probability of death by month 36. Follow-up is in whole months.

    Cohort: 502 men with stage 3 or 4 cancer; 264 dead by month 36, none lost before.

    Left out: sdate, the calendar date of entry. A blank ECG (8 men) is missing.

    Source: the Veterans Administration trial of oestrogen, through SurvSet (data set `prostate`).

    Access: open; comes with SurvSet.

    Licence: public use (Vanderbilt University Department of Biostatistics); the package SurvSet is GPL-3.

    Citation: Byar and Green 1980, Bulletin du Cancer 67:477-490; Andrews and Herzberg 1985, Data, pp. 261-274;
    Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/prostate-36mo"
    title = "Prostate cancer trial: death within 36 months"
    cohort = PROSTATE.name
    demographics = PROSTATE.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.prostate", "carebench_tasks.mortality.prostate")
    flags = (
        "fewer than 100 test events: about 53 in each fold",
        "the randomised treatment rx is an input",
        "nobody is lost before the horizon: all weights are 1",
    )
    source = (
        "Prostate cancer data of Byar and Green, Vanderbilt University Department of Biostatistics "
        "(https://hbiostat.org/data), as packaged by SurvSet; public use; SurvSet is GPL-3"
    )
    citation = (
        "Byar DP, Green SB. The choice of treatment for cancer patients based on covariate information: application to "
        "prostate cancer. Bulletin du Cancer 1980;67:477-490; reproduced in Andrews DF, Herzberg AM. Data. Springer, 1985. "
        "Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = PROSTATE
    horizon = Horizon(at=36, events=264, censored=0)
