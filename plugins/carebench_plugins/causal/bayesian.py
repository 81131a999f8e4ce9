"""Bayesian additive regression trees: effects with a posterior, from the package stochtree.

Separate because they need the extra `bayes`, and because their intervals are credible ones.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from carebench import Model
from carebench_plugins.causal.average import AverageEffect
from carebench_plugins.causal.nuisance import Expectation
from carebench_plugins.causal.regressions import is_binary
from carebench_plugins.families import AVERAGE_EFFECTS, EFFECTS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Grow-from-root sweeps before sampling, and posterior draws after them.
WARM, DRAWS = 10, 100
TAILS = (0.025, 0.975)


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        _entry(
            "bart",
            "Bart",
            "BART",
            "One sum of Bayesian trees of the outcome, treatment among its inputs.",
            "Hill JL. J Comput Graph Stat 2011;20:217-240; Chipman HA, George EI, McCulloch RE. Ann Appl Stat 2010;4:266-298.",
        ),
        _entry(
            "bayesian-causal-forest",
            "BayesianCausalForest",
            "Bayesian causal forest",
            "Bayesian trees for the outcome without treatment, propensity among their inputs, and others for the effect.",
            "Hahn PR, Murray JS, Carvalho CM. Bayesian Anal 2020;15:965-1056.",
        ),
    )


def _entry(name: str, build: str, title: str, summary: str, citation: str) -> Model:
    return Model(
        name,
        families=(*EFFECTS, *AVERAGE_EFFECTS),
        build=f"carebench_plugins.causal.bayesian.{build}",
        title=title,
        summary=summary,
        citation=citation,
        requires=("stochtree",),
        extra="bayes",
        modules=tuple(f"carebench_plugins.causal.{name}" for name in ("average", "nuisance", "regressions")),
    )


class _Posterior:
    """Effects as means and quantiles of posterior draws; probit trees where the outcome is 0 or 1.

    The average effect of a draw weights the training patients by a Bayesian bootstrap, so that it is that of the
    population and not of these patients alone.

    Args:
        trees: how many of the outcome.
        n_jobs: threads.
        random_state: seed of the sampler.
    """

    def __init__(self, trees: int = 100, *, n_jobs: int = 1, random_state: int = 0) -> None:
        self.trees = trees
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Floats, *, treatment: Floats) -> _Posterior:
        """Sample the posterior given n patients."""
        import numpy as np

        inputs = np.asarray(X, np.float64)
        self._binary = is_binary(y)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Global error variance will not be sampled")
            self._sample(inputs, np.asarray(y, np.float64), np.asarray(treatment, np.float64))
        self._average = self._averaged(self._draws(inputs))
        return self

    def effect(self, X: Any) -> Floats:
        """Posterior mean of each row's effect, shape (n,)."""
        import numpy as np

        return np.asarray(self._draws(np.asarray(X, np.float64)).mean(axis=1))

    def effect_interval(self, X: Any) -> tuple[Floats, Floats]:
        """Central 95 % credible interval of each row's effect, two arrays of shape (n,)."""
        import numpy as np

        low, high = np.quantile(self._draws(np.asarray(X, np.float64)), TAILS, axis=1)
        return low, high

    def average_effect(self) -> AverageEffect:
        """Posterior mean and central 95 % credible interval of the average effect in all patients."""
        return self._average

    def _averaged(self, draws: Floats) -> AverageEffect:
        import numpy as np

        rows, count = draws.shape
        weights = np.random.default_rng(self.random_state).dirichlet(np.ones(rows), count)
        averages = np.einsum("br,rb->b", weights, draws)
        low, high = np.quantile(averages, TAILS)
        return AverageEffect(float(draws.mean()), float(low), float(high))

    def _settings(self) -> dict[str, Any]:
        """Seed and threads of the sampler, and its law of the outcome."""
        from stochtree import OutcomeModel

        law = {"outcome": "binary", "link": "probit"} if self._binary else {}
        return {
            "random_seed": self.random_state % 2**31,
            "num_threads": self.n_jobs,
            "outcome_model": OutcomeModel(**law) if law else OutcomeModel("continuous", "identity"),
        }

    def _sample(self, inputs: Floats, y: Floats, treatment: Floats) -> None:
        raise NotImplementedError

    def _outcomes(self, inputs: Floats, arm: float) -> Floats:
        """Draws of the expected outcome in one arm, shape (n, draws)."""
        raise NotImplementedError

    def _draws(self, inputs: Floats) -> Floats:
        """Draws of each row's effect, shape (n, draws)."""
        return self._outcomes(inputs, 1.0) - self._outcomes(inputs, 0.0)

    @property
    def _scale(self) -> str:
        return "probability" if self._binary else "linear"


class Bart(_Posterior):
    """stochtree's BARTModel of the outcome on treatment and covariates: effect(x) = m(x, 1) - m(x, 0) draw by draw."""

    def _sample(self, inputs: Floats, y: Floats, treatment: Floats) -> None:
        import numpy as np
        from stochtree import BARTModel

        self._model = BARTModel()
        self._model.sample(
            X_train=np.column_stack([treatment, inputs]),
            y_train=y,
            num_gfr=WARM,
            num_mcmc=DRAWS,
            general_params=self._settings(),
            mean_forest_params={"num_trees": self.trees},
        )

    def _outcomes(self, inputs: Floats, arm: float) -> Floats:
        import numpy as np

        asked = np.column_stack([np.full(len(inputs), arm), inputs])
        return np.asarray(self._model.predict(asked, terms="y_hat", scale=self._scale))


class BayesianCausalForest(_Posterior):
    """stochtree's BCFModel: y = mu(x, e) + tau(x) a, with half as many trees for tau as for mu; e by ridge logistic regression."""

    def _sample(self, inputs: Floats, y: Floats, treatment: Floats) -> None:
        from stochtree import BCFModel

        self._score = Expectation("ridge").fit(inputs, treatment)
        self._model = BCFModel()
        self._model.sample(
            X_train=inputs,
            Z_train=treatment,
            y_train=y,
            propensity_train=self._score.predict(inputs),
            num_gfr=WARM,
            num_mcmc=DRAWS,
            general_params=self._settings(),
            prognostic_forest_params={"num_trees": self.trees},
            treatment_effect_forest_params={"num_trees": max(1, self.trees // 2)},
        )

    def _outcomes(self, inputs: Floats, arm: float) -> Floats:
        import numpy as np

        score = self._score.predict(inputs)
        found = self._model.predict(
            X=inputs, Z=np.full(len(inputs), arm), propensity=score, terms="y_hat", scale=self._scale
        )
        return np.asarray(found)
