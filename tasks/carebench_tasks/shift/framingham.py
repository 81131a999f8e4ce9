"""Subpopulation shift on FRAMINGHAM: coronary disease within ten years, by sex and age."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Subgroup
from carebench_tasks.cohorts.framingham import FRAMINGHAM
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES
from carebench_tasks.shift.subpopulation import SUBPOPULATION_MODULES, SubpopulationTask


class CoronaryDisease(SubpopulationTask):
    """Coronary heart disease within ten years, in the sex and age group for which a model is worst.

    Input: at the examination: age, sex (1 men, 2 women), systolic and diastolic pressure, serum cholesterol (missing for
    33), body-mass index (missing for 9). `domain` holds sex and age group, under 50 or not.

    Answer: probability of coronary heart disease by day 3,652 (ten years).

    Cohort: 4,699 residents of Framingham, Massachusetts, aged 30 to 68 and free of coronary disease; 397 with it by ten
    years, 361 (7.7 %) lost before: unlabelled in training, weighted for in scoring. Men under 50 1,339 (118 events), men of
    50 and over 710 (136), women of 50 and over 977 (109); women under 50 (1,673, 34 events) are no candidate for the worst.
    Two fifths are tested at a time, so that each group has 30 events.

    Left out: the month of the examination.

    Source: Framingham Heart Study, a teaching set of the longitudinal data, through SurvSet (data set `Framingham`).

    Access: open; comes with SurvSet.

    Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

    Citation: Dawber, Meadors and Moore 1951, American Journal of Public Health 41:279-286; Drysdale 2022, arXiv:2203.03094.
    """

    name = "shift/framingham-sex-age"
    title = "Framingham: coronary disease within ten years, worst sex and age group"
    cohort = FRAMINGHAM.name
    demographics = FRAMINGHAM.demographics
    modules = (
        *SHARED_MODULES,
        *SUBPOPULATION_MODULES,
        "carebench_tasks.cohorts.framingham",
        "carebench_tasks.shift.framingham",
    )
    flags = (
        "361 residents (7.7 %) lost before ten years: unlabelled in training, weighted for in scoring (IPCW)",
        "each resident is tested in two of five seeds",
    )
    source = "Framingham Heart Study, as packaged by SurvSet; SurvSet is GPL-3"
    citation = (
        "Dawber TR, Meadors GF, Moore FE. Epidemiological approaches to heart disease: the Framingham Study. Am J Public "
        "Health 1951;41:279-286. Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = FRAMINGHAM
    horizon = Horizon(at=3652, events=397, censored=361)
    grouping = (Subgroup(name="sex", column="sex"), Subgroup(name="age", column="age", cuts=(50,)))
    eligible = ("1, 50 and over", "1, under 50", "2, 50 and over")
    parts = 2
