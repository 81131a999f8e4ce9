"""Simulated studies on which causal methods are tried: the truth is known, and which models are right is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: The average effect: 1 + mean of x0, which is 0.
EFFECT = 1.0


@dataclass(frozen=True)
class Study:
    """n patients: three covariates, who was treated, and what became of them."""

    X: Floats
    treatment: Floats
    y: Floats


def study(rows: int, seed: int, *, curved_outcome: bool = False, curved_treatment: bool = False) -> Study:
    """Normal covariates; propensity and outcome linear in them (the former on the logit) unless they are curved.

    logit e = .8 x0 - .5 x1, or .8 (x0^2 - 1) - .5 x1; mu0 = x0 + x1, or x0^2 + x1; mu1 = mu0 + 1 + .5 x0; noise N(0, 1).
    """
    draw = np.random.default_rng([17, seed])
    X = draw.normal(size=(rows, 3))
    logit = 0.8 * (X[:, 0] ** 2 - 1 if curved_treatment else X[:, 0]) - 0.5 * X[:, 1]
    treatment = (draw.random(rows) < 1 / (1 + np.exp(-logit))).astype(float)
    untreated = (X[:, 0] ** 2 if curved_outcome else X[:, 0]) + X[:, 1]
    y = untreated + treatment * (EFFECT + 0.5 * X[:, 0]) + draw.normal(size=rows)
    return Study(X, treatment, y)


def encouraged(rows: int, seed: int) -> tuple[Study, Floats]:
    """Half are encouraged; a hidden cause moves treatment and outcome; the effect is 1 for everybody."""
    draw = np.random.default_rng([18, seed])
    X, hidden = draw.normal(size=(rows, 2)), draw.normal(size=rows)
    instrument = (draw.random(rows) < 0.5).astype(float)
    treatment = (2 * instrument - 1 + hidden + draw.normal(size=rows) > 0).astype(float)
    y = X[:, 0] + 2 * hidden + treatment + draw.normal(size=rows)
    return Study(X, treatment, y), instrument
