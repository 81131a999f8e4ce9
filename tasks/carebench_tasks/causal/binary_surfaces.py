"""Response surfaces over RHC with outcomes of 0 or 1: effects are risk differences, and a larger outcome is worse.

Separate from the continuous ones because risks are bounded, and because one of them is a trial, in which what happened
to patients can be compared without a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.causal.rhc_surfaces import RhcSurface, linear_index, z
from carebench_tasks.causal.surface import Assignment, expit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.causal.patients import Patients

    Floats = NDArray[np.float64]


class RiskDifference(RhcSurface):
    """Death within a month, and the difference that the catheter makes to its risk, under the real treatment.

    l = .5 z(meanbp1) + .4 z(pafi1) - .4 z(age) - .3 z(crea1) + .3 z(alb1) - .5 [sepsis] - .4 [cancer];
    logit mu0 = -.8 - l; logit mu1 = -.8 - l - d with d = 1.2 [pafi1 < 200] - .8 [age >= 70] - .2; tau = mu1 - mu0, a
    risk difference; Y is Bernoulli(mu_A).
    """

    name = "rhc-risk-difference"
    title = "RHC, risk differences of a binary outcome"
    noise = 0.0
    larger_is_better = False

    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """The equations of the card."""
        logit = -0.8 - linear_index(columns)
        lungs, old = columns["pafi1"].to_numpy() < 200, columns["age"].to_numpy() >= 70
        return expit(logit), expit(logit - 1.2 * lungs + 0.8 * old + 0.2)


class Trial(RhcSurface):
    """A randomised trial of a drug against death within a month.

    P(A = 1) = .5 for everybody. logit mu0 = -.5 - l, with l as for rhc-risk-difference; logit mu1 = logit mu0 - .6 -
    .8 z(crea1) + .5 z(alb1), each z within 1.5; tau = mu1 - mu0; Y is Bernoulli(mu_A).
    """

    name = "rhc-trial"
    title = "A randomised trial: who benefits?"
    noise = 0.0
    larger_is_better = False
    flags = ("the treatment is randomised, not the real one",)

    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """The equations of the card."""
        logit = -0.5 - linear_index(columns)
        return expit(logit), expit(
            logit - 0.6 - 0.8 * z(columns, "crea1", 1.5) + 0.5 * z(columns, "alb1", 1.5)
        )

    def assign(self, patients: Patients, draw: np.random.Generator) -> Assignment:
        """Toss a coin for each patient."""
        treated = draw.random(len(patients.treatment)) < self.propensity(patients)
        return Assignment(treatment=treated.astype(np.int8), shift=np.zeros(len(treated)))

    def propensity(self, patients: Patients) -> Floats:
        """One half."""
        return np.full(len(patients.treatment), 0.5)


SURFACES = (RiskDifference(), Trial())
