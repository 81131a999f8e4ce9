"""Survival models read at the horizon: Cox regression, a random survival forest and a discrete-time hazard network.

Separate because they learn from when patients died, and from those lost before the horizon, whom a classifier cannot use.
All see follow-up up to the horizon only (van Houwelingen 2007, Scand J Stat 34:70-85): what happens later cannot
tilt the risk by then, where hazards are not proportional. Their risk is 1 - S(horizon | x). This module is their list.
"""

from __future__ import annotations

from carebench import Choice, FloatRange, IntRange, Model
from carebench_plugins import neural

HERE = "carebench_plugins.survival"
SHARED = (f"{HERE}.follow_up",)
#: Families that reveal follow-up times.
FAMILIES = ("mortality",)


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "cox",
            families=FAMILIES,
            build=f"{HERE}.cox.CoxAtHorizon",
            search={"alpha": FloatRange(1e-2, 1e3, log=True)},
            title="Cox proportional hazards",
            summary="Ridge Cox regression of follow-up up to the horizon, with Breslow's baseline read there.",
            citation="Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220.",
            requires=("scikit-survival",),
            modules=SHARED,
            extra="survival",
        ),
        Model(
            "random-survival-forest",
            families=FAMILIES,
            build=f"{HERE}.forest.SurvivalForestAtHorizon",
            # Ishwaran and Kogalur's defaults lie inside: leaves of 15 and a root of the columns.
            search={"max_features": FloatRange(0.05, 1.0), "min_samples_leaf": IntRange(5, 100, log=True)},
            title="Random survival forest",
            summary="Mean survival at the horizon of 100 trees split by log-rank, with at least 15 patients a leaf.",
            citation="Ishwaran H, Kogalur UB, Blackstone EH, Lauer MS. Random survival forests. Ann Appl Stat 2008;2:841-860.",
            requires=("scikit-survival",),
            modules=SHARED,
            extra="survival",
            memory=2 * 2**30,
        ),
        Model(
            "discrete-time-hazard",
            families=FAMILIES,
            build=f"{HERE}.hazards.DiscreteTimeHazard",
            search={**neural.SEARCH, "intervals": Choice([5, 10, 20])},
            title="Discrete-time hazard network",
            summary="Perceptron that gives the hazard of each of ten intervals up to the horizon.",
            citation="Gensheimer MF, Narasimhan B. A scalable discrete-time survival model for neural networks. PeerJ 2019;7:e6257.",
            modules=(*SHARED, "carebench_plugins.neural"),
            requires=("torch",),
        ),
    )
