"""The studies of a run: from inner splits to trials, to the cells that answer with what tuning found.

Separate from the run, which passes jobs on and knows no study, and from the study, which knows no cell.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from carebench.jobs import AnswerJob, SelectJob, unsettled
from carebench.records import study_key
from carebench.study import Study
from carebench.tuning import Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from carebench.catalogue import ModelEntry
    from carebench.jobs import Job, Places, Prepared, Selected, TrialJob
    from carebench.outstanding import Group
    from carebench.plan import Plan
    from carebench.records import Record, Status
    from carebench.tuning import Trial

Key = tuple[str, int, str]


@dataclass(frozen=True)
class Step:
    """What follows: jobs to do, and cells that are settled without an answer."""

    jobs: Sequence[Job] = ()
    settled: Sequence[Record] = ()


@dataclass
class _Tuned:
    """A study, and the cells that wait for it, each with whether it is answered for the second time."""

    study: Study
    group: Group
    cells: list[tuple[ModelEntry, bool]] = field(default_factory=list)


class Studies:
    """All studies that are under way.

    Args:
        plan: of the run.
        trials: what the store holds, by study and number.
        places: folders shared with the workers.
    """

    def __init__(self, plan: Plan, trials: Mapping[str, Mapping[int, Trial]], places: Places) -> None:
        self._plan, self._trials, self._places = plan, trials, places
        self._tuned: dict[Key, _Tuned] = {}

    def begin(self, group: Group, inner: Prepared) -> Step:
        """The first trials of all studies of a task and seed; without inner splits its tuned cells are unavailable."""
        cells, group.tuned = group.tuned, []
        if not inner.folder:
            return Step(
                settled=[self._unsettled(group, model, "unavailable", inner.reason) for model, _ in cells]
            )
        of_base: dict[str, list[tuple[ModelEntry, bool]]] = defaultdict(list)
        for model, repeat in cells:
            of_base[model.base].append((model, repeat))
        return _together(self._begin(group, inner, listed) for listed in of_base.values())

    def take(self, job: TrialJob, trial: Trial) -> Step:
        """What follows a trial that came back; nothing, when its study was given up meanwhile."""
        tuned = self._tuned.get(_key(job))
        if tuned is None:
            return Step()
        if trial.state in ("lost", "cancelled", "unavailable"):
            return self._give_up(tuned, trial.state, trial.reason)
        return self._go_on(tuned, tuned.study.take(trial))

    def selected(self, job: SelectJob, chosen: Selected) -> Step:
        """What follows the choice of an ensemble."""
        tuned = self._tuned[_key(job)]
        (cell,) = [cell for cell in tuned.cells if cell[0].name == job.model.name]
        tuned.cells.remove(cell)
        self._forget_if_done(tuned)
        if chosen.reason:
            return Step(settled=[self._unsettled(tuned.group, cell[0], "failed", chosen.reason)])
        params = {trial.number: trial.params for trial in tuned.study.told}
        members = [
            Member(trial=number, weight=weight, params=params[number])
            for number, weight in chosen.weights.items()
        ]
        return Step(jobs=[self._answer(tuned, cell, members)])

    def _begin(self, group: Group, inner: Prepared, cells: list[tuple[ModelEntry, bool]]) -> Step:
        model = cells[0][0]
        family = self._plan.family_of(group.task)
        study = Study(
            task=group.task,
            model=model,
            family=family,
            seed=group.seed,
            inner=inner,
            limits=self._plan.limits,
            places=self._places,
            known=self._trials.get(study_key(group.task, model, family.asking, group.seed), {}),
        )
        tuned = self._tuned[group.task.name, group.seed, model.base] = _Tuned(study, group, cells)
        return self._go_on(tuned, study.next_jobs())

    def _go_on(self, tuned: _Tuned, jobs: Sequence[TrialJob]) -> Step:
        study = tuned.study
        if jobs or study.waiting:
            return Step(jobs=jobs)
        if study.exhausted:
            return self._give_up(tuned, "timeout", f"{study.exhausted}, after {len(study.told)} trials")
        if study.best is None:
            reason = f"none of {len(study.told)} trials ended well; the first: {study.told[0].reason}"
            return self._give_up(tuned, "failed", reason)
        alone = [cell for cell in tuned.cells if not _is_ensemble(cell[0])]
        tuned.cells = [cell for cell in tuned.cells if _is_ensemble(cell[0])]
        best = Member(trial=study.best.number, weight=1.0, params=study.best.params)
        self._forget_if_done(tuned)
        answers: list[Job] = [self._answer(tuned, cell, [best]) for cell in alone]
        return Step(jobs=[*answers, *(self._select(tuned, model) for model, _ in tuned.cells)])

    def _give_up(self, tuned: _Tuned, status: Status, reason: str) -> Step:
        cells, tuned.cells = tuned.cells, []
        self._forget_if_done(tuned)
        limits = {"wall": self._plan.limits.wall, "memory": self._plan.limits.memory}
        records = [self._unsettled(tuned.group, model, status, reason) for model, _ in cells]
        return Step(settled=[replace(record, limits=limits, phase="tuning") for record in records])

    def _unsettled(self, group: Group, model: ModelEntry, status: Status, reason: str) -> Record:
        family = self._plan.family_of(group.task)
        return unsettled(group.task, model, family, group.seed, status=status, reason=reason)

    def _forget_if_done(self, tuned: _Tuned) -> None:
        """Keep no study whose cells all go their way, so that memory stays flat."""
        if not tuned.cells:
            self._tuned.pop((tuned.group.task.name, tuned.group.seed, tuned.study.model.base))

    def _answer(self, tuned: _Tuned, cell: tuple[ModelEntry, bool], members: list[Member]) -> AnswerJob:
        group, (model, repeat) = tuned.group, cell
        return AnswerJob(
            task=group.task,
            model=model,
            family=tuned.study.family,
            seed=group.seed,
            split=group.split,
            limits=self._plan.limits,
            places=self._places,
            repeat=repeat,
            members=tuple(members),
            tuned=tuned.study.tuned(members),
        )

    def _select(self, tuned: _Tuned, model: ModelEntry) -> SelectJob:
        study = tuned.study
        return SelectJob(
            task=study.task,
            model=model,
            family=study.family,
            seed=study.seed,
            trials=[trial for trial in study.told if trial.value is not None],
            split=study.inner,
            limits=study.limits,
            places=self._places,
        )


def _key(job: TrialJob | SelectJob) -> Key:
    return job.task.name, job.seed, job.model.base


def _is_ensemble(model: ModelEntry) -> bool:
    return model.tuning is not None and model.tuning.ensemble


def _together(steps: Iterable[Step]) -> Step:
    listed = list(steps)
    return Step(
        jobs=[job for step in listed for job in step.jobs],
        settled=[record for step in listed for record in step.settled],
    )
