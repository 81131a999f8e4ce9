"""One network and one training loop, into which every method of shift puts its loss.

Separate from the losses so that methods differ in what they minimise and in nothing else: same layers, same batches, same
number of epochs. Epochs are fixed, since stopping on a cut of the training rows would select for the source.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from carebench import Unsuited

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

#: Inputs beyond so many standard deviations are taken as so many.
FURTHEST = 10


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a loss sees of one step; all tensors, b rows.

    Attributes:
        features: (b, width), the last hidden layer.
        logits: (b,), log-odds of the event.
        events: (b,), 0 or 1 as floats.
        losses: (b,), log loss of each row.
        domains: (b,), integers from 0.
        rows: (b,), which training rows these are.
        target: (t, width), features of some unlabelled rows, or None.
        target_logits: (t,), their log-odds, or None.
        progress: share of training that is done, 0 to 1.
    """

    features: Any
    logits: Any
    events: Any
    losses: Any
    domains: Any
    rows: Any
    target: Any
    target_logits: Any
    progress: float


class Objective(Protocol):
    """What a method minimises.

    Attributes:
        needs_domains: whether it has no meaning with one domain.
        counts_target: whether the unlabelled target is one more domain to it.
    """

    needs_domains: bool
    counts_target: bool

    def start(self, domains: NDArray[np.int64], width: int) -> Any:
        """Before training: the domain of every row, and the width of the features; modules to train along, or None."""

    def __call__(self, batch: Batch) -> Any:
        """The loss of a batch, a scalar tensor."""


class ShiftNetwork:
    """Two hidden layers of rectified linear units, trained by AdamW on a method's loss for a fixed number of epochs.

    Args:
        objective: dotted name of the loss, a class of `Objective`.
        options: its keyword arguments.
        hidden: widths of the hidden layers; the last is that of the features.
        dropout: share of hidden units dropped in training.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        batch: rows a step, of the training rows and of the target each.
        epochs: passes over the training rows.
        n_jobs: threads.
        random_state: seed of the initial weights, the batches and the dropout.
    """

    def __init__(
        self,
        objective: str = "carebench_plugins.shift.risks.MeanRisk",
        *,
        options: Mapping[str, Any] | None = None,
        hidden: Sequence[int] = (64, 32),
        dropout: float = 0.2,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        batch: int = 256,
        epochs: int = 20,
        n_jobs: int = 1,
        random_state: int = 0,
    ) -> None:
        self.objective = objective
        self.options = options
        self.hidden = hidden
        self.dropout = dropout
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch = batch
        self.epochs = epochs
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(
        self,
        X: NDArray[np.floating],
        y: NDArray[np.generic],
        *,
        domain: NDArray[np.generic] | None = None,
        X_target: NDArray[np.floating] | None = None,
    ) -> ShiftNetwork:
        """Fit on n training rows, their domains, and unlabelled rows of the target.

        Raises:
            Unsuited: when the method needs domains or a target that the task does not give.
        """
        import numpy as np
        import torch

        torch.set_num_threads(self.n_jobs)
        torch.manual_seed(self.random_state)
        self.classes_, codes = np.unique(y, return_inverse=True)
        groups = np.zeros(len(codes), np.int64) if domain is None else _numbered(domain)
        loss = self._objective(int(groups.max(initial=0)) + 1, X_target)
        inputs, events = self._inputs(X), torch.from_numpy(codes.astype(np.float32))
        self._body, self._head = self._layers(inputs)
        beside = loss.start(groups, self.hidden[-1])
        self._train(
            loss, beside, inputs, events, groups, None if X_target is None else self._inputs(X_target)
        )
        return self

    def features(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """The last hidden layer, shape (n, width)."""
        import numpy as np
        import torch

        with torch.no_grad():
            return np.asarray(self._body(tensor(X)).double().numpy())

    def predict_proba(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        import numpy as np
        import torch

        with torch.no_grad():
            risk = torch.sigmoid(self._head(self._body(tensor(X))).double()).numpy()
        return np.column_stack([1 - risk, risk])

    def _inputs(self, X: Any) -> Any:
        """What gives the rows of a batch as a tensor when it is asked for them."""
        return tensor(X)

    def _objective(self, domains: int, X_target: Any) -> Objective:
        module, _, name = self.objective.rpartition(".")
        loss: Objective = getattr(importlib.import_module(module), name)(**(self.options or {}))
        known = domains + (loss.counts_target and X_target is not None)
        if loss.needs_domains and known < 2:
            raise Unsuited("needs at least two domains, and this task gives one")
        return loss

    def _layers(self, inputs: Any) -> tuple[Any, Any]:
        from torch import nn

        width = inputs.shape[1]
        layers: list[nn.Module] = []
        for units in self.hidden:
            layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(self.dropout)]
            width = units
        return nn.Sequential(*layers), nn.Sequential(nn.Linear(width, 1), nn.Flatten(0))

    def _train(
        self, loss: Objective, beside: Any, inputs: Any, events: Any, groups: Any, target: Any
    ) -> None:
        """Minimise the loss for the given number of epochs, then leave training mode."""
        import torch

        network = torch.nn.ModuleList([self._body, self._head, *([] if beside is None else [beside])])
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        network.train()
        domains, steps = torch.from_numpy(groups), -(-len(events) // self.batch)
        for epoch in range(self.epochs):
            for step, rows in enumerate(torch.split(torch.randperm(len(events)), self.batch)):
                others = None if target is None else target[torch.randint(len(target), (len(rows),))]
                progress = (epoch + step / steps) / self.epochs
                optimiser.zero_grad()
                loss(self._seen(inputs, events, domains, rows, others, progress)).backward()
                optimiser.step()
            self._passed(epoch, network)
        network.eval()

    def _passed(self, epoch: int, network: Any) -> None:
        """After each epoch; for those that watch it."""

    def _seen(self, inputs: Any, events: Any, domains: Any, rows: Any, others: Any, progress: float) -> Batch:
        from torch.nn.functional import binary_cross_entropy_with_logits

        features = self._body(inputs[rows])
        logits = self._head(features)
        target = None if others is None else self._body(others)
        return Batch(
            features=features,
            logits=logits,
            events=events[rows],
            losses=binary_cross_entropy_with_logits(logits, events[rows], reduction="none"),
            domains=domains[rows],
            rows=rows,
            target=target,
            target_logits=None if target is None else self._head(target),
            progress=progress,
        )


def tensor(X: NDArray[np.floating]) -> Any:
    """The rows as a float32 tensor of its own, within ten standard deviations."""
    import numpy as np
    import torch

    return torch.from_numpy(np.clip(np.array(X, np.float32), -FURTHEST, FURTHEST))


def _numbered(domain: NDArray[np.generic]) -> NDArray[np.int64]:
    import numpy as np

    return np.asarray(np.unique(domain, return_inverse=True)[1], np.int64)
