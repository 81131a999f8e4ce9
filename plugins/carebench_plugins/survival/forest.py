"""A random survival forest read at the horizon: scikit-survival's, on few distinct times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_plugins.survival.follow_up import AtHorizon, FollowUp, limits, outcomes, two_columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.floating]

#: The most distinct times that a forest splits on; times in between count as the next one.
MOST_TIMES = 50


class SurvivalForestAtHorizon(AtHorizon):
    """scikit-survival's random survival forest, on at most 50 distinct times.

    Args:
        n_estimators: trees.
        max_features: share of the columns tried at each split, or `sqrt`.
        min_samples_leaf: training rows in a leaf, at least.
        n_jobs: threads.
        random_state: seed of bootstrap and splits.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_features: float | str = "sqrt",
        min_samples_leaf: int = 15,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_features = max_features
        self.min_samples_leaf = min_samples_leaf
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _learn(self, known: FollowUp) -> None:
        from sksurv.ensemble import RandomSurvivalForest

        self._fitted = RandomSurvivalForest(
            n_estimators=self.n_estimators,
            max_features=self.max_features,
            min_samples_leaf=self.min_samples_leaf,
            n_jobs=self.n_jobs,
            random_state=self.random_state % 2**32,
        )
        self._fitted.fit(known.inputs, outcomes(coarsened(known, MOST_TIMES)))

    def predict_proba(self, X: Matrix) -> Floats:
        """Probabilities, shape (n, 2): one less the mean survival at the last time, which is the horizon."""
        import numpy as np

        survival = self._fitted.predict_survival_function(np.asarray(X, np.float64), return_array=True)
        return two_columns(1 - survival[:, -1])


def coarsened(known: FollowUp, most: int) -> FollowUp:
    """The same with each time raised to the next of at most `most` quantiles of the times of death."""
    import numpy as np

    grid = limits(known, most)
    place = np.minimum(np.searchsorted(grid, known.time, side="left"), len(grid) - 1)
    return FollowUp(inputs=known.inputs, time=grid[place], died=known.died)
