"""What weights do to the comparability of the two arms: balance of covariates, and patients left.

Separate from measures of error because these need no truth: they are what an analyst can see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Propensities below this, and above 1 less this, are called poor overlap.
TRIMMED_AT = 0.1


def mean_differences(columns: Any, treatment: Floats, weights: Floats) -> Floats:
    """Standardised mean difference of each covariate: (mean among treated - among untreated) / pooled sd, shape (k,).

    Means are weighted; the pooled sd, sqrt((s1^2 + s0^2) / 2), is that of the unweighted rows, so that only the means
    move. Missing numbers are left out; each level of a factor is a covariate of its own. A covariate
    that is missing wherever an arm has weight cannot be compared and is left out.

    Args:
        columns: pandas DataFrame, n rows.
        treatment: shape (n,), 0 or 1.
        weights: shape (n,), at least 0.

    Source: Austin 2011, Multivariate Behavioral Research 46:399-424.
    """
    import pandas as pd

    numbers = columns.select_dtypes("number").to_numpy("float64")
    factors = columns.select_dtypes("category")
    levels = [pd.get_dummies(factors, dtype="float64").to_numpy()] if factors.shape[1] else []
    values = np.column_stack([numbers, *levels])
    arms = [treatment == 1, treatment == 0]
    means = [_weighted_means(values[arm], weights[arm]) for arm in arms]
    pooled = np.sqrt(np.mean([np.nanvar(values[arm], axis=0) for arm in arms], axis=0))
    difference = means[0] - means[1]
    compared = (pooled > 0) & ~np.isnan(difference)
    return np.asarray(difference[compared] / pooled[compared])


def largest_difference(columns: Any, treatment: Floats, weights: Floats) -> float:
    """Largest absolute standardised mean difference: at least 0, lower is better; below .1 is called balanced."""
    for arm in (0, 1):
        if not np.any(weights[treatment == arm] > 0):
            raise Undefined("one arm has no weight")
    differences = mean_differences(columns, treatment, weights)
    if not len(differences):
        raise Undefined("no covariate that varies is known where both arms have weight")
    return float(np.max(np.abs(differences)))


def in_overlap(propensity: Floats) -> NDArray[np.bool_]:
    """Who has a propensity from .1 to .9, shape (n,): the rule of thumb of Crump et al. 2009, Biometrika 96:187-199."""
    return np.asarray((propensity >= TRIMMED_AT) & (propensity <= 1 - TRIMMED_AT))


def overlap(propensity: Floats) -> float:
    """Share of patients with a propensity from .1 to .9: 0 to 1, higher is better.

    Example:
        >>> overlap(np.array([0.05, 0.1, 0.5, 0.9]))
        0.75
    """
    return float(np.mean(in_overlap(propensity)))


def effective_share(weights: Floats, treatment: Floats) -> float:
    """Effective sample size of the smaller effective arm over its size: (sum w)^2 / (n sum w^2), least over arms.

    Range 0 to 1, higher is better, 1 for equal weights.

    Source: Kish 1965, Survey Sampling.

    Example:
        >>> effective_share(np.array([1.0, 1.0, 2.0, 0.0]), np.array([0.0, 0.0, 1.0, 1.0]))
        0.5
    """
    shares = []
    for arm in (0, 1):
        of_arm = weights[treatment == arm]
        squares = float(np.sum(of_arm**2))
        if squares == 0:
            raise Undefined("one arm has no weight")
        shares.append(float(of_arm.sum()) ** 2 / squares / len(of_arm))
    return min(shares)


def _weighted_means(values: Floats, weights: Floats) -> Floats:
    known = ~np.isnan(values)
    total = weights @ known
    return np.asarray(weights @ np.nan_to_num(values) / np.where(total > 0, total, np.nan))
