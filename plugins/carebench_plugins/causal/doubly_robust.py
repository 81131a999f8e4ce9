"""Average effects that need only one of two models to be right: augmented weighting, TMLE, weighted regression.

Separate because they share two nuisances, the outcome given treatment and covariates and the propensity, and one
influence function, from which the intervals follow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from carebench_plugins.causal.average import AverageEffect, with_influence
from carebench_plugins.causal.entries import average
from carebench_plugins.causal.nuisance import Nuisances, cross_fitted
from carebench_plugins.causal.regressions import is_binary, of_outcome, propensities

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench import Model
    from carebench_plugins.causal.nuisance import Base

    Floats = NDArray[np.float64]

MODULES = (
    "carebench_plugins.causal.average",
    "carebench_plugins.causal.nuisance",
    "carebench_plugins.causal.regressions",
)
#: How far from 0 and 1 the scaled outcome's predictions stay before their logit is taken.
INSIDE = 0.001
STEPS = 50


def models() -> tuple[Model, ...]:
    """The models of this module."""
    aipw = "Robins JM, Rotnitzky A, Zhao LP. J Am Stat Assoc 1994;89:846-866"
    tmle = "van der Laan MJ, Rubin D. Int J Biostat 2006;2(1):11"
    return (
        average(
            "ipw-regression",
            build=WeightedRegression,
            title="Weighted regression",
            summary="G-computation whose two regressions are weighted by the inverse propensity.",
            citation="Smith MJ, Mansournia MA, Maringe C, et al. Stat Med 2022;41:407-432.",
            modules=MODULES,
        ),
        average(
            "weighted-standardisation",
            build=WeightedStandardisation,
            title="Weighted standardisation",
            summary="Each arm's regression averaged over that arm, patients weighted by the inverse propensity.",
            citation="Smith MJ, Mansournia MA, Maringe C, et al. Stat Med 2022;41:407-432, box 21.",
            modules=MODULES,
        ),
        average(
            "aipw",
            build=AugmentedWeighting,
            title="AIPW",
            summary="Augmented inverse-probability weighting with regressions for outcome and treatment. "
            "With 53 covariates and 1,000 patients its interval covered 182 of 200 truths (nhefs-linear): too narrow there.",
            citation=f"{aipw}.",
            modules=MODULES,
        ),
        average(
            "aipw-cross-fitted",
            build=AugmentedWeighting,
            params={"base": "boosting"},
            title="AIPW, cross-fitted",
            summary="AIPW with gradient boosting for both nuisances, each patient's predicted from other folds.",
            citation=f"{aipw}; Chernozhukov V, et al. Econom J 2018;21:C1-C68.",
            modules=MODULES,
        ),
        average(
            "tmle",
            build=Targeted,
            title="TMLE",
            summary="Targeted maximum likelihood with regressions for outcome and treatment. "
            "With 53 covariates and 1,000 patients its interval covered 182 of 200 truths (nhefs-linear): too narrow there.",
            citation=f"{tmle}.",
            modules=MODULES,
        ),
        average(
            "tmle-cross-validated",
            build=Targeted,
            params={"base": "boosting"},
            title="TMLE, cross-validated",
            summary="TMLE with gradient boosting for both nuisances, each patient's predicted from other folds.",
            citation=f"{tmle}; Zheng W, van der Laan MJ. 2011.",
            modules=MODULES,
        ),
    )


class _DoublyRobust:
    """The nuisances, by one regression of each kind on all rows, or cross-fitted by other learners.

    Args:
        base: None for regressions on all rows; else the learner that is cross-fitted.
        random_state: seed of folds and learners.
    """

    _found: AverageEffect

    def __init__(self, base: Base | None = None, random_state: int = 0) -> None:
        self.base = base
        self.random_state = random_state

    def average_effect(self) -> AverageEffect:
        """The average effect in all patients."""
        return self._found

    def _nuisances(self, X: Any, y: Floats, treatment: Floats) -> Nuisances:
        import numpy as np

        inputs = np.asarray(X, np.float64)
        if self.base is not None:
            seed = self.random_state % 2**31
            return cross_fitted(inputs, y, treatment, base=self.base, propensity=self.base, seed=seed)
        return of_regressions(inputs, y, treatment)


class AugmentedWeighting(_DoublyRobust):
    """The mean over patients of m1 - m0 + A (Y - m1) / e - (1 - A)(Y - m0) / (1 - e); interval from its spread."""

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> AugmentedWeighting:
        """Fit both nuisances on n patients, and average."""
        scores = augmented(y, treatment, self._nuisances(X, y, treatment))
        self._found = with_influence(float(scores.mean()), scores - scores.mean())
        return self


class Targeted(_DoublyRobust):
    """Outcome predictions moved along the logit, by A / e and (1 - A) / (1 - e), until their score equation is solved.

    Outcomes are scaled to 0 to 1 first. After the move, sum (A / e)(Y - m1*) = sum ((1 - A) / (1 - e))(Y - m0*) = 0, and
    the estimate is mean(m1* - m0*).

    Source: van der Laan and Rose 2011, Targeted Learning, chapters 4 and 7.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> Targeted:
        """Fit both nuisances on n patients, target them, and average."""
        low, span = (0.0, 1.0) if is_binary(y) else (float(y.min()), float(y.max() - y.min()))
        first = self._nuisances(X, y, treatment)
        scaled = (y - low) / span
        moved = replace(
            first,
            treated=low + span * targeted((first.treated - low) / span, scaled, treatment / first.propensity),
            untreated=low
            + span
            * targeted((first.untreated - low) / span, scaled, (1 - treatment) / (1 - first.propensity)),
        )
        self.nuisances = moved
        scores = augmented(y, treatment, moved)
        estimate = float((moved.treated - moved.untreated).mean())
        self._found = with_influence(estimate, scores - estimate)
        return self


