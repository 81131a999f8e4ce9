"""The pace of one run: what is still to be done, and what its parts take; separate because every reporter tells it."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from carebench.estimate import Times, Work, left
from carebench.jobs import AnswerJob, PrepareJob, ScoreJob, TrialJob
from carebench.lastline import last_line, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from carebench.estimate import Left
    from carebench.jobs import Job
    from carebench.outstanding import Group
    from carebench.records import Record
    from carebench.store import View


class Pace:
    """Counts what is left and times what is done.

    Args:
        groups: what the run found left to do.
        past: what past cells took.
        slots: jobs side by side.
        clock: seconds, replaced in tests.
    """

    def __init__(
        self,
        groups: Iterable[Group] = (),
        past: Times | None = None,
        slots: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.began = clock()
        self.first: float | None = None
        self._clock, self._slots = clock, max(slots, 1)
        self._pending = Counter(work for group in groups for work in _of_group(group))
        self._running: dict[str, tuple[Work, float]] = {}
        self._now, self._past = Times(), past or Times()
        self._lines: dict[str, Path] = {}

    def started(self, job: Job) -> None:
        """A job was handed to the executor."""
        work, now = work_of(job), self._clock()
        self.first = now if self.first is None else self.first
        self._pending[work] -= not getattr(job, "repeat", False)
        self._running[job.label] = work, now
        self._lines[job.label] = place_of(job.places.store, job.label)

    def ended(self, job: Job) -> None:
        """A job came back."""
        work, began = self._running.pop(job.label, (None, 0.0))
        self._lines.pop(job.label, None)
        if work is not None and work.kind != "answer":
            self._now.add(work, self._clock() - began)

    def settled(self, record: Record) -> None:
        """A cell has its record; without a cost it was never started."""
        work = Work("answer", record.task, record.model)
        if "wall_s" in record.cost:
            self._now.add(work, record.cost["wall_s"])
        else:
            self._pending[work] -= 1

    def left(self) -> Left | None:
        """What is left, None as long as there is no evidence."""
        now = self._clock()
        running = [(work, now - began) for work, began in self._running.values()]
        return left(self._pending, running, (self._now, self._past), self._slots)

    def running(self) -> list[tuple[str, float]]:
        """Labels of running jobs and for how many seconds, the longest first."""
        now = self._clock()
        return [(label, now - began) for label, (_, began) in self._running.items()]

    def line(self, label: str) -> str:
        """What the running job of this label printed last; empty when it has printed nothing."""
        return last_line(self._lines[label])


def work_of(job: Job) -> Work:
    """What a job does."""
    if isinstance(job, AnswerJob):
        return Work("answer", job.task.name, job.model.name)
    if isinstance(job, TrialJob):
        return Work("trial", job.task.name, job.model.base)
    if isinstance(job, PrepareJob | ScoreJob):
        return Work("prepare" if isinstance(job, PrepareJob) else "score", job.task.name)
    return Work("select", job.task.name, job.model.base)


def _of_group(group: Group) -> list[Work]:
    """What is to be done for a task and seed: once prepared, each answer, once scored; repeats come on top."""
    answers = [Work("answer", group.task.name, model.name) for model in group.waiting]
    prepared = [Work("prepare", group.task.name)] if answers else []
    return [*prepared, *_trials(group), *answers, Work("score", group.task.name)]


def _trials(group: Group) -> list[Work]:
    """The trials of each study, as far as their number is known before."""
    budgets = {model.base: model.tuning.budget for model in group.waiting if model.tuning}
    return [
        Work("trial", group.task.name, base)
        for base, made in budgets.items()
        for _ in range(made.trials or 0)
    ]


def past_times(view: View | None) -> Times:
    """What the cells of a store took, by task and model."""
    times = Times()
    for attempts in view.attempts.values() if view else ():
        for record in attempts:
            if "wall_s" in record.cost:
                times.add(Work("answer", record.task, record.model), record.cost["wall_s"])
    return times
