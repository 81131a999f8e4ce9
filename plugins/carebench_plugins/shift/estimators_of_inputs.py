"""Estimators of a frozen classifier's accuracy that look at the inputs: weights, and second classifiers.

Separate from those that need its risks alone, since these must turn a table with missing values and levels into numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_plugins.shift import ratios
from carebench_plugins.shift.estimators import SourceAccuracy

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: A smaller batch says too little of where its inputs lie: the source's accuracy is given.
FEWEST = 10
FURTHEST = 10


class _OfInputs(SourceAccuracy):
    """Numbers from the inputs, as columns standardised on the source."""

    def _prepare(self, X: pd.DataFrame) -> None:
        self._encoder = encoder(X)
        self._source = self._numbers(X)

    def _numbers(self, X: pd.DataFrame) -> Floats:
        import numpy as np

        return np.asarray(np.clip(self._encoder.transform(X), -FURTHEST, FURTHEST))

    def _estimate(self, X: pd.DataFrame, risk: Floats) -> float:
        if len(risk) < FEWEST:
            return self._accuracy
        return self._from_inputs(self._numbers(X), risk)

    def _from_inputs(self, batch: Floats, risk: Floats) -> float:
        raise NotImplementedError


class ImportanceAccuracy(_OfInputs):
    """Accuracy of the source rows weighted by how much likelier their inputs are in the batch.

    Exact where the risk given the inputs is as in the source and the weights are the true ones.

    Source: Sugiyama, Krauledat and Mueller 2007, JMLR 8:985-1005.

    Args:
        ratio: name of a function of `carebench_plugins.shift.ratios`.
        random_state: seed of the density ratio.
    """

    def __init__(self, ratio: str = "classifier_ratio", *, random_state: int = 0) -> None:
        self.ratio = ratio
        self.random_state = random_state

    def _from_inputs(self, batch: Floats, risk: Floats) -> float:
        import numpy as np

        del risk
        weights = getattr(ratios, self.ratio)(self._source, batch, self.random_state)
        return float(np.average(self._right, weights=weights))


class ReverseAccuracy(_OfInputs):
    """The accuracy, on the labelled source rows, of a classifier taught by the batch under the frozen classifier's answers.

    Where the frozen classifier is wrong on the batch, what it teaches is wrong on the source. The second classifier is a
    logistic regression; its accuracy is taken relative to that of one taught by as many source rows under the frozen
    classifier's answers, so that without a shift the source's accuracy is expected.

    Source: Fan and Davidson 2006, SDM (reverse testing); Valindria et al. 2017, IEEE TMI 36:1597-1606.

    Args:
        random_state: seed of the source rows that stand beside the batch.
    """

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def _from_inputs(self, batch: Floats, risk: Floats) -> float:
        import numpy as np

        draw = np.random.default_rng(self.random_state)
        order = draw.permutation(len(self._source))
        half, judged = order[: len(order) // 2], order[len(order) // 2 :]
        beside = half[: len(risk)]
        there = self._taught(batch, risk, judged)
        here = self._taught(self._source[beside], self._risk[beside], judged)
        return self._accuracy + there - here

    def _taught(self, rows: Floats, risk: Floats, judged: NDArray[np.int64]) -> float:
        """Accuracy on the judged source rows of what these rows teach."""
        import numpy as np

        called = risk >= 0.5
        answer = np.full(len(judged), called[0])
        if len(np.unique(called)) > 1:
            answer = classifier().fit(rows, called).predict(self._source[judged])
        return float(np.mean(answer == self._event[judged]))


class Agreement(_OfInputs):
    """How often a second classifier, taught by the labelled source rows, agrees: the generalised disagreement equality.

    The difference of the agreement from that on held-out source rows is taken from the source's accuracy, since the two
    classifiers are of another kind, where the equality holds up to a constant at best.

    Source: Jiang, Nagarajan, Baek and Kolter 2022, Assessing generalization of SGD via disagreement, ICLR.
    """

    def _prepare(self, X: pd.DataFrame) -> None:
        import numpy as np
        from sklearn.model_selection import cross_val_predict

        super()._prepare(X)
        held = cross_val_predict(classifier(), self._source, self._event, cv=5)
        self._held = float(np.mean(held == (self._risk >= 0.5)))
        self._second = classifier().fit(self._source, self._event)

    def _from_inputs(self, batch: Floats, risk: Floats) -> float:
        import numpy as np

        agreed = float(np.mean(self._second.predict(batch) == (risk >= 0.5)))
        return self._accuracy + agreed - self._held


def classifier() -> Any:
    """A logistic regression of one fixed penalty."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.05, max_iter=1000)


def encoder(X: pd.DataFrame) -> Any:
    """Fitted on the source: numbers take the median and are standardised, with missing flags; levels become 0/1 columns."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = list(X.select_dtypes("number").columns)
    levels = [name for name in X.columns if name not in numbers]
    return make_column_transformer(
        (
            make_pipeline(
                SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
                StandardScaler(),
            ),
            numbers,
        ),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), levels),
        sparse_threshold=0,
    ).fit(X)
