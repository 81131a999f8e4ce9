"""Meta-learners: effects of patients from any two regressors, by nine published recipes.

Separate because they share nuisances and a last regression and differ in one line each. Our S-, T- and X-learners are
held to EconML's in the tests; they are written here because the nuisances are shared with the other six, which
EconML lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from carebench_plugins.causal.doubly_robust import augmented
from carebench_plugins.causal.nuisance import Expectation, Nuisances, clipped, cross_fitted, regressor

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.causal.nuisance import Base

    Floats = NDArray[np.float64]

Recipe = Literal["dr", "r", "u", "ra", "pw"]


class Constant:
    """The same effect for everybody: the coefficient of treatment in a least-squares regression."""

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> Constant:
        """Fit on n patients."""
        import numpy as np

        from carebench_plugins.causal.regressions import least_squares, with_constant

        self._effect = float(least_squares(with_constant(treatment, np.asarray(X)), y).coefficients[1])
        return self

    def effect(self, X: Any) -> Floats:
        """The constant, shape (n,)."""
        import numpy as np

        return np.full(len(X), self._effect)


class SLearner:
    """One model of the outcome, with treatment among the inputs: effect(x) = m(x, 1) - m(x, 0).

    Args:
        base: the learner.
        random_state: its seed.

    Source: Kuenzel et al. 2019, PNAS 116:4156-4165.
    """

    def __init__(self, base: Base = "linear", random_state: int = 0) -> None:
        self.base = base
        self.random_state = random_state

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> SLearner:
        """Fit on n patients."""
        import numpy as np

        model = Expectation(self.base, self.random_state % 2**31)
        self._model = model.fit(np.column_stack([treatment, np.asarray(X, np.float64)]), y)
        return self

    def potential_outcomes(self, X: Any) -> tuple[Floats, Floats]:
        """Expected outcomes without and with treatment, each of shape (n,)."""
        import numpy as np

        inputs = np.asarray(X, np.float64)
        without, treated = (np.column_stack([np.full(len(inputs), arm), inputs]) for arm in (0.0, 1.0))
        return self._model.predict(without), self._model.predict(treated)

    def effect(self, X: Any) -> Floats:
        """One effect a row, shape (n,)."""
        untreated, treated = self.potential_outcomes(X)
        return treated - untreated


class TLearner:
    """A model of the outcome in each arm: effect(x) = m1(x) - m0(x).

    Args:
        base: the learner.
        random_state: its seed.

    Source: Kuenzel et al. 2019.
    """

    def __init__(self, base: Base = "linear", random_state: int = 0) -> None:
        self.base = base
        self.random_state = random_state

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> TLearner:
        """Fit on n patients."""
        import numpy as np

        inputs, seed = np.asarray(X, np.float64), self.random_state % 2**31
        self._arms = [
            Expectation(self.base, seed).fit(inputs[treatment == arm], y[treatment == arm]) for arm in (0, 1)
        ]
        return self

    def potential_outcomes(self, X: Any) -> tuple[Floats, Floats]:
        """Expected outcomes without and with treatment, each of shape (n,)."""
        import numpy as np

        inputs = np.asarray(X, np.float64)
        return self._arms[0].predict(inputs), self._arms[1].predict(inputs)

    def effect(self, X: Any) -> Floats:
        """One effect a row, shape (n,)."""
        untreated, treated = self.potential_outcomes(X)
        return treated - untreated


class XLearner(TLearner):
    """Effects of the treated and of the untreated, each imputed by the other arm's model, weighted by the propensity.

    d1 = y - m0(x) among the treated and d0 = m1(x) - y among the others are regressed on x; effect(x) = e(x) d0(x) +
    (1 - e(x)) d1(x).

    Source: Kuenzel et al. 2019.
    """

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> XLearner:
        """Fit on n patients."""
        import numpy as np

        super().fit(X, y, treatment=treatment)
        inputs, seed = np.asarray(X, np.float64), self.random_state % 2**31
        untreated, treated = self.potential_outcomes(inputs)
        of_treated, of_others = treatment == 1, treatment == 0
        self._of_treated = regressor(self.base, seed).fit(inputs[of_treated], (y - untreated)[of_treated])
        self._of_others = regressor(self.base, seed).fit(inputs[of_others], (treated - y)[of_others])
        self._score = Expectation(self.base, seed).fit(inputs, treatment)
        return self

    def effect(self, X: Any) -> Floats:
        """One effect a row, shape (n,)."""
        import numpy as np

        inputs = np.asarray(X, np.float64)
        score = clipped(self._score.predict(inputs))
        return np.asarray(
            score * self._of_others.predict(inputs) + (1 - score) * self._of_treated.predict(inputs)
        )


class PseudoOutcome:
    """A regression of one pseudo-outcome a patient on the covariates, nuisances cross-fitted.

    With m0, m1 the expected outcomes in the arms, m their mean by propensity e, and A the treatment:

    - dr: m1 - m0 + A (Y - m1) / e - (1 - A)(Y - m0) / (1 - e). Kennedy 2023, Electronic Journal of Statistics 17:3008-3049.
    - r: (Y - m) / (A - e), weighted by (A - e)^2. Nie and Wager 2021, Biometrika 108:299-319.
    - u: (Y - m) / (A - e), unweighted. Kuenzel et al. 2019, supplement; Signorovitch 2007.
    - ra: A (Y - m0) + (1 - A)(m1 - Y). Curth and van der Schaar 2021, AISTATS.
    - pw: (A / e - (1 - A) / (1 - e)) Y. Curth and van der Schaar 2021.

    Args:
        recipe: which pseudo-outcome.
        base: learner of the outcome in each arm and of the last regression.
        propensity: learner of the propensity.
        random_state: seed of folds and learners.
    """

    def __init__(
        self, recipe: Recipe, base: Base = "boosting", propensity: Base = "ridge", random_state: int = 0
    ) -> None:
        self.recipe = recipe
        self.base = base
        self.propensity_base = propensity
        self.random_state = random_state

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> PseudoOutcome:
        """Fit on n patients."""
        import numpy as np

        inputs, seed = np.asarray(X, np.float64), self.random_state % 2**31
        given = cross_fitted(inputs, y, treatment, base=self.base, propensity=self.propensity_base, seed=seed)
        made, weights = RECIPES[self.recipe](y, treatment, given)
        self._last = regressor(self.base, seed).fit(inputs, made, sample_weight=weights)
        self._score = Expectation(self.propensity_base, seed).fit(inputs, treatment)
        return self

    def effect(self, X: Any) -> Floats:
        """One effect a row, shape (n,)."""
        import numpy as np

        return np.asarray(self._last.predict(np.asarray(X, np.float64)), np.float64)

    def propensity(self, X: Any) -> Floats:
        """Probability of treatment, shape (n,)."""
        import numpy as np

        return self._score.predict(np.asarray(X, np.float64))


def _doubly_robust(y: Floats, treatment: Floats, given: Nuisances) -> tuple[Floats, None]:
    return augmented(y, treatment, given), None


def _residual(y: Floats, treatment: Floats, given: Nuisances) -> tuple[Floats, Floats]:
    left = treatment - given.propensity
    return (y - given.outcome) / left, left**2


def _unweighted_residual(y: Floats, treatment: Floats, given: Nuisances) -> tuple[Floats, None]:
    return _residual(y, treatment, given)[0], None


def _regression_adjusted(y: Floats, treatment: Floats, given: Nuisances) -> tuple[Floats, None]:
    return treatment * (y - given.untreated) + (1 - treatment) * (given.treated - y), None


def _weighted(y: Floats, treatment: Floats, given: Nuisances) -> tuple[Floats, None]:
    return (treatment / given.propensity - (1 - treatment) / (1 - given.propensity)) * y, None


RECIPES: dict[Recipe, Callable[[Floats, Floats, Nuisances], tuple[Floats, Floats | None]]] = {
    "dr": _doubly_robust,
    "r": _residual,
    "u": _unweighted_residual,
    "ra": _regression_adjusted,
    "pw": _weighted,
}
