"""The one training loop of all robust networks: batches, objective, settings.

Separate from the estimator around it, and from losses and methods, because they all share it: one hidden layer, AdamW,
shuffled batches, a fixed number of epochs, and a cut of the noisy training rows on which the best epoch is noted. Rows stay
in one tensor, and no loader stands between it and a step.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Some training rows, as tensors.

    Attributes:
        inputs: shape (b, p).
        target: shape (b, 2), the recorded label as probabilities of the two classes.
        weight: shape (b,), at least 0.
        rows: shape (b,), where the rows stand among those trained on.
        transition: shape (b, 2, 2), or None.
        votes: shape (b, R, 2), how often each of R raters gave each label, or None.
        progress: share of the epochs that is over, 0 to 1.
    """

    inputs: Any
    target: Any
    weight: Any
    rows: Any
    transition: Any
    votes: Any
    progress: float


class Objective:
    """What the loop minimises: by default the weighted mean of a loss of logits and labels.

    Attributes:
        networks: how many networks are trained side by side; the first one answers.
        pace: learning rate of what is trained beside them, in units of theirs.

    Args:
        loss: dotted name of a function of logits and labels.
        params: its keyword arguments.
    """

    networks = 1
    pace = 1.0

    def __init__(self, loss: str = "carebench_plugins.noisy.losses.cross_entropy", **params: Any) -> None:
        module, _, name = loss.rpartition(".")
        self._function = getattr(importlib.import_module(module), name)
        self._params = params

    def begin(self, rows: int) -> list[Any]:
        """Forget all state, for so many training rows; returns what is trained beside the networks."""
        del rows
        return []

    def loss(self, networks: Sequence[Any], batch: Batch) -> Any:
        """The number to minimise on this batch."""
        return (batch.weight * self.each(networks[0](batch.inputs), batch)).mean()

    def each(self, logits: Any, batch: Batch) -> Any:
        """The loss of each row, shape (b,); its mean on the validation cut chooses the epoch."""
        return self._function(logits, batch.target, **self._params)

    @property
    def transition(self) -> Floats | None:
        """The transition matrix that was learned, shape (2, 2), or None."""
        return None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the loop trains.

    Attributes:
        hidden: widths of the hidden layers; none for logistic regression.
        dropout: share of hidden units dropped in training.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        batch: rows a step, at most; a tenth of the training rows where that is less, yet 32 or more.
        epochs: passes over the training rows.
        validation: share of the noisy training rows on which the best epoch is noted.
    """

    hidden: Sequence[int] = (32,)
    dropout: float = 0.2
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    batch: int = 512
    epochs: int = 40
    validation: float = 0.15


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What the loop leaves behind.

    Attributes:
        last: the first network after the last epoch.
        selected: the same network as it was at the epoch of least validation loss.
    """

    last: Any
    selected: Any


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Training rows as tensors: inputs (n, p), target (n, 2), weight (n,), transition (n, 2, 2), votes (n, R, 2) or None."""

    inputs: Any
    target: Any
    weight: Any
    transition: Any = None
    votes: Any = None

    def batch(self, rows: Any, progress: float) -> Batch:
        """Some of the rows."""
        return Batch(
            inputs=self.inputs[rows],
            target=self.target[rows],
            weight=self.weight[rows],
            rows=rows,
            transition=None if self.transition is None else self.transition[rows],
            votes=None if self.votes is None else self.votes[rows],
            progress=progress,
        )

    def some(self, mask: Any) -> Examples:
        """The rows of a mask."""
        return Examples(
            inputs=self.inputs[mask],
            target=self.target[mask],
            weight=self.weight[mask],
            transition=None if self.transition is None else self.transition[mask],
            votes=None if self.votes is None else self.votes[mask],
        )


def train(objective: Objective, examples: Examples, held_out: Any, settings: Settings) -> Trained:
    """Train for all epochs; draws come from torch's generator, which the caller has seeded."""
    import torch

    trained, noted = examples.some(~held_out), examples.some(held_out)
    networks = [_network(settings, examples.inputs.shape[1]) for _ in range(objective.networks)]
    parameters = [each for network in networks for each in network.parameters()]
    more = objective.begin(len(trained.target))
    groups: list[dict[str, Any]] = [{"params": parameters}]
    if more:
        pace = objective.pace * settings.learning_rate
        groups.append({"params": more, "weight_decay": 0.0, "lr": pace})
    optimiser = torch.optim.AdamW(
        groups, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    size = min(settings.batch, max(32, len(trained.target) // 10))
    best, selected = float("inf"), _copy(networks[0])
    for epoch in range(settings.epochs):
        for rows in torch.split(torch.randperm(len(trained.target)), size):
            optimiser.zero_grad()
            objective.loss(networks, trained.batch(rows, epoch / settings.epochs)).backward()
            optimiser.step()
        found = _validation_loss(objective, networks[0], noted)
        if found < best:
            best, selected = found, _copy(networks[0])
    return Trained(last=networks[0].eval(), selected=selected.eval())


def _network(settings: Settings, width: int) -> Any:
    from torch import nn

    layers: list[nn.Module] = []
    for units in settings.hidden:
        layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(settings.dropout)]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, 2))


def _copy(network: Any) -> Any:
    import copy

    return copy.deepcopy(network)


def _validation_loss(objective: Objective, network: Any, noted: Examples) -> float:
    import torch

    network.eval()
    with torch.no_grad():
        every = noted.batch(slice(None), 1.0)
        found = float((every.weight * objective.each(network(every.inputs), every)).mean())
    network.train()
    return found
