"""The mortality task on SUPPORT2's stay in hospital, whose outcome only the raw file holds."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.data import support2_raw
from carebench_tasks.horizon import Horizon, outcome
from carebench_tasks.horizon_task import HorizonTask
from carebench_tasks.mortality.support2 import CITATION, MODULES, RACE, SHARES_PATIENTS, UNITS

if TYPE_CHECKING:
    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome


class DeathInHospital(HorizonTask):
    """Death in hospital among seriously ill adults, from what was known on study day 3.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3, the landmark.

    Answer: probability of death before discharge.

    Cohort: 9,105 adults with one of nine serious illnesses in five US teaching hospitals, 1989 to 1994; 2,360 died in
    hospital (hospdead). Discharge alive is an outcome, no loss. Its patients include those of RHC: one cohort, `support`.
    Comparator: 1 - surv2m, the SUPPORT model's estimate for two months, which ranks and is no risk of this outcome.

    Left out: length of stay, charges, costs and dates, which follow from the outcome; surv6m, sps, prg2m and prg6m; dnr,
    sfdm2, adlp, adls and fac_num_co for the reasons given with `mortality/support2-60d`.

    Source: SUPPORT phases I and II: inputs through SurvSet, hospdead from the raw file, row by row the same patients.

    Access: open; `carebench data fetch support2` brings the raw file.

    Licence: CC BY 4.0 in the UCI edition (data set 880); the package SurvSet is GPL-3.

    Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Drysdale 2022, arXiv:2203.03094.
    """

    name = "mortality/support2-in-hospital"
    title = "SUPPORT2: death in hospital"
    cohort = SUPPORT2.name
    comparators = ("surv2m",)
    demographics = SUPPORT2.demographics
    modules = (
        *MODULES,
        "carebench_tasks.data.files",
        "carebench_tasks.data.support2_raw",
        "carebench_tasks.mortality.support2_hospital",
    )
    flags = ("needs a data set that is fetched or brought", SHARES_PATIENTS, UNITS, RACE)
    source = support2_raw.SOURCE
    citation = CITATION
    population = SUPPORT2
    horizon = Horizon(at=math.inf, events=support2_raw.DEATHS, censored=0, censored_are="discharged")

    def fingerprint(self) -> str:
        """SHA-256 of the raw file, empty where it is absent."""
        return support2_raw.fingerprint()

    def _patients(self) -> tuple[Patients, Outcome]:
        """All patients, with death in hospital as the event."""
        from carebench_tasks.cohorts.declaration import load

        patients = load(self.population)
        died = replace(patients, event=support2_raw.died_in_hospital(patients.columns))
        return died, outcome(self.horizon, died.time, died.event, self.name)
