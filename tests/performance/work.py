"""The work of one cell without carebench: the same estimator on the same matrices, scored by the same function.

Separate from the contenders, since workers of joblib, Ray and benchopt import it by name.
"""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from carebench.estimators import build, positive_class_answer
from carebench.views import numeric_view
from tests.performance import speed_plugin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from carebench.model import Model


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A grid of cells: the first `tasks` tasks, the first `models` models of a kind, and seeds.

    Attributes:
        kind: `short`, `burn` or `glow`, the first part of the models' names.
        tasks: number of tasks.
        models: number of models.
        seeds: number of seeds.
    """

    kind: str
    tasks: int
    models: int
    seeds: int

    @property
    def size(self) -> int:
        """Number of cells."""
        return self.tasks * self.models * self.seeds

    @property
    def task_names(self) -> list[str]:
        """Names of the tasks."""
        return [task.name for task in speed_plugin.carebench_tasks()][: self.tasks]

    @property
    def model_names(self) -> list[str]:
        """Names of the models."""
        return [name for name in models() if name.partition("-")[0] == self.kind][: self.models]

    def cells(self) -> list[tuple[str, str, int]]:
        """Task, model and seed of every cell, in the order in which carebench plans them."""
        return [
            (task, model, seed)
            for task in self.task_names
            for seed in range(self.seeds)
            for model in self.model_names
        ]

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))


def write_data(folder: Path, workload: Workload) -> None:
    """Write the matrices of every task and seed, numeric as carebench hands them to models."""
    import numpy as np

    wanted = set(workload.task_names)
    for task in speed_plugin.carebench_tasks():
        for seed in range(workload.seeds) if task.name in wanted else ():
            split = task.split(seed)
            view = numeric_view(split, ())
            arrays: dict[str, Any] = {"X": view.train, "y": split.reveals["y"], "X_test": view.test}
            np.savez(data_file(folder, task.name, seed), **arrays, event=task.truth(seed).answers["event"])


def data_file(folder: Path, task: str, seed: int) -> Path:
    """Where the matrices of a task and seed are."""
    return folder / f"{task.replace('/', '.')}.{seed}.npz"


@functools.lru_cache(maxsize=4)
def read_data(folder: Path, task: str, seed: int) -> dict[str, Any]:
    """The matrices of a task and seed: `X`, `y`, `X_test` and `event`."""
    import numpy as np

    with np.load(data_file(folder, task, seed)) as kept:
        return dict(kept)


@functools.cache
def models() -> Mapping[str, Model]:
    """The plugin's models by name."""
    return {model.name: model for model in speed_plugin.carebench_models()}


def answer(model: str, X: Any, y: Any, X_test: Any) -> Any:
    """Build the model, fit it, and ask it for its risks."""
    chosen = models()[model]
    fitted = build(chosen.build, chosen.params, seed=0, threads=1).fit(X, y)
    return positive_class_answer(fitted, X_test)["risk"]


def one_cell(folder: Path, task: str, model: str, seed: int) -> float:
    """The AUROC of one cell."""
    data = read_data(folder, task, seed)
    return speed_plugin.auroc(data["event"], answer(model, data["X"], data["y"], data["X_test"]))
