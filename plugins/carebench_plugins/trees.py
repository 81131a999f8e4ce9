"""Ensembles of trees: forests, which average deep trees, and boosting, which adds shallow ones.

Separate because they share defaults, and because some of the boosted ones take missing values and categories raw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, IntRange, Model
from carebench_plugins.boosting import by_position
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


#: The most levels of a category that histogram gradient boosting can take.
MOST_LEVELS = 255
#: The fewest training rows in a leaf of it.
LEAST_LEAF = 20
#: What matters most in a forest: Probst, Boulesteix and Bischl 2019, J Mach Learn Res 20(53).
FOREST = {"max_features": FloatRange(0.05, 1.0), "min_samples_leaf": IntRange(1, 50, log=True)}


#: After the ranges for boosted trees of Probst et al. and of Grinsztajn, Oyallon and Varoquaux 2022, NeurIPS, table 6.
BOOSTING = {
    "learning_rate": FloatRange(0.01, 0.3, log=True),
    "max_leaf_nodes": IntRange(4, 64, log=True),
    "min_samples_leaf": IntRange(5, 100, log=True),
    "l2_regularization": FloatRange(1e-3, 100.0, log=True),
}


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (*forests(), *boosted())


def forests() -> tuple[Model, ...]:
    """Forests: deep trees, averaged."""
    return (
        Model(
            "random-forest",
            families=RISK_OF_EVENT,
            build="sklearn.ensemble.RandomForestClassifier",
            params={"n_estimators": 500, "min_samples_leaf": 5},
            search=FOREST,
            title="Random forest",
            summary="Mean of 500 trees grown on bootstrap samples, with at least five patients a leaf.",
            citation="Breiman L. Random forests. Mach Learn 2001;45:5-32.",
            requires=("scikit-learn",),
        ),
        Model(
            "extra-trees",
            families=RISK_OF_EVENT,
            build="sklearn.ensemble.ExtraTreesClassifier",
            params={"n_estimators": 500, "min_samples_leaf": 5},
            search=FOREST,
            title="Extremely randomised trees",
            summary="Mean of 500 trees whose cut points are drawn at random, with at least five patients a leaf.",
            citation="Geurts P, Ernst D, Wehenkel L. Extremely randomized trees. Mach Learn 2006;63:3-42.",
            requires=("scikit-learn",),
        ),
    )


def boosted() -> tuple[Model, ...]:
    """Boosting: shallow trees, added."""
    return (
        Model(
            "gradient-boosting",
            families=RISK_OF_EVENT,
            build="sklearn.ensemble.GradientBoostingClassifier",
            params={"n_estimators": 200, "learning_rate": 0.05, "subsample": 0.5, "max_features": "sqrt"},
            search={
                "n_estimators": IntRange(50, 500, log=True),
                "learning_rate": FloatRange(0.01, 0.3, log=True),
                "max_depth": IntRange(1, 6),
                "subsample": FloatRange(0.3, 1.0),
                "min_samples_leaf": IntRange(1, 50, log=True),
            },
            title="Stochastic gradient boosting",
            summary="200 trees of depth 3, each on half of the patients, a random root of the columns at each cut.",
            citation="Friedman JH. Stochastic gradient boosting. Comput Stat Data Anal 2002;38:367-378.",
            requires=("scikit-learn",),
        ),
        Model(
            "hist-gradient-boosting",
            families=RISK_OF_EVENT,
            build=HistogramBoosting,
            inputs="raw",
            search=BOOSTING,
            title="Histogram gradient boosting",
            summary="Boosted trees on binned columns, stopped by a cut of 15 % of the training patients.",
            citation="Friedman JH. Greedy function approximation: a gradient boosting machine. Ann Stat 2001;29:1189-1232.",
            requires=("scikit-learn",),
        ),
        Model(
            "lightgbm",
            families=RISK_OF_EVENT,
            build=LightGBM,
            inputs="raw",
            search={
                "n_estimators": IntRange(50, 1000, log=True),
                "learning_rate": FloatRange(0.005, 0.3, log=True),
                "num_leaves": IntRange(4, 64, log=True),
                "min_child_samples": IntRange(5, 100, log=True),
                "subsample": FloatRange(0.4, 1.0),
                "colsample_bytree": FloatRange(0.2, 1.0),
                "reg_lambda": FloatRange(1e-3, 100.0, log=True),
            },
            title="LightGBM",
            summary="300 boosted trees of 15 leaves, each on 80 % of patients and columns.",
            citation="Ke G et al. LightGBM: a highly efficient gradient boosting decision tree. NeurIPS 2017.",
            modules=("carebench_plugins.boosting",),
            requires=("lightgbm", "scikit-learn"),
            extra="boost",
        ),
    )


class HistogramBoosting:
    """Histogram gradient boosting on a raw table; of a category's levels it takes the 255 most frequent.

    The rarer levels count as missing. A column known in fewer training rows than the least leaf holds could
    split nothing and is left out: scikit-learn fails on one that is missing throughout. Trees are added until
    the held-out log loss has not fallen for 20.

    Args:
        learning_rate: share of each tree that is added.
        max_leaf_nodes: leaves of a tree, at most.
        min_samples_leaf: training rows in a leaf, at least.
        l2_regularization: penalty on the leaves' values.
        random_state: seed of the cut.
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        max_leaf_nodes: int = 15,
        min_samples_leaf: int = LEAST_LEAF,
        l2_regularization: float = 0.0,
        random_state: int = 0,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[np.generic]) -> HistogramBoosting:
        """Fit on n training rows, of which 15 % are held out."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._known = list(X.columns[X.count() >= min(self.min_samples_leaf, len(X))])
        categories = X[self._known].select_dtypes("category")
        self._levels = {name: X[name].value_counts().index[:MOST_LEVELS] for name in categories}
        self._fitted = HistGradientBoostingClassifier(
            categorical_features="from_dtype",
            learning_rate=self.learning_rate,
            max_iter=500,
            max_leaf_nodes=self.max_leaf_nodes,
            l2_regularization=self.l2_regularization,
            early_stopping=True,
            validation_fraction=0.15,
            n_iter_no_change=20,
            min_samples_leaf=self.min_samples_leaf,
            random_state=self.random_state,
        ).fit(self._usable(X), y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        return self._fitted.predict_proba(self._usable(X))  # type: ignore[no-any-return]

    def _usable(self, table: Any) -> Any:
        """The columns known in enough training rows, with their frequent levels."""
        kept = {name: table[name].cat.set_categories(list(levels)) for name, levels in self._levels.items()}
        return table[self._known].assign(**kept)


class LightGBM:
    """LightGBM on a raw table, whose columns it gets by position: it refuses some names.

    Args:
        n_estimators: trees.
        learning_rate: share of each tree that is added.
        num_leaves: leaves of a tree, at most.
        min_child_samples: training rows in a leaf, at least.
        subsample: share of the training rows that a tree sees.
        colsample_bytree: share of the columns that a tree sees.
        reg_lambda: L2 penalty on the leaves' values.
        n_jobs: threads.
        random_state: seed of the samples of patients and columns.
    """

    def __init__(
        self,
        *,
        n_estimators: int = 300,
        learning_rate: float = 0.03,
        num_leaves: int = 15,
        min_child_samples: int = 20,
        subsample: float = 0.8,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 0.0,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_child_samples = min_child_samples
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[np.generic]) -> LightGBM:
        """Fit on n training rows."""
        from lightgbm import LGBMClassifier

        self._fitted = LGBMClassifier(
            n_estimators=self.n_estimators,
            learning_rate=self.learning_rate,
            num_leaves=self.num_leaves,
            min_child_samples=self.min_child_samples,
            subsample=self.subsample,
            subsample_freq=1,
            colsample_bytree=self.colsample_bytree,
            reg_lambda=self.reg_lambda,
            deterministic=True,
            force_col_wise=True,
            verbosity=-1,
            n_jobs=self.n_jobs,
            random_state=self.random_state % 2**31,
        ).fit(by_position(X), y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        return np.asarray(self._fitted.predict_proba(by_position(X)))
