"""Mortality tasks on eICU-CRD: death in hospital from the first 48 hours, and the published check of APACHE IVa."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from carebench_tasks.icu.stay_task import STAY_MODULES, StayTask

if TYPE_CHECKING:
    from carebench_tasks.icu.stays import Stays

DEMO = ("the open demo: a smoke test, in no rank",)
SOURCE = "eICU-CRD 2.0 (https://physionet.org/content/eicu-crd/), credentialed; demo 2.0.1 (ODbL 1.0)"
CITATION = "Pollard TJ, Johnson AEW, Raffa JD, et al. The eICU Collaborative Research Database. Sci Data 2018;5:180178."


class InHospital(StayTask):
    """Death in hospital from the first 48 hours of the first unit stay, in many US hospitals.

    Input: in the tabular modality, age (90 for over 89), sex, height, weight, kind of unit, where the patient came from, the APACHE form of
    the first day (physiology, chronic illness; complete after 24 hours), and of each vital and laboratory result its first,
    last, smallest, largest and mean value in 48 hours and how often it was measured. In the modality series, the measurements
    themselves. Laboratory results revised after the cutoff are left out. Copies without the large tables (lab, vitalPeriodic)
    have fewer measurements: those columns are empty.

    Answer: probability of death in hospital.

    Cohort: the first unit stay of each adult whose outcome is known, where it lasted at least 48 hours. The demo: 684 stays,
    88 died; then the task is unranked. Which of two hospital stays was first is told by the year of discharge alone.
    Comparator: the risk that APACHE IVa predicted. Subgroups: regions, for the demo averages one death a hospital.

    Left out: discharge location and offsets, length of stay, actual outcomes in the APACHE tables; diagnoses and treatments,
    which are entered at any time; ethnicity, hospital and region, which divide patients alone.

    Source: eICU-CRD 2.0, or the demo 2.0.1, in the original layout (csv.gz).

    Access: credentialed (PhysioNet); the demo is open: `carebench data list`.

    Licence: PhysioNet Credentialed Health Data License; the demo: Open Database License 1.0.

    Citation: Pollard et al. 2018, Sci Data 5:180178; Goldberger et al. 2000, Circulation 101:e215-e220.
    """

    name = "mortality/eicu-in-hospital"
    title = "eICU: death in hospital from the first 48 hours in the unit"
    cohort = "eicu"
    comparators = ("APACHE IVa",)
    static = ("age", "sex", "height", "weight at admission", "unit", "admitted from")
    subgroups = ("age", "sex", "ethnicity", "unit", "region")
    modules = (
        *STAY_MODULES,
        *(
            f"carebench_tasks.icu.{name}"
            for name in ("eicu", "eicu_apache", "eicu_events", "kept", "measured", "tables")
        ),
        "carebench_tasks.mortality.eicu",
    )
    flags: ClassVar[tuple[str, ...]] = ("needs a data set that the user brings",)
    source = SOURCE
    citation = CITATION

    def __init__(self) -> None:
        from carebench_tasks.icu import eicu

        if eicu.is_demo():
            self.__dict__.update(ranked=False, flags=(*self.flags, *DEMO))

    def fingerprint(self) -> str:
        """What identifies the tables; empty where there are none."""
        from carebench_tasks.icu import eicu

        return eicu.fingerprint()

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Four fifths of the patients and the other fifth."""
        from carebench_tasks.icu import eicu

        return self.folded(eicu.load(), seed)


class DemoApache(InHospital):
    """How well the prediction of APACHE IVa ranks death in hospital in the open demo: nothing is trained; unranked.

    Input: the columns of `mortality/eicu-in-hospital`, without measurements; no training rows. Comparator: APACHE IVa.

    Answer: probability of death in hospital.

    Cohort: the 1,683 of 2,520 unit stays of the demo 2.0.1 with a prediction (others are -1) and a known outcome, of whatever
    length; 8.3 % died. A patient may have several stays; the unit of inference is the patient.

    Left out: stays without a prediction; as in `mortality/eicu-in-hospital`.

    Source: eICU-CRD demo 2.0.1.

    Access: open; `carebench data fetch eicu-demo` brings it.

    Licence: Open Database License 1.0.

    Citation: Zimmerman et al. 2006, Crit Care Med 34:1297-1310; Pollard et al. 2018, Sci Data 5:180178.
    """

    name = "mortality/eicu-demo.apache-iva"
    title = "eICU demo: the prediction of APACHE IVa"
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "all-rows"
    modalities: ClassVar[tuple[str, ...]] = ("tabular",)
    ranked = False

    def fingerprint(self) -> str:
        """What identifies the demo's tables; empty where they are not there."""
        from carebench_tasks.icu import eicu

        return eicu.demo_fingerprint()

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Nobody, and the stays with a prediction."""
        import numpy as np

        from carebench_tasks.icu import eicu

        del seed
        stays = eicu.load_scored()
        return stays.take(np.empty(0, np.int64)), self.in_order(stays, "test order")
