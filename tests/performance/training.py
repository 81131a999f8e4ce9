"""`training`: the loop of the networks for noisy labels, beside plain PyTorch and scikit-learn's perceptron.

Separate from the benchmarks of the runner: here one fit is timed, in a process of its own with one thread.
"""

from __future__ import annotations

import functools
import json
import sys
from typing import TYPE_CHECKING, Any

from tests.performance.report import Section
from tests.performance.timing import in_process, in_turn, median, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from tests.performance.timing import Effort

ROWS, COLUMNS, EPOCHS, BATCH, HIDDEN = 7000, 60, 40, 512, 32


def training(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    rows = 1000 if effort.quick else ROWS
    contenders = {name: functools.partial(_seconds, name, rows) for name in CONTENDERS}
    found = in_turn(contenders, effort.rounds)
    plain = median(found["plain PyTorch"])
    return Section(
        name="training",
        title="one small network on one table",
        headings=("loop", "seconds", "times plain PyTorch"),
        rows=[
            [name, f"{median(turns):.2f}", f"{median(turns) / plain:.2f}"] for name, turns in found.items()
        ],
        sentences=[
            f"{rows:,} rows, {COLUMNS} columns, {HIDDEN} hidden units, {EPOCHS} epochs, batches of {BATCH}, one thread.",
            "Each after one fit to warm up. Ours also judges a validation cut each epoch and keeps the best network.",
        ],
    )


def ours(X: NDArray[np.float32], y: NDArray[np.int8]) -> None:
    """The plain network of the family."""
    from carebench_plugins.noisy.network import RobustNetwork

    RobustNetwork().fit(X, y)


def ours_forward(X: NDArray[np.float32], y: NDArray[np.int8]) -> None:
    """The same with forward correction by a known matrix."""
    import numpy as np

    from carebench_plugins.noisy.corrections import CorrectedNetwork

    known = np.tile([[0.9, 0.1], [0.2, 0.8]], (len(y), 1, 1))
    CorrectedNetwork(objective="carebench_plugins.noisy.corrections.Forward").fit(X, y, transition=known)


def plain_torch(X: NDArray[np.float32], y: NDArray[np.int8]) -> None:
    """The loop that one would write: shuffled batches of tensors, cross-entropy, AdamW."""
    import torch
    from torch import nn

    inputs, labels = torch.from_numpy(X), torch.from_numpy(y.astype("int64"))
    network = nn.Sequential(nn.Linear(COLUMNS, HIDDEN), nn.ReLU(), nn.Dropout(0.2), nn.Linear(HIDDEN, 2))
    optimiser = torch.optim.AdamW(network.parameters(), lr=2e-3)
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(labels)), BATCH):
            optimiser.zero_grad()
            loss: Any = nn.functional.cross_entropy(network(inputs[rows]), labels[rows])
            loss.backward()
            optimiser.step()


def scikit_learn(X: NDArray[np.float32], y: NDArray[np.int8]) -> None:
    """scikit-learn's perceptron of the same size, for as many epochs."""
    import warnings

    from sklearn.neural_network import MLPClassifier

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MLPClassifier((HIDDEN,), batch_size=BATCH, max_iter=EPOCHS, n_iter_no_change=EPOCHS).fit(X, y)


CONTENDERS: dict[str, Callable[[Any, Any], None]] = {
    "plain PyTorch": plain_torch,
    "scikit-learn": scikit_learn,
    "ours": ours,
    "ours, forward correction": ours_forward,
}


def _seconds(name: str, rows: int) -> float:
    return float(in_process("training", name, str(rows))["seconds"])


def _timed(name: str, rows: int) -> float:
    import numpy as np
    import torch

    torch.set_num_threads(1)
    draw = np.random.default_rng(0)
    X = draw.normal(size=(rows, COLUMNS)).astype(np.float32)
    y = (X[:, 0] + draw.normal(size=rows) > 0).astype(np.int8)
    CONTENDERS[name](X[:600], y[:600])
    return seconds(lambda: CONTENDERS[name](X, y))


if __name__ == "__main__":
    print(json.dumps({"seconds": _timed(sys.argv[1], int(sys.argv[2]))}))  # noqa: T201 - what the parent reads
