"""Logistic regression on a coarse grid: the plain reference of the series models, and an example of how one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_plugins.linear import PenalisedLogistic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from carebench import Series


class GridLogistic:
    """Ridge logistic regression on the mean of each channel in each step of a grid, whether it was measured, and what was known at the start.

    Args:
        step: width of a step of the grid, hours.
        random_state: seed of the folds that choose the penalty.
    """

    def __init__(self, step: float = 12.0, random_state: int = 0) -> None:
        self.step = step
        self.random_state = random_state

    def fit(self, X: Series, y: NDArray[np.generic]) -> GridLogistic:
        """Fit on n training units."""
        self._ridge = PenalisedLogistic(random_state=self.random_state).fit(self._rows(X), y)
        self.classes_ = self._ridge.classes_
        return self

    def predict_proba(self, X: Series) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        return self._ridge.predict_proba(self._rows(X))

    def _rows(self, X: Series) -> NDArray[np.float32]:
        """One row a unit: a value that was not measured is 0, the training mean."""
        means = X.grid(self.step).reshape(len(X), -1)
        return np.column_stack([np.nan_to_num(means), np.isnan(means), np.nan_to_num(X.static)])
