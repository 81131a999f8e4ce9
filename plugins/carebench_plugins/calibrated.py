"""Methods whose scores become probabilities on held-out folds: support vector machines and recalibrated trees.

Separate because they share one step. Each of five folds of the training rows gets the scores of a fit on the
other four; one curve from score to probability is fitted on all of them together; the method itself is then fitted
on all rows. No row's score thus comes from a fit that knew its outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, Model, Unsuited
from carebench_plugins.families import RISK_OF_EVENT
from carebench_plugins.trees import BOOSTING, FOREST, LEAST_LEAF, HistogramBoosting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PLATT = "Platt J. Probabilistic outputs for support vector machines. In: Advances in Large Margin Classifiers. MIT Press 2000."
ISOTONIC = "Zadrozny B, Elkan C. Transforming classifier scores into accurate multiclass probability estimates. KDD 2002."
FOLDS = 5
#: Risks are kept this far from 0 and 1 before the logit.
SMALLEST = 1e-6


#: The wide range that Hsu, Chang and Lin 2003 recommend, A practical guide to support vector classification.
PENALTY = FloatRange(1e-4, 100.0, log=True)


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (*machines(), *recalibrated())


def machines() -> tuple[Model, ...]:
    """Support vector machines, which give margins, with Platt's sigmoid."""
    return (
        Model(
            "linear-svm",
            families=RISK_OF_EVENT,
            build=linear_machine,
            search={"C": PENALTY},
            title="Linear support vector machine",
            summary="Linear classifier of squared hinge loss, its margins made probabilities by Platt's sigmoid.",
            citation=f"Cortes C, Vapnik V. Support-vector networks. Mach Learn 1995;20:273-297. {PLATT}",
            requires=("scikit-learn",),
        ),
        Model(
            "svm-rbf",
            families=RISK_OF_EVENT,
            build=radial_machine,
            search={"C": PENALTY, "gamma": FloatRange(1e-4, 1.0, log=True)},
            title="Support vector machine, radial kernel",
            summary="Largest margin under a Gaussian kernel, margins made probabilities by Platt's sigmoid.",
            citation=f"Cortes C, Vapnik V. Support-vector networks. Mach Learn 1995;20:273-297. {PLATT}",
            requires=("scikit-learn",),
        ),
    )


def recalibrated() -> tuple[Model, ...]:
    """Ensembles of trees whose risks are mapped to held-out outcomes."""
    return (
        Model(
            "calibrated-forest",
            families=RISK_OF_EVENT,
            build=calibrated_forest,
            search=FOREST,
            title="Random forest, isotonic calibration",
            summary="Random forest of 200 trees, its risks mapped by isotonic regression on held-out folds.",
            citation=f"Breiman L. Random forests. Mach Learn 2001;45:5-32. {ISOTONIC}",
            requires=("scikit-learn",),
        ),
        Model(
            "calibrated-hist-gradient-boosting",
            families=RISK_OF_EVENT,
            build=RecalibratedBoosting,
            inputs="raw",
            search=BOOSTING,
            title="Histogram gradient boosting, Platt calibration",
            summary="Histogram gradient boosting, its log-odds recalibrated by logistic regression on held-out folds.",
            citation=f"Friedman JH. Greedy function approximation: a gradient boosting machine. Ann Stat 2001;29:1189-1232. {PLATT}",
            modules=("carebench_plugins.trees",),
            requires=("scikit-learn",),
        ),
    )


def linear_machine(C: float = 0.01, n_jobs: int = 1, random_state: int = 0) -> CrossCalibrated:
    """A linear support vector machine of penalty 1/C with Platt's sigmoid."""
    params = {"C": C, "dual": False}
    return CrossCalibrated("sklearn.svm.LinearSVC", params, "sigmoid", n_jobs, random_state)


def radial_machine(
    C: float = 1.0, gamma: float | str = "scale", n_jobs: int = 1, random_state: int = 0
) -> CrossCalibrated:
    """A support vector machine of penalty 1/C and a Gaussian kernel of width 1/sqrt(2 gamma), with Platt's sigmoid."""
    params = {"C": C, "gamma": gamma, "cache_size": 500}
    return CrossCalibrated("sklearn.svm.SVC", params, "sigmoid", n_jobs, random_state)


def calibrated_forest(
    max_features: float | str = "sqrt", min_samples_leaf: int = 5, n_jobs: int = 1, random_state: int = 0
) -> CrossCalibrated:
    """A random forest of 200 trees with isotonic regression."""
    params = {"n_estimators": 200, "max_features": max_features, "min_samples_leaf": min_samples_leaf}
    return CrossCalibrated(
        "sklearn.ensemble.RandomForestClassifier", params, "isotonic", n_jobs, random_state
    )


