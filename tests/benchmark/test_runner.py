"""The runner with an executor that answers by hand: what it does with jobs that come back without a result."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from carebench.errors import InfrastructureError
from carebench.executors import Capacity, Done
from carebench.jobs import Job, Places, Prepared
from carebench.outstanding import Group, Outstanding
from carebench.plan import make_plan
from carebench.run import Summary, run
from carebench.store import Store, View
from carebench.suite import Suite
from tests.benchmark.entries import MODEL, TASK, catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.plan import Plan
    from carebench.records import Record


class ByHand:
    """An executor that gives back every job with the same trouble, or with a split that could not be made."""

    capacity = Capacity(cpus=2, gpus=0, memory=2**30)
    ahead = 0

    def __init__(self, **outcome: object) -> None:
        self.outcome = outcome
        self.jobs: list[Job] = []

    def insist_that_nodes_agree(self, store: Path, plan: Plan) -> None:
        """There are no nodes."""

    def submit(self, job: Job) -> None:
        self.jobs.append(job)

    def wait(self, seconds: float) -> list[Done]:
        given, self.jobs = self.jobs, []
        return [Done(job=job, **self.outcome) for job in given]  # type: ignore[arg-type]

    def cancel(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing is open."""


class Notes:
    """A reporter that keeps what is said."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def said(self, words: str) -> None:
        self.words.append(words)

    def planned(self, total: int, done: int) -> None:
        """Not noted."""

    def started(self, job: Job) -> None:
        """Not noted."""

    def ended(self, job: Job) -> None:
        """Not noted."""

    def settled(self, record: Record) -> None:
        """Not noted."""


def carried_out(folder: Path, executor: ByHand, group: Group, counts: Counter[str]) -> Summary:
    """Run one group on the executor, into an empty store."""
    store = Store(folder)
    store.open_for_writing()
    plan = make_plan(Suite(name="s", tasks=["*"], models=["*"]), catalogue([TASK], [MODEL]))
    found = Outstanding(total=1, counts=counts, groups=[group], impossible=[], sampled={}, quarantined=[])
    places = Places(store=str(folder), cache=str(folder / "cache"))
    return run(plan, store, executor, Notes(), places=places, view=View(), found=found)


def test_nothing_is_published_when_only_a_repeat_could_not_be_prepared(tmp_path: Path) -> None:
    """Without cells to settle there is no segment, least of all an empty one."""
    executor = ByHand(result=Prepared(reason="the data are gone"))
    summary = carried_out(tmp_path, executor, Group(TASK, 0, repeating=[MODEL]), Counter(ok=1))
    assert summary.counts == {"ok": 1}
    assert not list((tmp_path / "segments").iterdir())


def test_without_a_node_for_our_own_work_the_run_ends(tmp_path: Path) -> None:
    """A split that nobody can prepare is no fault of a model: the run says so and may be repeated."""
    executor = ByHand(trouble="unavailable", message="no node is left")
    with pytest.raises(InfrastructureError, match="no node is left"):
        carried_out(tmp_path, executor, Group(TASK, 0, waiting=[MODEL]), Counter())
    assert not list((tmp_path / "segments").iterdir())
