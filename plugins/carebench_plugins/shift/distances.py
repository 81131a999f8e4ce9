"""Detectors of shift by whole rows: distances between samples, classifiers of where a row came from, sums of deviations.

Separate from tests of single columns. Distances go to a fixed sample of the reference, so that a batch costs milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_plugins.shift.detectors import SMALLEST, Detector, rows_within

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PERMUTATIONS = 500


class KernelTwoSample(Detector):
    """The unbiased squared maximum mean discrepancy of a Gaussian kernel at the median distance, p by 500 permutations.

    Source: Gretton et al. 2012, JMLR 13:723-773.
    """

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        import numpy as np
        from scipy.spatial.distance import pdist

        super()._prepare(X, y)
        self._width = float(np.median(pdist(self._sample))) or 1.0
        self._within = self._kernel(self._sample, self._sample)

    def _statistic(self, X: Floats) -> float:
        n, m = len(self._sample), len(X)
        across, inside = self._kernel(self._sample, X), self._kernel(X, X)
        own = (self._within.sum() - n) / (n * (n - 1)) + (inside.sum() - m) / (m * (m - 1))
        return float(own - 2 * across.mean())

    def p_value(self, X: NDArray[np.floating]) -> float:
        """(1 + permutations that are at least as far) / (1 + permutations)."""
        import numpy as np

        batch = rows_within(X)
        across = self._kernel(self._sample, batch)
        kernel = np.block([[self._within, across], [across.T, self._kernel(batch, batch)]])
        return permutation_p_value(kernel, len(self._sample), np.random.default_rng(self.random_state))

    def _kernel(self, one: Floats, other: Floats) -> Floats:
        import numpy as np
        from scipy.spatial.distance import cdist

        return np.asarray(np.exp(-cdist(one, other, "sqeuclidean") / (2 * self._width**2)))


class ClassifierTwoSample(Detector):
    """How well a logistic regression of half the rows tells batch from reference in the other half: C2ST.

    As many reference rows as the batch has; the accuracy's law without a shift is normal of mean 1/2 and variance 1/(4 n).

    Source: Lopez-Paz and Oquab 2017, ICLR.
    """

    def _statistic(self, X: Floats) -> float:
        return self._accuracy(X)[0]

    def p_value(self, X: NDArray[np.floating]) -> float:
        """The chance of as much accuracy without a shift."""
        from scipy.special import ndtr

        accuracy, tested = self._accuracy(rows_within(X))
        return float(ndtr(-(accuracy - 0.5) * 2 * tested**0.5))

    def _accuracy(self, X: Floats) -> tuple[float, int]:
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        draw = np.random.default_rng(self.random_state)
        others = self._reference[
            draw.choice(len(self._reference), len(X), replace=len(self._reference) < len(X))
        ]
        halves = [draw.permutation(part) for part in (others, X)]
        cut = max(len(X) // 2, 1)
        taught, asked = ([part[:cut] for part in halves], [part[cut:] for part in halves])
        sides = np.repeat([0, 1], cut)
        model = LogisticRegression(C=0.1, max_iter=200).fit(np.vstack(taught), sides)
        labels = np.repeat([0, 1], [len(part) for part in asked])
        return float(np.mean(model.predict(np.vstack(asked)) == labels)), len(labels)


class Energy(Detector):
    """Energy distance to the sample: 2 E|X - Y| - E|X - X'| - E|Y - Y'|. Source: Szekely and Rizzo 2004, InterStat 5."""

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        from scipy.spatial.distance import pdist

        super()._prepare(X, y)
        self._own = float(pdist(self._sample).mean())

    def _statistic(self, X: Floats) -> float:
        from scipy.spatial.distance import cdist, pdist

        return float(2 * cdist(self._sample, X).mean() - self._own - (pdist(X).mean() if len(X) > 1 else 0))


class SlicedWasserstein(Detector):
    """Mean over 50 random directions of the distance between quantiles. Source: Bonneel et al. 2015, J Math Imaging Vis 51:22-45."""

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        import numpy as np

        super()._prepare(X, y)
        directions = self._draw.normal(size=(X.shape[1], 50))
        self._directions = directions / np.linalg.norm(directions, axis=0)
        self._grid = (np.arange(50) + 0.5) / 50
        self._quantiles = np.quantile(X @ self._directions, self._grid, axis=0)

    def _statistic(self, X: Floats) -> float:
        import numpy as np

        told = np.quantile(X @ self._directions, self._grid, axis=0)
        return float(np.abs(told - self._quantiles).mean())


class PopulationStability(Detector):
    """Population stability index, mean over columns: sum (p - q) ln(p / q) over tenths of the reference; it has no p-value.

    Source: Siddiqi 2006, Credit Risk Scorecards, chapter 9.
    """

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        import numpy as np

        super()._prepare(X, y)
        self._cuts = [np.unique(np.quantile(column, np.arange(1, 10) / 10)) for column in X.T]
        self._shares = [self._share(column, cuts) for column, cuts in zip(X.T, self._cuts, strict=True)]

    def _statistic(self, X: Floats) -> float:
        import numpy as np

        told = [self._share(column, cuts) for column, cuts in zip(X.T, self._cuts, strict=True)]
        pairs = zip(told, self._shares, strict=True)
        return float(np.mean([np.sum((p - q) * np.log(p / q)) for p, q in pairs]))

    def _share(self, column: Floats, cuts: Floats) -> Floats:
        import numpy as np

        counts = np.bincount(np.searchsorted(cuts, column, side="left"), minlength=len(cuts) + 1)
        return np.asarray((counts + 0.5) / (len(column) + 0.5 * len(counts)))


class Hotelling(Detector):
    """Squared Mahalanobis distance of the means, p by chi-square. Source: Hotelling 1931, Annals of Mathematical Statistics 2:360-378."""

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        import numpy as np

        super()._prepare(X, y)
        covariance = np.cov(X.T) + 1e-3 * np.eye(X.shape[1])
        self._inverse, self._mean = np.linalg.inv(covariance), X.mean(axis=0)

    def _statistic(self, X: Floats) -> float:
        apart = X.mean(axis=0) - self._mean
        return float(apart @ self._inverse @ apart / (1 / len(X) + 1 / len(self._reference)))

    def p_value(self, X: NDArray[np.floating]) -> float:
        """The chance of as large a distance without a shift, for many rows."""
        from scipy.special import chdtrc

        return float(chdtrc(len(self._mean), max(self.statistic(X), 0.0)))


class CumulativeSum(Detector):
    """The largest excursion of the standardised cumulative sums of the batch, over columns: CUSUM; it has no p-value.

    Source: Page 1954, Biometrika 41:100-115.
    """

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        super()._prepare(X, y)
        self._mean, self._deviation = X.mean(axis=0), X.std(axis=0) + SMALLEST

    def _statistic(self, X: Floats) -> float:
        import numpy as np

        walked = np.cumsum((X - self._mean) / self._deviation, axis=0) / np.sqrt(len(X))
        return float(np.abs(walked).max())


def permutation_p_value(kernel: Floats, size: int, draw: Any) -> float:
    """The p-value of the squared discrepancy of the first `size` rows from the rest, all permutations in one product.

    With z a permuted column of 1/n and -1/m, the biased discrepancy is z' K z: all permutations are the columns of one
    matrix. p = (1 + how many are at least as large) / (1 + permutations): rule 9.
    """
    import numpy as np

    rows = len(kernel)
    sides = np.where(np.arange(rows) < size, 1 / size, -1 / (rows - size))
    columns = np.column_stack([sides, *(draw.permutation(sides) for _ in range(PERMUTATIONS))])
    found = np.einsum("ij,ij->j", columns, kernel @ columns)
    return float((1 + np.sum(found[1:] >= found[0] - 1e-12)) / (1 + PERMUTATIONS))
