"""A small network with one output per class and per expert, and the one loop that trains it on any loss.

Separate from the losses, which differ from method to method; batches, stopping and seeds do not.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench import Choice, FloatRange

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    #: From outputs, shape (n, outputs), and the targets of the same rows to one number.
    Loss = Callable[..., Any]

#: After the appendix of Gorishniy, Rubachev, Khrulkov and Babenko 2021, Revisiting deep learning models for tabular data, NeurIPS.
SEARCH: dict[str, Any] = {
    "hidden": Choice([[], [32], [64, 32], [128, 64]]),
    "learning_rate": FloatRange(1e-4, 1e-2, log=True),
    "weight_decay": FloatRange(1e-6, 1e-1, log=True),
}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is shaped and trained.

    Attributes:
        hidden: widths of the hidden layers; none for a linear model.
        dropout: share of hidden units dropped in training.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
        batch: rows a step.
        epochs: passes over the training rows, at most.
        patience: epochs without a lower validation loss before it stops.
        validation: share of the rows that decides when to stop.
    """

    hidden: Sequence[int] = (32,)
    dropout: float = 0.2
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    batch: int = 256
    epochs: int = 60
    patience: int = 6
    validation: float = 0.15


class Network:
    """A trained network; asked in double precision, so that the company of a row does not move its answer."""

    def __init__(self, layers: Any) -> None:
        self.layers = layers.double().eval()

    def outputs(self, X: NDArray[np.floating]) -> Any:
        """Outputs of n rows as a tensor of shape (n, outputs)."""
        import torch

        with torch.no_grad():
            return self.layers(rows(X).double())


def rows(X: NDArray[np.floating]) -> Any:
    """The rows as a float32 tensor of its own, within ten standard deviations."""
    import numpy as np
    import torch

    return torch.from_numpy(np.clip(np.array(X, np.float32), -10, 10))


def train(
    X: NDArray[np.floating],
    targets: Sequence[Any],
    loss: Loss,
    outputs: int,
    recipe: Recipe,
    *,
    seed: int,
    threads: int = 1,
) -> Network:
    """Train by AdamW on batches and keep the weights of the epoch with the least loss on held-out rows.

    Args:
        X: n rows.
        targets: arrays of n rows each, given to the loss after the outputs.
        loss: a mean over the rows that it is given.
        outputs: how many.
        recipe: shape and training.
        seed: of the held-out rows, the first weights, the batches and the dropout.
        threads: of torch.
    """
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    inputs, given = rows(X), [torch.as_tensor(each) for each in targets]
    order = torch.randperm(len(inputs))
    held = order[: max(1, round(recipe.validation * len(inputs)))]
    kept = order[len(held) :]
    layers = _layers(inputs.shape[1], outputs, recipe)
    optimiser = torch.optim.AdamW(
        layers.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )
    best, since, weights = float("inf"), 0, copy.deepcopy(layers.state_dict())
    for _ in range(recipe.epochs):
        _epoch(layers, optimiser, loss, inputs, given, kept, recipe.batch)
        reached = _held_out(layers, loss, inputs[held], [each[held] for each in given])
        since += 1
        if reached < best:
            best, since, weights = reached, 0, copy.deepcopy(layers.state_dict())
        if since >= recipe.patience:
            break
    layers.load_state_dict(weights)
    return Network(layers)


def log_loss(g: Any, y: Any) -> Any:
    """Mean log loss of one output a row."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    return binary_cross_entropy_with_logits(g[:, 0], y.to(g.dtype))


def _layers(width: int, outputs: int, recipe: Recipe) -> Any:
    from torch import nn

    layers: list[nn.Module] = []
    for units in recipe.hidden:
        layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(recipe.dropout)]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, outputs))


def _epoch(
    layers: Any, optimiser: Any, loss: Loss, inputs: Any, given: Sequence[Any], kept: Any, batch: int
) -> None:
    """One pass over the kept rows in a fresh order."""
    import torch

    layers.train()
    for chosen in torch.split(kept[torch.randperm(len(kept))], batch):
        optimiser.zero_grad()
        loss(layers(inputs[chosen]), *(each[chosen] for each in given)).backward()
        optimiser.step()


def _held_out(layers: Any, loss: Loss, inputs: Any, given: Sequence[Any]) -> float:
    import torch

    layers.eval()
    with torch.no_grad():
        return float(loss(layers(inputs), *given))
