"""A network of discrete-time hazards up to the horizon: the perceptron of the suite with one output an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_plugins import neural
from carebench_plugins.survival.follow_up import AtHorizon, limits, two_columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench_plugins.survival.follow_up import FollowUp

    Floats = NDArray[np.float64]
    Matrix = NDArray[np.floating]


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
