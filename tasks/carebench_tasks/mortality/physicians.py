"""The published comparison of physicians with the SUPPORT model, on patients for whom both gave an estimate."""

from __future__ import annotations

from carebench_tasks.estimated_task import ESTIMATED_MODULES, EstimatedTask
from carebench_tasks.horizon import Horizon


class PhysiciansAndModel(EstimatedTask):
    """Death within 180 days where physician and SUPPORT model both gave an estimate: a check, unranked.

    Input: the 27 columns of `mortality/support2-180d`. Comparators: surv6m, the SUPPORT model's estimate of surviving 180
    days, and prg6m, the physician's.

    Answer: probability of death by day 180.

    Cohort: the 7,472 of 9,105 patients with a physician's estimate; none lost before day 180. Its patients include those of
    RHC: one cohort, `support`.

    Left out: surv2m, sps and prg2m, further estimates of the same; the columns left out of `mortality/support2-180d`.
    """

    name = "mortality/support2-180d.physicians"
    title = "SUPPORT2: death within 180 days, patients with a physician's estimate"
    comparators = ("surv6m", "prg6m")
    modules = (*ESTIMATED_MODULES, "carebench_tasks.mortality.physicians")
    ranked = False
    horizon = Horizon(at=180, events=4265, censored=0)
    estimate = "prg6m"


class PhysiciansAndModel60Days(EstimatedTask):
    """Death within 60 days where physician and SUPPORT model both gave an estimate: a check, unranked.

    Input: the 27 columns of `mortality/support2-60d`. Comparators: surv2m, the SUPPORT model's estimate of surviving 60
    days, and prg2m, the physician's.

    Answer: probability of death by day 60.

    Cohort: the 7,456 of 9,105 patients with a physician's estimate; none lost before day 60. Its patients include those of
    RHC: one cohort, `support`.

    Left out: surv6m, sps and prg6m, further estimates of the same; the columns left out of `mortality/support2-60d`.
    """

    name = "mortality/support2-60d.physicians"
    title = "SUPPORT2: death within 60 days, patients with a physician's estimate"
    comparators = ("surv2m", "prg2m")
    modules = (*ESTIMATED_MODULES, "carebench_tasks.mortality.physicians")
    ranked = False
    horizon = Horizon(at=60, events=3159, censored=0)
    estimate = "prg2m"
