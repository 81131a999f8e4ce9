"""Methods on one logistic regression that look at the target: weighted, moved or corrected by its inputs.

Separate from the networks, so that each method stands beside a plain logistic regression of the same penalty.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from carebench import Unsuited
from carebench_plugins.shift import label_weights, ratios

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PENALTY = 0.05
FOLDS = 5
FURTHEST = 10
SMALLEST = 1e-6


class Logistic:
    """Logistic regression of one fixed penalty: the plain method beside which the others stand.

    Args:
        C: inverse strength of the penalty.
        random_state: seed of folds and draws.
    """

    def __init__(self, *, C: float = PENALTY, random_state: int = 0) -> None:
        self.C = C
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Logistic:
        """Fit on n training rows."""
        return self.learn(rows(X), y)

    def learn(self, X: Floats, y: NDArray[np.generic], weights: Floats | None = None) -> Logistic:
        """Fit on rows within ten standard deviations, weighted or not."""
        self._model = self.new().fit(X, y, weights)
        self.classes_ = self._model.classes_
        return self

    def new(self, C: float | None = None) -> Any:
        """An unfitted regression."""
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.C if C is None else C, max_iter=1000)

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        return self._model.predict_proba(rows(X))  # type: ignore[no-any-return]


class ImportanceWeighted(Logistic):
    """Training rows weighted by how much likelier their inputs are in the target.

    Source: Shimodaira 2000, Journal of Statistical Planning and Inference 90:227-244.

    Args:
        ratio: name of a function of `carebench_plugins.shift.ratios`.
        C: inverse strength of the penalty.
        random_state: seed of the density ratio.
    """

    def __init__(self, ratio: str = "classifier_ratio", *, C: float = PENALTY, random_state: int = 0) -> None:
        super().__init__(C=C, random_state=random_state)
        self.ratio = ratio

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, X_target: NDArray[np.floating]
    ) -> ImportanceWeighted:
        """Estimate the weights from both sets of inputs, then fit on the weighted rows."""
        source, estimate = rows(X), getattr(ratios, self.ratio)
        weights = estimate(source, rows(X_target), self.random_state)
        self.effective_share_ = ratios.effective_share(weights)
        self.learn(source, y, weights)
        return self


class LabelWeighted(Logistic):
    """Label weights from a classifier's predictions for the target, then a correction of its risks by them.

    Held-out risks by five folds are recalibrated with a slope and an intercept (bias-corrected temperature scaling, which is
    that for two labels); `bbse` and `rlls` take the labels that they predict, `em` the risks themselves.

    Source: Alexandari, Kundaje and Shrikumar 2020, ICML.

    Args:
        method: `bbse`, `rlls` or `em`.
        C: inverse strength of the penalty.
        random_state: seed of the folds.
    """

    def __init__(self, method: str = "bbse", *, C: float = PENALTY, random_state: int = 0) -> None:
        super().__init__(C=C, random_state=random_state)
        self.method = method

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, X_target: NDArray[np.floating]
    ) -> LabelWeighted:
        """Fit on the source, recalibrate on held-out folds, estimate the label weights on the target."""
        import numpy as np
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        source, event = rows(X), np.asarray(y == np.max(y), np.int8)
        if min(event.sum(), len(event) - event.sum()) < FOLDS:
            raise Unsuited("needs five training rows of each answer, to hold some out")
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=self.random_state)
        held = cross_val_predict(self.new(), source, event, cv=folds, method="predict_proba")[:, 1]
        self.learn(source, y)
        from sklearn.linear_model import LogisticRegression

        self._calibration = LogisticRegression(C=1e6).fit(_logits(held), event)
        target = self._calibrated(rows(X_target))
        self.label_weights_ = self._weights(
            self._calibration.predict_proba(_logits(held))[:, 1], event, target
        )
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities under the target's label shares, shape (n, 2)."""
        import numpy as np

        risk = label_weights.corrected(self._calibrated(rows(X)), self.label_weights_)
        return np.column_stack([1 - risk, risk])

    def _calibrated(self, X: Floats) -> Floats:
        return self._calibration.predict_proba(_logits(self._model.predict_proba(X)[:, 1]))[:, 1]  # type: ignore[no-any-return]

    def _weights(self, held: Floats, event: NDArray[np.int8], target: Floats) -> Floats:
        if self.method == "em":
            return label_weights.expectation_maximisation(target, float(event.mean()))
        cut = float(event.mean())
        matrix = label_weights.confusion(held >= cut, event)
        told = label_weights.shares(target >= cut)
        if self.method == "rlls":
            return label_weights.rlls(matrix, told, len(event))
        return label_weights.bbse(matrix, told)


class ShallowCoral(Logistic):
    """Training inputs whitened and given the target's covariance and mean. Source: Sun, Feng and Saenko 2016, AAAI.

    Args:
        ridge: added to the variances, which have mean about 1.
        C: inverse strength of the penalty.
        random_state: not used.
    """

    def __init__(self, *, ridge: float = 1.0, C: float = PENALTY, random_state: int = 0) -> None:
        super().__init__(C=C, random_state=random_state)
        self.ridge = ridge

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, X_target: NDArray[np.floating]
    ) -> ShallowCoral:
        """Fit on the moved rows."""
        source, target = rows(X), rows(X_target)
        moved = (source - source.mean(axis=0)) @ self._power(source, -0.5) @ self._power(target, 0.5)
        self.learn(moved + target.mean(axis=0), y)
        return self

    def _power(self, X: Floats, power: float) -> Floats:
        """(C + ridge I) to a power, by its eigenvalues."""
        import numpy as np

        values, vectors = np.linalg.eigh(np.cov(X.T) + self.ridge * np.eye(X.shape[1]))
        return np.asarray(vectors * values**power @ vectors.T)


class OptimalTransport(Logistic):
    """Training inputs carried to the target by entropy-regularised optimal transport, from the library POT.

    Source: Courty, Flamary, Tuia and Rakotomamonjy 2017, IEEE Transactions on Pattern Analysis and Machine Intelligence
    39:1853-1865.

    Args:
        entropy: strength of the regularisation, of a cost divided by its median.
        most: rows of source and target that the plan is made of, at most; others go by their nearest.
        C: inverse strength of the penalty.
        random_state: seed of the choice of rows.
    """

    def __init__(
        self, *, entropy: float = 0.1, most: int = 1000, C: float = PENALTY, random_state: int = 0
    ) -> None:
        super().__init__(C=C, random_state=random_state)
        self.entropy = entropy
        self.most = most

    def fit(  # type: ignore[override]
        self, X: NDArray[np.floating], y: NDArray[np.generic], *, X_target: NDArray[np.floating]
    ) -> OptimalTransport:
        """Plan the transport, move the training rows, fit on them."""
        import numpy as np

        ot = importlib.import_module("ot")
        draw = np.random.default_rng(self.random_state)
        source, target = rows(X), rows(X_target)
        chosen = [part[draw.permutation(len(part))[: self.most]] for part in (source, target)]
        plan = ot.da.SinkhornTransport(reg_e=self.entropy, norm="median").fit(Xs=chosen[0], Xt=chosen[1])
        self.learn(np.asarray(plan.transform(Xs=source)), y)
        return self


def rows(X: NDArray[np.floating]) -> Floats:
    """The rows as float64, within ten standard deviations."""
    import numpy as np

    return np.clip(np.asarray(X, np.float64), -FURTHEST, FURTHEST)


def _logits(risk: Floats) -> Floats:
    import numpy as np
    from scipy.special import logit

    return np.asarray(logit(np.clip(risk, SMALLEST, 1 - SMALLEST)))[:, None]
