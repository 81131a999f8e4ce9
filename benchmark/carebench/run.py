"""The run: from a plan and a store to a complete store; the only place where jobs are put in order.

A task and seed is prepared, its cells are answered, its answers are scored. What is done already is
not done again, and everything is published by the workers before it is reported here.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from carebench.errors import InfrastructureError, StoreError
from carebench.jobs import AnswerJob, Places, Prepared, PrepareJob, ScoreJob, unsettled
from carebench.outstanding import Group, survey
from carebench.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from carebench.executors import Done, Executor
    from carebench.jobs import Job
    from carebench.plan import Plan
    from carebench.records import Score
    from carebench.store import Store

LOST_AT_MOST = 3
GRACE_SECONDS = 10.0
_PATIENCE = 0.2


class Reporter(Protocol):
    """Whoever wants to know how the run goes."""

    def planned(self, total: int, done: int) -> None:
        """So many cells in all, of which so many were settled before."""

    def started(self, job: Job) -> None:
        """A job was handed to the executor."""

    def ended(self, job: Job) -> None:
        """A job came back."""

    def settled(self, record: Record) -> None:
        """A cell has its record."""

    def said(self, line: str) -> None:
        """Something that a person should know."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How the run went: cells by status, those settled before included, and whether it was stopped."""

    counts: Counter[str]
    interrupted: bool


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
        retry: statuses of failed cells to try again, beside those that always are.
        stop: asked between jobs; True lets running cells finish for a while and starts no more.

    Raises:
        StoreError: when a result could not be kept.
        InfrastructureError: when the executor broke down.
    """
    view = store.read()
    for problem in view.problems:
        reporter.said(f"store: {problem}")
    found = survey(plan, view, store, cpus=executor.cpus, gpus=executor.gpus, retry=frozenset(retry))
    if found.impossible:
        store.publish(found.impossible)
    reporter.planned(found.total, sum(found.counts.values()))
    return _Run(plan, store, executor, reporter, places, found.counts).complete(found.groups, stop)


class _Run:
    """The state of one run: groups on their way, jobs in flight, cells by status."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        executor: Executor,
        reporter: Reporter,
        places: Places,
        counts: Counter[str],
    ) -> None:
        self.plan, self.store, self.executor, self.reporter, self.places = (
            plan,
            store,
            executor,
            reporter,
            places,
        )
        self.counts = Counter(counts)
        self.lost: Counter[str] = Counter()
        self.ready: deque[Job] = deque()
        self.in_flight: list[Job] = []
        self.groups: dict[tuple[str, int], Group] = {}
        self.untouched: Iterator[Group] = iter(())

    def complete(self, groups: Sequence[Group], stop: Callable[[], bool]) -> Summary:
        self.groups = {(group.task.name, group.seed): group for group in groups}
        self.untouched = iter(groups)
        while not stop():
            self._fill()
            if not self.in_flight:
                break
            for done in self.executor.wait(_PATIENCE):
                self._take(done)
        interrupted = stop()
        if interrupted:
            self._wind_down()
        return Summary(counts=self.counts, interrupted=interrupted)

    def _fill(self) -> None:
        """Hand jobs to the executor while it has room; answers and scores before further preparations."""
        while (job := self._next_job()) is not None:
            if (
                self.in_flight
                and sum(running.cpus for running in self.in_flight) + job.cpus > self.executor.cpus
            ):
                self.ready.appendleft(job)
                return
            self.in_flight.append(job)
            self.executor.submit(job)
            self.reporter.started(job)

    def _next_job(self) -> Job | None:
        if self.ready:
            return self.ready.popleft()
        group = next(self.untouched, None)
        if group is None:
            return None
        if group.waiting:
            return PrepareJob(task=group.task, seed=group.seed, limits=self.plan.limits, places=self.places)
        return self._score_job(group)

    def _take(self, done: Done) -> None:
        self.in_flight.remove(done.job)
        self.reporter.ended(done.job)
        if done.trouble == "store":
            raise StoreError(f"{done.job.label}: {done.message}")
        if done.trouble == "bug":
            raise InfrastructureError(f"{done.job.label}: {done.message}")
        if done.trouble == "lost" and self._again(done):
            return
        group = self.groups[done.job.task.name, done.job.seed]
        if isinstance(done.job, AnswerJob):
            self._take_answer(done.job, done, group)
        elif isinstance(done.result, Prepared):
            self._take_split(done.result, group)
        elif done.result is not None and not isinstance(done.result, Record):
            self._take_scores(done.job, done.result)

    def _take_split(self, split: Prepared, group: Group) -> None:
        models = list(group.waiting)
        group.waiting.clear()
        if not split.folder:
            self._give_up(
                group,
                split.reason,
                [unsettled(group.task, m, group.seed, "unavailable", split.reason) for m in models],
            )
            return
        group.running = len(models)
        family = self.plan.family_of(group.task)
        self.ready.extend(
            AnswerJob(
                task=group.task,
                model=model,
                family=family,
                seed=group.seed,
                split=split,
                limits=self.plan.limits,
                places=self.places,
            )
            for model in models
        )

    def _give_up(self, group: Group, reason: str, records: Sequence[Record]) -> None:
        """The task cannot be prepared: its cells are unavailable, which is no fault of the models."""
        self.reporter.said(f"{group.task.name} seed {group.seed}: {reason}")
        self.store.publish(records)
        for record in records:
            self._settle(record)
        self._score_if_answered(group)

    def _take_answer(self, job: AnswerJob, done: Done, group: Group) -> None:
        record = done.result if isinstance(done.result, Record) else self._troubled(job, done)
        self._settle(record)
        if record.status == "ok":
            group.unscored[record.answer] = dict(record.arrays)
        group.running -= 1
        self._score_if_answered(group)

    def _score_if_answered(self, group: Group) -> None:
        if not group.running and group.unscored:
            self.ready.append(self._score_job(group))

    def _take_scores(self, job: Job, scores: Sequence[Score]) -> None:
        for reason in sorted({score.reason for score in scores if score.status != "ok"}):
            self.reporter.said(f"{job.label}: {reason}")
        self.counts.update(score.status for score in scores if score.status != "ok")

    def _troubled(self, job: AnswerJob, done: Done) -> Record:
        """The record of a cell whose worker was lost too often, or cancelled."""
        status = "cancelled" if done.trouble == "cancelled" else "lost"
        record = unsettled(job.task, job.model, job.seed, status, done.message)
        self.store.publish([record])
        return record

    def _again(self, done: Done) -> bool:
        """Queue a lost job once more, a few times at most; False when a cell is to be given up."""
        self.lost[done.job.label] += 1
        if self.lost[done.job.label] < LOST_AT_MOST:
            self.reporter.said(f"{done.job.label}: {done.message}; trying again")
            self.ready.appendleft(done.job)
            return True
        if isinstance(done.job, AnswerJob):
            return False
        raise InfrastructureError(
            f"{done.job.label}: {done.message}, {LOST_AT_MOST} times; run the same command again"
        )

    def _settle(self, record: Record) -> None:
        self.counts[record.status] += 1
        self.reporter.settled(record)

    def _score_job(self, group: Group) -> ScoreJob:
        answers, group.unscored = group.unscored, {}
        return ScoreJob(
            task=group.task,
            family=self.plan.family_of(group.task),
            seed=group.seed,
            answers=answers,
            limits=self.plan.limits,
            places=self.places,
        )

    def _wind_down(self) -> None:
        """Let running jobs finish for a while, then end them; cells cut short are recorded as cancelled."""
        self.reporter.said(
            f"stopping: running cells get {GRACE_SECONDS:g} s; nothing that was finished is lost"
        )
        self._wait_for_the_last()
        self.executor.cancel()
        self._wait_for_the_last()

    def _wait_for_the_last(self) -> None:
        deadline = time.monotonic() + GRACE_SECONDS
        while self.in_flight and time.monotonic() < deadline:
            for done in self.executor.wait(_PATIENCE):
                self.in_flight.remove(done.job)
                self.reporter.ended(done.job)
                if isinstance(done.job, AnswerJob):
                    self._settle(
                        done.result if isinstance(done.result, Record) else self._troubled(done.job, done)
                    )
