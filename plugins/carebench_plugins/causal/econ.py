"""EconML's estimators, as it builds them, with nuisances that suit clinical tables.

Separate because they need the extra `causal`. The families speak EconML's interface, so each builder here returns an
estimator as it stands; only where EconML answers a single average is there a class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Choice, FloatRange, IntRange, Model
from carebench_plugins.causal.average import AverageEffect
from carebench_plugins.families import AVERAGE_EFFECTS, EFFECTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BOTH = (*EFFECTS, *AVERAGE_EFFECTS)
FOLDS = 3
MODULES = ("carebench_plugins.causal.average",)
CHERNOZHUKOV = "Chernozhukov V, Chetverikov D, Demirer M, et al. Econom J 2018;21:C1-C68."
#: Leaves and share of rows as in the tuning of the package grf (Athey et al. 2019), depths as in EconML's own `tune`.
FOREST: dict[str, Any] = {"min_samples_leaf": IntRange(5, 100, log=True), "max_depth": Choice([3, 5, None])}
ATHEY = "Athey S, Tibshirani J, Wager S. Ann Stat 2019;47:1148-1178; Wager S, Athey S. J Am Stat Assoc 2018;113:1228-1242."


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        _entry("linear-dml", "linear_dml", BOTH, "Linear DML", "Double machine learning whose effect is linear in the covariates.", CHERNOZHUKOV),
        _entry("causal-forest", "causal_forest", BOTH, "Causal forest", "Generalised random forest of residual outcome on residual treatment.", ATHEY, FOREST | {"max_samples": FloatRange(0.2, 0.5)}),
        _entry("linear-dr-learner", "linear_dr_learner", EFFECTS, "DR-learner, linear", "EconML's doubly robust scores regressed on the covariates by least squares.", "Kennedy EH. Electron J Stat 2023;17:3008-3049."),
        _entry("forest-dr-learner", "forest_dr_learner", EFFECTS, "DR-learner, honest forest", "EconML's doubly robust scores regressed by an honest forest.", f"Kennedy EH. Electron J Stat 2023;17:3008-3049; {ATHEY}", FOREST),
        _entry("policy-forest", "PolicyForest", EFFECTS, "Policy forest", "Trees that choose whom to treat; the effect is the difference of the values that they give the arms.", "Athey S, Wager S. Econometrica 2021;89:133-161.", FOREST),
        _entry("dml-partially-linear", "PartiallyLinear", AVERAGE_EFFECTS, "DML, partially linear", "One effect for everybody, outcome and treatment residualised by boosting.", CHERNOZHUKOV),
        _entry("dml-interactive", "Interactive", AVERAGE_EFFECTS, "DML, interactive", "Average of EconML's doubly robust scores, nuisances by boosting.", CHERNOZHUKOV),
        _entry("orthogonal-instrument", "OrthogonalInstrument", AVERAGE_EFFECTS, "Orthogonal instrument", "Instrument, outcome and treatment residualised by cross-fitted regressions (LATE).", f"{CHERNOZHUKOV}"),
    )  # fmt: skip


def _entry(
    name: str,
    build: str,
    families: Sequence[str],
    title: str,
    summary: str,
    citation: str,
    search: Mapping[str, Any] | None = None,
) -> Model:
    return Model(
        name,
        families=families,
        build=f"carebench_plugins.causal.econ.{build}",
        search=search or {},
        title=title,
        summary=summary,
        citation=citation,
        requires=("econml",),
        extra="causal",
        modules=MODULES,
    )


def linear_dml(random_state: int = 0) -> Any:
    """EconML's LinearDML."""
    from econml.dml import LinearDML

    seed = random_state
    return LinearDML(
        model_y=_outcome(seed), model_t=_treatment(), discrete_treatment=True, cv=FOLDS, random_state=seed
    )


def causal_forest(
    random_state: int = 0,
    n_jobs: int = 1,
    *,
    min_samples_leaf: int = 10,
    max_samples: float = 0.45,
    max_depth: int | None = None,
) -> Any:
    """EconML's CausalForestDML."""
    from econml.dml import CausalForestDML

    seed = random_state
    return CausalForestDML(
        model_y=_outcome(seed),
        model_t=_treatment(),
        discrete_treatment=True,
        cv=FOLDS,
        n_estimators=200,
        min_samples_leaf=min_samples_leaf,
        max_samples=max_samples,
        max_depth=max_depth,
        n_jobs=n_jobs,
        random_state=seed,
    )


def linear_dr_learner(random_state: int = 0) -> Any:
    """EconML's LinearDRLearner."""
    from econml.dr import LinearDRLearner

    seed = random_state
    return LinearDRLearner(
        model_propensity=_treatment(), model_regression=_outcome(seed), cv=FOLDS, random_state=seed
    )


