"""Ensembles of trees: forests, which average deep trees, and boosting, which adds shallow ones.

Separate because they share defaults, and because some of the boosted ones take missing values and categories raw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


#: The most levels of a category that histogram gradient boosting can take.
MOST_LEVELS = 255
#: The fewest training rows in a leaf of it.
LEAST_LEAF = 20


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
            title="LightGBM",
            summary="300 boosted trees of 15 leaves, each on 80 % of patients and columns.",
            citation="Ke G et al. LightGBM: a highly efficient gradient boosting decision tree. NeurIPS 2017.",
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
        random_state: seed of the cut.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: NDArray[np.generic]) -> HistogramBoosting:
        """Fit on n training rows, of which 15 % are held out."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        self._known = list(X.columns[X.count() >= min(LEAST_LEAF, len(X))])
        categories = X[self._known].select_dtypes("category")
        self._levels = {name: X[name].value_counts().index[:MOST_LEVELS] for name in categories}
        self._fitted = HistGradientBoostingClassifier(
            categorical_features="from_dtype",
            learning_rate=0.05,
            max_iter=500,
            max_leaf_nodes=15,
            early_stopping=True,
            validation_fraction=0.15,
            n_iter_no_change=20,
            min_samples_leaf=LEAST_LEAF,
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
