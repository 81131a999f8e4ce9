"""Deferral tasks on SUPPORT2 with simulated readers: five kinds of clinician for one question, death by day 180."""

from __future__ import annotations

from typing import ClassVar

from carebench_tasks.cards import SharedCardEnd
from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.defer_task import DEFER_MODULES, DeferTask
from carebench_tasks.experts.readers import Biased, Rule, Specialist, Steady
from carebench_tasks.horizon import Horizon
from carebench_tasks.mortality.support2 import CARD_END, CITATION, RACE, SHARES_PATIENTS, SOURCE, UNITS

MODULES = (
    *DEFER_MODULES,
    "carebench_tasks.cohorts.support2",
    "carebench_tasks.defer.support2",
    "carebench_tasks.mortality.support2",
)
SIMULATED = "the clinician is simulated: patients and outcomes are real, decisions are not"


class _Death180Days(SharedCardEnd, DeferTask):
    """What the five tasks share; no task itself."""

    card_end = f"Readers: {SIMULATED}.\n\n{CARD_END}"
    cohort = SUPPORT2.name
    demographics = SUPPORT2.demographics
    modules = MODULES
    flags: ClassVar[tuple[str, ...]] = (SIMULATED, SHARES_PATIENTS, UNITS, RACE)
    source = SOURCE
    citation = CITATION
    population = SUPPORT2
    horizon = Horizon(at=180, events=4265, censored=0)


class SpecialistReader(_Death180Days):
    """Death within 180 days, read by a specialist of cancer and coma, who is poor elsewhere.

    Input: the 27 columns of `mortality/support2-180d`, known on study day 3. Expert: right in 90 % of patients with lung
    or colon cancer, malignancy with organ failure, or coma (2,728 of 9,105), and in 65 % of all others, whatever the
    outcome. Each hand-over costs .02 errors.

    Answer: whether the patient dies by day 180, and whom to hand over.

    Cohort: 9,105 adults with one of nine serious illnesses in five US teaching hospitals, 1989 to 1994; 4,265 dead by day
    180, none lost before. Its patients include those of RHC: one cohort, `support`.
    """

    name = "defer/support2-180d.specialist"
    title = "SUPPORT2, death within 180 days: a specialist of cancer and coma"
    readers = (
        Specialist(
            column="dzgroup",
            levels=("Lung Cancer", "Colon Cancer", "MOSF w/Malig", "Coma"),
            home=0.90,
            away=0.65,
        ),
    )
    cost = (0.02,)


class SpecialistFewDecisions(SpecialistReader):
    """The same specialist, of whose past decisions only one in twenty was kept.

    Input: the 27 columns of `mortality/support2-180d`. Expert: as in `defer/support2-180d.specialist`, but a random 5 % of
    the training decisions are known (about 360); the others are -1.

    Answer: whether the patient dies by day 180, and whom to hand over.

    Cohort: 9,105 adults, 4,265 dead by day 180; same folds, readings and test decisions as `defer/support2-180d.specialist`.
    """

    name = "defer/support2-180d.specialist-few"
    title = "SUPPORT2, death within 180 days: the specialist, 5 % of his decisions known"
    known = (0.05,)


class BiasedReader(_Death180Days):
    """Death within 180 days, read by a clinician who misses the deaths of women.

    Input: the 27 columns of `mortality/support2-180d`, known on study day 3. Expert: foresees 80 % of men's deaths and 45 % of
    women's, and is right of 85 % of all survivors.

    Answer: whether the patient dies by day 180, and whom to hand over.

    Cohort: 9,105 adults with one of nine serious illnesses in five US teaching hospitals, 1989 to 1994, 3,980 of them women;
    4,265 dead by day 180, none lost before. Its patients include those of RHC: one cohort, `support`.
    """

    name = "defer/support2-180d.biased"
    title = "SUPPORT2, death within 180 days: a reader who misses the deaths of women"
    readers = (
        Biased(column="sex", level="female", sensitivity_there=0.45, sensitivity=0.80, specificity=0.85),
    )


class ScoreReader(_Death180Days):
    """Death within 180 days, read by somebody who follows the SUPPORT score and nothing else.

    Input: the 27 columns of `mortality/support2-180d`, known on study day 3, without the score. Expert: says death where the
    published SUPPORT model gives less than one half for surviving 180 days, and survival otherwise (also for the one
    patient without the estimate). Each hand-over costs .01 errors.

    Answer: whether the patient dies by day 180, and whom to hand over.

    Cohort: 9,105 adults with one of nine serious illnesses in five US teaching hospitals, 1989 to 1994; 4,265 dead by day
    180, none lost before. Its patients include those of RHC: one cohort, `support`. The score was developed on some of them.
    """

    name = "defer/support2-180d.score"
    title = "SUPPORT2, death within 180 days: a reader who follows the SUPPORT score"
    readers = (Rule(column="surv6m", below=0.5),)
    cost = (0.01,)


class Panel(_Death180Days):
    """Death within 180 days, read by two specialists with little time and a generalist with more.

    Input: the 27 columns of `mortality/support2-180d`, known on study day 3. Expert 0: an oncologist, right in 92 % of patients
    with cancer (lung, colon, or malignancy with organ failure) and 60 % of others. Expert 1: an intensivist, right in 85 % of
    patients with sepsis or coma and 60 % of others. Expert 2: a generalist, right in 72 % of all. Of every expert 80 % of
    the training decisions are known. A hand-over costs .04, .04 and .01 errors; they take at most 15, 15 and 40 % of patients.

    Answer: whether the patient dies by day 180, whom to hand over, and to whom.

    Cohort: 9,105 adults with one of nine serious illnesses in five US teaching hospitals, 1989 to 1994; 4,265 dead by day
    180, none lost before. Its patients include those of RHC: one cohort, `support`.
    """

    name = "defer/support2-180d.panel"
    title = "SUPPORT2, death within 180 days: three readers with costs and capacities"
    readers = (
        Specialist(
            column="dzgroup", levels=("Lung Cancer", "Colon Cancer", "MOSF w/Malig"), home=0.92, away=0.60
        ),
        Specialist(column="dzgroup", levels=("ARF/MOSF w/Sepsis", "Coma"), home=0.85, away=0.60),
        Steady(sensitivity=0.72, specificity=0.72),
    )
    known = (0.8, 0.8, 0.8)
    cost = (0.04, 0.04, 0.01)
    capacity = (0.15, 0.15, 0.40)
