"""Tasks on those SUPPORT2 patients for whom a physician gave an estimate, which a user's file holds.

Separate because two families ask about these patients: how well physicians foresee death, and when to hand over to them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from carebench_tasks.cards import SharedCardEnd
from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.data import support2_raw
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask
from carebench_tasks.mortality.support2 import CITATION, RACE, SHARES_PATIENTS, UNITS

if TYPE_CHECKING:
    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome

CHOSEN = "patients with an estimate die less often than those without (60 days: .340 against .377): not missing at random"
#: How the card of each of these tasks ends.
CARD_END = """Source: SUPPORT phases I and II: inputs and outcomes through SurvSet, estimates from the raw file.

Access: open; the raw file is brought by the user: CAREBENCH_DATA names the folder that holds support2/support2.csv.

Licence: CC BY 4.0 in the UCI edition (data set 880).

Citation: Knaus et al. 1995, Ann Intern Med 122:191-203; Arkes et al. 1995, Med Decis Making 15:120-131."""
ESTIMATED_MODULES = (
    *SHARED_MODULES,
    "carebench_tasks.cohorts.support2",
    "carebench_tasks.data.files",
    "carebench_tasks.data.support2_raw",
    "carebench_tasks.estimated_task",
    "carebench_tasks.mortality.support2",
)


class EstimatedTask(SharedCardEnd, HorizonTask):
    """Death by a horizon among SUPPORT2 patients with a physician's estimate.

    Attributes:
        estimate: the raw file's column of estimates, `prg2m` or `prg6m`.
    """

    card_end = CARD_END
    cohort = SUPPORT2.name
    demographics = SUPPORT2.demographics
    flags: ClassVar[tuple[str, ...]] = (CHOSEN, SHARES_PATIENTS, UNITS, RACE)
    source = support2_raw.SOURCE
    citation = CITATION
    population = SUPPORT2
    estimate: ClassVar[str]

    def fingerprint(self) -> str:
        """SHA-256 of the raw file, empty where it is absent."""
        return support2_raw.fingerprint()

    def absent(self) -> tuple[str, ...]:
        """The raw file, where it is absent, with how to get it."""
        return () if support2_raw.path() else (f"the physicians' estimates of SUPPORT2: {support2_raw.HOW}",)

    def _patients(self) -> tuple[Patients, Outcome]:
        """Those patients for whom a physician gave an estimate, which stands in a column of its own."""
        patients, outcome = super()._patients()
        estimates = support2_raw.physicians(patients.columns)[self.estimate]
        rows = np.flatnonzero(estimates.notna())
        columns = patients.columns.assign(**{self.estimate: estimates.to_numpy()})
        chosen = replace(
            patients,
            columns=columns.iloc[rows].reset_index(drop=True),
            time=patients.time[rows],
            event=patients.event[rows],
            units=patients.units[rows],
        )
        return chosen, replace(
            outcome, event=outcome.event[rows], known=outcome.known[rows], weight=outcome.weight[rows]
        )

    @property
    def _cut_names(self) -> tuple[str | int, ...]:
        return (*super()._cut_names, self.estimate)
