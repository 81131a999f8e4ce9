"""Boosted trees and a random forest with each of four curves from risk to risk: Platt, isotonic, beta, temperature.

Separate from `calibrated` because here the curve is the subject: the same held-out risks under each of them. Five
folds of the training rows get the risks of a fit on the other four; the curve is fitted on all of them together; the
method itself is then fitted on all rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from carebench import Model
from carebench_plugins.calibrated import ISOTONIC, PLATT, cut, logits, recalibration
from carebench_plugins.families import RISK_OF_EVENT
from carebench_plugins.trees import BOOSTING, FOREST, LEAST_LEAF, HistogramBoosting

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Title and source of each curve.
CURVES = {
    "platt": ("Platt calibration", "log-odds recalibrated by logistic regression", PLATT),
    "isotonic": ("isotonic calibration", "risks mapped by isotonic regression", ISOTONIC),
    "beta": (
        "beta calibration",
        "risks mapped by beta calibration",
        "Kull M, Silva Filho T, Flach P. Beta calibration. AISTATS 2017 (PMLR 54:623-631).",
    ),
    "temperature": (
        "temperature scaling",
        "log-odds divided by one number",
        "Guo C, Pleiss G, Sun Y, Weinberger KQ. On calibration of modern neural networks. ICML 2017.",
    ),
}
FOREST_OF = "Breiman L. Random forests. Mach Learn 2001;45:5-32."
BOOSTING_OF = (
    "Friedman JH. Greedy function approximation: a gradient boosting machine. Ann Stat 2001;29:1189-1232."
)
#: What the module `calibrated` holds already.
ELSEWHERE = {("forest", "isotonic"), ("hist-gradient-boosting", "platt")}


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return tuple(
        make(curve)
        for base, make in (("forest", _forest), ("hist-gradient-boosting", _boosting))
        for curve in CURVES
        if (base, curve) not in ELSEWHERE
    )


def _forest(curve: str) -> Model:
    title, summary, citation = CURVES[curve]
    return Model(
        f"forest-{curve}",
        families=RISK_OF_EVENT,
        build=recalibrated_forest,
        params={"curve": curve},
        search=FOREST,
        title=f"Random forest, {title}",
        summary=f"Random forest of 200 trees, its {summary} on held-out folds.",
        citation=f"{FOREST_OF} {citation}",
        modules=("carebench_plugins.calibrated", "carebench_plugins.trees"),
        requires=("scikit-learn",),
    )


def _boosting(curve: str) -> Model:
    title, summary, citation = CURVES[curve]
    return Model(
        f"hist-gradient-boosting-{curve}",
        families=RISK_OF_EVENT,
        build=recalibrated_boosting,
        inputs="raw",
        params={"curve": curve},
        search=BOOSTING,
        title=f"Histogram gradient boosting, {title}",
        summary=f"Histogram gradient boosting, its {summary} on held-out folds.",
        citation=f"{BOOSTING_OF} {citation}",
        modules=("carebench_plugins.calibrated", "carebench_plugins.trees"),
        requires=("scikit-learn",),
    )


class Curve(Protocol):
    """A map from risk to risk that never reverses an order, learnt from risks and outcomes of the same rows."""

    def fit(self, risk: Floats, y: NDArray[np.generic]) -> Curve:
        """Learn from n held-out risks."""
        ...

    def predict(self, risk: Floats) -> Floats:
        """The risks that it maps to, shape (n,)."""
        ...


class Platt:
    """logit p = a + b logit(risk), b at least 0."""

    def fit(self, risk: Floats, y: NDArray[np.generic]) -> Platt:
        """Maximum likelihood."""
        self.intercept_, self.slope_ = recalibration(risk, y)
        return self

    def predict(self, risk: Floats) -> Floats:
        """Recalibrated risks."""
        from scipy.special import expit

        return _plain(expit(self.intercept_ + self.slope_ * logits(risk)))


class Isotonic:
    """The non-decreasing step function with the least squared error, linear between its steps."""

    def fit(self, risk: Floats, y: NDArray[np.generic]) -> Isotonic:
        """By pooling adjacent violators."""
        from sklearn.isotonic import IsotonicRegression

        self._steps = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(risk, y)
        return self

    def predict(self, risk: Floats) -> Floats:
        """Recalibrated risks."""
        return _plain(self._steps.predict(risk))


class Beta:
    """logit p = c + a log(risk) - b log(1 - risk), a and b at least 0.

    A coefficient that comes out negative is set to 0 and the others are fitted again, as the authors do.
    """

    def fit(self, risk: Floats, y: NDArray[np.generic]) -> Beta:
        """Maximum likelihood."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        columns, used = _beta_columns(risk), np.array([True, True])
        self.coefficients_, self.intercept_ = np.zeros(2), 0.0
        while True:
            found = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000).fit(np.where(used, columns, 0.0), y)
            self.coefficients_ = np.where(used, found.coef_[0], 0.0)
            self.intercept_ = float(found.intercept_[0])
            if (self.coefficients_ >= 0).all():
                return self
            used &= self.coefficients_ > 0

    def predict(self, risk: Floats) -> Floats:
        """Recalibrated risks."""
        from scipy.special import expit

        return _plain(expit(self.intercept_ + _beta_columns(risk) @ self.coefficients_))


