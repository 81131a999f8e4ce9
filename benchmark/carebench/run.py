"""The run: from a plan and a store to a complete store; the only place where jobs are put in order.

A task and seed is prepared, its cells are answered, its answers are scored. What is done already is
not done again, and everything is published by the workers before it is reported here.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from carebench.errors import InfrastructureError, StoreError
from carebench.jobs import AnswerJob, Places, Prepared, PrepareJob, ScoreJob, unsettled
from carebench.records import RETRIED_ALWAYS, RETRIED_WHEN_LIMIT_ROSE, Record, cell_key, scorer_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from carebench.catalogue import ModelEntry, TaskEntry
    from carebench.executors import Done, Executor
    from carebench.jobs import Job
    from carebench.plan import Plan
    from carebench.records import Cell
    from carebench.store import Store, View

LOST_AT_MOST = 3
GRACE_SECONDS = 10.0


class Reporter(Protocol):
    """Whoever wants to know how the run goes."""

    def planned(self, total: int, done: int) -> None:
        """So many cells in all, of which so many were done before."""

    def started(self, job: Job) -> None:
        """A job was handed to the executor."""

    def ended(self, job: Job, record: Record | None) -> None:
        """A job came back; an answering one with its record."""

    def said(self, line: str) -> None:
        """Something that a person should know."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How the run went: cells by status, those done before included, and whether it was stopped."""

    counts: Counter[str]
    interrupted: bool


@dataclass
class _Group:
    """The cells of one task and seed on their way."""

    task: TaskEntry
    seed: int
    waiting: deque[ModelEntry] = field(default_factory=deque)
    running: int = 0
    unscored: dict[str, dict[str, str]] = field(default_factory=dict)


def run(
    plan: Plan,
    store: Store,
    executor: Executor,
    reporter: Reporter,
    *,
    places: Places,
    retry: Collection[str] = (),
    stop: Callable[[], bool] = lambda: False,
) -> Summary:
    """Complete the plan's cells in the store.

    Args:
        plan: what to do.
        store: open for writing.
        executor: where jobs run.
        reporter: told of everything.
        places: folders shared with the workers.
        retry: statuses of failed cells to try again, beside those that are always tried again.
        stop: asked between jobs; True lets running cells finish for a while and starts no more.

    Raises:
        StoreError: when a result could not be kept.
        InfrastructureError: when the executor broke down.
    """
    view = store.read()
    for problem in view.problems:
        reporter.said(f"store: {problem}")
    return _Run(plan, store, executor, reporter, places, stop).complete(view, frozenset(retry))


