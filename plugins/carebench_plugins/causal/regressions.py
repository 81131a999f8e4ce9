"""Least squares and logistic regression as textbooks of causal inference use them: unpenalised, with standard errors.

Separate because most average-effect methods rest on these two. Both accept collinear columns, as full one-hot coding
gives them: predictions and the effects of interest do not depend on which of the equal solutions is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Inverse strength of a ridge too weak to be seen in six digits; it keeps separated levels from running to infinity.
UNPENALISED = 1e6
#: Singular values below this share of the largest are nothing but the rounding of float32 inputs.
RANK = 1e-6


@dataclass(frozen=True)
class Line:
    """A fitted least-squares line.

    Attributes:
        coefficients: shape (k,).
        covariance: shape (k, k), the classical s^2 (X'X)^-1 with s^2 on the degrees of freedom left.
        freedom: rows less the rank of the design.
    """

    coefficients: Floats
    covariance: Floats
    freedom: int

    def predict(self, design: Floats) -> Floats:
        """Fitted values, shape (n,)."""
        return design @ self.coefficients


def with_constant(*columns: Any) -> Floats:
    """A design: a column of ones, then the columns given, as float64."""
    import numpy as np

    parts = [np.asarray(column, np.float64) for column in columns]
    return np.column_stack([np.ones(len(parts[0])), *parts])


def standardised(columns: Floats) -> Floats:
    """Columns with mean 0 and standard deviation 1; constant ones are dropped."""
    spread = columns.std(axis=0)
    kept: Floats = (columns - columns.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    return kept


def least_squares(design: Floats, y: Floats, weights: Floats | None = None) -> Line:
    """Weighted least squares, of minimal norm where columns are collinear.

    Args:
        design: shape (n, k).
        y: shape (n,).
        weights: shape (n,), or None for ones.
    """
    import numpy as np

    root = np.ones(len(y)) if weights is None else np.sqrt(weights)
    inverse = np.linalg.pinv(design * root[:, None], rcond=RANK)
    coefficients = inverse @ (root * y)
    freedom = len(y) - int(np.linalg.matrix_rank(design * root[:, None], rtol=RANK))
    residual = root * (y - design @ coefficients)
    variance = float(residual @ residual) / max(freedom, 1)
    return Line(coefficients, variance * inverse @ inverse.T, freedom)


class Logistic:
    """Maximum-likelihood logistic regression of scikit-learn; fit to a constant where one class was seen.

    Args:
        strength: inverse strength of the ridge.
    """

    def __init__(self, strength: float = UNPENALISED) -> None:
        self.strength = strength

    def fit(self, X: Any, y: Floats, weights: Floats | None = None) -> Logistic:
        """Fit on n rows without a constant column; `y` is 0 or 1."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        self._constant = float(y[0]) if np.ptp(y) == 0 else None
        if self._constant is None:
            model = LogisticRegression(C=self.strength, tol=1e-10, max_iter=5000)
            self._model = model.fit(np.asarray(X, np.float64), y, sample_weight=weights)
        return self

    def predict(self, X: Any) -> Floats:
        """Probabilities of 1, shape (n,)."""
        import numpy as np

        if self._constant is not None:
            return np.full(len(X), self._constant)
        return np.asarray(self._model.predict_proba(np.asarray(X, np.float64))[:, 1])


class LeastSquares:
    """Least squares with the interface of `Logistic`."""

    def fit(self, X: Any, y: Floats, weights: Floats | None = None) -> LeastSquares:
        """Fit on n rows without a constant column."""
        self._line = least_squares(with_constant(X), y, weights)
        return self

    def predict(self, X: Any) -> Floats:
        """Fitted values, shape (n,)."""
        return self._line.predict(with_constant(X))


def is_binary(y: Floats) -> bool:
    """Whether every outcome is 0 or 1."""
    import numpy as np

    return bool(np.isin(y, (0.0, 1.0)).all())


def of_outcome(y: Floats) -> Logistic | LeastSquares:
    """The regression that suits the outcome: logistic where it is 0 or 1, else least squares."""
    return Logistic() if is_binary(y) else LeastSquares()


def propensities(X: Any, treatment: Floats, weights: Floats | None = None) -> Floats:
    """Probability of treatment of the same rows by logistic regression on the main effects, shape (n,).

    Kept within [1e-6, 1 - 1e-6], so that inverse weights are finite.
    """
    import numpy as np

    return np.clip(Logistic().fit(X, treatment, weights).predict(X), 1e-6, 1 - 1e-6)
