"""A whole run of carebench, with the time of each of its parts; separate because only here the engine is imported."""

from __future__ import annotations

import contextlib
import statistics
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from carebench.discovery import discover
from carebench.executors.local import LocalExecutor
from carebench.jobs import AnswerJob, Job, Places
from carebench.outstanding import survey
from carebench.plan import Plan, make_plan
from carebench.run import run
from carebench.store import Store
from carebench.suite import Suite
from tests.performance.contenders import SLOTS, Finish

if TYPE_CHECKING:
    from carebench.executors import Executor
    from carebench.records import Record
    from tests.performance.work import Workload

PLUGIN = str(Path(__file__).with_name("speed_plugin.py"))


class Stopwatch:
    """A reporter that notes when the first answer was asked for, and the seconds that children computed."""

    def __init__(self) -> None:
        self.first = 0.0
        self.computed = 0.0
        self.failed: list[str] = []

    def planned(self, total: int, done: int) -> None:
        """Nothing to note."""

    def started(self, job: Job) -> None:
        if isinstance(job, AnswerJob) and not self.first:
            self.first = time.monotonic()

    def ended(self, job: Job) -> None:
        """Nothing to note."""

    def settled(self, record: Record) -> None:
        self.computed += sum(record.cost.get(part, 0.0) for part in ("fit_s", "predict_s"))
        if record.status != "ok":
            self.failed.append(f"{record.task} x {record.model}: {record.status}: {record.reason}")

    def said(self, line: str) -> None:
        self.failed.append(line)


def whole_run(executor: str, workload: Workload, folder: Path) -> Finish:
    """Discover, start the executor, and complete the workload in a new store under `folder`."""
    times = [time.monotonic()]
    plan = planned(workload)
    times.append(time.monotonic())
    store, watch = Store(folder / "store"), Stopwatch()
    store.open_for_writing()
    with contextlib.closing(_executor(executor)) as chosen:
        times.append(time.monotonic())
        places, view = Places(store=str(store.root), cache=str(folder / "cache")), store.read()
        found = survey(plan, view, store, capacity=chosen.capacity, retry=())
        run(plan, store, chosen, watch, places=places, view=view, found=found)
        ended = time.monotonic()
    if watch.failed:
        raise RuntimeError("; ".join(watch.failed[:3]))
    parts = {
        "discovery": times[1] - times[0],
        "executor": times[2] - times[1],
        "first split": watch.first - times[2],
        "computed": watch.computed,
    }
    return Finish(cells_s=ended - watch.first, mean=_mean(store), parts=parts)


def planned(workload: Workload) -> Plan:
    """The plan of a workload, from the plugin as a user would name it; no cell is answered twice, as nobody else does."""
    asked = {"tasks": workload.task_names, "models": workload.model_names, "seeds": workload.seeds}
    plan = make_plan(Suite.model_validate({"name": "speed", **asked}), discover([PLUGIN]))
    return replace(plan, repeats=False)


def _executor(name: str) -> Executor:
    if name == "local":
        return LocalExecutor(SLOTS)
    from carebench.executors.on_ray import RayExecutor

    return RayExecutor(SLOTS)


def _mean(store: Store) -> float:
    """Mean over cells: equal answers of several cells share a score."""
    view = store.read()
    values = {score.answer: score.metrics["auroc"] or 0.0 for score in view.scores.values()}
    return statistics.mean(values[attempts[0].answer] for attempts in view.attempts.values())
