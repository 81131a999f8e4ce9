"""The metrics of average effects, as the board shows them; separate because they are a table of declarations."""

from __future__ import annotations

from carebench import Metric

METRICS = (
    Metric(
        name="standardised_error",
        label="RMSE / sd(Y0)",
        better="lower",
        low=None,
        high=None,
        ideal=0,
        summary="(estimate - truth of its own estimand) / sd(Y(0)); root mean square over replications.",
        over_seeds="root-mean-square",
    ),
    Metric(
        name="bias",
        label="Bias / sd(Y0)",
        better="nearer",
        low=None,
        high=None,
        ideal=0,
        summary="Mean of (estimate - truth) / sd(Y(0)) over replications.",
    ),
    Metric(
        name="absolute_error",
        label="Median error",
        better="lower",
        low=0,
        high=None,
        ideal=0,
        summary="Median over replications of |estimate - truth| / sd(Y(0)).",
        over_seeds="median",
    ),
    Metric(
        name="coverage",
        label="Coverage",
        better="nearer",
        low=0,
        high=1,
        ideal=0.95,
        summary="Share of replications whose 95 % interval holds the truth; read it from 200 replications on.",
    ),
    Metric(
        name="width",
        label="Width / sd(Y0)",
        better="lower",
        low=0,
        high=None,
        ideal=0,
        summary="Mean width of the 95 % interval over sd(Y(0)).",
    ),
    Metric(
        name="largest_difference",
        label="Largest SMD",
        better="lower",
        low=0,
        high=None,
        ideal=0,
        summary="Largest absolute standardised mean difference of a covariate after weighting; below .1 is balance.",
    ),
    Metric(
        name="effective_share",
        label="ESS / n",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary="Effective sample size over sample size, of the arm where it is less.",
    ),
)
