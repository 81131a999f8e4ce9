"""The tasks laid over a surface: effects of patients, and their average, from the same replications.

Separate from the surfaces so that each of those is an equation with its data card, and nothing else.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from carebench import Split, Task
from carebench_tasks.causal import surface as surfaces
from carebench_tasks.families.causal_truth import AverageTruth, EffectTruth
from carebench_tasks.metrics import balance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.causal.surface import Replication, Surface

MODULES = ("carebench_tasks.causal.simulated", *surfaces.MODULES)
SUPPORT, NHEFS = "support", "nhefs"
CITATIONS = {
    "rhc": (
        "Connors AF, Speroff T, Dawson NV, et al. The effectiveness of right heart catheterization in the initial care "
        "of critically ill patients. JAMA 1996;276:889-897. Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    ),
    "nhefs": "Hernan MA, Robins JM. Causal Inference: What If. Chapman & Hall/CRC 2020. Packaged by: Huntington-Klein N. causaldata.",
}
SOURCES = {
    "rhc": (
        "covariates and treatment: RHC, Vanderbilt University Department of Biostatistics (https://hbiostat.org/data), as "
        "packaged by SurvSet (GPL-3); outcomes: simulated"
    ),
    "nhefs": (
        "covariates and treatment: NHEFS, US National Center for Health Statistics, as packaged by causaldata (MIT); "
        "outcomes: simulated"
    ),
}
CARDS = {
    "rhc": """Input: the first day in intensive care, as in mortality/rhc-30d: 48 columns; and `treatment`, catheterisation.

Cohort: the 5,735 adults of RHC, 2,184 of them catheterised. A replication trains on 2,000 and tests on 1,000 others,
drawn anew by seed and without replacement; the true average effect is that of all 5,735. Real treatments are the same in
every replication, so that what a method misses of who was treated why does not average out.

Left out: as in mortality/rhc-30d, with surv2md1, a published prognosis; real outcomes are not used.

Access: open; comes with SurvSet.

Licence: public use (Vanderbilt University Department of Biostatistics); the package SurvSet is GPL-3.
""",
    "nhefs": """Input: what was known of smokers in 1971: 34 columns; and `treatment`, having stopped smoking by 1982.

Cohort: the 1,629 smokers of NHEFS, 428 of whom stopped. A replication trains on 1,000 and tests on the 629 others, drawn
anew by seed; the true average effect is that of all 1,629, three fifths of whom are trained on, so that right intervals
are a little too wide. Treatments are the same in every replication.

Left out: everything measured after 1971 (blood pressure, prices, weight, deaths of the follow-up); real outcomes are
not used.

Access: open; comes with causaldata.

