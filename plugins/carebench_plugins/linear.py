"""Penalised logistic regression: ridge, elastic net and restricted cubic splines.

Separate from the other methods because these share one estimator, whose penalty is chosen on the
training rows, and because a clinical reader can write down what they fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Choice, FloatRange, Model, Unsuited
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Inverse strengths of the penalty that are tried, on standardised columns.
STRENGTHS = (0.0001, 0.001, 0.01, 0.1, 1.0)
#: Quantiles of the knots by their number, and the distinct values from which a column gets any: Harrell, table 2.3.
KNOT_QUANTILES = {
    3: (0.1, 0.5, 0.9),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.5, 0.725, 0.95),
}
DISTINCT_VALUES = 10


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "ridge-logistic",
            families=RISK_OF_EVENT,
            build=PenalisedLogistic,
            title="Ridge logistic regression",
            summary="Logistic regression with an L2 penalty chosen by cross-validated log loss.",
            citation="le Cessie S, van Houwelingen JC. Ridge estimators in logistic regression. Appl Stat 1992;41:191-201.",
            requires=("scikit-learn",),
        ),
        Model(
            "elastic-net",
            families=RISK_OF_EVENT,
            build=PenalisedLogistic,
            params={"l1_ratio": 0.5},
            search={"l1_ratio": FloatRange(0.05, 1.0)},
            title="Elastic net",
            summary="Logistic regression with equal L1 and L2 penalties, their strength chosen by log loss.",
            citation="Zou H, Hastie T. Regularization and variable selection via the elastic net. J R Stat Soc B 2005;67:301-320.",
            requires=("scikit-learn",),
        ),
        Model(
            "spline-logistic",
            families=RISK_OF_EVENT,
            build=SplineLogistic,
            search={"knots": Choice([3, 4, 5])},
            title="Spline logistic regression",
            summary="Ridge logistic regression on restricted cubic splines with four knots.",
            citation="Harrell FE. Regression Modeling Strategies. 2nd ed. Springer 2015.",
            requires=("scikit-learn",),
        ),
    )


class PenalisedLogistic:
    """Logistic regression whose penalty minimises the cross-validated log loss on the training rows.

    Args:
        l1_ratio: share of the L1 norm in the penalty: 0 is ridge.
        random_state: seed of the five folds and of the solver.
    """

    def __init__(self, l1_ratio: float = 0.0, random_state: int = 0) -> None:
        self.l1_ratio = l1_ratio
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> PenalisedLogistic:
        """Choose the penalty and fit on n training rows.

        Raises:
            Unsuited: when the rarer class has fewer than two rows, so that no fold can be held out.
        """
        import numpy as np
        from sklearn.model_selection import GridSearchCV, StratifiedKFold

        counts = np.unique(y, return_counts=True)[1]
        if len(counts) < 2 or counts.min() < 2:
            raise Unsuited("needs at least two training rows of each class, to choose its penalty")
        folds = StratifiedKFold(min(5, int(counts.min())), shuffle=True, random_state=self.random_state)
        search = GridSearchCV(self._logistic(), {"C": STRENGTHS}, scoring="neg_log_loss", cv=folds)
        self._fitted = search.fit(np.asarray(X, np.float64), y).best_estimator_
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        return self._fitted.predict_proba(np.asarray(X, np.float64))  # type: ignore[no-any-return]

    def _logistic(self) -> Any:
        from sklearn.linear_model import LogisticRegression

        if not self.l1_ratio:
            return LogisticRegression(max_iter=1000)
        mix = {"l1_ratio": self.l1_ratio, "solver": "saga", "tol": 3e-3, "max_iter": 1000}
        before_1_8 = LogisticRegression().get_params().get("penalty") == "l2"
        if before_1_8:
            mix["penalty"] = "elasticnet"
        return LogisticRegression(random_state=self.random_state, **mix)


class SplineLogistic:
    """Ridge logistic regression on each column and, where it is continuous, its restricted cubic spline.

    Args:
        knots: of each column's curve: 3, 4 or 5.
        random_state: seed of the folds that choose the penalty.
    """

    def __init__(self, knots: int = 4, random_state: int = 0) -> None:
        self.knots = knots
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> SplineLogistic:
        """Place the knots at training quantiles and fit on n training rows."""
        self._knots = [knots_of(column, self.knots) for column in X.T]
        curves = self._curves(X)
        self._mean, self._deviation = curves.mean(axis=0), curves.std(axis=0)
        self._ridge = PenalisedLogistic(random_state=self.random_state).fit(self._design(X), y)
        self.classes_ = self._ridge.classes_
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        return self._ridge.predict_proba(self._design(X))

    def _design(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """The columns themselves, then their curves on the scale of the training rows."""
        import numpy as np

        scale = np.where(self._deviation > 0, self._deviation, 1.0)
        return np.column_stack([X, (self._curves(X) - self._mean) / scale])

    def _curves(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        import numpy as np

        curves = [restricted_cubic(column, knots) for column, knots in zip(X.T, self._knots, strict=True)]
        return np.column_stack([np.empty((len(X), 0)), *curves])


def knots_of(column: NDArray[np.floating], number: int = 4) -> NDArray[np.float64]:
    """Knots of a training column: distinct quantiles, none for a column with few values or under three knots."""
    import numpy as np

    if len(np.unique(column)) <= DISTINCT_VALUES:
        return np.empty(0)
    knots = np.unique(np.quantile(column.astype(np.float64), KNOT_QUANTILES[number]))
    return knots if len(knots) >= 3 else np.empty(0)


def restricted_cubic(column: NDArray[np.floating], knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """The curved terms of a restricted cubic spline, linear beyond the outer knots.

    With knots t_1 < ... < t_k, the term j = 1..k-2 is, with (u)+ = max(u, 0),

        [(x-t_j)+^3 - (x-t_{k-1})+^3 (t_k-t_j)/(t_k-t_{k-1}) + (x-t_k)+^3 (t_{k-1}-t_j)/(t_k-t_{k-1})] / (t_k-t_1)^2

    Source: Harrell 2015, equation 2.25.

    Args:
        column: x, shape (n,).
        knots: shape (k,), increasing; fewer than three give no term.

    Returns:
        Shape (n, max(k - 2, 0)).
    """
    import numpy as np

    if len(knots) < 3:
        return np.empty((len(column), 0))
    cubes = np.maximum(column.astype(np.float64)[:, None] - knots, 0) ** 3
    before, last = knots[-2], knots[-1]
    inner = knots[:-2]
    tail = cubes[:, [-2]] * (last - inner) - cubes[:, [-1]] * (before - inner)
    return np.asarray((cubes[:, :-2] - tail / (last - before)) / (last - knots[0]) ** 2)
