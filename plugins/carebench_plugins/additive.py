"""Generalised additive models by boosting: curves that a clinician can read; separate because they are an extra."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, IntRange, Model, Unsuited
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "explainable-boosting-machine",
            families=RISK_OF_EVENT,
            build=ExplainableBoosting,
            inputs="raw",
            # The parameters and ranges that InterpretML's documentation advises to tune.
            search={
                "learning_rate": FloatRange(0.005, 0.1, log=True),
                "max_leaves": IntRange(2, 4),
                "min_samples_leaf": IntRange(2, 50, log=True),
                "smoothing_rounds": IntRange(0, 500),
                "interactions": IntRange(0, 20),
            },
            title="Explainable boosting machine",
            summary="One boosted curve a column and ten of pairs, added on the log-odds; mean of eight bags.",
            citation="Caruana R et al. Intelligible models for healthcare: predicting pneumonia risk and hospital 30-day readmission. KDD 2015:1721-1730.",
            requires=("interpret-core",),
            extra="boost",
            memory=2 * 2**30,
        ),
    )


class ExplainableBoosting:
    """InterpretML's explainable boosting machine on a raw table; missing values have a bin of their own.

    Args:
        learning_rate: share of each step that is added.
        max_leaves: of the trees that make a curve.
        min_samples_leaf: training rows in a leaf, at least.
        smoothing_rounds: steps at random cuts before the greedy ones.
        interactions: how many pairs of columns have a surface.
        n_jobs: processes.
        random_state: seed of bags and cuts.
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.015,
        max_leaves: int = 3,
        min_samples_leaf: int = 4,
        smoothing_rounds: int = 75,
        interactions: int = 10,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self._params = {
            "learning_rate": learning_rate,
            "max_leaves": max_leaves,
            "min_samples_leaf": min_samples_leaf,
            "smoothing_rounds": smoothing_rounds,
            "interactions": interactions,
            "n_jobs": n_jobs,
            "random_state": random_state % 2**31,
        }

    def fit(self, X: Any, y: NDArray[np.generic]) -> ExplainableBoosting:
        """Fit on n training rows, of which each bag holds 15 % out.

        Raises:
            Unsuited: when the rarer class has fewer than two rows, so that no bag can hold one out.
        """
        import numpy as np
        from interpret.glassbox import ExplainableBoostingClassifier

        rows = np.unique(y, return_counts=True)[1]
        if len(rows) < 2 or rows.min() < 2:
            raise Unsuited("needs at least two training rows of each class, to hold one out")
        self._fitted = ExplainableBoostingClassifier(**self._params, outer_bags=8).fit(X, y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        return np.asarray(self._fitted.predict_proba(X), np.float64)
