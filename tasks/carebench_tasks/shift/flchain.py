"""Shift in time on FLCHAIN: trained on those enrolled up to 1998, tested on those of 1999 to 2001."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench_tasks.cards import SharedCardEnd
from carebench_tasks.cohorts.flchain import FLCHAIN
from carebench_tasks.horizon_task import SHARED_MODULES
from carebench_tasks.mortality.flchain import Death5Years as Mortality
from carebench_tasks.shift.adaptation import ADAPTATION_MODULES, AdaptationTask, SetAside
from carebench_tasks.shift.generalisation import GENERALISATION_MODULES, GeneralisationTask

if TYPE_CHECKING:
    from carebench_tasks.cohorts.declaration import Patients

MODULES = (
    *SHARED_MODULES,
    *GENERALISATION_MODULES,
    "carebench_tasks.cohorts.flchain",
    "carebench_tasks.shift.flchain",
)
LATE = "1999-2001"
LATE_YEARS = ("1999", "2000", "2001")
FLAGS = (
    "about 97 deaths in the years tested: fewer than 100 test events, low power",
    "195 patients (2.5 %) lost before five years: unlabelled in training, weighted for in scoring (IPCW)",
    "intervals from a patient bootstrap that estimates the weights anew",
)

#: The same where two fifths of the late years are set aside.
FEWER = (
    *FLAGS[1:],
    "about 58 deaths among the target rows tested: fewer than 100 test events, low power",
)


#: How the card of a task with all these patients ends.
CARD_END = """Left out: chapter, the cause of death; the year of the sample, twice; flc_grp, tenths of kappa plus lambda.

Source: the Mayo Clinic study of free light chains, from the R package survival, through SurvSet (`flchain`).

Access: open; comes with SurvSet.

Licence: none is stated for the data themselves; the package survival is LGPL, SurvSet GPL-3.

Citation: Dispenzieri et al. 2012, Mayo Clinic Proceedings 87:517-523; Drysdale 2022, arXiv:2203.03094."""


class _Flchain(SharedCardEnd):
    """What all tasks say of their data."""

    card_end = CARD_END
    cohort = FLCHAIN.name
    demographics = FLCHAIN.demographics
    flags: ClassVar[tuple[str, ...]] = FLAGS
    source = Mortality.source
    citation = Mortality.citation
    population = FLCHAIN
    horizon = Mortality.horizon

    def _levels(self, patients: Patients) -> list[str]:
        return years(patients)


class LateYears(_Flchain, GeneralisationTask):
    """Death within five years of a blood sample, in years of enrolment that nobody was trained on.

    Input: the 6 columns of `mortality/flchain-5y`. `domain` holds the year of enrolment of the training rows, which is no
    input.

    Answer: probability of death by day 1,826 (five years).

    Cohort: trained on 6,834 residents enrolled from 1995 to 1998 (827 dead by five years), a fifth of whom are kept for the
    in-domain figure; tested on 770 enrolled from 1999 to 2001 (97 dead). Those of 2002 and 2003 take no part: creatinine
    is missing for 92 % of them. Tuning leaves one training year out in turn.
    """

    name = "shift-generalisation/flchain-year"
    title = "FLCHAIN: death within five years, later years of enrolment"
    modules: ClassVar[tuple[str, ...]] = MODULES
    trained: ClassVar[dict[str, tuple[str, ...]]] = {
        "1995": ("1995",),
        "1996": ("1996",),
        "1997": ("1997",),
        "1998": ("1998",),
    }
    tested: ClassVar[dict[str, tuple[str, ...]]] = {LATE: LATE_YEARS}


class LateYearsFromTarget(SetAside, LateYears):
    """What could be known of later years of enrolment had somebody waited for their outcomes: trained there.

    Input: the 6 columns of `mortality/flchain-5y`.

    Answer: probability of death by day 1,826 (five years).

    Cohort: trained on two fifths of the 770 residents enrolled from 1999 to 2001 (307 with a known outcome), tested on the others
    (about 58 deaths). Unranked: compare a model's row with its row on `...source-same-n`, which trains on as many rows
    of 1995 to 1998 and tests the same patients.
    """

    name = "shift-generalisation/flchain-year.target"
    title = "FLCHAIN: death within five years, trained on later years"
    modules = (*MODULES, *ADAPTATION_MODULES)
    flags = FEWER
    ranked = False
    labelled = "target"


class LateYearsSourceSameN(SetAside, LateYears):
    """The task `shift-generalisation/flchain-year` with as few source rows as its sibling trained on the target has.

    Input: the 6 columns of `mortality/flchain-5y`. `domain` holds the year of enrolment of the training rows.

    Answer: probability of death by day 1,826 (five years).

    Cohort: a random part of those enrolled from 1995 to 1998, as many as the sibling trains on; tested on three fifths of the 770
    enrolled from 1999 to 2001 (about 58 deaths). Unranked.
    """

    name = "shift-generalisation/flchain-year.source-same-n"
    title = "FLCHAIN: death within five years, later years, fewer rows"
    modules = (*MODULES, *ADAPTATION_MODULES)
    flags = FEWER
    ranked = False
    oracle = "shift-generalisation/flchain-year.target"
    labelled = "source-same-n"


class LateYearsAdapted(_Flchain, AdaptationTask):
    """Death within five years of a blood sample in later years of enrolment, of which some inputs were seen.

    Input: the 6 columns of `mortality/flchain-5y`. `X_target` holds those of two fifths of the target.

    Answer: probability of death by day 1,826 (five years).

    Cohort: as `shift-generalisation/flchain-year`: trained on 1995 to 1998 as one source; of 770 residents enrolled from
    1999 to 2001 two fifths lend their inputs and the others (about 58 deaths) are tested.
    """

    name = "shift-adaptation/flchain-year"
    title = "FLCHAIN: death within five years, inputs of later years given"
    modules = (*MODULES, *ADAPTATION_MODULES)
    flags = FEWER
    trained: ClassVar[dict[str, tuple[str, ...]]] = {"source": ("1995", "1996", "1997", "1998")}
    tested: ClassVar[dict[str, tuple[str, ...]]] = {"target": LATE_YEARS}


class LateYearsTold(LateYearsAdapted):
    """The task `shift-adaptation/flchain-year` when the outcome of 100 residents of later years is known.

    Input: the 6 columns of `mortality/flchain-5y`. `y_target` holds death by day 1,826 for 100 residents of `X_target`, and -1 for
    the others.

    Answer: probability of death by day 1,826 (five years).

    Cohort: as there. Unranked: it is for methods that update a risk by few answers, beside those that use none.
    """

    name = "shift-adaptation/flchain-year.told-100"
    title = "FLCHAIN: death within five years, 100 answers of later years told"
    ranked = False
    told = 100


def years(patients: Patients) -> list[str]:
    """The year of enrolment, which the cohort leaves out of its inputs, in the order of the source's rows."""
    from carebench_tasks.data import survset

    years = survset.load(FLCHAIN.dataset).columns["num_sample_yr"]
    if len(years) != len(patients.columns):
        raise AssertionError("the cohort and its years of enrolment are of different length")
    return [str(int(year)) for year in years]
