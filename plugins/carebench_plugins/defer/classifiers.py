"""The classifiers that post-hoc methods share; separate so that methods differ in the order of handing over alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDS = 5


def classifier(kind: Literal["logistic", "boosting"], seed: int) -> Any:
    """A ridge logistic regression of fixed penalty, or gradient boosting on histograms; one class gives a constant."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    if kind == "boosting":
        boosting = HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=30, random_state=seed
        )
        return OneClass(boosting)
    return OneClass(LogisticRegression(C=0.05, max_iter=1000, random_state=seed))


class OneClass:
    """A classifier that also stands training rows of one class, for which it then says that class.

    Args:
        inner: fitted where there are two classes.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def fit(self, X: Any, y: NDArray[np.generic]) -> OneClass:
        """Fit on n training rows."""
        import numpy as np
        from sklearn.dummy import DummyClassifier

        self._fitted = self.inner if len(np.unique(y)) > 1 else DummyClassifier()
        self._fitted.fit(np.asarray(X, np.float64), y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, number of classes)."""
        import numpy as np

        return self._fitted.predict_proba(np.asarray(X, np.float64))  # type: ignore[no-any-return]


def held_out_risk(
    model: Any, X: NDArray[np.floating], y: NDArray[np.generic], seed: int
) -> NDArray[np.float64]:
    """Probability of 1 of each training row from a fit without its fold, shape (n,)."""
    import numpy as np
    from sklearn.model_selection import KFold

    risk = np.empty(len(y))
    for kept, left in KFold(min(FOLDS, len(y)), shuffle=True, random_state=seed).split(X):
        fitted = model.fit(X[kept], y[kept])
        classes = list(fitted.classes_)
        risk[left] = fitted.predict_proba(X[left])[:, classes.index(1)] if 1 in classes else 0.0
    return risk
