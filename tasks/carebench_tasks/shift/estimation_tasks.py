"""Performance estimation on SUPPORT2, RHC and FLCHAIN: corrupted inputs, other case mixes, new diseases, later years."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench_tasks.cards import SharedCardEnd
from carebench_tasks.cohorts.flchain import FLCHAIN
from carebench_tasks.cohorts.rhc import RHC
from carebench_tasks.horizon_task import SHARED_MODULES, take
from carebench_tasks.mortality.flchain import Death5Years
from carebench_tasks.mortality.rhc import Death30Days
from carebench_tasks.shift import flchain, rhc, support2
from carebench_tasks.shift.estimation import ESTIMATION_MODULES, NO_SHIFT, UNIT, Batch, EstimationTask
from carebench_tasks.shift.flchain import LATE_YEARS, years
from carebench_tasks.shift.rhc import NewDiseases
from carebench_tasks.shift.support2 import Support2
from carebench_tasks.shift.support2_corruptions import CORRUPTIONS
from carebench_tasks.shift.support2_targets import severity_score

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome
    from carebench_tasks.horizon_task import Rows

HERE = "carebench_tasks.shift.estimation_tasks"
SUPPORT2_MODULES = (
    *support2.MODULES,
    *ESTIMATION_MODULES,
    *(f"carebench_tasks.shift.{name}" for name in ("corruption", "support2_corruptions", "support2_targets")),
    HERE,
)
PREVALENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
TILTS = (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)


class Corrupted(Support2, EstimationTask):
    """How often is gradient boosting right about death within 180 days, where inputs are corrupted?

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3, of labelled source patients and of batches.

    Answer: the accuracy of the frozen classifier on each batch of 500.

    Cohort: 9,105 seriously ill adults, divided anew for every seed, patients of equal age and sex on one side: two fifths teach
    the classifier, a fifth is given with outcomes, 40 batches are drawn from the others: eight as they are, and two at each
    of four severities of each corruption of `shift-generalisation/support2-*` (units, missing panel, coding, drift).
    """

    name = "shift-estimation/support2-corruptions"
    title = "SUPPORT2: accuracy of frozen boosting on corrupted inputs"
    modules = SUPPORT2_MODULES
    flags = (*support2.FLAGS, UNIT)

    def batches(
        self, seed: int, patients: Patients, outcome: Outcome, pool: Rows, inputs: pd.DataFrame
    ) -> Iterator[Batch]:
        """Forty batches, no patient twice in one."""
        del patients, outcome
        wanted = [(NO_SHIFT, 0, number) for number in range(8)]
        wanted += [(kind, severity, n) for kind in CORRUPTIONS for severity in (1, 2, 3, 4) for n in range(2)]
        for kind, severity, number in wanted:
            rows = self.drawing(seed, f"{kind} {severity}", number).choice(pool, 500, replace=False)
            table = take(inputs, rows)
            if severity:
                table = CORRUPTIONS[kind](table, severity)
            yield Batch(kind=kind, rows=rows, table=table)


class LabelShift(Support2, EstimationTask):
    """How often is gradient boosting right about death within 180 days, where one to nine in ten die?

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3, of labelled source patients and of batches.

    Answer: the accuracy of the frozen classifier on each batch of 400.

    Cohort: 9,105 seriously ill adults, divided as for `shift-estimation/support2-corruptions`; 36 batches are drawn from the
    others, four at each share of deaths from .1 to .9: inputs given the outcome are as in the source.
    """

    name = "shift-estimation/support2-label-shift"
    title = "SUPPORT2: accuracy of frozen boosting at other shares of deaths"
    modules = SUPPORT2_MODULES
    flags = (*support2.FLAGS, UNIT)

    def batches(
        self, seed: int, patients: Patients, outcome: Outcome, pool: Rows, inputs: pd.DataFrame
    ) -> Iterator[Batch]:
        """Four batches at each prevalence, no patient twice in one."""
        import numpy as np

        del patients
        dead, alive = pool[outcome.event[pool] == 1], pool[outcome.event[pool] == 0]
        for prevalence in PREVALENCES:
            kind, size = f"{prevalence:.0%} die", round(400 * prevalence)
            for number in range(4):
                draw = self.drawing(seed, kind, number)
                parts = [
                    draw.choice(dead, size, replace=False),
                    draw.choice(alive, 400 - size, replace=False),
                ]
                rows = np.concatenate(parts)
                yield Batch(kind=kind, rows=rows, table=take(inputs, rows))


class CaseMix(Support2, EstimationTask):
    """How often is a logistic regression right about death within 180 days, among older and sicker or younger and fitter patients?

    Input: the 27 columns of `mortality/support2-60d`, known on study day 3, of labelled source patients and of batches.

    Answer: the accuracy of the frozen classifier, a logistic regression, on each batch of 400.

    Cohort: 9,105 seriously ill adults, divided as for `shift-estimation/support2-corruptions`; 42 batches are drawn from the
    others, six at each tilt t from -1.5 to 1.5: a patient is drawn with odds exp(t z), z being the severity score of
    `shift-adaptation/support2-covariate-shift`: the risk given the inputs is as in the source.
    """

    name = "shift-estimation/support2-case-mix"
    title = "SUPPORT2: accuracy of a frozen regression in other case mixes"
    modules = SUPPORT2_MODULES
    flags = (*support2.FLAGS, UNIT)
    classifier = "logistic"

    def batches(
        self, seed: int, patients: Patients, outcome: Outcome, pool: Rows, inputs: pd.DataFrame
    ) -> Iterator[Batch]:
        """Six batches at each tilt; a patient may come twice."""
        import numpy as np

        del outcome
        score = severity_score(patients.columns)[pool]
        for tilt in TILTS:
            weight = np.exp(tilt * score)
            kind = f"tilt {tilt:+.1f}"
            for number in range(6):
                rows = self.drawing(seed, kind, number).choice(pool, 400, p=weight / weight.sum())
                yield Batch(kind=kind, rows=rows, table=take(inputs, rows))


class NewDisease(SharedCardEnd, EstimationTask):
    """How often is gradient boosting right about death within 30 days, in diseases that nobody was trained on?

    Input: the columns of `shift-generalisation/rhc-disease`, of labelled source patients and of batches.

    Answer: the accuracy of the frozen classifier on each batch of 200.

    Cohort: of the 4,116 RHC patients with acute respiratory failure or MOSF two fifths teach the classifier and a fifth is
    given with outcomes, drawn anew for every seed; 40 batches of the others: eight of the same diseases, and eight each of CHF (456),
    COPD (457), cirrhosis (224) and coma (436). No patient comes twice in one batch.
    """

    card_end = rhc.CARD_END
    name = "shift-estimation/rhc-disease"
    title = "RHC: accuracy of frozen boosting in new diseases"
    cohort = RHC.name
    demographics = RHC.demographics
    modules = (
        *SHARED_MODULES,
        *ESTIMATION_MODULES,
        "carebench_tasks.cohorts.rhc",
        "carebench_tasks.shift.rhc",
        HERE,
    )
    flags = (UNIT, "batches of one disease share many patients: there are 224 to 457 of each")
    source = Death30Days.source
    citation = Death30Days.citation
    population = RHC
    horizon = Death30Days.horizon
    dropped = NewDiseases.dropped

    def in_source(self, patients: Patients) -> NDArray[np.bool_]:
        """Those of a disease that is trained on."""
        return patients.columns["cat1"].isin(list(NewDiseases.trained)).to_numpy()  # type: ignore[no-any-return]

    def batches(
        self, seed: int, patients: Patients, outcome: Outcome, pool: Rows, inputs: pd.DataFrame
    ) -> Iterator[Batch]:
        """Eight batches of the source's diseases, and eight of each new one."""
        del outcome
        disease = patients.columns["cat1"].astype(str).to_numpy()[pool]
        homes = {NO_SHIFT: self.in_source(patients)[pool]}
        homes |= {name: disease == name for name in NewDiseases.tested}
        yield from _of_each(self, seed, {kind: pool[here] for kind, here in homes.items()}, inputs, size=200)


