"""Gradient boosting by XGBoost and CatBoost, beside LightGBM; separate because each is an extra with habits of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import FloatRange, IntRange, Model
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MISSING = "missing"


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "xgboost",
            families=RISK_OF_EVENT,
            build=XGBoost,
            inputs="raw",
            # After Grinsztajn, Oyallon and Varoquaux 2022, NeurIPS, table 7.
            search={
                "n_estimators": IntRange(50, 1000, log=True),
                "learning_rate": FloatRange(0.005, 0.3, log=True),
                "max_depth": IntRange(1, 11),
                "min_child_weight": FloatRange(1.0, 100.0, log=True),
                "subsample": FloatRange(0.5, 1.0),
                "colsample_bytree": FloatRange(0.5, 1.0),
                "reg_lambda": FloatRange(1.0, 4.0, log=True),
            },
            title="XGBoost",
            summary="300 boosted trees of depth 4, each on 80 % of patients and columns.",
            citation="Chen T, Guestrin C. XGBoost: a scalable tree boosting system. KDD 2016:785-794.",
            requires=("scikit-learn", "xgboost-cpu"),
            extra="boost",
        ),
        Model(
            "catboost",
            families=RISK_OF_EVENT,
            build=CatBoost,
            inputs="raw",
            # After Gorishniy et al. 2021, NeurIPS, appendix on CatBoost.
            search={
                "iterations": IntRange(50, 1000, log=True),
                "learning_rate": FloatRange(0.005, 0.3, log=True),
                "depth": IntRange(3, 8),
                "l2_leaf_reg": FloatRange(1.0, 10.0, log=True),
                "bagging_temperature": FloatRange(0.0, 1.0),
            },
            title="CatBoost",
            summary="300 boosted symmetric trees of depth 5, categories coded by ordered target statistics.",
            citation="Prokhorenkova L et al. CatBoost: unbiased boosting with categorical features. NeurIPS 2018.",
            requires=("catboost",),
            extra="boost",
        ),
    )


class XGBoost:
    """XGBoost on a raw table, whose columns it gets by position: it refuses some names.

    Args:
        n_estimators: trees.
        learning_rate: share of each tree that is added.
        max_depth: of a tree.
        min_child_weight: sum of p (1 - p) in a leaf, at least.
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
        max_depth: int = 4,
        min_child_weight: float = 5.0,
        subsample: float = 0.8,
        colsample_bytree: float = 0.8,
        reg_lambda: float = 1.0,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self._params = {
            "n_estimators": n_estimators,
            "learning_rate": learning_rate,
            "max_depth": max_depth,
            "min_child_weight": min_child_weight,
            "subsample": subsample,
            "colsample_bytree": colsample_bytree,
            "reg_lambda": reg_lambda,
            "n_jobs": n_jobs,
            "random_state": random_state % 2**31,
        }

    def fit(self, X: Any, y: NDArray[np.generic]) -> XGBoost:
        """Fit on n training rows."""
        from xgboost import XGBClassifier

        self._fitted = XGBClassifier(
            **self._params, tree_method="hist", enable_categorical=True, eval_metric="logloss"
        ).fit(by_position(X), y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        return np.asarray(self._fitted.predict_proba(by_position(X)), np.float64)


class CatBoost:
    """CatBoost on a raw table; a missing category is a level of its own. Nothing is written to disk.

    Args:
        iterations: trees.
        learning_rate: share of each tree that is added.
        depth: of a tree.
        l2_leaf_reg: L2 penalty on the leaves' values.
        bagging_temperature: spread of the Bayesian bootstrap's weights; 0 for none.
        n_jobs: threads.
        random_state: seed of permutations and bootstrap.
    """

    def __init__(
        self,
        *,
        iterations: int = 300,
        learning_rate: float = 0.03,
        depth: int = 5,
        l2_leaf_reg: float = 3.0,
        bagging_temperature: float = 1.0,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self._params = {
            "iterations": iterations,
            "learning_rate": learning_rate,
            "depth": depth,
            "l2_leaf_reg": l2_leaf_reg,
            "bagging_temperature": bagging_temperature,
            "thread_count": n_jobs,
            "random_seed": random_state % 2**31,
        }

    def fit(self, X: Any, y: NDArray[np.generic]) -> CatBoost:
        """Fit on n training rows."""
        from catboost import CatBoostClassifier

        table = levels_as_text(by_position(X))
        text = list(table.select_dtypes("object"))
        self._fitted = CatBoostClassifier(
            **self._params,
            bootstrap_type="Bayesian",
            cat_features=text,
            allow_writing_files=False,
            logging_level="Silent",
        ).fit(table, y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np

        return np.asarray(self._fitted.predict_proba(levels_as_text(by_position(X))), np.float64)


def by_position(table: Any) -> Any:
    """The same table, its columns named by their place."""
    return table.set_axis([f"column_{number}" for number in range(table.shape[1])], axis="columns")


def levels_as_text(table: Any) -> Any:
    """Categories as plain text, a missing one as the level `missing`."""
    categories = table.select_dtypes("category")
    return table.assign(
        **{
            name: column.astype(object).where(column.notna(), MISSING).astype(str).astype(object)
            for name, column in categories.items()
        }
    )
