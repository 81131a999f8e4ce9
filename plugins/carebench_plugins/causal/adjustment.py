"""Average effects by modelling the outcome: differences, regression, g-computation, g-estimation, stratification.

Separate from weighting and matching because these compare patients through a model of what would have happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.causal.average import AverageEffect, with_error, with_influence
from carebench_plugins.causal.entries import average
from carebench_plugins.causal.regressions import (
    RANK,
    Logistic,
    is_binary,
    least_squares,
    of_outcome,
    propensities,
    standardised,
    with_constant,
)
from carebench_plugins.families import AVERAGE_EFFECTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = ("carebench_plugins.causal.average", "carebench_plugins.causal.regressions")
STRATA = 5


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        average(
            "naive-difference",
            build=NaiveDifference,
            title="Naive difference",
            summary="Difference of the two arms' means, as if treatment had been randomised.",
            citation="Welch BL. Biometrika 1947;34:28-35.",
            modules=MODULES,
        ),
        average(
            "outcome-regression",
            build=OutcomeRegression,
            title="Outcome regression",
            summary="Coefficient of treatment in a least-squares regression on all covariates, one effect for everybody; with robustness value. "
            "Where effects differ between patients it is off the ATE, and its interval with it (154 of 200 truths of nhefs-linear).",
            citation="Cinelli C, Hazlett C. J R Stat Soc B 2020;82:39-67.",
            modules=MODULES,
        ),
        average(
            "g-computation",
            build=GComputation,
            title="G-computation",
            summary="A regression in each arm, standardised over all patients; interval by the delta method. "
            "With 53 covariates and 1,000 patients its interval covered 181 of 200 truths (nhefs-linear): too narrow there.",
            citation="Robins J. Math Modelling 1986;7:1393-1512; Snowden JM, Rose S, Mortimer KM. Am J Epidemiol 2011;173:731-738.",
            modules=MODULES,
        ),
        average(
            "propensity-regression",
            build=PropensityRegression,
            title="Regression on the propensity",
            summary="Least squares on treatment and propensity alone, one effect for everybody.",
            citation="Rosenbaum PR, Rubin DB. Biometrika 1983;70:41-55.",
            modules=MODULES,
        ),
        Model(
            "regression-with-product",
            families=AVERAGE_EFFECTS,
            build=ProductRegression,
            inputs="raw",
            params={"product": "smokeintensity"},
            title="Regression with a product",
            summary="Least squares with treatment times cigarettes a day, standardised: the model of What If.",
            citation="Hernan MA, Robins JM. Causal Inference: What If, chapter 13. 2020.",
            requires=("pandas",),
            modules=MODULES,
        ),
        average(
            "g-estimation",
            build=GEstimation,
            title="G-estimation",
            summary="The one effect for everybody that, once taken off, leaves outcomes without relation to treatment given covariates. "
            "Where effects differ between patients it is off the ATE, and its interval with it (155 of 200 truths of nhefs-linear).",
            citation="Robins JM, Mark SD, Newey WK. Biometrics 1992;48:479-495.",
            modules=MODULES,
        ),
        average(
            "stratification",
            build=Stratification,
            title="Stratification",
            summary="Mean over fifths of the propensity of the difference of means within them.",
            citation="Rosenbaum PR, Rubin DB. J Am Stat Assoc 1984;79:516-524.",
            modules=MODULES,
        ),
    )


class _Found:
    """An estimator that keeps its result."""

    _found: AverageEffect

    def average_effect(self) -> AverageEffect:
        """The estimate with its interval and estimand."""
        return self._found


class NaiveDifference(_Found):
    """mean(Y | A = 1) - mean(Y | A = 0), with Welch's standard error."""

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> NaiveDifference:
        """Compare the arms among n patients."""
        del X
        arms = [y[treatment == 1], y[treatment == 0]]
        error = sum(arm.var(ddof=1) / len(arm) for arm in arms) ** 0.5
        self._found = with_error(arms[0].mean() - arms[1].mean(), error)
        return self


class OutcomeRegression(_Found):
    """Y = a + psi A + X'b by least squares; psi with its classical standard error.

    It is given as the ATE, which it is where the effect is the same for everybody; else psi weights patients by the
    variance of their treatment, and the board shows how far that is from the ATE. So do the regression on the propensity
    and g-estimation.

    `robustness_value` is Cinelli and Hazlett's: hidden causes that explain less than this share of the residual
    variance both of treatment and of outcome cannot bring psi to 0. With t of psi and f = |t| / sqrt(degrees of
    freedom), it is (sqrt(f^4 + 4 f^2) - f^2) / 2.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> OutcomeRegression:
        """Fit on n patients."""
        line = least_squares(with_constant(treatment, X), y)
        effect, error = float(line.coefficients[1]), float(line.covariance[1, 1]) ** 0.5
        f = abs(effect) / error / max(line.freedom, 1) ** 0.5
        self.robustness_value = ((f**4 + 4 * f**2) ** 0.5 - f**2) / 2
        self._found = with_error(effect, error)
        return self


class GComputation(_Found):
    """mean over all patients of m1(X) - m0(X), m_a a regression in arm a: logistic for outcomes of 0 or 1, else linear.

    The influence of a patient on the estimate is m1 - m0 - estimate plus, for the patient's own arm, the mean
    gradient of the prediction times the inverse information times the patient's score.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> GComputation:
        """Fit both arms among n patients, and standardise."""
        import numpy as np

        inputs, means, influence = np.asarray(X, np.float64), {}, np.zeros(len(y))
        for arm, sign in ((1, 1.0), (0, -1.0)):
            mine = treatment == arm
            means[arm] = of_outcome(y).fit(inputs[mine], y[mine]).predict(inputs)
            influence += sign * _influence(inputs, y, mine, means[arm])
        estimate = float(np.mean(means[1] - means[0]))
        self._found = with_influence(estimate, influence + means[1] - means[0] - estimate)
        return self