def forest_dr_learner(
    random_state: int = 0, n_jobs: int = 1, *, min_samples_leaf: int = 5, max_depth: int | None = None
) -> Any:
    """EconML's ForestDRLearner."""
    from econml.dr import ForestDRLearner

    seed = random_state
    return ForestDRLearner(
        model_propensity=_treatment(),
        model_regression=_outcome(seed),
        cv=FOLDS,
        n_estimators=200,
        min_samples_leaf=min_samples_leaf,
        max_depth=max_depth,
        n_jobs=n_jobs,
        random_state=seed,
    )


class PolicyForest:
    """EconML's DRPolicyForest: effect(x) is the value of treating x less that of not treating, by the forest.

    Args:
        min_samples_leaf: patients of a leaf, at least.
        max_depth: of a tree; None for any.
        random_state: seed of the forest.
    """

    def __init__(
        self, min_samples_leaf: int = 20, max_depth: int | None = None, random_state: int = 0
    ) -> None:
        self.min_samples_leaf = min_samples_leaf
        self.max_depth = max_depth
        self.random_state = random_state

    def fit(self, X: Floats, y: Floats, *, treatment: Floats) -> PolicyForest:
        """Fit on n patients; larger outcomes are taken as better, and only the order of values matters for the worse."""
        from econml.policy import DRPolicyForest

        seed = self.random_state
        forest = DRPolicyForest(
            model_propensity=_treatment(),
            model_regression=_outcome(seed),
            cv=FOLDS,
            n_estimators=100,
            min_samples_leaf=self.min_samples_leaf,
            max_depth=self.max_depth,
            n_jobs=1,
            random_state=seed,
        )
        self._forest = forest.fit(y, treatment, X=X)
        return self

    def effect(self, X: Floats) -> Floats:
        """Difference of values, shape (n,)."""
        import numpy as np

        return np.asarray(self._forest.predict_value(X), np.float64)[:, -1]


class PartiallyLinear:
    """EconML's LinearDML with all covariates as controls: a single effect, and its interval.

    Args:
        random_state: seed of folds and learners.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Floats, y: Floats, *, treatment: Floats) -> PartiallyLinear:
        """Fit on n patients."""
        from econml.dml import LinearDML

        seed = self.random_state
        model = LinearDML(
            model_y=_outcome(seed), model_t=_treatment(), discrete_treatment=True, cv=FOLDS, random_state=seed
        )
        self._found = _average(model.fit(y, treatment, X=None, W=X), "ATE")
        return self

    def average_effect(self) -> AverageEffect:
        """The effect, taken to be the same for everybody."""
        return self._found


class Interactive:
    """EconML's LinearDRLearner with all covariates as controls: the average of doubly robust scores.

    Args:
        random_state: seed of folds and learners.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: Floats, y: Floats, *, treatment: Floats) -> Interactive:
        """Fit on n patients."""
        from econml.dr import LinearDRLearner

        seed = self.random_state
        model = LinearDRLearner(
            model_propensity=_treatment(), model_regression=_outcome(seed), cv=FOLDS, random_state=seed
        )
        self._found = _average(model.fit(y, treatment, X=None, W=X), "ATE")
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in all patients."""
        return self._found


class OrthogonalInstrument:
    """EconML's OrthoIV with all covariates as controls.

    Args:
        random_state: seed of folds and learners.
    """

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(
        self, X: Floats, y: Floats, *, treatment: Floats, instrument: Floats | None = None
    ) -> OrthogonalInstrument:
        """Fit on n patients.

        Raises:
            Unsuited: without an instrument.
        """
        from carebench import Unsuited

        if instrument is None:
            raise Unsuited("it needs an instrument, and this task has none")
        from econml.iv.dml import OrthoIV

        seed = self.random_state
        model = OrthoIV(
            model_y_xw=_outcome(seed),
            model_t_xw=_treatment(),
            model_z_xw=_treatment(),
            discrete_treatment=True,
            discrete_instrument=True,
            cv=FOLDS,
            random_state=seed,
        )
        self._found = _average(model.fit(y, treatment, Z=instrument, X=None, W=X), "LATE")
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in those who comply with the instrument."""
        return self._found


def _average(fitted: Any, estimand: str) -> AverageEffect:
    low, high = fitted.ate_interval(alpha=0.05)
    return AverageEffect(float(fitted.ate()), float(low), float(high), estimand)


def _outcome(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(max_iter=80, max_leaf_nodes=8, learning_rate=0.08, random_state=seed)


def _treatment() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.05, max_iter=2000)
