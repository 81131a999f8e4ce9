"""Neural networks on one row a patient; separate because they need PyTorch and a training loop of their own."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from carebench import Choice, FloatRange, Model
from carebench_plugins.families import RISK_OF_EVENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


#: After the appendix of Gorishniy, Rubachev, Khrulkov and Babenko 2021, Revisiting deep learning models for tabular data, NeurIPS.
SEARCH = {
    "hidden": Choice([[32], [64, 32], [128, 64], [256, 128]]),
    "dropout": FloatRange(0.0, 0.6),
    "learning_rate": FloatRange(1e-4, 1e-2, log=True),
    "weight_decay": FloatRange(1e-6, 1e-1, log=True),
    "batch": Choice([64, 128, 256]),
}


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        Model(
            "mlp",
            families=RISK_OF_EVENT,
            build=MultilayerPerceptron,
            search=SEARCH,
            title="Multilayer perceptron",
            summary="Two hidden layers with dropout, stopped early on a cut of the training patients.",
            citation="Rumelhart DE, Hinton GE, Williams RJ. Learning representations by back-propagating errors. Nature 1986;323:533-536.",
            requires=("torch",),
        ),
    )


class MultilayerPerceptron:
    """Two hidden layers of rectified linear units, trained by AdamW on the log loss, without reweighting.

    The weights kept are those of the epoch with the least log loss on the validation cut. Inputs beyond
    ten standard deviations are taken as ten.

    Args:
        hidden: widths of the hidden layers.
        dropout: share of hidden units dropped in training.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        batch: training rows a step.
        epochs: passes over the training rows, at most.
        patience: epochs without a better validation loss before it stops.
        validation: share of the training rows, within each class, that the validation cut takes.
        n_jobs: threads.
        random_state: seed of the cut, the initial weights, the batches and the dropout.
    """

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (64, 32),
        dropout: float = 0.3,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        batch: int = 128,
        epochs: int = 100,
        patience: int = 8,
        validation: float = 0.15,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.hidden = hidden
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch = batch
        self.epochs = epochs
        self.patience = patience
        self.validation = validation
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: NDArray[np.floating], y: NDArray[np.generic]) -> MultilayerPerceptron:
        """Fit on n training rows, of which the validation cut is held out."""
        import numpy as np
        import torch

        torch.set_num_threads(self.n_jobs)
        torch.manual_seed(self.random_state)
        self.classes_, codes = np.unique(y, return_inverse=True)
        held_out = held_out_rows(codes, self.validation, self.random_state)
        inputs, events = rows_of(X), torch.from_numpy(codes.astype(np.float32))
        self._network = self._new_network(inputs.shape[1])
        self._train(inputs[~held_out], events[~held_out], inputs[held_out], events[held_out])
        return self

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np
        import torch

        with torch.no_grad():
            risk = torch.sigmoid(self._network(rows_of(X)).double()).numpy()
        return np.column_stack([1 - risk, risk])

    def _new_network(self, width: int) -> Any:
        from torch import nn

        layers: list[nn.Module] = []
        for units in self.hidden:
            layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(self.dropout)]
            width = units
        return nn.Sequential(*layers, nn.Linear(width, 1), nn.Flatten(0))

    def _train(self, inputs: Any, events: Any, held_inputs: Any, held_events: Any) -> None:
        """Train until the held-out log loss has not fallen for `patience` epochs; keep the best weights."""
        import torch

        optimiser = torch.optim.AdamW(
            self._network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        best, since, weights = float("inf"), 0, copy.deepcopy(self._network.state_dict())
        for _ in range(self.epochs):
            self._epoch(optimiser, inputs, events)
            loss = self._log_loss(held_inputs, held_events)
            since += 1
            if loss < best:
                best, since, weights = loss, 0, copy.deepcopy(self._network.state_dict())
            if since >= self.patience:
                break
        self._network.load_state_dict(weights)
        self._network.eval()

    def _epoch(self, optimiser: Any, inputs: Any, events: Any) -> None:
        """One pass over the training rows in a fresh order."""
        import torch

        self._network.train()
        for rows in torch.split(torch.randperm(len(events)), self.batch):
            optimiser.zero_grad()
            self._loss(inputs[rows], events[rows]).backward()
            optimiser.step()

    def _log_loss(self, inputs: Any, events: Any) -> float:
        import torch

        self._network.eval()
        with torch.no_grad():
            return float(self._loss(inputs, events))

    def _loss(self, inputs: Any, events: Any) -> Any:
        """Mean log loss of some rows."""
        from torch.nn.functional import binary_cross_entropy_with_logits

        return binary_cross_entropy_with_logits(self._network(inputs), events)


def held_out_rows(codes: NDArray[np.integer], share: float, seed: int) -> Any:
    """Mask of a validation cut: the same share of each class, at least one row, never the only one."""
    import numpy as np
    import torch

    draw = np.random.default_rng(seed)
    mask = np.zeros(len(codes), bool)
    for code in np.unique(codes):
        rows = draw.permutation(np.flatnonzero(codes == code))
        mask[rows[: min(len(rows) - 1, max(1, round(share * len(rows))))]] = True
    return torch.from_numpy(mask)


def rows_of(X: NDArray[np.floating]) -> Any:
    """The rows as a float32 tensor of its own, within ten standard deviations."""
    import numpy as np
    import torch

    return torch.from_numpy(np.clip(np.array(X, np.float32), -10, 10))
