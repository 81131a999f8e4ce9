"""Survival models read at the horizon: Cox regression, a random survival forest and a discrete-time hazard network.

Separate because they learn from when patients died, and from those lost before the horizon, whom a classifier cannot use.
All see follow-up up to the horizon only (van Houwelingen 2007, Scand J Stat 34:70-85): what happens later cannot
tilt the risk by then, where hazards are not proportional. Their risk is 1 - S(horizon | x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench import Choice, FloatRange, IntRange, Model, Unsuited
from carebench_plugins import neural

if TYPE_CHECKING:
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.floating]

#: Families that reveal follow-up times.
FAMILIES = ("mortality",)
#: The most distinct times that a forest splits on; times in between count as the next one.
MOST_TIMES = 50


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "cox",
            families=FAMILIES,
            build=CoxAtHorizon,
            search={"alpha": FloatRange(1e-2, 1e3, log=True)},
            title="Cox proportional hazards",
            summary="Ridge Cox regression of follow-up up to the horizon, with Breslow's baseline read there.",
            citation="Cox DR. Regression models and life-tables. J R Stat Soc B 1972;34:187-220.",
            requires=("scikit-survival",),
            extra="survival",
        ),
        Model(
            "random-survival-forest",
            families=FAMILIES,
            build=SurvivalForestAtHorizon,
            # Ishwaran and Kogalur's defaults lie inside: leaves of 15 and a root of the columns.
            search={"max_features": FloatRange(0.05, 1.0), "min_samples_leaf": IntRange(5, 100, log=True)},
            title="Random survival forest",
            summary="Mean survival at the horizon of 100 trees split by log-rank, with at least 15 patients a leaf.",
            citation="Ishwaran H, Kogalur UB, Blackstone EH, Lauer MS. Random survival forests. Ann Appl Stat 2008;2:841-860.",
            requires=("scikit-survival",),
            extra="survival",
            memory=2 * 2**30,
        ),
        Model(
            "discrete-time-hazard",
            families=FAMILIES,
            build=DiscreteTimeHazard,
            search={**neural.SEARCH, "intervals": Choice([5, 10, 20])},
            title="Discrete-time hazard network",
            summary="Perceptron that gives the hazard of each of ten intervals up to the horizon.",
            citation="Gensheimer MF, Narasimhan B. A scalable discrete-time survival model for neural networks. PeerJ 2019;7:e6257.",
            modules=("carebench_plugins.neural",),
            requires=("torch",),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """Training rows with their follow-up up to the horizon.

    Attributes:
        inputs: shape (n, columns): the training rows, then the patients lost before the horizon.
        time: shape (n,), at most the horizon, above 0.
        died: shape (n,), whether death was seen at `time`.
    """

    inputs: Floats
    time: Floats
    died: NDArray[np.bool_]


class AtHorizon:
    """What is fitted on follow-up, and asked for the risk by the horizon."""

    def fit(
        self,
        X: Matrix,
        y: NDArray[np.generic],
        *,
        time: Floats | None = None,
        event: NDArray[np.generic] | None = None,
        horizon: Floats | None = None,
        X_unlabelled: Matrix | None = None,
        unlabelled_time: Floats | None = None,
    ) -> Self:
        """Fit on the follow-up of n training rows and of the patients lost before the horizon.

        Args:
            X: training rows, shape (n, columns).
            y: death by the horizon, which follows from the next three.
            time: follow-up, shape (n,).
            event: 1 where death was seen at `time`, shape (n,).
            horizon: the same number n times.
            X_unlabelled: the patients lost, shape (m, columns).
            unlabelled_time: when, shape (m,).

        Raises:
            Unsuited: when the task reveals no follow-up, or nobody died.
        """
        del y
        if time is None or event is None or horizon is None:
            raise Unsuited("it learns from follow-up times, and this task reveals none")
        known = follow_up(X, time, event, float(horizon[0]) if len(horizon) else 0.0)
        if X_unlabelled is not None and unlabelled_time is not None:
            known = with_lost(known, X_unlabelled, unlabelled_time)
        if not known.died.any():
            raise Unsuited("it learns from deaths, and no training row has any")
        self._learn(known)
        return self

    def _learn(self, known: FollowUp) -> None:
        raise NotImplementedError


class CoxAtHorizon(AtHorizon):
    """Cox proportional hazards with a ridge penalty: scikit-survival's, ties by Efron.

    Args:
        alpha: strength of the penalty alpha/2 |b|^2 on the log partial likelihood, for standardised columns.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def _learn(self, known: FollowUp) -> None:
        from sksurv.linear_model import CoxPHSurvivalAnalysis

        self._fitted = CoxPHSurvivalAnalysis(alpha=self.alpha, ties="efron")
        self._fitted.fit(known.inputs, outcomes(known))

    def predict_proba(self, X: Matrix) -> Floats:
        """Probabilities, shape (n, 2): 1 - exp(-H(horizon) exp(x b)), H Breslow's cumulative baseline hazard."""
        import numpy as np

        cumulative = float(self._fitted.cum_baseline_hazard_.y[-1])
        return two_columns(-np.expm1(-cumulative * np.exp(self._fitted.predict(np.asarray(X, np.float64)))))


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


