"""Nearest neighbours; separate since it fits nothing: it remembers patients and compares with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from carebench import Choice, IntRange, Model
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "k-nearest-neighbours",
            families=RISK_OF_EVENT,
            build=NearestNeighbours,
            search={"neighbours": IntRange(5, 200, log=True), "weights": Choice(["uniform", "distance"])},
            title="k nearest neighbours",
            summary="Share of events among the sqrt(n) most alike training patients, the nearer weighing more.",
            citation="Cover T, Hart P. Nearest neighbor pattern classification. IEEE Trans Inf Theory 1967;13:21-27.",
            requires=("scikit-learn",),
        ),
    )


class NearestNeighbours:
    """k nearest neighbours in Euclidean distance, at most all training rows.

    Args:
        neighbours: k; None is the root of the number of training rows.
        weights: `distance` for the inverse distance, `uniform` for none.
        n_jobs: threads.
    """

    def __init__(self, neighbours: int | None = None, weights: str = "distance", n_jobs: int = 1) -> None:
        self.neighbours = neighbours
        self.weights = weights
        self.n_jobs = n_jobs

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> NearestNeighbours:
        """Remember n training rows."""
        from sklearn.neighbors import KNeighborsClassifier

        neighbours = min(self.neighbours or round(math.sqrt(len(y))), len(y))
        self._fitted = KNeighborsClassifier(neighbours, weights=self.weights, n_jobs=self.n_jobs).fit(X, y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        return self._fitted.predict_proba(X)  # type: ignore[no-any-return]
