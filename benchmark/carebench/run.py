"""The run: from a plan and a store to a complete store; the only place where jobs are put in order.

A task and seed is prepared, its cells are answered, its answers are scored. What is done already is
not done again, and everything is published by the workers before it is reported here.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from carebench.flow import Flow
from carebench.jobs import (
    AnswerJob,
    Places,
    Prepared,
    PrepareJob,
    ScoreJob,
    Selected,
    SelectJob,
    TrialJob,
    unsettled,
)
from carebench.outstanding import CRASHES_AT_MOST, QUARANTINED, Group, Outstanding
from carebench.records import Record
from carebench.studies import Step, Studies
from carebench.tuning import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from carebench.catalogue import ModelEntry
    from carebench.executors import Done, Executor
    from carebench.jobs import Job
    from carebench.plan import Plan
    from carebench.records import Score
    from carebench.reporter import Reporter
    from carebench.store import Store, View


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
    view: View,
    found: Outstanding,
    stop: Callable[[], bool] = lambda: False,
) -> Summary:
    """Complete the plan's cells in the store.

    Args:
        plan: what to do.
        store: open for writing.
        executor: where jobs run.
        reporter: told of everything.
        places: folders shared with the workers.
        view: what the store held when it was read.
        found: what is outstanding in that view.
        stop: asked between jobs; True lets running cells finish for a while and starts no more.

    Raises:
        StoreError: when a result could not be kept.
        InfrastructureError: when the executor broke down.
    """
    for problem in view.problems:
        reporter.said(f"store: {problem}")
    for label in found.quarantined:
        reporter.said(f"{label}: crashed {CRASHES_AT_MOST} times; --retry {QUARANTINED} tries it again")
    if found.impossible:
        store.publish(found.impossible)
    reporter.planned(found.total, sum(found.counts.values()))
    studies = Studies(plan, view.trials, places)
    return _Run(plan, store, executor, reporter, places, found, studies).complete(stop)


class _Run:
    """The state of one run: groups on their way, jobs in flight, cells by status."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        executor: Executor,
        reporter: Reporter,
        places: Places,
        found: Outstanding,
        studies: Studies,
    ) -> None:
        self.plan, self.store, self.reporter, self.places = plan, store, reporter, places
        self.studies = studies
        self.counts, self.sampled = Counter(found.counts), found.sampled
        self.groups = {(group.task.name, group.seed): group for group in found.groups}
        self.first = {key: answer for key, answer in found.sampled.items() if answer}
        self.flow = Flow(executor, reporter, (self._first_job(group) for group in found.groups))

    def complete(self, stop: Callable[[], bool]) -> Summary:
        while not stop() and self.flow.fill():
            for done in self.flow.back():
                self._take(done)
        interrupted = stop()
        if interrupted:
            for done in self.flow.wind_down():
                self._take_last(done)
        return Summary(counts=self.counts, interrupted=interrupted)

    def _first_job(self, group: Group) -> Job:
        if group.waiting or group.repeating:
            return self._prepare_job(group)
        return self._score_job(group)

    def _prepare_job(self, group: Group, *, inner: bool = False) -> PrepareJob:
        return PrepareJob(
            task=group.task, seed=group.seed, limits=self.plan.limits, places=self.places, inner=inner
        )

    def _take(self, done: Done) -> None:
        group = self.groups[done.job.task.name, done.job.seed]
        if isinstance(done.job, AnswerJob):
            self._take_answer(done.job, done, group)
        elif isinstance(done.job, TrialJob):
            self._follow(self.studies.take(done.job, self._tried(done.job, done)), group)
        elif isinstance(done.job, SelectJob) and isinstance(done.result, Selected):
            self._follow(self.studies.selected(done.job, done.result), group)
        elif isinstance(done.job, PrepareJob) and isinstance(done.result, Prepared):
            self._take_prepared(done.job, done.result, group)
        elif isinstance(done.job, ScoreJob) and done.result is not None:
            self._take_scores(done.job, done.result)  # type: ignore[arg-type]

    def _take_prepared(self, job: PrepareJob, prepared: Prepared, group: Group) -> None:
        if job.inner:
            self._follow(self.studies.begin(group, prepared), group)
        else:
            self._take_split(prepared, group)

    def _follow(self, step: Step, group: Group) -> None:
        """Do what tuning asks for next; jobs of a study that is under way come before those of others."""
        self.flow.add_first(step.jobs)
        if not step.settled:
            return
        self.store.publish(step.settled)
        for record in step.settled:
            group.running -= 1
            self._settle(record)
        self._score_if_answered(group)

    def _tried(self, job: TrialJob, done: Done) -> Trial:
        """The trial, or one that says that its worker was lost too often or cancelled, or that no node is left for it."""
        if isinstance(done.result, Trial):
            return done.result
        return Trial(study=job.study, number=job.number, state=_ended(done), reason=done.message)

    def _take_split(self, split: Prepared, group: Group) -> None:
        waiting, group.waiting = group.waiting, []
        repeating, group.repeating = group.repeating, []
        if not split.folder:
            self._give_up(group, split, waiting)
            return
        group.running, group.split = len(waiting) + len(repeating), split
        for model, repeat in [*((each, False) for each in waiting), *((each, True) for each in repeating)]:
            if model.tuning:
                group.tuned.append((model, repeat))
            else:
                self.flow.add([self._answer_job(group, model, split, repeat=repeat)])
        if group.tuned:
            self.flow.add([self._prepare_job(group, inner=True)])

    def _answer_job(
        self, group: Group, model: ModelEntry, split: Prepared, *, repeat: bool = False
    ) -> AnswerJob:
        return AnswerJob(
            task=group.task,
            model=model,
            family=self.plan.family_of(group.task),
            seed=group.seed,
            split=split,
            limits=self.plan.limits,
            places=self.places,
            repeat=repeat,
        )

    def _give_up(self, group: Group, split: Prepared, waiting: Sequence[ModelEntry]) -> None:
        """The task cannot be prepared: its cells are unavailable, which is no fault of the models."""
        self.reporter.said(f"{group.task.name} seed {group.seed}: {split.reason}")
        task, seed, family = group.task, group.seed, self.plan.family_of(group.task)
        unavailable = functools.partial(
            unsettled, status="unavailable", reason=split.reason, phase=split.phase
        )
        records = [unavailable(task, model, family, seed) for model in waiting]
        self.store.publish(records)
        for record in records:
            self._settle(record)
        self._score_if_answered(group)

    def _take_answer(self, job: AnswerJob, done: Done, group: Group) -> None:
        record = done.result if isinstance(done.result, Record) else self._troubled(job, done)
        if record.status == "oom" and self._with_more_memory(job):
            return
        group.running -= 1
        if record.status == "ok":
            group.unscored[record.answer] = dict(record.arrays)
        if job.repeat:
            self._compare(job, record)
        else:
            self._settle(record)
            self._repeat_if_sampled(job, record, group)
        self._score_if_answered(group)

    def _with_more_memory(self, job: AnswerJob) -> bool:
        """Queue a cell that ran out of memory once more, with twice the limit reserved; False when that was done."""
        enlarged = 2 * self.plan.limits.memory
        if job.reserved or enlarged > self.flow.most_memory:
            return False
        self.reporter.said(f"{job.label}: out of memory; trying once more with {enlarged >> 20} MiB")
        self.flow.add([replace(job, limits=replace(job.limits, memory=enlarged), reserved=enlarged)])
        return True

    def _repeat_if_sampled(self, job: AnswerJob, record: Record, group: Group) -> None:
        if record.status == "ok" and record.key in self.sampled:
            self.first[record.key] = record.answer
            group.running += 1
            self.flow.add([replace(job, repeat=True)])

    def _compare(self, job: AnswerJob, record: Record) -> None:
        """A second answer that differs makes its cell irreproducible; an attempt that fails changes nothing."""
        before = self.first.get(record.key, record.answer)
        if record.status == "ok" and record.answer != before:
            self.counts.subtract(["ok"])
            self.counts["irreproducible"] += 1
            self.reporter.said(
                f"{job.label}: two attempts gave different answers; is every random draw seeded?"
            )

    def _score_if_answered(self, group: Group) -> None:
        if not group.running and group.unscored:
            self.flow.add([self._score_job(group)])

    def _take_scores(self, job: Job, scores: Sequence[Score]) -> None:
        for reason in sorted({score.reason for score in scores if score.status != "ok"}):
            self.reporter.said(f"{job.label}: {reason}")
        self.counts.update(score.status for score in scores if score.status != "ok")

    def _troubled(self, job: AnswerJob, done: Done) -> Record:
        """The record of a cell whose worker was lost too often or cancelled, or for which no node is left."""
        record = unsettled(
            job.task, job.model, job.family, job.seed, status=_ended(done), reason=done.message
        )
        self.store.publish([record])
        return record

    def _take_last(self, done: Done) -> None:
        """A cell cut short is recorded as cancelled; what is not a cell's first answer is left for the next run."""
        if isinstance(done.job, AnswerJob) and not done.job.repeat:
            self._settle(done.result if isinstance(done.result, Record) else self._troubled(done.job, done))

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


def _ended(done: Done) -> Literal["cancelled", "unavailable", "lost"]:
    """How a model's job ended that came back without a result."""
    if done.trouble in ("cancelled", "unavailable"):
        return done.trouble
    return "lost"
