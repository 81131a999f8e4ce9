"""What causal methods need on the way: expected outcomes and propensities from exchangeable learners, and cross-fitting.

Separate because many methods fit these nuisances in the same way and differ in what they do with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from carebench_plugins.causal.regressions import is_binary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Base = Literal["linear", "ridge", "forest", "boosting"]
FOLDS = 5
#: Propensities are kept this far from 0 and 1 before anything is divided by them.
CLIP = 0.01


@dataclass(frozen=True, kw_only=True)
class Nuisances:
    """Of each of n patients, predicted from others.

    Attributes:
        untreated: shape (n,), expected outcome without treatment.
        treated: shape (n,), expected outcome with treatment.
        outcome: shape (n,), expected outcome whatever the treatment: e treated + (1 - e) untreated.
        propensity: shape (n,), within [.01, .99].
    """

    untreated: Floats
    treated: Floats
    propensity: Floats

    @property
    def outcome(self) -> Floats:
        """E treated + (1 - e) untreated."""
        return self.propensity * self.treated + (1 - self.propensity) * self.untreated


class Expectation:
    """The expected value of an outcome given covariates: the probability of 1 where the outcome is 0 or 1.

    Args:
        base: which learner.
        seed: for learners that draw.
    """

    def __init__(self, base: Base, seed: int = 0) -> None:
        self.base, self.seed = base, seed

    def fit(self, X: Floats, y: Floats, weights: Floats | None = None) -> Expectation:
        """Fit on n rows; to a constant where only one value was seen."""
        import numpy as np

        self._constant = float(y[0]) if np.ptp(y) == 0 else None
        if self._constant is None:
            self._classifies = is_binary(y)
            learner = (
                _classifier(self.base, self.seed) if self._classifies else regressor(self.base, self.seed)
            )
            self._fitted = learner.fit(X, y, **({} if weights is None else {"sample_weight": weights}))
        return self

    def predict(self, X: Floats) -> Floats:
        """Expected outcomes, shape (n,)."""
        import numpy as np

        if self._constant is not None:
            return np.full(len(X), self._constant)
        if self._classifies:
            return np.asarray(self._fitted.predict_proba(X)[:, 1], np.float64)
        return np.asarray(self._fitted.predict(X), np.float64)


def regressor(base: Base, seed: int) -> Any:
    """An unfitted regressor of scikit-learn."""
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
    from sklearn.linear_model import LinearRegression, RidgeCV

    if base == "linear":
        return LinearRegression()
    if base == "ridge":
        return RidgeCV(alphas=np.logspace(-1, 4, 11))
    if base == "forest":
        return RandomForestRegressor(100, min_samples_leaf=5, max_features=0.5, random_state=seed)
    return HistGradientBoostingRegressor(max_iter=80, max_leaf_nodes=8, learning_rate=0.08, random_state=seed)


def _classifier(base: Base, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    if base == "linear":
        return LogisticRegression(C=1e6, max_iter=2000)
    if base == "ridge":
        return LogisticRegression(C=0.05, max_iter=2000)
    if base == "forest":
        return RandomForestClassifier(100, min_samples_leaf=5, max_features=0.5, random_state=seed)
    return HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=8, learning_rate=0.06, random_state=seed
    )


def folds(treatment: Floats, seed: int) -> list[tuple[Any, Any]]:
    """Pairs of rows to fit on and rows to predict, stratified by treatment; fewer than five where an arm is small."""
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    from carebench import Unsuited

    smallest = int(min(np.sum(treatment == 0), np.sum(treatment == 1)))
    if smallest < 2:
        raise Unsuited("needs at least two patients in each arm, to hold one out")
    splitter = StratifiedKFold(min(FOLDS, smallest), shuffle=True, random_state=seed)
    return list(splitter.split(treatment, treatment))


def clipped(propensity: Floats) -> Floats:
    """The propensity within [.01, .99]."""
    import numpy as np

    return np.clip(propensity, CLIP, 1 - CLIP)


def cross_fitted(
    X: Floats, y: Floats, treatment: Floats, *, base: Base, propensity: Base, seed: int
) -> Nuisances:
    """Nuisances of each patient from models that were fitted without that patient's fold."""
    import numpy as np

    untreated, treated, score = (np.empty(len(y)) for _ in range(3))
    for fitted, held in folds(treatment, seed):
        arm = treatment[fitted]
        for target, value in ((untreated, 0), (treated, 1)):
            rows = fitted[arm == value]
            target[held] = Expectation(base, seed).fit(X[rows], y[rows]).predict(X[held])
        score[held] = Expectation(propensity, seed).fit(X[fitted], arm).predict(X[held])
    return Nuisances(untreated=untreated, treated=treated, propensity=clipped(score))
