"""Ensembles that forgive wrong labels: bagged networks, and boosting of a loss that gives up on hopeless rows.

Separate from single networks, since robustness here comes from averaging or from the shape of the boosted loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench_plugins.noisy.network import RobustNetwork, labels_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(kw_only=True)
class BaggedNetworks:
    """Mean of networks trained on bootstrap samples.

    Args:
        members: how many.
        n_jobs: threads.
        random_state: seed of samples and networks.

    Source: Breiman 1996, Machine Learning 24:123-140; with wrong labels: Frenay, Verleysen 2014.
    """

    members: int = 8
    n_jobs: int = 1
    random_state: int = 0

    def __post_init__(self) -> None:
        self.classes_ = (0, 1)

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> BaggedNetworks:
        """Fit every member; rows count as often as they were drawn."""
        import numpy as np

        draw = np.random.default_rng(self.random_state)
        self._members = []
        for each in range(self.members):
            weight = np.bincount(draw.integers(0, len(y), len(y)), minlength=len(y)).astype(np.float64)
            network = RobustNetwork(n_jobs=self.n_jobs, random_state=self.random_state + each)
            self._members.append((network.fit_soft(X, labels_of(y), weight=weight), weight == 0))
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Mean probabilities after the last epoch, shape (n, 2)."""
        import numpy as np

        return np.asarray(np.mean([network.predict_proba(X) for network, _ in self._members], axis=0))

    def predict_proba_selected(self, X: NDArray[np.floating]) -> Floats:
        """Mean probabilities at each member's selected epoch, shape (n, 2)."""
        import numpy as np

        return np.asarray(
            np.mean([network.predict_proba_selected(X) for network, _ in self._members], axis=0)
        )

    def label_quality(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> Floats:
        """Mean probability given to each recorded label by the members that did not draw the row, shape (n,)."""
        import numpy as np

        given = np.array([network.label_quality(X, y) for network, _ in self._members])
        absent = np.array([out for _, out in self._members])
        outside = (given * absent).sum(axis=0) / np.maximum(absent.sum(axis=0), 1)
        return np.asarray(np.where(absent.any(axis=0), outside, given.mean(axis=0)))


class SavageBoosting:
    """Boosted trees on the Savage loss (1 + exp(2 y f))^-2, y = +-1, bounded, so that hopeless rows lose their pull.

    P(event) = 1 / (1 + exp(-2 f)). Trees by LightGBM, which gets the gradient and, since the loss is not convex,
    the second derivative kept at .05 or above.

    Args:
        trees: how many.
        learning_rate: of each.
        n_jobs: threads.
        random_state: seed of the samples of rows and columns.

    Source: Masnadi-Shirazi, Vasconcelos 2008, NeurIPS.
    """

    def __init__(
        self, trees: int = 150, learning_rate: float = 0.05, n_jobs: int = 1, random_state: int = 0
    ) -> None:
        self.trees = trees
        self.learning_rate = learning_rate
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.classes_ = (0, 1)

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> SavageBoosting:
        """Fit on n training rows, starting from the prevalence."""
        import numpy as np
        from lightgbm import LGBMRegressor

        share = np.clip(np.asarray(y, np.float64).mean(), 1e-3, 1 - 1e-3)
        self._start = float(np.log(share / (1 - share)) / 2)
        self._fitted = LGBMRegressor(
            objective=self._derivatives,
            n_estimators=self.trees,
            learning_rate=self.learning_rate,
            num_leaves=8,
            subsample=0.8,
            subsample_freq=1,
            colsample_bytree=0.8,
            deterministic=True,
            force_col_wise=True,
            verbosity=-1,
            n_jobs=self.n_jobs,
            random_state=self.random_state % 2**31,
        ).fit(np.asarray(X, np.float64), np.asarray(y, np.float64))
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> Floats:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        margin = self._start + np.asarray(self._fitted.predict(np.asarray(X, np.float64)), np.float64)
        risk = 1 / (1 + np.exp(-2 * margin))
        return np.column_stack([1 - risk, risk])

    def _derivatives(self, y: Any, added: Any) -> tuple[Floats, Floats]:
        """Gradient -4 y s^2 (1 - s) and curvature 8 s^2 (1 - s) (2 - 3 s), with s = 1 / (1 + exp(2 y f))."""
        import numpy as np

        sign = 2 * y - 1
        wrong = 1 / (1 + np.exp(2 * sign * (self._start + added)))
        curve = 8 * wrong**2 * (1 - wrong) * (2 - 3 * wrong)
        return -4 * sign * wrong**2 * (1 - wrong), np.maximum(curve, 0.05)