class WeightedRegression:
    """G-computation with regressions weighted by A / e and (1 - A) / (1 - e); interval as for AIPW."""

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> WeightedRegression:
        """Fit on n patients, and standardise."""
        import numpy as np

        inputs = np.asarray(X, np.float64)
        score = propensities(inputs, treatment)
        treated, untreated = treatment == 1, treatment == 0
        ones = of_outcome(y).fit(inputs[treated], y[treated], 1 / score[treated])
        zeros = of_outcome(y).fit(inputs[untreated], y[untreated], 1 / (1 - score[untreated]))
        found = Nuisances(untreated=zeros.predict(inputs), treated=ones.predict(inputs), propensity=score)
        estimate = float((found.treated - found.untreated).mean())
        self._found = with_influence(estimate, augmented(y, treatment, found) - estimate)
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in all patients."""
        return self._found


class WeightedStandardisation:
    """mean over the treated of m1, less mean over the untreated of m0, weighted by A / e and (1 - A) / (1 - e).

    The regressions themselves are not weighted. It gives no interval.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> WeightedStandardisation:
        """Fit on n patients, and standardise within the arms."""
        import numpy as np

        given = of_regressions(np.asarray(X, np.float64), y, treatment)
        ones = np.average(given.treated, weights=treatment / given.propensity)
        zeros = np.average(given.untreated, weights=(1 - treatment) / (1 - given.propensity))
        self._found = AverageEffect(float(ones - zeros), None, None)
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in all patients."""
        return self._found


def of_regressions(inputs: Floats, y: Floats, treatment: Floats) -> Nuisances:
    """One outcome regression in each arm and one of the treatment, on the main effects of all n rows."""
    arms = [of_outcome(y).fit(inputs[treatment == arm], y[treatment == arm]) for arm in (0, 1)]
    return Nuisances(
        untreated=arms[0].predict(inputs),
        treated=arms[1].predict(inputs),
        propensity=propensities(inputs, treatment),
    )


def augmented(y: Floats, treatment: Floats, given: Nuisances) -> Floats:
    """m1 - m0 + A (Y - m1) / e - (1 - A)(Y - m0) / (1 - e), shape (n,): unbiased if either nuisance is right."""
    rest_treated = treatment * (y - given.treated) / given.propensity
    rest_untreated = (1 - treatment) * (y - given.untreated) / (1 - given.propensity)
    return given.treated - given.untreated + rest_treated - rest_untreated


def targeted(mean: Floats, y: Floats, weights: Floats) -> Floats:
    """The prediction expit(logit(mean) + epsilon), with epsilon such that sum weights (y - prediction) = 0, shape (n,).

    Newton's method on the weighted logistic regression with an offset and a constant alone.
    """
    import numpy as np
    from scipy.special import expit, logit

    offset, epsilon = logit(np.clip(mean, INSIDE, 1 - INSIDE)), 0.0
    for _ in range(STEPS):
        moved = expit(offset + epsilon)
        slope = float(weights @ (moved * (1 - moved)))
        step = float(weights @ (y - moved)) / max(slope, 1e-12)
        epsilon += step
        if abs(step) < 1e-12:
            break
    return np.asarray(expit(offset + epsilon))
