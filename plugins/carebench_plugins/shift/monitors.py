"""Monitors of a stream: control charts, tests in sliding windows and betting against the law of the reference.

Separate from detectors of batches: each has `fit(X, y)` on the reference and `follow(X)`, one number after every row from that
row and those before it, larger for a surer alarm. All inputs are standardised on the reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_plugins.shift.detectors import rows_within

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Half of the shift, in standard deviations, that sums are tuned to.
ALLOWANCE = 0.25
SMALL = 1e-9
WINDOW = 50


class Monitor:
    """Keeps what the reference's columns, or one risk, look like.

    Args:
        of: what is watched: `columns`, or `risk`, the log-odds by a logistic regression of the reference's outcomes.
        random_state: seed of draws, where there are any.
    """

    def __init__(self, of: str = "columns", random_state: int = 0) -> None:
        self.of = of
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Monitor:
        """Learn mean and deviation of what is watched from n reference rows."""
        import numpy as np

        rows = rows_within(X)
        if self.of == "risk":
            rows = self._learned(rows, np.asarray(y))
        self._mean, self._deviation = rows.mean(axis=0), rows.std(axis=0) + SMALL
        self._prepare((rows - self._mean) / self._deviation)
        return self

    def follow(self, X: NDArray[np.floating]) -> Floats:
        """One number after each of n rows."""
        return self._follow((self._watched(rows_within(X)) - self._mean) / self._deviation)

    def statistic(self, X: NDArray[np.floating]) -> float:
        """The largest number after any row of a batch, its rows fed as a stream: for the board of batches."""
        return float(self.follow(X).max())

    def _learned(self, rows: Floats, y: NDArray[np.generic]) -> Floats:
        """Fit the regression, and give held-out log-odds of the reference, since its own would be too sure."""
        import numpy as np
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        model = LogisticRegression(C=0.05, max_iter=500)
        held = cross_val_predict(model, rows, y, cv=folds, method="decision_function")
        self._model = model.fit(rows, y)
        return np.asarray(held, np.float64)[:, None]

    def _watched(self, rows: Floats) -> Floats:
        if self.of == "risk":
            return self._model.decision_function(rows)[:, None]  # type: ignore[no-any-return]
        return rows

    def _prepare(self, reference: Floats) -> None:
        """What else is learned from the reference, standardised, shape (n, p)."""

    def _follow(self, Z: Floats) -> Floats:
        raise NotImplementedError


class CumulativeSums(Monitor):
    """Two-sided CUSUM of every column, the largest: S_t = max(0, S_t-1 + z_t - k), k = .25, and likewise of -z.

    Source: Page 1954, Biometrika 41:100-115.
    """

    def _follow(self, Z: Floats) -> Floats:
        import numpy as np

        sides = [one_sided(side * Z - ALLOWANCE).max(axis=1) for side in (1, -1)]
        return np.asarray(np.max(sides, axis=0))


class PageHinkley(Monitor):
    """CUSUM of the deviation from the stream's own mean so far: sums of x_t - mean_t - .25, less their least; and of -x.

    As `river.drift.PageHinkley` with one threshold for both sides and no forgetting.

    Source: Page 1954, Biometrika 41:100-115; Mouss et al. 2004, Asian Control Conference 815-818.
    """

    def __init__(self, of: str = "risk", random_state: int = 0) -> None:
        super().__init__(of, random_state)

    def _follow(self, Z: Floats) -> Floats:
        import numpy as np

        means = np.cumsum(Z, axis=0) / np.arange(1, len(Z) + 1)[:, None]
        sides = []
        for side in (1, -1):
            walked = np.cumsum(side * (Z - means) - ALLOWANCE, axis=0)
            sides.append((walked - np.minimum.accumulate(walked, axis=0)).max(axis=1))
        return np.asarray(np.max(sides, axis=0))


class MovingAverage(Monitor):
    """Exponentially weighted mean of every column, w_t = .9 w_t-1 + .1 z_t, in its standard deviations; the largest.

    The variance of w_t is that of independent rows, .1 / 1.9 (1 - .9^(2 t)).

    Source: Roberts 1959, Technometrics 1:239-250.
    """

    weight = 0.1

    def _follow(self, Z: Floats) -> Floats:
        import numpy as np

        return np.abs(self._averages(Z)).max(axis=1)  # type: ignore[no-any-return]

    def _averages(self, Z: Floats) -> Floats:
        """Averages in units of their standard deviation, shape (n, p)."""
        import numpy as np
        from scipy.signal import lfilter

        keep = 1 - self.weight
        spread = self.weight / (2 - self.weight) * (1 - keep ** (2 * np.arange(1, len(Z) + 1)))
        return np.asarray(lfilter([self.weight], [1, -keep], Z, axis=0) / np.sqrt(spread)[:, None])


class MultivariateMovingAverage(MovingAverage):
    """Squared Mahalanobis length of the averages of all columns: MEWMA. Source: Lowry et al. 1992, Technometrics 34:46-53."""

    def _prepare(self, reference: Floats) -> None:
        import numpy as np

        covariance = np.atleast_2d(np.cov(reference.T)) + 1e-2 * np.eye(reference.shape[1])
        self._inverse = np.linalg.inv(covariance)

    def _follow(self, Z: Floats) -> Floats:
        import numpy as np

        averages = self._averages(Z)
        return np.einsum("ij,jk,ik->i", averages, self._inverse, averages)  # type: ignore[no-any-return]


class SlidingHotelling(MultivariateMovingAverage):
    """Hotelling's T-squared of the last 50 rows against the reference; of fewer, while fewer have come."""

    def _averages(self, Z: Floats) -> Floats:
        import numpy as np

        totals = np.vstack([np.zeros(Z.shape[1]), np.cumsum(Z, axis=0)])
        ends = np.arange(1, len(Z) + 1)
        starts = np.maximum(ends - WINDOW, 0)
        return np.asarray((totals[ends] - totals[starts]) / np.sqrt(ends - starts)[:, None])


def one_sided(steps: Floats) -> Floats:
    """S_t = max(0, S_t-1 + step_t) along the first axis: the walk less its least so far, or 0.

    Example:
        >>> import numpy as np
        >>> one_sided(np.array([1.0, -2.0, 0.5, 0.5]))
        array([1. , 0. , 0.5, 1. ])
    """
    import numpy as np

    walked = np.cumsum(steps, axis=0)
    return np.asarray(walked - np.minimum(np.minimum.accumulate(walked, axis=0), 0))
