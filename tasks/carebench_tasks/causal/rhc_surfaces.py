"""The response surfaces over RHC: from linear to strongly non-linear, observed outcomes continuous.

Separate from the binary and the designed ones so that each module fits in one reading. In the equations
z(v) = (v - centre) / scale, with centre and scale in `Z`; [..] is 1 where the condition holds, else 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.causal.surface import Assignment, Surface, expit, is_level, standard

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.causal.patients import Patients

    Floats = NDArray[np.float64]

#: Centre and scale of the covariates in the equations, near the cohort's mean and standard deviation.
Z = {
    "age": (61.0, 17.0),
    "meanbp1": (78.0, 38.0),
    "pafi1": (222.0, 115.0),
    "hrt1": (115.0, 41.0),
    "crea1": (2.1, 2.0),
    "alb1": (3.1, 0.8),
    "hema1": (32.0, 8.4),
    "scoma1": (21.0, 30.0),
}


class RhcSurface(Surface):
    """A surface over RHC."""

    cohort = "rhc"


def z(columns: pd.DataFrame, name: str, within: float = np.inf) -> Floats:
    """The z of one covariate, no further than `within` from 0; shape (N,)."""
    return standard(columns, name, *Z[name], within)


def linear_index(columns: pd.DataFrame) -> Floats:
    """.5 z(meanbp1) + .4 z(pafi1) - .4 z(age) - .3 z(crea1) + .3 z(alb1) - .5 [sepsis] - .4 [cancer], shape (N,)."""
    sepsis, cancer = is_level(columns, "cat1", "MOSF w/Sepsis"), is_level(columns, "ca", "Yes", "Metastatic")
    numbers = 0.5 * z(columns, "meanbp1") + 0.4 * z(columns, "pafi1") - 0.4 * z(columns, "age")
    return np.asarray(
        numbers - 0.3 * z(columns, "crea1") + 0.3 * z(columns, "alb1") - 0.5 * sepsis - 0.4 * cancer
    )


def curved_index(columns: pd.DataFrame) -> Floats:
    """.7 z(meanbp1) + .6 z(pafi1) - .6 z(age) + .4 z(hema1) - .3 [sepsis], each z within 2, shape (N,)."""
    sepsis = is_level(columns, "cat1", "MOSF w/Sepsis")
    numbers = 0.7 * z(columns, "meanbp1", 2) + 0.6 * z(columns, "pafi1", 2) - 0.6 * z(columns, "age", 2)
    return np.asarray(numbers + 0.4 * z(columns, "hema1", 2) - 0.3 * sepsis)


class Linear(RhcSurface):
    """Outcome and effect are linear in the covariates, under the real treatment.

    mu0 = .5 z(meanbp1) + .4 z(pafi1) - .4 z(age) - .3 z(crea1) + .3 z(alb1) - .5 [sepsis] - .4 [cancer];
    tau = .5 - .5 z(pafi1) - .4 z(age) + .3 z(alb1); mu1 = mu0 + tau; Y = mu_A + N(0, 1).
    """

    name = "rhc-linear"
    title = "RHC, linear surface"

    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """The equations of the card."""
        untreated = linear_index(columns)
        effect = 0.5 - 0.5 * z(columns, "pafi1") - 0.4 * z(columns, "age") + 0.3 * z(columns, "alb1")
        return untreated, untreated + effect


class NonLinear(RhcSurface):
    """Without treatment the outcome is exponential in an index, with treatment linear, under the real treatment.

    s = .7 z(meanbp1) + .6 z(pafi1) - .6 z(age) + .4 z(hema1) - .3 [sepsis], each z within 2; mu0 = exp(.2 + .7 s);
    mu1 = 2 + s; tau = mu1 - mu0; Y = mu_A + N(0, 1). The shape of Hill's response surface B.
    """

    name = "rhc-non-linear"
    title = "RHC, strongly non-linear surface"

    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """The equations of the card."""
        index = curved_index(columns)
        return np.exp(0.2 + 0.7 * index), 2 + index


class Heterogeneous(RhcSurface):
    """The outcome is linear and the effect a step with an interaction that turns its sign, under the real treatment.

    mu0 as for rhc-linear; tau = 1.5 [pafi1 < 200] - 1.5 [age >= 70] + z(meanbp1) [no sepsis], z within 2;
    mu1 = mu0 + tau; Y = mu_A + N(0, 1).
    """

    name = "rhc-heterogeneous"
    title = "RHC, steps and interactions in the effect"

    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """The equations of the card."""
        untreated = linear_index(columns)
        lungs, old = columns["pafi1"].to_numpy() < 200, columns["age"].to_numpy() >= 70
        spared = 1 - is_level(columns, "cat1", "MOSF w/Sepsis")
        return untreated, untreated + 1.5 * lungs - 1.5 * old + z(columns, "meanbp1", 2) * spared


class PoorOverlap(NonLinear):
    """The non-linear surface under a treatment that is drawn and nearly decided by the covariates.

    P(A = 1) = e = expit(-.6 - 1.6 z(pafi1) - 1.2 z(meanbp1) + .8 z(hrt1) + [sepsis]), each z within 2: a fifth of the
    patients or more have e below .05 or above .95. Means as for rhc-non-linear; Y = mu_A + N(0, 1).
    """

    name = "rhc-poor-overlap"
    title = "RHC, non-linear surface with poor overlap"
    flags = ("the treatment is drawn, not the real one",)

    def assign(self, patients: Patients, draw: np.random.Generator) -> Assignment:
        """Draw the treatment of each patient."""
        treated = draw.random(len(patients.treatment)) < self.propensity(patients)
        return Assignment(treatment=treated.astype(np.int8), shift=np.zeros(len(treated)))

    def propensity(self, patients: Patients) -> Floats:
        """The equation of the card."""
        columns = patients.columns
        numbers = -0.6 - 1.6 * z(columns, "pafi1", 2) - 1.2 * z(columns, "meanbp1", 2)
        return expit(numbers + 0.8 * z(columns, "hrt1", 2) + is_level(columns, "cat1", "MOSF w/Sepsis"))


SURFACES = (Linear(), NonLinear(), Heterogeneous(), PoorOverlap())
