"""The super learner: a weighted mean of unlike methods, weighted by how they do on held-out folds.

Separate because it is made of the other models, each as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Choice, Model, Unsuited
from carebench_plugins.families import RISK_OF_EVENT
from carebench_plugins.linear import PenalisedLogistic, SplineLogistic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "super-learner",
            families=RISK_OF_EVENT,
            build=SuperLearner,
            # Five and ten folds are what van der Laan et al. and SICULA took; twenty is Phillips et al. 2023's advice for few events.
            search={"folds": Choice([5, 10, 20])},
            title="Super learner",
            summary="Weighted mean of seven methods, weighted by non-negative least squares of outcomes on their risks in five held-out folds.",
            citation="van der Laan MJ, Polley EC, Hubbard AE. Super learner. Stat Appl Genet Mol Biol 2007;6:25. "
            "In intensive care: Pirracchio R et al. SICULA. Lancet Respir Med 2015;3:42-52.",
            modules=("carebench_plugins.linear",),
            requires=("scikit-learn",),
        ),
    )


def library(n_jobs: int, seed: int) -> tuple[Any, ...]:
    """The methods that are combined: a mean, two regressions, neighbours, two forests and boosting."""
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier

    forest = {"n_estimators": 200, "min_samples_leaf": 5, "n_jobs": n_jobs, "random_state": seed}
    return (
        DummyClassifier(),
        PenalisedLogistic(random_state=seed),
        SplineLogistic(random_state=seed),
        KNeighborsClassifier(n_neighbors=50),
        RandomForestClassifier(**forest),
        ExtraTreesClassifier(**forest),
        HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=150, max_leaf_nodes=15, random_state=seed
        ),
    )


class SuperLearner:
    """A convex combination of a library of methods, its weights from cross-fitted risks.

    With Z the risks of the methods in held-out folds, shape (n, methods), the weights are those of non-negative least
    squares of y on Z, made to sum to 1 (Polley and van der Laan's method.NNLS). Each method is then fitted on all rows.

    Args:
        folds: how many, stratified; fewer where the rarer class has fewer rows.
        n_jobs: threads.
        random_state: seed of the folds and of every method.
    """

    def __init__(self, folds: int = 5, n_jobs: int = 1, random_state: int = 0) -> None:
        self.folds = folds
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> SuperLearner:
        """Weigh the methods on held-out folds of n training rows, then fit each on all.

        Raises:
            Unsuited: when the rarer class has fewer than three rows: the regressions choose their penalty within folds.
        """
        import numpy as np

        self.classes_, codes = np.unique(y, return_inverse=True)
        rarest = int(np.bincount(codes).min())
        if len(self.classes_) < 2 or rarest < 3:
            raise Unsuited("needs at least three training rows of each class, to cut folds within folds")
        inputs = np.asarray(X, np.float64)
        self.weights_ = convex_weights(self._held_out(inputs, codes, min(self.folds, rarest)), codes)
        used = [
            method for method, weight in zip(self._library(len(codes)), self.weights_, strict=True) if weight
        ]
        self._fitted = [method.fit(inputs, codes) for method in used]
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        inputs = np.asarray(X, np.float64)
        each = np.stack([method.predict_proba(inputs)[:, 1] for method in self._fitted], axis=1)
        risk = np.clip(each @ self.weights_[self.weights_ > 0], 0, 1)
        return np.column_stack([1 - risk, risk])

    def _held_out(self, inputs: Floats, codes: NDArray[np.intp], folds: int) -> Floats:
        """The risk that each method gives each row from the other folds, shape (n, methods)."""
        import numpy as np
        from sklearn.model_selection import StratifiedKFold

        cut = StratifiedKFold(folds, shuffle=True, random_state=self.random_state)
        risks = np.empty((len(codes), len(self._library(len(codes)))))
        for kept, left in cut.split(inputs, codes):
            for place, method in enumerate(self._library(len(kept))):
                risks[left, place] = method.fit(inputs[kept], codes[kept]).predict_proba(inputs[left])[:, 1]
        return risks

    def _library(self, rows: int) -> tuple[Any, ...]:
        """The methods, the neighbours at most half of the rows."""
        methods = library(self.n_jobs, self.random_state)
        for method in methods:
            if hasattr(method, "n_neighbors"):
                method.n_neighbors = min(method.n_neighbors, max(rows // 2, 1))
        return methods


def convex_weights(risks: Floats, codes: NDArray[np.integer]) -> Floats:
    """Weights from 0 to 1 that sum to 1, of non-negative least squares of outcomes (0 or 1) on risks, shape (methods,).

    Example:
        >>> import numpy as np
        >>> convex_weights(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 1])).tolist()
        [1.0, 0.0]
    """
    import numpy as np
    from scipy.optimize import nnls

    weights, _ = nnls(risks, codes.astype(np.float64))
    return np.asarray(weights / weights.sum())
