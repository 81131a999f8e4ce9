"""The frozen reference model against which complementarity is judged: one recipe, the same for every task and entrant.

Separate because it is no contender: it is fitted beside the truth, where no plugin can move it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


def reference_decisions(train: pd.DataFrame, y: NDArray[np.generic], test: pd.DataFrame) -> NDArray[np.int8]:
    """Decisions at one half of a ridge logistic regression, shape (n_test,), 0 or 1.

    Numbers take the training median with a missing flag and are standardised; a level that is missing or new is a
    level of its own or none. The penalty is fixed: C = .1 on standardised columns.
    """
    model = _pipeline(train).fit(_plain(train), y)
    return np.asarray(model.predict(_plain(test)), dtype=np.int8)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Factors as text with missing values as None, which the encoder takes for a level."""
    factors = table.columns[table.dtypes == "category"]
    return table.assign(
        **{name: table[name].astype("object").where(table[name].notna(), "missing") for name in factors}
    )


def _pipeline(train: pd.DataFrame) -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    factors = list(train.columns[train.dtypes == "category"])
    numbers = [name for name in train.columns if name not in factors]
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), factors),
    )
    return make_pipeline(columns, LogisticRegression(C=0.1, max_iter=2000))
