"""Ensembles of trees: forests, which average deep trees, and boosting, which adds shallow ones.

Separate because they share defaults, and because the boosted ones take missing values and categories raw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "random-forest",
            families=RISK_OF_EVENT,
            build="sklearn.ensemble.RandomForestClassifier",
            params={"n_estimators": 500, "min_samples_leaf": 5},
            title="Random forest",
            summary="Mean of 500 trees grown on bootstrap samples, with at least five patients a leaf.",
            citation="Breiman L. Random forests. Mach Learn 2001;45:5-32.",
        ),
        Model(
            "extra-trees",
            families=RISK_OF_EVENT,
            build="sklearn.ensemble.ExtraTreesClassifier",
            params={"n_estimators": 500, "min_samples_leaf": 5},
            title="Extremely randomised trees",
            summary="Mean of 500 trees whose cut points are drawn at random, with at least five patients a leaf.",
            citation="Geurts P, Ernst D, Wehenkel L. Extremely randomized trees. Mach Learn 2006;63:3-42.",
        ),
        Model(
            "hist-gradient-boosting",
            families=RISK_OF_EVENT,
            build="sklearn.ensemble.HistGradientBoostingClassifier",
            inputs="raw",
            params={
                "categorical_features": "from_dtype",
                "learning_rate": 0.05,
                "max_iter": 500,
                "max_leaf_nodes": 15,
                "early_stopping": True,
                "validation_fraction": 0.15,
                "n_iter_no_change": 20,
            },
            title="Histogram gradient boosting",
            summary="Boosted trees on binned columns, stopped by a cut of 15 % of the training patients.",
            citation="Friedman JH. Greedy function approximation: a gradient boosting machine. Ann Stat 2001;29:1189-1232.",
        ),
        Model(
            "lightgbm",
            families=RISK_OF_EVENT,
            build=LightGBM,
            inputs="raw",
            title="LightGBM",
            summary="300 boosted trees of 15 leaves, each on 80 % of patients and columns.",
            citation="Ke G et al. LightGBM: a highly efficient gradient boosting decision tree. NeurIPS 2017.",
            requires=("lightgbm",),
            extra="boost",
        ),
    )


class LightGBM:
    """LightGBM on a raw table, whose columns it gets by position: it refuses some names.

    Args:
        n_jobs: threads.
        random_state: seed of the samples of patients and columns.
    """

    def __init__(self, n_jobs: int = 1, random_state: int = 0) -> None:
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[np.generic]) -> LightGBM:
        """Fit on n training rows."""
        from lightgbm import LGBMClassifier

        self._fitted = LGBMClassifier(
            n_estimators=300,
            learning_rate=0.03,
            num_leaves=15,
            subsample=0.8,
            subsample_freq=1,
            colsample_bytree=0.8,
            deterministic=True,
            force_col_wise=True,
            verbosity=-1,
            n_jobs=self.n_jobs,
            random_state=self.random_state % 2**31,
        ).fit(_by_position(X), y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        return np.asarray(self._fitted.predict_proba(_by_position(X)))


def _by_position(table: Any) -> Any:
    return table.set_axis([f"column_{number}" for number in range(table.shape[1])], axis="columns")
