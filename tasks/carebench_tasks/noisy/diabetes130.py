"""The clean question asked of Diabetes-130: will a diabetic inpatient be admitted again?

Separate from the task of shift on the same encounters, which cuts them by how patients came; here folds are of patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Task, Truth
from carebench_tasks.data import files
from carebench_tasks.horizon_task import take
from carebench_tasks.shift.diabetes130 import DROPPED, FILE, encounters, readmitted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]


class Readmission(Task):
    """Readmission of diabetic inpatients, at any time.

    Input: race, sex, age band, weight band, kind of admission and discharge, days and number of laboratory tests, procedures,
    drugs and earlier visits, payer, specialty, three diagnoses as chapters of ICD-9, two laboratory results, 23 drugs and
    changes of them. 46 columns.

    Answer: probability of another admission at any time (`readmitted` is not NO). Readmission elsewhere, which no hospital
    records of its own, is a way in which such labels go wrong.

    Cohort: 99,493 encounters whose race is known, of 101,766 at 130 US hospitals from 1999 to 2008; 46,176 were followed by
    another. All encounters of a patient are in one fold; encounters that end in death stay.

    Left out: admission source, identifiers of encounter and patient.

    Source: Strack et al. 2014, UCI Machine Learning Repository 296, read from uci_diabetes130/ in the folder that
    CAREBENCH_DATA names.

    Access: the file is the user's own; it is not part of carebench.

    Licence: CC BY 4.0.

    Citation: Strack et al. 2014, BioMed Research International 781670.
    """

    name = "noisy-labels/diabetes130"
    family = "noisy-labels"
    title = "Diabetes-130: readmission"
    cohort = "diabetes130"
    demographics = ("age", "gender")
    modules = (
        "carebench_tasks.data.files",
        *(f"carebench_tasks.{name}" for name in ("cohorts.declaration", "folds", "horizon_task")),
        "carebench_tasks.noisy.diabetes130",
        "carebench_tasks.shift.diabetes130",
    )
    flags: ClassVar[tuple[str, ...]] = ("needs a file of the user's",)
    source = "UCI Machine Learning Repository 296, CC BY 4.0, brought by the user"
    citation = (
        "Strack B, DeShazo JP, Gennings C, et al. Impact of HbA1c measurement on hospital readmission rates. BioMed Res Int "
        "2014;781670."
    )

    def fingerprint(self) -> str:
        """SHA-256 of the file."""
        return files.fingerprint([FILE])

    def split(self, seed: int) -> Split:
        """Train on the encounters of four fifths of the patients."""
        table = encounters()
        train, test, _ = self._cut(seed)
        inputs = table.drop(columns=list(DROPPED))
        return Split(
            train=take(inputs, train), test=take(inputs, test), reveals={"y": readmitted(table)[train]}
        )

    def truth(self, seed: int) -> Truth:
        """Readmission of the test encounters, in their order; the unit is the patient."""
        import numpy as np

        _, test, units = self._cut(seed)
        event = readmitted(encounters())[test]
        return Truth(units=units[test], answers={"event": event, "weight": np.ones(len(test))})

    def _cut(self, seed: int) -> tuple[Rows, Rows, NDArray[np.uint64]]:
        """Rows to train on and to test on, both in a hashed order, and the patient of every row."""
        import numpy as np

        from carebench_tasks.cohorts.declaration import unit_ids
        from carebench_tasks.folds import assign, repeat_and_fold, shuffled

        table = encounters()
        units = unit_ids(self.cohort, [str(number) for number in table["patient_nbr"]])
        repeat, tested = repeat_and_fold(seed)
        fold = assign(units, readmitted(table), self.name, self.version, repeat=repeat)
        names = (self.name, self.version, seed)
        return (
            shuffled(np.flatnonzero(fold != tested), "training order", *names),
            shuffled(np.flatnonzero(fold == tested), "test order", *names),
            units,
        )
