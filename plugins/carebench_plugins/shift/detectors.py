"""Detectors of shift by tests of single columns: inputs, their components, or what a classifier says of them.

Separate from those of whole rows, which need distances. Each has `fit(X, y)`, `statistic(X)` and, where it has a test of its own, `p_value(X)`.
All inputs are standardised on the reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model
from carebench_plugins.families import DETECTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HOME = "carebench_plugins.shift"
#: Reference rows that distances compare with.
SAMPLE = 400
SMALLEST = 1e-12


def models() -> Iterator[Model]:
    """Every detector, those of whole rows among them."""
    for name, build, title, citation in (
        (
            "ks-univariate",
            "detectors.Univariate",
            "KS and chi-square by column",
            "Rabanser et al. 2019, NeurIPS.",
        ),
        ("pca-ks", "detectors.ComponentsKS", "KS on principal components", "Rabanser et al. 2019, NeurIPS."),
        ("bbsd-soft", "detectors.SoftBlackBox", "Black-box detection, risks", "Lipton et al. 2018, ICML."),
        (
            "bbsd-hard",
            "detectors.HardBlackBox",
            "Black-box detection, labels",
            "Rabanser et al. 2019, NeurIPS.",
        ),
        (
            "mmd-test",
            "distances.KernelTwoSample",
            "Maximum mean discrepancy",
            "Gretton et al. 2012, JMLR 13:723-773.",
        ),
        (
            "c2st",
            "distances.ClassifierTwoSample",
            "Classifier two-sample test",
            "Lopez-Paz and Oquab 2017, ICLR.",
        ),
        ("energy-distance", "distances.Energy", "Energy distance", "Szekely and Rizzo 2004, InterStat 5."),
        (
            "sliced-wasserstein",
            "distances.SlicedWasserstein",
            "Sliced Wasserstein distance",
            "Bonneel et al. 2015, J Math Imaging Vis 51:22-45.",
        ),
        (
            "psi",
            "distances.PopulationStability",
            "Population stability index",
            "Siddiqi 2006, Credit Risk Scorecards.",
        ),
        (
            "hotelling",
            "distances.Hotelling",
            "Hotelling's T-squared",
            "Hotelling 1931, Ann Math Stat 2:360-378.",
        ),
        (
            "cusum",
            "distances.CumulativeSum",
            "Cumulative sums of a batch",
            "Page 1954, Biometrika 41:100-115.",
        ),
    ):
        yield Model(
            name,
            families=DETECTED,
            build=f"{HOME}.{build}",
            title=title,
            summary=f"{title}: a batch against the reference.",
            citation=citation,
            requires=("scikit-learn",),
            modules=(f"{HOME}.detectors",),
        )


class Detector:
    """Keeps the reference, and a sample of it.

    Args:
        random_state: seed of the sample, and of permutations and projections.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Detector:
        """Remember n reference rows; outcomes are used by those that say so."""
        import numpy as np

        self._draw = np.random.default_rng(self.random_state)
        self._prepare(rows_within(X), np.asarray(y))
        return self

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        del y
        self._reference = X
        self._sample = X[self._draw.permutation(len(X))[:SAMPLE]]

    def statistic(self, X: NDArray[np.floating]) -> float:
        """How far the batch is from the reference."""
        return self._statistic(rows_within(X))

    def _statistic(self, X: Floats) -> float:
        raise NotImplementedError


class Univariate(Detector):
    """Kolmogorov-Smirnov for numbers and chi-square for 0/1 columns, the smallest p-value by Holm.

    Source: Rabanser, Guennemann and Lipton 2019, NeurIPS.
    """

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        import numpy as np

        super()._prepare(X, y)
        self._sorted = np.sort(X, axis=0)
        self._binary = np.array([len(np.unique(column)) == 2 for column in X.T])
        self._low = X.min(axis=0)

    def _statistic(self, X: Floats) -> float:
        """Minus the logarithm of the smallest p-value."""
        import numpy as np

        return -float(np.log(max(self._p_values(X).min(), 1e-300)))

    def p_value(self, X: NDArray[np.floating]) -> float:
        """The smallest p-value times the number of columns, which is Holm's for the first."""
        values = self._p_values(rows_within(X))
        return min(1.0, float(values.min()) * len(values))

    def _p_values(self, X: Floats) -> Floats:
        import numpy as np
        from scipy.special import chdtrc, kolmogorov

        n, m = len(self._sorted), len(X)
        apart = ks_distances(self._sorted, np.sort(X, axis=0))
        root = np.sqrt(n * m / (n + m))
        smooth = kolmogorov((root + 0.12 + 0.11 / root) * apart)
        shares = (self._sorted > self._low).mean(axis=0), (self._low < X).mean(axis=0)
        pooled = (n * shares[0] + m * shares[1]) / (n + m)
        spread = np.maximum(pooled * (1 - pooled) * (1 / n + 1 / m), SMALLEST)
        return np.asarray(np.where(self._binary, chdtrc(1, (shares[0] - shares[1]) ** 2 / spread), smooth))


class ComponentsKS(Univariate):
    """The same on the first principal components, whitened. Source: Rabanser et al. 2019, NeurIPS.

    Args:
        components: how many.
        random_state: not used.
    """

    def __init__(self, components: int = 8, random_state: int = 0) -> None:
        super().__init__(random_state)
        self.components = components

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        from sklearn.decomposition import PCA

        self._pca = PCA(min(self.components, *X.shape), whiten=True, random_state=0).fit(X)
        super()._prepare(self._pca.transform(X), y)

    def _p_values(self, X: Floats) -> Floats:
        return super()._p_values(self._pca.transform(X))


class SoftBlackBox(Univariate):
    """The same on the risk that a classifier of half the reference gives (BBSDs). Source: Lipton et al. 2018, ICML."""

    def _prepare(self, X: Floats, y: NDArray[np.generic]) -> None:
        from sklearn.linear_model import LogisticRegression

        half = self._draw.permutation(len(X))
        taught, kept = half[: len(X) // 2], half[len(X) // 2 :]
        self._model = LogisticRegression(C=0.05, max_iter=500).fit(X[taught], y[taught])
        self._cut = float((y == y.max()).mean())
        super()._prepare(self._seen(X[kept]), y[kept])

    def _p_values(self, X: Floats) -> Floats:
        return super()._p_values(self._seen(X))

    def _seen(self, X: Floats) -> Floats:
        return self._model.predict_proba(X)[:, 1:]  # type: ignore[no-any-return]


class HardBlackBox(SoftBlackBox):
    """The share that the classifier calls an event, by chi-square (BBSDh). Source: Rabanser et al. 2019, NeurIPS."""

    def _seen(self, X: Floats) -> Floats:
        import numpy as np

        return np.asarray(super()._seen(X) >= self._cut, np.float64)


def ks_distances(one: Floats, other: Floats) -> Floats:
    """The Kolmogorov-Smirnov distance of every column, shape (p,); both sorted by column."""
    import numpy as np

    found = np.empty(one.shape[1])
    for place, (left, right) in enumerate(zip(one.T, other.T, strict=True)):
        below = np.searchsorted(left, right, side="right") / len(left)
        under = np.searchsorted(left, right, side="left") / len(left)
        upto = np.searchsorted(right, right, side="right") / len(right)
        before = np.searchsorted(right, right, side="left") / len(right)
        found[place] = max(np.abs(below - upto).max(), np.abs(under - before).max())
    return found


def rows_within(X: Any) -> Floats:
    """The rows as float64, within ten standard deviations."""
    import numpy as np

    return np.clip(np.asarray(X, np.float64), -10, 10)
