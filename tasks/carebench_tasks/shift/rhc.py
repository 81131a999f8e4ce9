"""Generalisation on RHC: to disease categories that nobody was trained on."""

from __future__ import annotations

from typing import ClassVar

from carebench_tasks.cards import SharedCardEnd
from carebench_tasks.cohorts.rhc import RHC
from carebench_tasks.horizon_task import SHARED_MODULES
from carebench_tasks.mortality.rhc import Death30Days as Mortality
from carebench_tasks.shift.adaptation import ADAPTATION_MODULES, SetAside
from carebench_tasks.shift.generalisation import GENERALISATION_MODULES, GeneralisationTask

#: How the card of a task with all these patients ends.
CARD_END = """Left out: what `mortality/rhc-30d` leaves out (aps1, adld3p, dnr1, swang1, surv2md1), cat1 and cat2.

Source: RHC study, through SurvSet (data set `rhc`).

Access: open; comes with SurvSet.

Licence: none is stated for the data themselves; the package SurvSet is GPL-3.

Citation: Connors et al. 1996, JAMA 276:889-897; Drysdale 2022, arXiv:2203.03094."""


class NewDiseases(SharedCardEnd, GeneralisationTask):
    """Death within 30 days of intensive care for a disease of which nobody was trained on.

    Input: 47 columns of the first day in intensive care, as for `mortality/rhc-30d`, without the primary and secondary
    disease category. `domain` holds the primary category of the training rows.

    Answer: probability of death by day 30.

    Cohort: trained on acute respiratory failure (2,490 patients, 746 dead), MOSF with sepsis (1,227, 422) and MOSF with
    malignancy (399, 216), a fifth of whom are kept for the in-domain figure; tested on all of CHF (456, 58), COPD (457, 80),
    cirrhosis (224, 94) and coma (436, 286). Colon (7) and lung cancer (39) take no part: too few. Tuning leaves one
    training category out in turn. Training rows that share age and sex with a tested one are left out.
    """

    card_end = CARD_END
    name = "shift-generalisation/rhc-disease"
    title = "RHC: death within 30 days, diseases that nobody was trained on"
    cohort = RHC.name
    demographics = RHC.demographics
    modules: ClassVar[tuple[str, ...]] = (
        *SHARED_MODULES,
        *GENERALISATION_MODULES,
        "carebench_tasks.cohorts.rhc",
        "carebench_tasks.shift.rhc",
    )
    flags = (
        "8 patients lost before day 30 count as alive, as published",
        "CHF and COPD have fewer than 100 events",
    )
    source = Mortality.source
    citation = Mortality.citation
    population = RHC
    horizon = Mortality.horizon
    domain = "cat1"
    trained: ClassVar[dict[str, tuple[str, ...]]] = {
        "ARF": ("ARF",),
        "MOSF w/Malignancy": ("MOSF w/Malignancy",),
        "MOSF w/Sepsis": ("MOSF w/Sepsis",),
    }
    tested: ClassVar[dict[str, tuple[str, ...]]] = {
        "CHF": ("CHF",),
        "COPD": ("COPD",),
        "Cirrhosis": ("Cirrhosis",),
        "Coma": ("Coma",),
    }
    dropped = ("cat1", "cat2")


class NewDiseasesFromTarget(SetAside, NewDiseases):
    """What could be known of the diseases of `shift-generalisation/rhc-disease` had somebody looked: trained on them.

    Input: the 47 columns of `shift-generalisation/rhc-disease`; `domain` holds the disease of the training rows.

    Answer: probability of death by day 30.

    Cohort: trained on two fifths of CHF, COPD, cirrhosis and coma together (665, 217 dead), tested on the others (CHF 272, COPD
    252, cirrhosis 131, coma 253). Unranked: compare a model's row with its row on `...source-same-n`, which trains on as many
    patients of the other diseases and tests the same patients.
    """

    name = "shift-generalisation/rhc-disease.target"
    title = "RHC: death within 30 days, trained on these diseases"
    modules = (*NewDiseases.modules, *ADAPTATION_MODULES)
    ranked = False
    labelled = "target"


class NewDiseasesSourceSameN(SetAside, NewDiseases):
    """The task `shift-generalisation/rhc-disease` with as few source rows as its sibling trained on the target has.

    Input: the 47 columns of `shift-generalisation/rhc-disease`; `domain` holds the disease of the training rows.

    Answer: probability of death by day 30.

    Cohort: a random part of the patients with respiratory failure or MOSF, as many as the sibling trains on; tested on three
    fifths of CHF, COPD, cirrhosis and coma. Unranked.
    """

    name = "shift-generalisation/rhc-disease.source-same-n"
    title = "RHC: death within 30 days, new diseases, fewer rows"
    modules = (*NewDiseases.modules, *ADAPTATION_MODULES)
    ranked = False
    oracle = "shift-generalisation/rhc-disease.target"
    labelled = "source-same-n"
