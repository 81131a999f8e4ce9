"""The mortality task on FLCHAIN: death within five years of a blood sample in a general population."""

from __future__ import annotations

from carebench_tasks.cohorts.flchain import FLCHAIN
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class Death5Years(HorizonTask):
    """Death from any cause within five years of a blood sample, in a general population aged 50 or more.

    Input: at the sample: age, sex, serum free light chains kappa and lambda, creatinine (missing for 1,350), and
    whether monoclonal gammopathy had been diagnosed. 6 columns.

    Answer: probability of death by day 1,826 (five years).

    Cohort: 7,874 residents of Olmsted County, Minnesota, sampled from 1995 to 2003, a random half of those in the
    study; 935 dead by five years, 195 (2.5 %) lost before. They are unlabelled in training and weighted for in
    scoring; the Kaplan-Meier risk stands beside. Three died on the day of the sample and count. Not at ten years:
    by then 13 % are lost, and of the late enrolled 41 to 98 %.

    Left out: chapter, the cause of death; the year of the sample, twice; flc_grp, tenths of kappa plus lambda.

    Source: the Mayo Clinic study of free light chains, from the R package survival, through SurvSet (`flchain`).

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package survival is LGPL, SurvSet GPL-3.

    Citation: Dispenzieri et al. 2012, Mayo Clinic Proceedings 87:517-523; Kyle et al. 2006, New England Journal of
    Medicine 354:1362-1369; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/flchain-5y"
    title = "FLCHAIN: death within five years in a general population"
    cohort = FLCHAIN.name
    demographics = FLCHAIN.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.flchain", "carebench_tasks.mortality.flchain")
    flags = (
        "195 patients (2.5 %) lost before five years: unlabelled in training, weighted for in scoring (IPCW)",
        "intervals from a patient bootstrap that estimates the weights anew",
    )
    source = "Mayo Clinic, R package survival, as packaged by SurvSet; SurvSet is GPL-3"
    citation = (
        "Dispenzieri A, Katzmann JA, Kyle RA, et al. Use of nonclonal serum immunoglobulin free light chains to predict "
        "overall survival in the general population. Mayo Clinic Proceedings 2012;87:517-523. "
        "Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = FLCHAIN
    horizon = Horizon(at=1826, events=935, censored=195)