class CrossCalibrated:
    """A scikit-learn classifier with a curve from its scores to probabilities, fitted on held-out folds.

    Args:
        build: dotted name of the classifier.
        params: its keyword arguments.
        method: `sigmoid` for Platt's, or `isotonic`.
        n_jobs: threads of the classifier, where its signature has them.
        random_state: seed of the folds, and of the classifier.
    """

    def __init__(
        self, build: str, params: dict[str, Any], method: str, n_jobs: int = 1, random_state: int = 0
    ) -> None:
        self.build = build
        self.params = params
        self.method = method
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> CrossCalibrated:
        """Score n training rows out of fold, fit the curve, then fit on all.

        Raises:
            Unsuited: when the rarer class has fewer than two rows.
        """
        from sklearn.calibration import CalibratedClassifierCV

        folds = cut(y, self.random_state)
        self._fitted = CalibratedClassifierCV(
            self._classifier(), method=self.method, cv=folds, ensemble=False
        )
        self._fitted.fit(X, y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        return self._fitted.predict_proba(X)  # type: ignore[no-any-return]

    def _classifier(self) -> Any:
        import importlib
        import inspect

        module, _, name = self.build.rpartition(".")
        kind = getattr(importlib.import_module(module), name)
        given = {"n_jobs": self.n_jobs, "random_state": self.random_state}
        accepted = inspect.signature(kind).parameters
        return kind(**self.params, **{key: value for key, value in given.items() if key in accepted})


class RecalibratedBoosting:
    """Histogram gradient boosting on a raw table, its log-odds recalibrated: logit p = a + b logit(risk).

    The slope b is kept at 0 or more, so that calibration never reverses a ranking.

    Args:
        learning_rate: of the boosting, like the next three; see `HistogramBoosting`.
        max_leaf_nodes: leaves of a tree, at most.
        min_samples_leaf: training rows in a leaf, at least.
        l2_regularization: penalty on the leaves' values.
        random_state: seed of the folds and of every fit.
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        max_leaf_nodes: int = 15,
        min_samples_leaf: int = LEAST_LEAF,
        l2_regularization: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self._boosting = {
            "learning_rate": learning_rate,
            "max_leaf_nodes": max_leaf_nodes,
            "min_samples_leaf": min_samples_leaf,
            "l2_regularization": l2_regularization,
        }
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[np.generic]) -> RecalibratedBoosting:
        """Score n training rows out of fold, fit the two numbers, then fit on all.

        Raises:
            Unsuited: when the rarer class has fewer than two rows.
        """
        import numpy as np

        held_out = np.empty(len(y))
        for kept, left in cut(y, self.random_state).split(np.zeros(len(y)), y):
            part = self._new().fit(X.iloc[kept].reset_index(drop=True), y[kept])
            held_out[left] = part.predict_proba(X.iloc[left].reset_index(drop=True))[:, 1]
        self._intercept, self._slope = recalibration(held_out, y)
        self._fitted = self._new().fit(X, y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np
        from scipy.special import expit

        risk = expit(self._intercept + self._slope * logits(self._fitted.predict_proba(X)[:, 1]))
        return np.column_stack([1 - risk, risk])

    def _new(self) -> HistogramBoosting:
        return HistogramBoosting(**self._boosting, random_state=self.random_state)  # type: ignore[arg-type]


def cut(y: NDArray[np.generic], seed: int) -> Any:
    """Five stratified folds, fewer where the rarer class has fewer rows."""
    import numpy as np
    from sklearn.model_selection import StratifiedKFold

    rows = np.unique(y, return_counts=True)[1]
    if len(rows) < 2 or rows.min() < 2:
        raise Unsuited("needs at least two training rows of each class, to hold one out for calibration")
    return StratifiedKFold(min(FOLDS, int(rows.min())), shuffle=True, random_state=seed)


def recalibration(risk: NDArray[np.float64], y: NDArray[np.generic]) -> tuple[float, float]:
    """Intercept and slope of the logistic regression of the outcome on the logit of the risk, hardly penalised."""
    from sklearn.linear_model import LogisticRegression

    found = LogisticRegression(C=1e6).fit(logits(risk)[:, None], y)
    return float(found.intercept_[0]), max(float(found.coef_[0, 0]), 0.0)


def logits(risk: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of risks that are kept away from 0 and 1, shape (n,)."""
    import numpy as np
    from scipy.special import logit

    return np.asarray(logit(np.clip(risk, SMALLEST, 1 - SMALLEST)))