Licence: US public-use data; the package causaldata is MIT.
""",
}
ANSWERS = {
    "causal": "Answer: the effect of treatment on each test patient, tau = mu1 - mu0.",
    "causal-average": (
        "Answer: the average effect with its 95 % interval; ATE, ATT, ATO (weights e (1 - e)), ATM (weights min(e, 1 - e)), "
        "trimmed (ATE where .1 <= e <= .9) or LATE, each held against its own true value over the whole cohort."
    ),
}

Kind = TypeVar("Kind", bound="SurfaceTask")


class SurfaceTask(Task):
    """A question of the replications of one surface.

    Attributes:
        surface: what is simulated over whom.
    """

    unit = "replication"
    surface: ClassVar[Surface]

    def split(self, seed: int) -> Split:
        """Training patients with treatment and outcome, and test patients without."""
        drawn = self.surface.replicate(seed)
        assigned = drawn.assignment
        reveals: dict[str, NDArray[np.generic]] = {
            "y": drawn.outcome[drawn.train],
            "treatment": assigned.treatment[drawn.train].astype(np.float64),
        }
        if assigned.instrument is not None:
            reveals["instrument"] = assigned.instrument[drawn.train].astype(np.float64)
        return Split(
            train=take(drawn.columns, drawn.train), test=take(drawn.columns, drawn.test), reveals=reveals
        )


class EffectTask(SurfaceTask):
    """The effects of patients on one surface."""

    family = "causal"

    def truth(self, seed: int) -> EffectTruth:
        """Effect and expected outcomes of the test rows; for a trial what happened to them too."""
        drawn = self.surface.replicate(seed)
        effect = drawn.treated - drawn.untreated
        return EffectTruth(
            units=drawn.units[drawn.test],
            answers={
                "effect": effect[drawn.test],
                "untreated": drawn.untreated[drawn.test],
                "treated": drawn.treated[drawn.test],
                **self._trial(drawn),
            },
            training_effect=effect[drawn.train],
            larger_is_better=self.surface.larger_is_better,
        )

    def _trial(self, drawn: Replication) -> dict[str, NDArray[np.float64]]:
        """Outcome and treatment of the test rows of a trial with outcomes of 0 or 1."""
        chances = self.surface.propensity(self.surface.patients)
        if not self.surface.binary or np.ptp(chances) > 0:
            return {}
        treatment = drawn.assignment.treatment.astype(np.float64)
        return {"outcome": drawn.outcome[drawn.test], "treatment": treatment[drawn.test]}


class AverageTask(SurfaceTask):
    """The average effect on one surface."""

    family = "causal-average"

    def truth(self, seed: int) -> AverageTruth:
        """The averages over the whole cohort, and the training rows for balance."""
        drawn = self.surface.replicate(seed)
        truths = dict(self.surface.truths())
        sd0 = truths.pop("sd0")
        treatment = drawn.assignment.treatment[drawn.train].astype(np.float64)
        return average_truth(
            units=drawn.units[drawn.test],
            averages=truths,
            sd0=sd0,
            training=take(drawn.columns, drawn.train),
            treatment=treatment,
            outcome=drawn.outcome[drawn.train],
            facts={"share_in_overlap": balance.overlap(self.surface.propensity(self.surface.patients))},
        )


def average_truth(
    *,
    units: NDArray[np.uint64],
    averages: dict[str, float],
    sd0: float | None,
    training: pd.DataFrame,
    treatment: NDArray[np.float64],
    outcome: NDArray[np.float64],
    facts: Mapping[str, float] | None = None,
) -> AverageTruth:
    """The truth of average effects, with the standardised mean difference before any weighting among the facts."""
    before = balance.largest_difference(training, treatment, np.ones(len(treatment)))
    binary = set(np.unique(outcome)) <= {0.0, 1.0}
    return AverageTruth(
        units=units,
        answers={},
        averages=averages,
        sd0=sd0,
        base_risk=float(outcome[treatment == 0].mean()) if binary else None,
        sd_outcome=float(np.std(outcome)),
        training=training,
        treatment=treatment,
        facts={"largest_difference_before": before, **(facts or {})},
    )


def both(listed: Iterable[Surface]) -> Iterator[SurfaceTask]:
    """The two tasks of each surface."""
    for surface in listed:
        yield laid_over(surface, EffectTask)
        yield laid_over(surface, AverageTask)


def laid_over(surface: Surface, kind: type[Kind]) -> Kind:
    """The task of one kind over a surface, with its data card."""
    declared: dict[str, Any] = {
        "__doc__": _card(surface, kind.family),
        "__module__": kind.__module__,
        "surface": surface,
        "name": f"{kind.family}/{surface.name}",
        "title": surface.title,
        "cohort": SUPPORT if surface.cohort == "rhc" else NHEFS,
        "demographics": ("age", "sex"),
        "libraries": ("numpy", "SurvSet" if surface.cohort == "rhc" else "causaldata"),
        "modules": (*MODULES, *(each.__module__ for each in type(surface).__mro__[:-2])),
        "flags": surface.flags,
        "series": surface.series,
        "level": surface.level,
        "ranked": surface.ranked,
        "source": SOURCES[surface.cohort],
        "citation": CITATIONS[surface.cohort],
    }
    made: type[Kind] = type(kind.__name__, (kind,), declared)
    return made()


def take(columns: pd.DataFrame, rows: NDArray[np.int64]) -> pd.DataFrame:
    """Some rows, numbered anew."""
    return columns.iloc[rows].reset_index(drop=True)


def _card(surface: Surface, family: str) -> str:
    equations = inspect.getdoc(type(surface)) or ""
    endings = (f"Source: {SOURCES[surface.cohort]}.", f"Citation: {CITATIONS[surface.cohort]}")
    return "\n\n".join([equations, CARDS[surface.cohort].strip(), ANSWERS[family], *endings])
