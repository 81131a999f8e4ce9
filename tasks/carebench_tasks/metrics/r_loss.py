"""The R-loss: how well estimated effects explain held-out outcomes, without any true effect.

Separate from the metrics of causal answers, which know the truth: this is what tuning may see of training patients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Propensities are kept this far from 0 and 1.
MARGIN = 0.01
#: Penalties of the ridge regression of the outcome, the best by generalised cross-validation.
PENALTIES = tuple(10.0**power for power in range(-2, 5))


def r_loss(outcome: Floats, treatment: Floats, effect: Floats, expected: Floats, propensity: Floats) -> float:
    """Mean of ((y - m(x)) - (w - e(x)) tau(x))^2, in squared units of the outcome; at least 0, lower is better.

    m is the expected outcome and e the propensity given the covariates alone. With the true m and e, the true effect has
    the least expected loss of all functions of x. Source: Nie and Wager 2021, Biometrika 108:299-319.

    Args:
        outcome: y, shape (n,).
        treatment: w, 0 or 1, shape (n,).
        effect: tau(x), estimated, shape (n,).
        expected: m(x), shape (n,).
        propensity: e(x), shape (n,).

    Example:
        >>> ones = np.ones(2)
        >>> r_loss(np.array([1.0, 0.0]), np.array([1.0, 0.0]), ones, 0.5 * ones, 0.5 * ones)
        0.0
    """
    return float(np.mean(((outcome - expected) - (treatment - propensity) * effect) ** 2))


def nuisances(
    covariates: NDArray[np.floating], outcome: Floats, treatment: Floats, asked: NDArray[np.floating]
) -> tuple[Floats, Floats]:
    """Expected outcome by ridge and propensity by logistic regression, fitted on some patients, of others.

    Args:
        covariates: shape (n, p), standardised.
        outcome: shape (n,).
        treatment: 0 or 1, shape (n,).
        asked: covariates of those who are asked about, shape (m, p).

    Returns:
        Two arrays of shape (m,); the propensity at least `MARGIN` from 0 and 1.
    """
    from sklearn.linear_model import LogisticRegression, RidgeCV

    expected = RidgeCV(PENALTIES).fit(covariates, outcome).predict(asked)
    treated = LogisticRegression(max_iter=1000).fit(covariates, treatment).predict_proba(asked)[:, 1]
    return np.asarray(expected), np.clip(treated, MARGIN, 1 - MARGIN)
