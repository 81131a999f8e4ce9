"""Subpopulation shift on SUPPORT2: groups of diagnosis, and of sex and age; and what all its shift tasks share."""

from __future__ import annotations

from typing import ClassVar

from carebench_tasks.cards import SharedCardEnd
from carebench_tasks.cohorts.declaration import Subgroup
from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES
from carebench_tasks.mortality.support2 import CARD_END, CITATION, NO_LOSS, SHARES_PATIENTS, SOURCE, UNITS
from carebench_tasks.shift.subpopulation import SUBPOPULATION_MODULES, SubpopulationTask

MODULES = (*SHARED_MODULES, "carebench_tasks.cohorts.support2", "carebench_tasks.shift.support2")
FLAGS = (NO_LOSS, SHARES_PATIENTS, UNITS)
BY_180_DAYS = Horizon(at=180, events=4265, censored=0)
DIAGNOSIS = Subgroup(name="diagnosis", column="dzgroup")
SEX = Subgroup(name="sex", column="sex")
AGE = Subgroup(name="age", column="age", cuts=(65,))


class Support2(SharedCardEnd):
    """What every task of this module says of its data."""

    card_end = CARD_END
    cohort = SUPPORT2.name
    demographics = SUPPORT2.demographics
    flags: ClassVar[tuple[str, ...]] = FLAGS
    source = SOURCE
    citation = CITATION
    population = SUPPORT2
    horizon = BY_180_DAYS


class Diagnosis(Support2, SubpopulationTask):
    """Death within 180 days in the diagnosis group for which a model is worst.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3; the diagnosis group is one of them, and `domain` holds
    it for the training rows.

    Answer: probability of death by day 180.

    Cohort: 9,105 seriously ill adults in eight diagnosis groups: ARF/MOSF w/Sepsis 3,515 (1,567 dead by day 180), CHF 1,387
    (374), COPD 967 (306), lung cancer 908 (574), MOSF w/Malig 712 (533), coma 596 (450), colon cancer 512 (223), cirrhosis
    508 (238). A fifth is tested at a time. Coma has 29 survivors in a fifth and is no candidate for the worst.
    """

    name = "shift/support2-diagnosis"
    title = "SUPPORT2: death within 180 days, worst diagnosis group"
    modules = (*MODULES, *SUBPOPULATION_MODULES)
    grouping = (DIAGNOSIS,)
    eligible = (
        "ARF/MOSF w/Sepsis",
        "CHF",
        "COPD",
        "Cirrhosis",
        "Colon Cancer",
        "Lung Cancer",
        "MOSF w/Malig",
    )


class SexAndAge(Support2, SubpopulationTask):
    """Death within 180 days in the sex and age group for which a model is worst.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3; `domain` holds sex and age group, under 65 or not.

    Answer: probability of death by day 180.

    Cohort: 9,105 seriously ill adults: women under 65 1,931 (830 dead by day 180) and over 2,049 (1,027), men under 65 2,661
    (1,114) and over 2,464 (1,294). A fifth is tested at a time.
    """

    name = "shift/support2-sex-age"
    title = "SUPPORT2: death within 180 days, worst sex and age group"
    modules = (*MODULES, *SUBPOPULATION_MODULES)
    grouping = (SEX, AGE)
    eligible = ("female, 65 and over", "female, under 65", "male, 65 and over", "male, under 65")
