"""Planning and resuming with synthetic entries: `python -m tests.performance.planning STEP CELLS FOLDER`.

A process of its own for each step, since the peak of its memory is what is asked; it ends with one line of JSON.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from carebench import outstanding
from carebench.disk import Disk
from carebench.executors import Capacity
from carebench.jobs import Places
from carebench.plan import Grid, Plan
from carebench.records import Record, Score, answer_digest, cell_key, scorer_key
from carebench.run import run
from carebench.store import Store
from carebench.warden import Limits
from tests.benchmark import entries
from tests.performance.whole_run import Stopwatch

if TYPE_CHECKING:
    from carebench.catalogue import ModelEntry, TaskEntry
    from carebench.executors import Done
    from carebench.jobs import Job

TASKS = MODELS = 10


class Idle:
    """An executor that does nothing."""

    capacity = Capacity(cpus=2, gpus=0, memory=8 * 2**30)
    ahead = 0

    def insist_that_nodes_agree(self, store: Path, plan: Plan) -> None:
        """There are no nodes."""

    def submit(self, job: Job) -> None:
        """Nothing."""

    def wait(self, seconds: float) -> list[Done]:
        """Nothing ever comes back."""
        return []

    def cancel(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing is open."""


class Unforced(Disk):
    """A disk that forces nothing, for stores that are thrown away."""

    def sync(self, descriptor: int) -> None:
        """Nothing."""

    def sync_folder(self, path: Path) -> None:
        """Nothing."""


def plan_of(cells: int) -> Plan:
    """Ten tasks, ten models, and as many seeds as it takes."""
    tasks = [entries.task(f"mortality/task-{number}") for number in range(TASKS)]
    models = [entries.model(f"model-{number}") for number in range(MODELS)]
    grid = Grid(
        frozenset(task.name for task in tasks),
        frozenset(model.name for model in models),
        frozenset(range(cells // (TASKS * MODELS))),
    )
    return Plan(
        suite="speed",
        title="Speed",
        families=[entries.FAMILY],
        tasks=tasks,
        models=models,
        grids=[grid],
        limits=Limits(),
        repeats=False,
    )


def fill(cells: int, folder: Path) -> int:
    """Make a store in which every cell is answered and scored: one segment a record, one a batch of scores."""
    store, plan = Store(folder, Unforced()), plan_of(cells)
    store.open_for_writing()
    (grid,) = plan.grids
    for task in plan.tasks:
        for seed in sorted(grid.seeds):
            store.publish([_settled(store, task, model, seed) for model in plan.models])
    return cells


def _settled(store: Store, task: TaskEntry, model: ModelEntry, seed: int) -> Score:
    """Publish a record with the environment that real ones carry; its score is returned."""
    label = f"{task.name} {model.name} {seed}"
    arrays = {"risk": store.publish_array(f"answer {label}".encode())}
    record = Record(
        key=cell_key(task, model, entries.FAMILY.asking, seed),
        task=task.name,
        model=model.name,
        seed=seed,
        status="ok",
        phase="write",
        answer=answer_digest(arrays),
        arrays=arrays,
        split=hashlib.sha256(label.encode()).hexdigest(),
        rows={"train": 400, "test": 100, "one": 1},
        plugin="spam 1.0",
        limits={"wall": 600.0, "memory": 4 * 2**30},
        cost={"wall_s": 0.1, "cpu_s": 0.1, "peak_bytes": 2**28, "fit_s": 0.05, "predict_s": 0.01},
        environment={"python": "3.11", "libraries": {"numpy": "2.0", "scipy": "1.13"}, "threads": 1},
    )
    store.publish([record])
    return Score(
        answer=record.answer,
        scorer=scorer_key(task, entries.FAMILY.code, seed),
        status="ok",
        metrics={"auroc": 0.8},
        facts={"n": 100.0},
        units=store.publish_array(f"units {task.name} {seed}".encode()),
        contributions={"auroc": store.publish_array(f"contributions {label}".encode())},
    )


def survey(cells: int, folder: Path) -> int:
    """Start a run and stop it before its first job: the cells that were done already."""
    store, places = Store(folder), Places(store=str(folder), cache="")
    store.open_for_writing()
    plan, view = plan_of(cells), store.read()
    found = outstanding.survey(plan, view, store, capacity=Idle.capacity, retry=())
    summary = run(plan, store, Idle(), Stopwatch(), places=places, view=view, found=found, stop=lambda: True)
    return sum(summary.counts.values())


def main(step: str, cells: int, folder: Path) -> None:
    """Do a step, and say how long it took and how much memory it needed."""
    began = time.monotonic()
    done = fill(cells, folder) if step == "fill" else survey(cells, folder)
    spent = time.monotonic() - began
    print(json.dumps({"done": done, "seconds": spent, "mib": peak_mib()}))  # noqa: T201 - read by whoever asked


def peak_mib() -> float:
    """Largest resident size of this process; on Linux `ru_maxrss` would hold that of its parent as well."""
    status = Path("/proc/self/status")
    for line in status.read_text(encoding="ascii").splitlines() if status.is_file() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
