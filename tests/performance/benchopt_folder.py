"""The same cells as a benchopt benchmark, written out as its authors' guide says, and run with its own workers."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.performance.contenders import SLOTS, Finish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.performance.work import Workload

OBJECTIVE = """
from benchopt import BaseObjective
from tests.performance.speed_plugin import auroc

class Objective(BaseObjective):
    name = "speed"
    sampling_strategy = "run_once"

    def set_data(self, X, y, X_test, event):
        self.data = {"X": X, "y": y, "X_test": X_test}
        self.event = event

    def get_objective(self):
        return self.data

    def evaluate_result(self, risk):
        return {"auroc": auroc(self.event, risk)}

    def get_one_result(self):
        return {"risk": self.event}
"""
DATASET = """
from pathlib import Path
from benchopt import BaseDataset
from tests.performance.work import read_data

class Dataset(BaseDataset):
    name = "toy"
    parameters = {"task": TASKS, "number": SEEDS}

    def get_data(self):
        return read_data(Path(FOLDER), self.task, self.number)
"""
SOLVER = """
from benchopt import BaseSolver
from tests.performance.work import answer

class Solver(BaseSolver):
    name = "model"
    sampling_strategy = "run_once"
    parameters = {"model": MODELS}

    def set_objective(self, X, y, X_test):
        self.data = X, y, X_test

    def run(self, _):
        self.risk = answer(self.model, *self.data)

    def get_result(self):
        return {"risk": self.risk}
"""
OPTIONS = ("--no-cache", "--no-plot", "--no-html", "--no-display", "--n-repetitions", "1", "--no-timeout")


def version() -> str:
    """Benchopt's version; empty when it is not installed."""
    try:
        return importlib.metadata.version("benchopt")
    except importlib.metadata.PackageNotFoundError:
        return ""


def write_folder(folder: Path, data: Path, workload: Workload) -> None:
    """Write objective, dataset and solver."""
    dataset = DATASET.replace("TASKS", repr(workload.task_names)).replace("FOLDER", repr(str(data)))
    texts = {
        "objective.py": OBJECTIVE,
        "datasets/toy.py": dataset.replace("SEEDS", repr(list(range(workload.seeds)))),
        "solvers/model.py": SOLVER.replace("MODELS", repr(workload.model_names)),
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run_folder(folder: Path, workload: Workload, environment: dict[str, str]) -> Finish:
    """Run the benchmark in `folder`; its start-up is in the time, as it says nothing of its parts."""
    result = folder / "out" / "result.parquet"
    result.parent.mkdir(exist_ok=True)
    words = ["run", str(folder), "-j", str(SLOTS), "--output", str(result), *OPTIONS]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "benchopt", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"benchopt: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Finish(cells_s=time.monotonic() - began, mean=_mean(result, workload))


def _mean(result: Path, workload: Workload) -> float:
    import pandas as pd

    found = pd.read_parquet(result)["objective_auroc"]
    if len(found) != workload.size:
        raise RuntimeError(f"benchopt ran {len(found)} cells; {workload.size} were expected")
    return float(found.mean())
