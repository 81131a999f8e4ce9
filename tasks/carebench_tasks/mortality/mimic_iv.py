"""The mortality task on MIMIC-IV: death in hospital from the first 48 hours of intensive care."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench_tasks.icu.stay_task import STAY_MODULES, StayTask

if TYPE_CHECKING:
    from carebench_tasks.icu.stays import Stays

DEMO = ("the open demo with a handful of deaths: a smoke test, in no rank",)


class InHospital(StayTask):
    """Death in hospital from the first 48 hours of the first ICU stay, on MIMIC-IV or, to try it out, on its open demo.

    Input: in the tabular modality, age, sex, height, weight, first care unit and kind of admission, and of each of 39 vitals, laboratory
    results and urine its first, last, smallest, largest and mean value in 48 hours and how often it was measured. In the modality
    series, the measurements themselves. A laboratory result counts only if it was drawn and stored before the cutoff, and a
    charted value likewise. Units are made one (Fahrenheit to Celsius, per cent of oxygen to shares), values that no body can
    have are missing, rows that are there twice count once, and several values of one minute become their mean (urine: sum).
    Blood gases are arterial or venous: one item number stands for both. The coma scale takes the voice of intubated patients
    as charted, 1.

    Answer: probability of death in hospital.

    Cohort: adults' first ICU stays, where the patient was in the unit for at least 48 hours. The demo: 53 stays of its 100
    patients, 7 died; then the task is unranked. The full data base: some thirty thousand stays, read in an hour and kept.

    Left out: diagnoses and procedures, which are coded after discharge; length of stay; last care unit; where the patient
    went; death dates; insurance, language and marital status; race, which divides subgroups alone.

    Source: MIMIC-IV 2.2, 3.0 or 3.1, or the demo 2.2, in the original layout (hosp/, icu/).

    Access: credentialed (PhysioNet); the demo is open: `carebench data list`.

    Licence: PhysioNet Credentialed Health Data License; the demo: Open Database License 1.0.

    Citation: Johnson et al. 2023, Sci Data 10:1; Goldberger et al. 2000, Circulation 101:e215-e220.
    """

    name = "mortality/mimic-iv-in-hospital"
    title = "MIMIC-IV: death in hospital from the first 48 hours in the ICU"
    cohort = "mimic-iv"
    static = ("age", "sex", "height", "weight at admission", "unit", "admission")
    subgroups = ("age", "sex", "race", "unit")
    modules = (
        *STAY_MODULES,
        *(
            f"carebench_tasks.icu.{name}"
            for name in ("items", "kept", "measured", "meds", "mimic_iv", "mimic_iv_events", "tables")
        ),
        "carebench_tasks.mortality.mimic_iv",
    )
    flags: ClassVar[tuple[str, ...]] = ("needs a data set that the user brings", "one hospital")
    source = "MIMIC-IV (https://physionet.org/content/mimiciv/), credentialed; demo 2.2 (ODbL 1.0)"
    citation = "Johnson AEW, Bulgarelli L, Shen L, et al. MIMIC-IV, a freely accessible electronic health record dataset. Sci Data 2023;10:1."

    def __init__(self) -> None:
        from carebench_tasks.icu import mimic_iv

        if mimic_iv.is_demo():
            self.__dict__.update(ranked=False, flags=(*self.flags, *DEMO))

    def fingerprint(self) -> str:
        """What identifies the tables; empty where there are none."""
        from carebench_tasks.icu import mimic_iv

        return mimic_iv.fingerprint()

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Four fifths of the patients and the other fifth."""
        from carebench_tasks.icu import mimic_iv

        return self.folded(mimic_iv.load(), seed)
