"""Positive-unlabelled learning by Elkan and Noto: a recorded event is an event, any other row may be one.

Separate from `objectives.NonNegativePU`, which meets the same question while training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_plugins.noisy.estimation import out_of_fold
from carebench_plugins.noisy.network import RobustNetwork, labels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(kw_only=True)
class ElkanNoto(RobustNetwork):
    """P(event | x) = P(recorded | x) / c, c the mean held-out probability of the recorded events.

    c estimates P(recorded | event) where events are recorded at random and some x are surely events; where `transition`
    is revealed c is the mean of 1 - P(0|1) instead. Probabilities above 1 become 1.

    Source: Elkan, Noto 2008, KDD.
    """

    def fit(
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, transition: Floats | None = None
    ) -> ElkanNoto:
        """Fit P(recorded | x) on n training rows, and find c."""
        import numpy as np

        if transition is None:
            recorded = out_of_fold(X, y, self.random_state, self.settings)[:, 1]
            self._completeness = float(np.clip(recorded[np.asarray(y) == 1].mean(), 0.05, 1.0))
        else:
            self._completeness = float(np.mean(transition[:, 1, 1]))
        self.fit_soft(X, labels_of(y))
        self.transition_ = np.array([[1.0, 0.0], [1 - self._completeness, self._completeness]])
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Corrected probabilities after the last epoch, shape (n, 2)."""
        return self._corrected(super().predict_proba(X))

    def predict_proba_selected(self, X: NDArray[np.floating]) -> Floats:
        """Corrected probabilities at the selected epoch, shape (n, 2)."""
        return self._corrected(super().predict_proba_selected(X))

    def _corrected(self, recorded: Floats) -> Floats:
        import numpy as np

        risk = np.minimum(recorded[:, 1] / self._completeness, 1.0)
        return np.column_stack([1 - risk, risk])
