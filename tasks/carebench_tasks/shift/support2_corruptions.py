"""Generalisation on SUPPORT2: the same patients with inputs as they are, and as other habits would have left them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from carebench_tasks.shift import support2
from carebench_tasks.shift.corruption import (
    CORRUPTION_MODULES,
    CorruptionTask,
    drifted,
    recoded,
    rescaled,
    withheld,
)
from carebench_tasks.shift.support2 import Support2

if TYPE_CHECKING:
    import pandas as pd

    from carebench_tasks.shift.corruption import Corruption

MODULES = (*support2.MODULES, *CORRUPTION_MODULES, "carebench_tasks.shift.support2_corruptions")
#: What is done to a table at a severity from 1 to 4, by name.
CORRUPTIONS: dict[str, Corruption] = {
    "units": partial(rescaled, factors={"crea": 88.4, "glucose": 1 / 18, "bili": 17.1}),
    "missing panel": partial(withheld, columns=("alb", "bili", "pafi", "ph", "glucose", "bun", "urine")),
    "coding": partial(recoded, columns=("dzgroup", "dzclass", "ca", "race", "income")),
    "drift": partial(drifted, deviations={"meanbp": 28.0, "hrt": 32.0, "resp": 10.0, "temp": 1.25}),
}


class _Corrupted(Support2, CorruptionTask):
    """What the four say alike: one fit answers all severities."""

    modules = MODULES
    group = "dzgroup"
    corruption: ClassVar[str]

    def corrupt(self, table: pd.DataFrame, severity: int) -> pd.DataFrame:
        """By the corruption's name."""
        return CORRUPTIONS[self.corruption](table, severity)


class ChangedUnits(_Corrupted):
    """Death within 180 days from laboratory values of which some are in other units, at severities 0 to 4.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3; severity s reports creatinine in umol/l
    (times 88.4), glucose in mmol/l (divided by 18) and bilirubin in umol/l (times 17.1) for s in four patients.

    Answer: probability of death by day 180.

    Cohort: 9,105 seriously ill adults; 4,265 dead by day 180, none lost before. A fifth is tested at a time, five times
    over: as it is, and at four severities. One fit answers all. `domain` holds the diagnosis group of the training rows.
    """

    name = "shift-generalisation/support2-units"
    title = "SUPPORT2: death within 180 days, units changed"
    corruption = "units"


class MissingPanel(_Corrupted):
    """Death within 180 days where a laboratory panel is missing, at severities 0 to 4.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3; severity s withholds albumin,
    bilirubin, PaO2/FiO2, pH, glucose, urea nitrogen and urine of s in four patients.

    Answer: probability of death by day 180.

    Cohort: 9,105 seriously ill adults; 4,265 dead by day 180, none lost before. A fifth is tested at a time, five times
    over: as it is, and at four severities. One fit answers all. `domain` holds the diagnosis group of the training rows.
    """

    name = "shift-generalisation/support2-missing-panel"
    title = "SUPPORT2: death within 180 days, a laboratory panel missing"
    corruption = "missing panel"


class ChangedCoding(_Corrupted):
    """Death within 180 days from codes of which some are of another book, at severities 0 to 4.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3; severity s moves diagnosis group and
    class, cancer, race and income to the next level for s in four patients.

    Answer: probability of death by day 180.

    Cohort: 9,105 seriously ill adults; 4,265 dead by day 180, none lost before. A fifth is tested at a time, five times
    over: as it is, and at four severities. One fit answers all. `domain` holds the diagnosis group of the training rows.
    """

    name = "shift-generalisation/support2-coding"
    title = "SUPPORT2: death within 180 days, coding changed"
    corruption = "coding"


class SensorDrift(_Corrupted):
    """Death within 180 days from sensors that drift, at severities 0 to 4.

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3; severity s adds s/2 standard deviations to blood pressure (28), heart
    rate (32), respiratory rate (10) and temperature (1.25) of everybody.

    Answer: probability of death by day 180.

    Cohort: 9,105 seriously ill adults; 4,265 dead by day 180, none lost before. A fifth is tested at a time, five times
    over: as it is, and at four severities. One fit answers all. `domain` holds the diagnosis group of the training rows.
    """

    name = "shift-generalisation/support2-drift"
    title = "SUPPORT2: death within 180 days, sensors drifting"
    corruption = "drift"
