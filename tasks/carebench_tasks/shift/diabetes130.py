"""Generalisation on Diabetes-130: from patients admitted in other ways to those who came through the emergency room."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import CarebenchError, Split, Task, Truth
from carebench_tasks.data import files
from carebench_tasks.families.shift_generalisation import DOMAIN, IN, OUT, PART
from carebench_tasks.horizon_task import take

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

FILE = "uci_diabetes130/diabetic_data.csv.gz"
REMEDY = "diabetic_data.csv, gzipped, from the UCI Machine Learning Repository, data set 296"
ROWS, EMERGENCY = 99_493, 7
DROPPED = ("encounter_id", "patient_nbr", "admission_source_id", "readmitted")
#: Chapters of ICD-9 as Strack et al. grouped them: name, and the codes from and to.
CHAPTERS = (
    ("circulatory", ((390, 459), (785, 785))),
    ("respiratory", ((460, 519), (786, 786))),
    ("digestive", ((520, 579), (787, 787))),
    ("diabetes", ((250, 250),)),
    ("injury", ((800, 999),)),
    ("musculoskeletal", ((710, 739),)),
    ("genitourinary", ((580, 629), (788, 788))),
    ("neoplasms", ((140, 239),)),
)


class EmergencyAdmissions(Task):
    """Readmission of diabetic inpatients who came through the emergency room, learned from those who came otherwise.

    Input: race, sex, age band, weight band, kind of admission and discharge, days and number of laboratory tests, procedures,
    drugs and earlier visits, payer, specialty, three diagnoses as chapters of ICD-9, two laboratory results, 23 drugs and
    changes of them. 46 columns.

    Answer: probability of another admission at any time (`readmitted` is not NO).

    Cohort: 99,493 encounters whose race is known, of 101,766 at 130 US hospitals from 1999 to 2008, as TableShift takes them.
    Out of domain are the 56,632 that came through the emergency room (`admission_source_id` 7; .495 readmitted); the
    others (.423) are the source. A fifth of the patients is tested, in and out of domain, and trained on nowhere; the source
    encounters of the others are trained on. Encounters that end in death stay, as in TableShift.

    Left out: admission source, identifiers of encounter and patient.

    Source: Strack et al. 2014, UCI Machine Learning Repository 296, read from uci_diabetes130/ in the folder that
    CAREBENCH_DATA names.

    Access: the file is the user's own; it is not part of carebench.

    Licence: CC BY 4.0.

    Citation: Strack et al. 2014, BioMed Research International 781670; Gardner, Popovic and Schmidt 2023, NeurIPS datasets.
    """

    name = "shift-generalisation/diabetes130-admission"
    family = "shift-generalisation"
    title = "Diabetes-130: readmission, emergency admissions never trained on"
    cohort = "diabetes130"
    design = "fixed"
    demographics = ("age", "gender")
    modules = (
        "carebench_tasks.data.files",
        "carebench_tasks.families.shift_generalisation",
        *(f"carebench_tasks.{name}" for name in ("cohorts.declaration", "folds", "horizon_task")),
        "carebench_tasks.shift.diabetes130",
    )
    flags: ClassVar[tuple[str, ...]] = ("needs a file of the user's", "one training domain")
    source = "UCI Machine Learning Repository 296, CC BY 4.0, brought by the user"
    citation = (
        "Strack B, DeShazo JP, Gennings C, et al. Impact of HbA1c measurement on hospital readmission rates. BioMed Res Int "
        "2014;781670. Protocol: Gardner J, Popovic Z, Schmidt L. Benchmarking distribution shift in tabular data with "
        "TableShift. NeurIPS 2023."
    )

    known_by: ClassVar[str] = "patient_nbr"
    all_emergencies: ClassVar[bool] = False

    def fingerprint(self) -> str:
        """SHA-256 of the file."""
        return files.fingerprint([FILE])

    def split(self, seed: int) -> Split:
        """Train on the source encounters of four fifths of the patients."""
        import numpy as np

        del seed
        table = encounters()
        train, test, _, _ = self._cut(table)
        inputs = table.drop(columns=list(DROPPED))
        return Split(
            train=take(inputs, train),
            test=take(inputs, test),
            reveals={"y": readmitted(table)[train], "domain": np.zeros(len(train), np.int16)},
        )

    def truth(self, seed: int) -> Truth:
        """Readmission and part of the test rows, in their order; the unit is what the cut is made by."""
        import numpy as np

        del seed
        table = encounters()
        _, test, units, emergency = self._cut(table)
        out = emergency[test]
        return Truth(
            units=units[test],
            answers={"event": readmitted(table)[test], "weight": np.ones(len(test))},
            groups={
                DOMAIN: np.where(out, "emergency room", "").astype(np.str_),
                PART: np.where(out, OUT, IN).astype(np.str_),
            },
        )

    def _cut(
        self, table: pd.DataFrame
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64], NDArray[np.bool_]]:
        """Rows to train on and to test on, in a hashed order; the patients; and who came through the emergency room."""
        import numpy as np

        from carebench_tasks.cohorts.declaration import unit_ids
        from carebench_tasks.folds import assign, shuffled

        units = unit_ids(self.cohort, [str(number) for number in table[self.known_by]])
        emergency = (table["admission_source_id"] == EMERGENCY).to_numpy()
        held = assign(units, readmitted(table), self.cohort, "domains", repeat=0) == 0
        test = held | emergency if self.all_emergencies else held
        train = ~held & ~emergency
        return (
            shuffled(np.flatnonzero(train), "training order", self.cohort),
            shuffled(np.flatnonzero(test), "test order", self.cohort),
            units,
            emergency,
        )


class EmergencyAdmissionsTableShift(EmergencyAdmissions):
    """Readmission out of domain by TableShift's protocol: encounters are cut, so that patients recur on both sides.

    Input: as `shift-generalisation/diabetes130-admission`.

    Answer: probability of another admission at any time (`readmitted` is not NO).

    Cohort: the same 99,493 encounters; a fifth of the source's encounters is tested in domain, and all 56,632 that came
    through the emergency room out of domain. Patients with encounters of both kinds are trained on and tested: an encounter
    that was followed by another tells of its own patient. Unranked, for the published number.

    Left out: admission source, identifiers of encounter and patient.

    Source: as there.

    Access: the file is the user's own; it is not part of carebench.

    Licence: CC BY 4.0.

    Citation: Strack et al. 2014, BioMed Research International 781670; Gardner, Popovic and Schmidt 2023, NeurIPS datasets.
    """

    name = "shift-generalisation/diabetes130-admission.tableshift"
    title = "Diabetes-130: readmission, by TableShift's protocol"
    ranked = False
    flags: ClassVar[tuple[str, ...]] = (
        "needs a file of the user's",
        "patients recur in training and test, as published",
    )
    known_by = "encounter_id"
    all_emergencies = True


def encounters() -> pd.DataFrame:
    """All encounters whose race is known, identifiers and outcome among the columns.

    Raises:
        DataAbsent: when the file is not there.
        CarebenchError: when it holds another number of encounters.
    """
    import pandas as pd

    table = pd.read_csv(files.path(FILE, REMEDY), na_values="?", keep_default_na=False, low_memory=False)
    table = table[table["race"].notna()].reset_index(drop=True)
    if len(table) != ROWS:
        raise CarebenchError(f"{FILE}: {ROWS} encounters with a race were expected; {len(table)} came")
    for name in ("diag_1", "diag_2", "diag_3"):
        table[name] = table[name].map(chapter)
    for name in ("admission_type_id", "discharge_disposition_id"):
        table[name] = table[name].astype(str)
    return table


def chapter(code: object) -> str | None:
    """The group of an ICD-9 code; None where it is missing.

    Example:
        >>> chapter("250.83"), chapter("V45"), chapter("428")
        ('diabetes', 'other', 'circulatory')
    """
    if not isinstance(code, str):
        return None
    try:
        whole = int(float(code))
    except ValueError:
        return "other"
    found = [name for name, ranges in CHAPTERS for low, high in ranges if low <= whole <= high]
    return found[0] if found else "other"


def readmitted(table: pd.DataFrame) -> NDArray[np.int8]:
    """Whether each encounter was followed by another, whenever, shape (n,)."""
    return (table["readmitted"] != "NO").to_numpy("int8")  # type: ignore[no-any-return]
