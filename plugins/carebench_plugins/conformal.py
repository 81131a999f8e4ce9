"""Prediction sets with a promised coverage; separate because they answer with sets beside the risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.families import RISK_OF_EVENT
from carebench_plugins.trees import FOREST

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Share of patients of each outcome whose set may lack it.
MISS = 0.1
CALIBRATION = 0.25


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "conformal-forest",
            families=RISK_OF_EVENT,
            build=ConformalForest,
            search=FOREST,
            title="Random forest, conformal sets",
            summary="Random forest with prediction sets that hold the outcome of 90 % of either kind, calibrated on a quarter.",
            citation="Vovk V, Gammerman A, Shafer G. Algorithmic Learning in a Random World. Springer 2005, section 4.5.",
            modules=("carebench_plugins.trees",),
            requires=("scikit-learn",),
        ),
    )


class ConformalForest:
    """A random forest of 300 trees, and split conformal sets of each outcome (Mondrian by class) at 90 %.

    A quarter of the training rows, stratified, is kept from the forest. An outcome c with n such rows enters a patient's set
    when its nonconformity 1 - p(c) is at most the ceil(.9 (n + 1))-th smallest of theirs, always where that exceeds n.
    If patients are exchangeable, the set then holds c with a chance of at least 90 % when c happens, for either c.

    Args:
        max_features: share of the columns tried at each split, or `sqrt`.
        min_samples_leaf: training rows in a leaf, at least.
        n_jobs: threads.
        random_state: seed of the cut and the trees.
    """

    def __init__(
        self,
        max_features: float | str = "sqrt",
        min_samples_leaf: int = 5,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.max_features = max_features
        self.min_samples_leaf = min_samples_leaf
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> ConformalForest:
        """Fit on three quarters of n training rows, and calibrate on the rest.

        Raises:
            Unsuited: when the rarer class has fewer than two rows.
        """
        import numpy as np
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.model_selection import train_test_split

        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2 or np.bincount(codes).min() < 2:
            raise Unsuited(
                "needs at least two training rows of each class, to calibrate sets on a quarter of them"
            )
        kept, left = train_test_split(
            np.arange(len(codes)), test_size=CALIBRATION, stratify=codes, random_state=self.random_state
        )
        self._forest = RandomForestClassifier(
            n_estimators=300,
            max_features=self.max_features,
            min_samples_leaf=self.min_samples_leaf,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        ).fit(X[kept], codes[kept])
        odd = 1 - self._forest.predict_proba(X[left])
        self.limits_ = np.array([conformal_limit(odd[codes[left] == each, each]) for each in (0, 1)])
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._forest.predict_proba(X)  # type: ignore[no-any-return]

    def predict_set(self, X: NDArray[np.floating]) -> NDArray[np.int8]:
        """Whether each patient's set holds 0 and 1, shape (n, 2)."""
        import numpy as np

        return np.asarray(1 - self.predict_proba(X) <= self.limits_, np.int8)


def conformal_limit(nonconformity: Any) -> float:
    """The ceil(.9 (n + 1))-th smallest of n numbers; infinite where that exceeds n.

    Example:
        >>> import numpy as np
        >>> conformal_limit(np.arange(1.0, 20.0)), conformal_limit(np.arange(8.0))
        (18.0, inf)
    """
    import numpy as np

    place = int(np.ceil((1 - MISS) * (len(nonconformity) + 1)))
    return float("inf") if place > len(nonconformity) else float(np.sort(nonconformity)[place - 1])
