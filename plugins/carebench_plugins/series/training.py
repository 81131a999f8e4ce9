"""The one training loop of all networks on series, and the estimator around it.

Separate from the architectures because they all share it: Adam on the log loss without reweighting, gradients clipped,
stopped early on a validation cut of the training units. Series stay as they are; each batch becomes tensors when it
is needed, so that memory does not grow with the number of units.
"""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from carebench import Unsuited
from carebench_plugins.neural import held_out_rows
from carebench_plugins.series.observed import FARTHEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from carebench import Series
    from carebench_plugins.series.network import Network

#: Largest norm of a gradient.
STEEPEST = 1.0


@dataclass(kw_only=True)
class SeriesClassifier:
    """A network on irregular series; a subclass says which, and which tensors it reads.

    The weights kept are those of the epoch with the least log loss on the validation cut. Each epoch prints one line.
    It computes on the accelerator if the cell was given one, else on the CPU.

    Attributes:
        dropout: share of units dropped in training.
        learning_rate: of Adam.
        weight_decay: L2 penalty of all weights.
        batch: training units a step.
        epochs: passes over the training units, at most.
        patience: epochs without a better validation loss before it stops.
        validation: share of the training units, within each class, that the validation cut takes.
        n_jobs: threads.
        random_state: seed of the cut, the initial weights, the batches and the dropout.
    """

    dropout: float = 0.3
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    batch: int = 64
    epochs: int = 40
    patience: int = 6
    validation: float = 0.15
    n_jobs: int = 1
    random_state: int = 0

    def network(self, series: Series) -> Network:
        """A fresh network for series such as these."""
        raise NotImplementedError

    def recorded(self, series: Series) -> tuple[Tensor, ...]:
        """The tensors that the network reads, beside what was known at the start."""
        raise NotImplementedError

    def fit(self, X: Series, y: NDArray[np.generic]) -> SeriesClassifier:
        """Fit on n training units, of which the validation cut is held out.

        Raises:
            Unsuited: when a class has fewer than two training units, so that none can be held out.
        """
        torch.set_num_threads(self.n_jobs)
        torch.manual_seed(self.random_state)
        self.classes_, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        if len(counts) != 2 or counts.min() < 2:
            raise Unsuited("needs two classes of training units, and two units of each, to hold some out")
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        held_out = held_out_rows(codes, self.validation, self.random_state).numpy()
        self._network = self.network(X).to(self._device)
        self._network.start_at(float(codes.mean()))
        self._train(X, codes.astype(np.float32), np.flatnonzero(~held_out), np.flatnonzero(held_out))
        return self

    def predict_proba(self, X: Series) -> NDArray[np.float64]:
        """Probabilities, shape (n, 2)."""
        risk = torch.sigmoid(self._logits(X).double()).cpu().numpy()
        return np.column_stack([1 - risk, risk])

    def _train(self, series: Series, events: Any, trained: Any, held_out: Any) -> None:
        """Train until the held-out log loss has not fallen for `patience` epochs; keep the best weights."""
        optimiser = torch.optim.Adam(
            self._network.parameters(), lr=self.learning_rate, weight_decay=self.weight_decay
        )
        watched, outcomes = series.take(held_out), torch.from_numpy(events[held_out]).to(self._device)
        best, since, weights = float("inf"), 0, copy.deepcopy(self._network.state_dict())
        for epoch in range(1, self.epochs + 1):
            began = time.monotonic()
            loss = self._epoch(optimiser, series, events, trained)
            found = float(binary_cross_entropy_with_logits(self._logits(watched), outcomes))
            since += 1
            if found < best:
                best, since, weights = found, 0, copy.deepcopy(self._network.state_dict())
            self._tell(epoch, loss, found, best, time.monotonic() - began)
            if since >= self.patience:
                break
        self._network.load_state_dict(weights)

    def _epoch(self, optimiser: Any, series: Series, events: Any, trained: Any) -> float:
        """One pass over the training units in a fresh order; the mean log loss on the way."""
        self._network.train()
        total = 0.0
        for batch in torch.split(torch.randperm(len(trained)), self.batch):
            rows = trained[batch.numpy()]
            outcomes = torch.from_numpy(events[rows]).to(self._device)
            optimiser.zero_grad()
            loss = binary_cross_entropy_with_logits(self._answer(series.take(rows)), outcomes)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), STEEPEST)
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        return total / len(trained)

    def _answer(self, series: Series) -> Tensor:
        static = torch.from_numpy(np.clip(np.nan_to_num(series.static), -FARTHEST, FARTHEST))
        tensors = (each.to(self._device) for each in (static, *self.recorded(series)))
        logits: Tensor = self._network(*tensors)
        return logits

    def _logits(self, series: Series) -> Tensor:
        """Logits of all units, without dropout or gradients."""
        self._network.eval()
        with torch.no_grad():
            parts = [self._answer(series.take(rows)) for rows in self._blocks(len(series))]
        return torch.cat([torch.empty(0, device=self._device), *parts])

    def _blocks(self, size: int) -> Iterator[NDArray[np.intp]]:
        for start in range(0, size, self.batch):
            yield np.arange(start, min(start + self.batch, size))

    def _tell(self, epoch: int, loss: float, found: float, best: float, seconds: float) -> None:
        """One line about an epoch, for whoever watches and for the log."""
        mark = ", the best so far" if found == best else ""
        losses = f"log loss {loss:.4f} in training, {found:.4f} in validation{mark}"
        print(f"epoch {epoch} of at most {self.epochs}: {losses}; {seconds:.1f} s", flush=True)  # noqa: T201 - progress, which the cell's log keeps