class Temperature:
    """logit p = logit(risk) / T, with the T from 1/20 to 20 of the least log loss."""

    def fit(self, risk: Floats, y: NDArray[np.generic]) -> Temperature:
        """Maximum likelihood over log T."""
        import numpy as np
        from scipy.optimize import minimize_scalar

        known, signs = logits(risk), np.where(np.asarray(y) == 1, -1.0, 1.0)

        def loss(log_temperature: float) -> float:
            return float(np.logaddexp(0, signs * known * np.exp(-log_temperature)).mean())

        limit = float(np.log(20))
        self.temperature_ = float(np.exp(minimize_scalar(loss, bounds=(-limit, limit), method="bounded").x))
        return self

    def predict(self, risk: Floats) -> Floats:
        """Recalibrated risks."""
        from scipy.special import expit

        return _plain(expit(logits(risk) / self.temperature_))


MAPS: dict[str, Callable[[], Curve]] = {
    "platt": Platt,
    "isotonic": Isotonic,
    "beta": Beta,
    "temperature": Temperature,
}


class Recalibrated:
    """A classifier whose risks go through a curve that was fitted on held-out folds.

    Args:
        build: makes the classifier.
        curve: one of `MAPS`.
        random_state: seed of the folds.
    """

    def __init__(self, build: Callable[[], Any], curve: str, random_state: int = 0) -> None:
        self._build = build
        self._curve = MAPS[curve]()
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[np.generic]) -> Recalibrated:
        """Score n training rows out of fold, fit the curve, then fit on all.

        Raises:
            Unsuited: when the rarer class has fewer than two rows.
        """
        import numpy as np

        held_out = np.empty(len(y))
        for kept, left in cut(y, self.random_state).split(np.zeros(len(y)), y):
            part = self._build().fit(_rows(X, kept), y[kept])
            held_out[left] = part.predict_proba(_rows(X, left))[:, 1]
        self._curve.fit(held_out, y)
        self._fitted = self._build().fit(X, y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        risk = self._curve.predict(self._fitted.predict_proba(X)[:, 1])
        return np.column_stack([1 - risk, risk])


def recalibrated_forest(
    curve: str,
    max_features: float | str = "sqrt",
    min_samples_leaf: int = 5,
    n_jobs: int = 1,
    random_state: int = 0,
) -> Recalibrated:
    """A random forest of 200 trees with a curve."""

    def build() -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            n_estimators=200,
            max_features=max_features,
            min_samples_leaf=min_samples_leaf,
            n_jobs=n_jobs,
            random_state=random_state,
        )

    return Recalibrated(build, curve, random_state)


def recalibrated_boosting(
    curve: str,
    learning_rate: float = 0.05,
    max_leaf_nodes: int = 15,
    min_samples_leaf: int = LEAST_LEAF,
    l2_regularization: float = 0.0,
    random_state: int = 0,
) -> Recalibrated:
    """Histogram gradient boosting with a curve."""

    def build() -> HistogramBoosting:
        return HistogramBoosting(
            learning_rate=learning_rate,
            max_leaf_nodes=max_leaf_nodes,
            min_samples_leaf=min_samples_leaf,
            l2_regularization=l2_regularization,
            random_state=random_state,
        )

    return Recalibrated(build, curve, random_state)


def _beta_columns(risk: Floats) -> Floats:
    import numpy as np

    clipped = np.clip(risk, 1e-6, 1 - 1e-6)
    return np.column_stack([np.log(clipped), -np.log1p(-clipped)])


def _plain(values: Any) -> Floats:
    import numpy as np

    return np.asarray(values, np.float64)


def _rows(table: Any, rows: NDArray[np.intp]) -> Any:
    return table.iloc[rows].reset_index(drop=True) if hasattr(table, "iloc") else table[rows]
