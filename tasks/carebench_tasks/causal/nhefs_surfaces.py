"""The response surfaces over NHEFS: weight gained by smokers who stop, in kg, under the real treatment.

Separate from those over RHC because cohort and unit differ. In the equations z(v) = (v - centre) / scale, with
centre and scale in `Z`, and [..] is 1 where the condition holds, else 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.causal.surface import Surface, is_level, standard

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Centre and scale of the covariates in the equations, near the cohort's mean and standard deviation.
Z = {"age": (44.0, 12.0), "wt71": (71.0, 16.0), "smokeintensity": (20.0, 12.0), "smokeyrs": (25.0, 12.0)}


class NhefsSurface(Surface):
    """A surface over NHEFS."""

    cohort = "nhefs"
    noise = 4.0


def z(columns: pd.DataFrame, name: str, within: float = np.inf) -> Floats:
    """The z of one covariate, no further than `within` from 0; shape (N,)."""
    return standard(columns, name, *Z[name], within)


class Linear(NhefsSurface):
    """Weight gain and effect are linear in the covariates.

    mu0 = 2 - 2 z(age) - 1.5 z(wt71) + .5 z(smokeyrs) + .5 [woman] kg; tau = 3.5 + 2 z(smokeintensity) - 1.5 z(age) kg;
    mu1 = mu0 + tau; Y = mu_A + N(0, 4^2) kg.
    """

    name = "nhefs-linear"
    title = "NHEFS, linear surface"

    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """The equations of the card."""
        woman = is_level(columns, "sex", "1")
        untreated = 2 - 2 * z(columns, "age") - 1.5 * z(columns, "wt71") + 0.5 * z(columns, "smokeyrs")
        effect = 3.5 + 2 * z(columns, "smokeintensity") - 1.5 * z(columns, "age")
        return untreated + 0.5 * woman, untreated + 0.5 * woman + effect


class NonLinear(NhefsSurface):
    """Weight gain bends with age and weight, and the effect with the number of cigarettes.

    mu0 = 3 - 2 max(z(age), 0)^2 + 2 sin(1.5 z(wt71)) - [woman] z(age); tau = 8 / (1 + exp(-3 z(smokeintensity))) -
    3 [age >= 55] kg; mu1 = mu0 + tau; each z within 2; Y = mu_A + N(0, 4^2) kg.
    """

    name = "nhefs-non-linear"
    title = "NHEFS, non-linear surface"

    def means(self, columns: pd.DataFrame) -> tuple[Floats, Floats]:
        """The equations of the card."""
        age, weight = z(columns, "age", 2), z(columns, "wt71", 2)
        woman, old = is_level(columns, "sex", "1"), columns["age"].to_numpy() >= 55
        untreated = 3 - 2 * np.maximum(age, 0) ** 2 + 2 * np.sin(1.5 * weight) - woman * age
        effect = 8 / (1 + np.exp(-3 * z(columns, "smokeintensity", 2))) - 3 * old
        return untreated, untreated + effect


SURFACES = (Linear(), NonLinear())
