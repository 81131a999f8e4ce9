"""Cox regression read at the horizon: scikit-survival's, with Breslow's baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_plugins.survival.follow_up import AtHorizon, outcomes, two_columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.survival.follow_up import FollowUp

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.floating]


class CoxAtHorizon(AtHorizon):
    """Cox proportional hazards with a ridge penalty: scikit-survival's, ties by Efron.

    Args:
        alpha: strength of the penalty alpha/2 |b|^2 on the log partial likelihood, for standardised columns.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def _learn(self, known: FollowUp) -> None:
        from sksurv.linear_model import CoxPHSurvivalAnalysis

        self._fitted = CoxPHSurvivalAnalysis(alpha=self.alpha, ties="efron")
        self._fitted.fit(known.inputs, outcomes(known))

    def predict_proba(self, X: Matrix) -> Floats:
        """Probabilities, shape (n, 2): 1 - exp(-H(horizon) exp(x b)), H Breslow's cumulative baseline hazard."""
        import numpy as np

        cumulative = float(self._fitted.cum_baseline_hazard_.y[-1])
        return two_columns(-np.expm1(-cumulative * np.exp(self._fitted.predict(np.asarray(X, np.float64)))))