class LaterYears(SharedCardEnd, EstimationTask):
    """How often is gradient boosting right about death within five years, in later years of enrolment?

    Input: the 6 columns of `mortality/flchain-5y`, of labelled source residents and of batches.

    Answer: the accuracy of the frozen classifier on each batch of 200.

    Cohort: of the residents enrolled from 1995 to 1998 two fifths teach the classifier and a fifth is given with outcomes; 24
    batches of the others: eight of the same years, eight of 1999 to 2001 and eight of 2002 and 2003, whose creatinine is
    missing for 92 %. Residents lost before five years (2.5 %) take no part.
    """

    card_end = flchain.CARD_END
    name = "shift-estimation/flchain-year"
    title = "FLCHAIN: accuracy of frozen boosting in later years"
    cohort = FLCHAIN.name
    demographics = FLCHAIN.demographics
    modules = (
        *SHARED_MODULES,
        *ESTIMATION_MODULES,
        "carebench_tasks.cohorts.flchain",
        "carebench_tasks.shift.flchain",
        HERE,
    )
    flags = (UNIT, "residents lost before five years are left out")
    source = Death5Years.source
    citation = Death5Years.citation
    population = FLCHAIN
    horizon = Death5Years.horizon
    last: ClassVar[tuple[str, ...]] = ("2002", "2003")

    def in_source(self, patients: Patients) -> NDArray[np.bool_]:
        """Those enrolled up to 1998."""
        import numpy as np

        return ~np.isin(years(patients), [*LATE_YEARS, *self.last])

    def batches(
        self, seed: int, patients: Patients, outcome: Outcome, pool: Rows, inputs: pd.DataFrame
    ) -> Iterator[Batch]:
        """Eight batches of each stretch of years."""
        import numpy as np

        del outcome
        year = np.array(years(patients))[pool]
        homes = {NO_SHIFT: ~np.isin(year, [*LATE_YEARS, *self.last])}
        homes |= {"1999-2001": np.isin(year, LATE_YEARS), "2002-2003": np.isin(year, self.last)}
        yield from _of_each(self, seed, {kind: pool[here] for kind, here in homes.items()}, inputs, size=200)


TASKS = (Corrupted, LabelShift, CaseMix, NewDisease, LaterYears)


def _of_each(
    task: EstimationTask, seed: int, homes: dict[str, Rows], inputs: pd.DataFrame, *, size: int
) -> Iterator[Batch]:
    """Eight batches from each home, no patient twice in one."""
    for kind, home in homes.items():
        for number in range(8):
            rows = task.drawing(seed, kind, number).choice(home, min(size, len(home)), replace=False)
            yield Batch(kind=kind, rows=rows, table=take(inputs, rows))
