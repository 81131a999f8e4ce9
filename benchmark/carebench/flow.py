"""Jobs on their way to the executor and back: a bounded window in flight, and lost ones queued again.

Separate from the run, which decides what follows from a job that came back, and sees no executor.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING

from carebench.errors import InfrastructureError, StoreError
from carebench.jobs import AnswerJob, TrialJob

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from carebench.executors import Done, Executor
    from carebench.jobs import Job
    from carebench.reporter import Reporter

LOST_AT_MOST = 3
GRACE_SECONDS = 10.0
_PATIENCE = 0.2


class Flow:
    """What waits, what runs, and what comes back.

    Args:
        executor: where jobs run.
        reporter: told of each start and end.
        first: jobs that open a group of cells, drawn one by one when nothing else waits.
    """

    def __init__(self, executor: Executor, reporter: Reporter, first: Iterator[Job]) -> None:
        self._executor, self._reporter, self._first = executor, reporter, first
        self._ready: deque[Job] = deque()
        self._running: list[Job] = []
        self._lost: Counter[str] = Counter()

    @property
    def most_memory(self) -> int:
        """Bytes that the largest cell can get."""
        return self._executor.capacity.largest.memory

    def add(self, jobs: Iterable[Job]) -> None:
        """Queue jobs behind those that wait."""
        self._ready.extend(jobs)

    def add_first(self, jobs: Sequence[Job]) -> None:
        """Queue jobs, in their order, before those that wait."""
        self._ready.extendleft(reversed(jobs))

    def fill(self) -> bool:
        """Hand jobs to the executor while it has room; answers and scores before new groups. False when nothing runs."""
        while (job := self._next()) is not None:
            if self._running and not self._fits(job):
                self._ready.appendleft(job)
                break
            self._running.append(job)
            self._executor.submit(job)
            self._reporter.started(job)
        return bool(self._running)

    def back(self) -> Iterator[Done]:
        """Jobs that came back, but for lost ones that are queued again.

        Raises:
            StoreError: when a result could not be kept.
            InfrastructureError: when a job of our own cannot be done.
        """
        for done in self._executor.wait(_PATIENCE):
            self._leave(done)
            self._raise_if_ours(done)
            if done.trouble != "lost" or not self._again(done):
                yield done

    def wind_down(self) -> Iterator[Done]:
        """Running jobs, given a while to finish, then ended."""
        self._reporter.said(
            f"stopping: running cells get {GRACE_SECONDS:g} s; nothing that was finished is lost"
        )
        yield from self._last()
        self._executor.cancel()
        yield from self._last()

    def _last(self) -> Iterator[Done]:
        deadline = time.monotonic() + GRACE_SECONDS
        while self._running and time.monotonic() < deadline:
            for done in self._executor.wait(_PATIENCE):
                self._leave(done)
                yield done

    def _next(self) -> Job | None:
        return self._ready.popleft() if self._ready else next(self._first, None)

    def _fits(self, job: Job) -> bool:
        together, capacity = [*self._running, job], self._executor.capacity
        return (
            sum(running.cpus for running in together) <= capacity.cpus + self._executor.ahead
            and sum(running.gpus for running in together) <= capacity.gpus
            and sum(running.memory for running in together) <= capacity.memory
        )

    def _leave(self, done: Done) -> None:
        self._running.remove(done.job)
        self._reporter.ended(done.job)

    def _raise_if_ours(self, done: Done) -> None:
        said = f"{done.job.label}: {done.message}"
        if done.trouble == "store":
            raise StoreError(said)
        if done.trouble == "bug" or (done.trouble == "unavailable" and not _of_a_model(done.job)):
            raise InfrastructureError(said)

    def _again(self, done: Done) -> bool:
        """Queue a lost job once more, a few times at most; False when a model's job is to be given up."""
        self._lost[done.job.label] += 1
        if self._lost[done.job.label] < LOST_AT_MOST:
            self._reporter.said(f"{done.job.label}: {done.message}; trying again")
            self._ready.appendleft(done.job)
            return True
        if _of_a_model(done.job):
            return False
        raise InfrastructureError(
            f"{done.job.label}: {done.message}, {LOST_AT_MOST} times; run the same command again"
        )


def _of_a_model(job: Job) -> bool:
    return isinstance(job, AnswerJob | TrialJob)
