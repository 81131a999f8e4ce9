"""The clean question asked of Framingham: coronary heart disease within ten years.

Separate from the mortality tasks because its event is a disease, not death: other families build on it.
"""

from __future__ import annotations

from carebench_tasks.cohorts.framingham import FRAMINGHAM
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class CoronaryDisease10Years(HorizonTask):
    """Coronary heart disease within ten years of an examination.

    Input: systolic and diastolic blood pressure, serum cholesterol, age, body mass index, sex. 6 columns.

    Answer: probability of coronary heart disease by ten years.

    Cohort: 4,699 adults of the Framingham Heart Study; 397 with the disease by ten years (3,652 days). 361 (7.7 %)
    were lost before: unlabelled in training, inverse-probability-of-censoring weighted in scoring.

    Left out: month, the calendar month of the examination.

    Source: Framingham Heart Study, teaching extract of Levy (1999), through SurvSet (data set `Framingham`).

    Access: open; comes with SurvSet.

    Licence: none is stated for the extract; the package SurvSet is GPL-3.

    Citation: Dawber, Meadors, Moore 1951, Am J Public Health 41:279-286; Drysdale 2022, arXiv:2203.03094.
    """

    name = "noisy-labels/framingham-chd-10y"
    family = "noisy-labels"
    title = "Framingham: coronary heart disease within ten years"
    cohort = FRAMINGHAM.name
    demographics = FRAMINGHAM.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.framingham", "carebench_tasks.noisy.framingham")
    flags = (
        "fewer than 100 test events: about 79 in each fold",
        "361 patients (7.7 %) lost before ten years: unlabelled in training, weighted for in scoring",
    )
    source = "Framingham Heart Study, as packaged by SurvSet; SurvSet is GPL-3"
    citation = (
        "Dawber TR, Meadors GF, Moore FE. Epidemiological approaches to heart disease: the Framingham Study. "
        "Am J Public Health 1951;41:279-286. Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = FRAMINGHAM
    horizon = Horizon(at=3652, events=397, censored=361)
