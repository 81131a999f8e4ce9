"""A logistic regression of the source, updated by few answers of the target: its intercept, its slope too, or its prevalence.

Separate from methods that see inputs of the target alone: these need somebody to have looked up some outcomes there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from carebench import Unsuited
from carebench_plugins.shift import label_weights
from carebench_plugins.shift.logistic import PENALTY, Logistic, rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: No intercept is searched further away than this, in log-odds.
FURTHEST_MOVE = 50.0


class Updated(Logistic):
    """Log-odds z of a regression of the source become a + b z, by maximum likelihood on the answers told of the target.

    `intercept` estimates a with b = 1 (calibration in the large), `slope` both (logistic recalibration). `prevalence` weights the
    two answers by their share in the target, of those told, over that in the source: odds times w_1 / w_0.

    Source: Steyerberg, Borsboom, van Houwelingen, Eijkemans and Habbema 2004, Statistics in Medicine 23:2567-2586, methods 2 and 3;
    Saerens, Latinne and Decaestecker 2002, Neural Computation 14:21-41, equation 2.4.

    Args:
        update: `intercept`, `slope` or `prevalence`.
        C: inverse strength of the penalty of the regression on the source.
        random_state: not used.
    """

    def __init__(
        self,
        update: Literal["intercept", "slope", "prevalence"] = "intercept",
        *,
        C: float = PENALTY,
        random_state: int = 0,
    ) -> None:
        super().__init__(C=C, random_state=random_state)
        self.update = update

    def fit(  # type: ignore[override]
        self,
        X: NDArray[np.floating],
        y: NDArray[np.generic],
        *,
        X_target: NDArray[np.floating],
        y_target: NDArray[np.generic] | None = None,
    ) -> Updated:
        """Fit on the source, then update by the target rows whose answer is told: 0 or 1, and -1 where it is not.

        Raises:
            Unsuited: unless answers of both kinds are told.
        """
        import numpy as np

        event = told_events(y_target)
        self.learn(rows(X), y)
        odds = self._model.decision_function(rows(X_target)[np.asarray(y_target) >= 0])
        if self.update == "prevalence":
            source, target = float(np.mean(y == np.max(y))), float(event.mean())
            self.label_weights_ = np.array([(1 - target) / (1 - source), target / source])
        elif self.update == "slope":
            self._line = recalibration_line(odds, event)
        else:
            self._line = recalibration_intercept(odds, event), 1.0
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Updated probabilities, shape (n, 2)."""
        import numpy as np
        from scipy.special import expit

        odds = self._model.decision_function(rows(X))
        if self.update == "prevalence":
            risk = label_weights.corrected(expit(odds), self.label_weights_)
        else:
            risk = expit(self._line[0] + self._line[1] * odds)
        return np.column_stack([1 - risk, risk])


def told_events(y_target: NDArray[np.generic] | None) -> NDArray[np.int8]:
    """The answers that are told, 0 or 1.

    Raises:
        Unsuited: where there are none, or all are alike.
    """
    import numpy as np

    told = np.empty(0) if y_target is None else np.asarray(y_target)
    event = told[told >= 0].astype(np.int8)
    if len(np.unique(event)) < 2:
        raise Unsuited("needs some answers of the target, of both kinds, and the task does not tell them")
    return event


def recalibration_intercept(odds: Floats, event: NDArray[np.int8]) -> float:
    """The a at which the sum of 1 / (1 + exp(-(a + z))) is the number of events: maximum likelihood with a slope of 1."""
    import numpy as np
    from scipy.optimize import brentq
    from scipy.special import expit

    def surplus(move: float) -> float:
        return float(np.sum(expit(odds + move)) - event.sum())

    return float(brentq(surplus, -FURTHEST_MOVE, FURTHEST_MOVE, xtol=1e-10))


def recalibration_line(odds: Floats, event: NDArray[np.int8]) -> tuple[float, float]:
    """Intercept and slope of a logistic regression of the events on log-odds, its penalty too small to tell."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000).fit(odds[:, None], event)
    return float(line.intercept_[0]), float(line.coef_[0, 0])