class _Run:
    """The state of one run: groups on their way, jobs in flight."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        executor: Executor,
        reporter: Reporter,
        places: Places,
        stop: Callable[[], bool],
    ) -> None:
        self.plan, self.store, self.executor, self.reporter = plan, store, executor, reporter
        self.places, self.stop = places, stop
        self.counts: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.ready: deque[Job] = deque()
        self.groups: dict[tuple[str, int], _Group] = {}
        self.unprepared: Iterator[_Group] = iter(())
        self.in_flight: list[Job] = []

    def complete(self, view: View, retry: frozenset[str]) -> Summary:
        groups = self._outstanding(view, retry)
        self.unprepared = iter(groups)
        while not self.stop():
            self._fill()
            if not self.in_flight:
                break
            for done in self.executor.wait(0.2):
                self._take(done)
        interrupted = self.stop()
        if interrupted:
            self._wind_down()
        return Summary(counts=self.counts, interrupted=interrupted)

    def _outstanding(self, view: View, retry: frozenset[str]) -> list[_Group]:
        """Groups with something left to do; cells that cannot run here are settled at once."""
        groups: dict[tuple[str, int], _Group] = {}
        settled: list[Record] = []
        total = 0
        for cell, task, model in self.plan.cells():
            total += 1
            record = view.record(cell_key(task, model, cell.seed))
            reason = self._impossible(task, model)
            if reason:
                settled.append(unsettled(task, model, cell.seed, "unavailable", reason))
                continue
            group = groups.setdefault((task.name, cell.seed), _Group(task, cell.seed))
            if self._to_do(record, retry):
                group.waiting.append(model)
            elif record is not None:
                self._note_done(group, record, view)
        self._settle(settled, view)
        self.reporter.planned(total, sum(self.counts.values()))
        self.groups = groups
        return [group for group in groups.values() if group.waiting or group.unscored]

    def _impossible(self, task: TaskEntry, model: ModelEntry) -> str:
        missing = [*task.missing, *model.missing]
        if missing:
            extra = f"; pip install 'carebench[{model.extra}]'" if model.missing and model.extra else ""
            return f"needs {', '.join(missing)}, not installed{extra}"
        if model.cpus > self.executor.cpus or model.gpus > self.executor.gpus:
            here = f"{self.executor.cpus} cores and {self.executor.gpus:g} GPUs"
            return f"asks for {model.cpus} cores and {model.gpus:g} GPUs; here are {here}"
        return ""

    def _settle(self, records: Sequence[Record], view: View) -> None:
        """Count cells that cannot run here, and keep those that the store does not know yet."""
        self.counts.update(record.status for record in records)
        fresh = [record for record in records if record not in view.attempts.get(record.key, ())]
        if fresh:
            self.store.publish(fresh)

    def _to_do(self, record: Record | None, retry: frozenset[str]) -> bool:
        if record is None or record.status in RETRIED_ALWAYS or record.status in retry:
            return True
        if record.status in RETRIED_WHEN_LIMIT_ROSE:
            kind = "wall" if record.status == "timeout" else "memory"
            return getattr(self.plan.limits, kind) > float(record.limits.get(kind, 0))
        return record.status == "ok" and not self.store.has_arrays(record.arrays.values())

    def _note_done(self, group: _Group, record: Record, view: View) -> None:
        self.counts[record.status] += 1
        if record.status != "ok":
            return
        code = self.plan.family_of(group.task).code
        known = view.scores.get((record.answer, scorer_key(group.task, code, group.seed)))
        kept = known is not None and known.status == "ok"
        if not kept or not self.store.has_arrays([known.units, *known.contributions.values()] if known else []):
            group.unscored[record.answer] = dict(record.arrays)

    def _fill(self) -> None:
        """Hand jobs to the executor while it has room; answers and scores before further preparations."""
        while True:
            job = self._next_job()
            if job is None:
                return
            if self.in_flight and sum(running.cpus for running in self.in_flight) + job.cpus > self.executor.cpus:
                self.ready.appendleft(job)
                return
            self.in_flight.append(job)
            self.executor.submit(job)
            self.reporter.started(job)

    def _next_job(self) -> Job | None:
        if self.ready:
            return self.ready.popleft()
        group = next(self.unprepared, None)
        if group is None:
            return None
        if group.waiting:
            return PrepareJob(task=group.task, seed=group.seed, limits=self.plan.limits, places=self.places)
        return self._score_job(group)

    def _take(self, done: Done) -> None:
        self.in_flight.remove(done.job)
        if done.trouble == "store":
            raise StoreError(f"{done.job.label}: {done.message}")
        if done.trouble == "bug":
            raise InfrastructureError(f"{done.job.label}: {done.message}")
        group = self.groups[done.job.task.name, done.job.seed]
        if isinstance(done.job, AnswerJob):
            self._take_answer(done, done.job, group)
        elif done.trouble:
            self._again(done)
        elif isinstance(done.result, Prepared):
            self.reporter.ended(done.job, None)
            self._take_split(done.result, group)
        else:
            self.reporter.ended(done.job, None)
            self._say_failed_scores(done)

    def _take_split(self, split: Prepared, group: _Group) -> None:
        if not split.folder:
            self._give_up(group, split.reason)
            return
        group.running = len(group.waiting)
        family = self.plan.family_of(group.task)
        for model in group.waiting:
            self.ready.append(
                AnswerJob(
                    task=group.task,
                    model=model,
                    family=family,
                    seed=group.seed,
                    split=split,
                    limits=self.plan.limits,
                    places=self.places,
                )
            )
        group.waiting.clear()

    def _give_up(self, group: _Group, reason: str) -> None:
        """The task cannot be prepared: its cells are unavailable, which is no fault of the models."""
        records = [unsettled(group.task, model, group.seed, "unavailable", reason) for model in group.waiting]
        self.store.publish(records)
        self.counts["unavailable"] += len(records)
        self.reporter.said(f"{group.task.name} seed {group.seed}: {reason}")
        for record in records:
            self.reporter.ended(PrepareJob(task=group.task, seed=group.seed, limits=self.plan.limits, places=self.places), record)
        if group.unscored:
            self.ready.append(self._score_job(group))

    def _take_answer(self, done: Done, job: AnswerJob, group: _Group) -> None:
        record = done.result if isinstance(done.result, Record) else self._troubled(done, job)
        if record is None:
            return
        self.counts[record.status] += 1
        self.reporter.ended(job, record)
        if record.status == "ok":
            group.unscored[record.answer] = dict(record.arrays)
        group.running -= 1
        if not group.running and group.unscored:
            self.ready.append(self._score_job(group))

    def _troubled(self, done: Done, job: AnswerJob) -> Record | None:
        """A record for a cell whose worker was lost or cancelled; None when it is tried again."""
        if done.trouble == "lost" and self._again(done):
            return None
        record = unsettled(job.task, job.model, job.seed, done.trouble, done.message)
        self.store.publish([record])
        return record

    def _again(self, done: Done) -> bool:
        """Queue a lost job once more, a few times at most."""
        self.lost[done.job.label] += 1
        if self.lost[done.job.label] < LOST_AT_MOST:
            self.reporter.said(f"{done.job.label}: {done.message}; trying again")
            self.ready.appendleft(done.job)
            return True
        if isinstance(done.job, AnswerJob):
            return False
        raise InfrastructureError(f"{done.job.label}: {done.message}, {LOST_AT_MOST} times; run the same command again")

    def _score_job(self, group: _Group) -> ScoreJob:
        answers, group.unscored = group.unscored, {}
        return ScoreJob(
            task=group.task,
            family=self.plan.family_of(group.task),
            seed=group.seed,
            answers=answers,
            limits=self.plan.limits,
            places=self.places,
        )

    def _say_failed_scores(self, done: Done) -> None:
        scores = [] if isinstance(done.result, Prepared | Record) or done.result is None else done.result
        for score in scores:
            if score.status != "ok":
                self.reporter.said(f"{done.job.label}: {score.reason}")
                return

    def _wind_down(self) -> None:
        """Let running jobs finish for a while, then end them; cells cut short are recorded as cancelled."""
        self.reporter.said(f"stopping: running cells get {GRACE_SECONDS:g} s; nothing that was finished is lost")
        deadline = time.monotonic() + GRACE_SECONDS
        while self.in_flight and time.monotonic() < deadline:
            for done in self.executor.wait(0.2):
                self._take_last(done)
        self.executor.cancel()
        deadline = time.monotonic() + GRACE_SECONDS
        while self.in_flight and time.monotonic() < deadline:
            for done in self.executor.wait(0.2):
                self._take_last(done)

    def _take_last(self, done: Done) -> None:
        self.in_flight.remove(done.job)
        if isinstance(done.result, Record):
            self.counts[done.result.status] += 1
            self.reporter.ended(done.job, done.result)
        elif isinstance(done.job, AnswerJob) and done.trouble == "cancelled":
            self.store.publish([unsettled(done.job.task, done.job.model, done.job.seed, "cancelled", done.message)])
            self.counts["cancelled"] += 1