def _influence(inputs: Floats, y: Floats, mine: NDArray[np.bool_], mean: Floats) -> Floats:
    """What fitting one arm adds to each patient's influence, shape (n,); 0 outside the arm."""
    import numpy as np

    design = with_constant(inputs)
    slope = mean * (1 - mean) if is_binary(y) else np.ones(len(y))
    information = (design[mine] * slope[mine, None]).T @ design[mine]
    direction = np.linalg.pinv(information, rcond=RANK**2, hermitian=True) @ (design * slope[:, None]).mean(
        axis=0
    )
    return np.asarray(np.where(mine, len(y) * (design @ direction) * (y - mean), 0.0))


class PropensityRegression(_Found):
    """Y = a + psi A + b e by least squares, e the propensity by logistic regression.

    Where outcomes were lost, e is fitted on all patients and the line on those whose outcome was seen.
    """

    def fit(
        self, X: Any, y: Floats, *, treatment: Floats, observed: Floats | None = None
    ) -> PropensityRegression:
        """Fit on n patients."""
        import numpy as np

        seen = np.ones(len(y), bool) if observed is None else observed == 1
        design = with_constant(treatment, propensities(X, treatment))
        line = least_squares(design[seen], y[seen])
        self._found = with_error(line.coefficients[1], line.covariance[1, 1] ** 0.5)
        return self


class ProductRegression(_Found):
    """One least-squares regression with a product of treatment and a covariate, standardised over all patients.

    Y = a + psi A + X'b + c A v; the estimate is psi + c mean(v), with its standard error, the mean taken as known.

    Args:
        product: the name of the covariate v.
    """

    def __init__(self, product: str) -> None:
        self.product = product

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> ProductRegression:
        """Fit on n patients, given as a DataFrame without missing values.

        Raises:
            Unsuited: without the covariate, or with missing values.
        """
        import numpy as np
        import pandas as pd

        if self.product not in X.columns or X.isna().any(axis=None):
            raise Unsuited(f"it needs the covariate {self.product!r} and complete data")
        value = X[self.product].to_numpy("float64")
        coded = pd.get_dummies(X, dtype="float64").to_numpy("float64")
        line = least_squares(with_constant(treatment, treatment * value, standardised(coded)), y)
        at = np.array([1.0, value.mean()])
        error = float(at @ line.covariance[1:3, 1:3] @ at) ** 0.5
        self.coefficients = line.coefficients[1:3]
        self._found = with_error(float(at @ self.coefficients), error)
        return self


class GEstimation(_Found):
    """The psi at which Y - psi A is unrelated to A given X: sum w (Y - psi A)(A - e) = 0, in closed form.

    e is the propensity by logistic regression. Where outcomes were lost, w is the inverse probability of having been
    seen given X and A, and e is fitted with these weights; else w is 1. The standard error allows for the estimated e.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats, observed: Floats | None = None) -> GEstimation:
        """Solve the estimating equation on those of n patients whose outcome was seen."""
        import numpy as np

        inputs, seen = np.asarray(X, np.float64), np.ones(len(y), bool) if observed is None else observed == 1
        weights = np.ones(len(y))
        if not seen.all():
            stayed = Logistic().fit(np.column_stack([inputs, treatment]), seen.astype(np.float64))
            weights = 1 / stayed.predict(np.column_stack([inputs, treatment]))
        inputs, y, treated, weights = inputs[seen], y[seen], treatment[seen], weights[seen]
        residual = weights * (treated - propensities(inputs, treated, weights))
        information = float(residual @ treated)
        effect = float(residual @ y) / information
        scores = with_constant(inputs) * residual[:, None]
        equation = residual * (y - effect * treated)
        left = equation - scores @ (np.linalg.pinv(scores, rcond=RANK) @ equation)
        self._found = with_error(effect, float(np.sqrt(left @ left)) / abs(information))
        return self


class Stratification(_Found):
    """Differences of means within fifths of the propensity, averaged by size; a fifth without both arms is left out."""

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> Stratification:
        """Cut n patients into five and compare the arms in each."""
        import numpy as np

        score = propensities(X, treatment)
        cuts = np.quantile(score, np.arange(1, STRATA) / STRATA)
        stratum = np.searchsorted(cuts, score, side="right")
        parts = []
        for number in range(STRATA):
            arms = [y[(stratum == number) & (treatment == arm)] for arm in (1, 0)]
            if min(len(arm) for arm in arms) > 1:
                variance = sum(arm.var(ddof=1) / len(arm) for arm in arms)
                parts.append((np.sum(stratum == number), arms[0].mean() - arms[1].mean(), variance))
        size, difference, variance = (np.array(column, np.float64) for column in zip(*parts, strict=True))
        share = size / size.sum()
        self._found = with_error(share @ difference, float(np.sqrt(share**2 @ variance)))
        return self
