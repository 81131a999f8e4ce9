"""Reference lines: what a reader already knows before any learning; separate since they are no contenders.

The no-skill constant, age and sex alone, and the estimate of the published SUPPORT model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.families import PUBLISHED_RISK, RISK_OF_EVENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "prevalence",
            families=RISK_OF_EVENT,
            build="sklearn.dummy.DummyClassifier",
            params={"strategy": "prior"},
            title="Prevalence",
            summary="Gives every patient the share of events among the training patients.",
            requires=("scikit-learn",),
        ),
        Model(
            "age-sex",
            families=RISK_OF_EVENT,
            build=AgeSex,
            inputs="demographics",
            title="Age and sex",
            summary="Logistic regression on age, linear in the log-odds, and sex.",
            requires=("scikit-learn",),
        ),
        Model(
            "support-score",
            families=PUBLISHED_RISK,
            build=SupportScore,
            inputs="comparators",
            title="SUPPORT model",
            summary="One minus the published SUPPORT model's estimate of survival, as it stands in the data.",
            citation="Knaus WA et al. The SUPPORT prognostic model. Ann Intern Med 1995;122:191-203.",
        ),
        Model(
            "physician-estimate",
            families=PUBLISHED_RISK,
            build=SupportScore,
            params={"prefix": "prg"},
            inputs="comparators",
            title="Physician",
            summary="One minus the survival estimate that the patient's own physician gave, as it stands in the data.",
            citation="Knaus WA et al. The SUPPORT prognostic model. Ann Intern Med 1995;122:191-203.",
        ),
        Model(
            "score-and-physician",
            families=PUBLISHED_RISK,
            build=ScoreAndPhysician,
            inputs="comparators",
            title="SUPPORT model and physician",
            summary="Logistic regression on the survival estimates of the SUPPORT model and of the physician.",
            citation="Knaus WA et al. The SUPPORT prognostic model. Ann Intern Med 1995;122:191-203.",
            requires=("scikit-learn",),
        ),
    )


class AgeSex:
    """Logistic regression on the columns that a task declares as age and sex.

    Age enters linearly: mortality rises about exponentially with age, and a reference line should need
    no explanation. A missing number takes the training median with a flag, a missing level is its own.
    """

    def fit(self, X: Any, y: NDArray[np.generic]) -> AgeSex:
        """Fit on n training rows.

        Raises:
            Unsuited: when the task declares no such columns.
        """
        if not X.shape[1]:
            raise Unsuited("the task declares no columns that hold age and sex")
        self._pipeline = _age_sex_pipeline().fit(X, y)
        self.classes_ = self._pipeline.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        return self._pipeline.predict_proba(X)  # type: ignore[no-any-return]


class SupportScore:
    """The risk that the SUPPORT model, or a physician, gave each patient; nothing is fitted.

    The estimate of survival stands in the first comparator whose name starts with the prefix. A missing
    estimate takes the median of the training rows' known ones, or of those asked when there are none.

    Args:
        prefix: `surv` for the model's estimate, `prg` for the physician's.
    """

    def __init__(self, prefix: str = "surv") -> None:
        self.prefix = prefix

    def fit(self, X: Any, _y: NDArray[np.generic]) -> SupportScore:
        """Find the column; zero rows will do.

        Raises:
            Unsuited: when the task has no such comparator.
        """
        self._column = _estimate(X, self.prefix)
        self._median = X[self._column].astype(float).median()
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """One minus the estimate of survival, shape (n, 2).

        Raises:
            Unsuited: when an estimate is no probability, or none is known.
        """
        import numpy as np

        survival = X[self._column].astype(float)
        survival = survival.fillna(survival.median() if np.isnan(self._median) else self._median).to_numpy()
        if not ((survival >= 0) & (survival <= 1)).all():
            raise Unsuited(
                f"the comparator {self._column!r} holds no probabilities of survival between 0 and 1"
            )
        return np.column_stack([survival, 1 - survival])


class ScoreAndPhysician:
    """Logistic regression of death on two estimates of survival, the SUPPORT model's and the physician's.

    Estimates are taken as they stand, on the scale of probability; a missing one takes the training median.
    """

    def fit(self, X: Any, y: NDArray[np.generic]) -> ScoreAndPhysician:
        """Fit on n training rows.

        Raises:
            Unsuited: when the task has not both comparators.
        """
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        self._columns = [_estimate(X, "surv"), _estimate(X, "prg")]
        model = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), LogisticRegression()
        )
        self._fitted = model.fit(X[self._columns].to_numpy(float), y)
        self.classes_ = self._fitted.classes_
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        return self._fitted.predict_proba(X[self._columns].to_numpy(float))  # type: ignore[no-any-return]


def _estimate(X: Any, prefix: str) -> Any:
    """The first comparator whose name starts with the prefix, SurvSet's `num_` aside."""
    names = [name for name in X.columns if str(name).removeprefix("num_").startswith(prefix)]
    if not names:
        raise Unsuited(f"the task has no comparator whose name starts with {prefix!r}, a survival estimate")
    return names[0]


def _age_sex_pipeline() -> Any:
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    columns = make_column_transformer(
        (make_pipeline(imputer, StandardScaler()), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_exclude="number")),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=1000))