class DiscreteTimeHazard(AtHorizon, neural.MultilayerPerceptron):
    """A perceptron whose outputs are the log-odds of dying in each interval, for those alive at its start.

    Intervals up to the horizon hold equal numbers of deaths. With h_k the hazard of interval k, a patient adds
    sum log(1 - h_k) over the intervals survived and log h_k for the one of death; one who is lost has survived the
    intervals of which more than half was seen. Risk is 1 - prod (1 - h_k).

    Args:
        intervals: how many, fewer where deaths are on few distinct times.
        hidden: of the network, like all others; see `MultilayerPerceptron`.
        dropout: see there.
        learning_rate: see there.
        weight_decay: see there.
        batch: see there.
        n_jobs: threads.
        random_state: seed of the cut, the initial weights, the batches and the dropout.
    """

    def __init__(
        self, *, intervals: int = 10, n_jobs: int = 1, random_state: int = 0, **network: Any
    ) -> None:
        super().__init__(n_jobs=n_jobs, random_state=random_state, **network)
        self.intervals = intervals

    def _learn(self, known: FollowUp) -> None:
        import numpy as np
        import torch

        torch.set_num_threads(self.n_jobs)
        torch.manual_seed(self.random_state)
        held_out = neural.held_out_rows(known.died.astype(np.int8), self.validation, self.random_state)
        targets = torch.from_numpy(person_periods(known, limits(known, self.intervals)).astype(np.float32))
        inputs = neural.rows_of(known.inputs)
        self._outputs = targets.shape[1]
        self._network = self._new_network(inputs.shape[1])
        self._train(inputs[~held_out], targets[~held_out], inputs[held_out], targets[held_out])

    def predict_proba(self, X: Matrix) -> Floats:
        """Probabilities, shape (n, 2)."""
        import torch

        with torch.no_grad():
            survived = torch.nn.functional.logsigmoid(-self._network(neural.rows_of(X)).double()).sum(dim=1)
            return two_columns(-torch.expm1(survived).numpy())

    def _new_network(self, width: int) -> Any:
        from torch import nn

        body = list(super()._new_network(width))[:-2]
        return nn.Sequential(*body, nn.Linear(self.hidden[-1], self._outputs))

    def _loss(self, inputs: Any, targets: Any) -> Any:
        """Mean negative log-likelihood: in each interval at risk, the log loss of dying in it."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        survived, died = targets[..., 0], targets[..., 1]
        each = binary_cross_entropy_with_logits(
            self._network(inputs), died, weight=survived + died, reduction="none"
        )
        return each.sum(dim=1).mean()


def follow_up(X: Matrix, time: Floats, event: NDArray[np.generic], horizon: float) -> FollowUp:
    """Follow-up that ends at the horizon; a time of 0 counts as a millionth of it."""
    import numpy as np

    died = (np.asarray(event) == 1) & (np.asarray(time) <= horizon)
    times = np.clip(np.asarray(time, np.float64), horizon * 1e-6, horizon)
    return FollowUp(inputs=np.asarray(X, np.float64), time=times, died=died)


def with_lost(known: FollowUp, inputs: Matrix, time: Floats) -> FollowUp:
    """The same with patients who were lost alive."""
    import numpy as np

    return FollowUp(
        inputs=np.concatenate([known.inputs, inputs]),
        time=np.concatenate([known.time, np.maximum(time, known.time.max() * 1e-6)]),
        died=np.concatenate([known.died, np.zeros(len(time), bool)]),
    )


def outcomes(known: FollowUp) -> Any:
    """The follow-up as scikit-survival takes it."""
    from sksurv.util import Surv

    return Surv.from_arrays(known.died, known.time)


def coarsened(known: FollowUp, most: int) -> FollowUp:
    """The same with each time raised to the next of at most `most` quantiles of the times of death."""
    import numpy as np

    grid = limits(known, most)
    place = np.minimum(np.searchsorted(grid, known.time, side="left"), len(grid) - 1)
    return FollowUp(inputs=known.inputs, time=grid[place], died=known.died)


def limits(known: FollowUp, number: int) -> Floats:
    """Upper limits of up to `number` intervals with equal numbers of deaths; the last is the longest follow-up."""
    import numpy as np

    shares = np.arange(1, number) / number
    inner = np.quantile(known.time[known.died], shares, method="higher")
    return np.unique(np.append(inner, known.time.max()))


def person_periods(known: FollowUp, upper: Floats) -> Floats:
    """Whether each patient survived, or died in, each interval that ends at `upper`: shape (n, intervals, 2).

    Who is lost has survived an interval when followed beyond its middle.
    """
    import numpy as np

    lower = np.concatenate([[0.0], upper[:-1]])
    within = (known.time[:, None] > lower) & (known.time[:, None] <= upper)
    died = within & known.died[:, None]
    enough = np.where(known.died[:, None], upper, (lower + upper) / 2)
    survived = known.time[:, None] >= enough
    return np.stack([survived & ~died, died], axis=2).astype(np.float64)


def two_columns(risk: Floats) -> Floats:
    """Probabilities of no event and of the event, shape (n, 2)."""
    import numpy as np

    clipped = np.clip(risk, 0.0, 1.0)
    return np.column_stack([1 - clipped, clipped])
