"""From a suite and a catalogue to the grid of cells; separate because a plan is only read, never changed, by a run."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench.errors import UsageError
from carebench.names import is_dotted, nearest
from carebench.records import Cell
from carebench.tuning import variants
from carebench.warden import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from carebench.catalogue import Catalogue, FamilyEntry, ModelEntry, TaskEntry
    from carebench.suite import Suite
    from carebench.tuning import Budget

_PATTERN = frozenset("*?[")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run is to do.

    Attributes:
        suite: name.
        title: for people.
        families: those of the tasks.
        tasks: sorted by name.
        models: sorted by name.
        seeds: sorted.
        limits: of one cell.
        repeats: whether one cell of each model is answered twice.
        tune: how much each model is tuned that can be; None for not at all.
        chosen: these cells alone, in order; all pairs with all seeds when empty.
    """

    suite: str
    title: str
    families: Sequence[FamilyEntry]
    tasks: Sequence[TaskEntry]
    models: Sequence[ModelEntry]
    seeds: Sequence[int]
    limits: Limits
    repeats: bool = True
    tune: Budget | None = None
    chosen: Sequence[Cell] = ()

    def cells(self) -> Iterator[tuple[Cell, TaskEntry, ModelEntry]]:
        """All cells, task by task and seed by seed, a generator so that memory stays flat."""
        if self.chosen:
            yield from self._chosen()
            return
        for task in self.tasks:
            for seed in self.seeds if task.design != "all-rows" else self.seeds[:1]:
                for model in self.models:
                    if pairs(task, model):
                        yield Cell(task.name, model.name, seed), task, model

    def _chosen(self) -> Iterator[tuple[Cell, TaskEntry, ModelEntry]]:
        tasks = {task.name: task for task in self.tasks}
        models = {model.name: model for model in self.models}
        for cell in self.chosen:
            yield cell, tasks[cell.task], models[cell.model]

    def unsuited(self) -> Iterator[tuple[Cell, TaskEntry, ModelEntry, str]]:
        """Cells that do not exist, with the reason, of entrants that have others in the same family; never run."""
        if self.chosen:
            return
        entered = {
            (task.family, model.name) for task in self.tasks for model in self.models if pairs(task, model)
        }
        for task in self.tasks:
            for model in self.models:
                reason = why_unsuited(task, model) if model.role == "entrant" else ""
                if reason and (task.family, model.name) in entered and task.design != "all-rows":
                    for seed in self.seeds:
                        yield Cell(task.name, model.name, seed), task, model, reason

    def family_of(self, task: TaskEntry) -> FamilyEntry:
        """The family of a task."""
        return next(family for family in self.families if family.name == task.family)


def pairs(task: TaskEntry, model: ModelEntry) -> bool:
    """Whether the pair exists: same family and modality, the columns it reads are declared, something to train on."""
    if task.family not in model.families or why_unsuited(task, model):
        return False
    if model.tuning is not None and task.family not in model.tuning.judges:
        return False
    if model.inputs == "comparators":
        return bool(task.comparators)
    return task.design != "all-rows"


def why_unsuited(task: TaskEntry, model: ModelEntry) -> str:
    """Why a task has nothing that an entrant reads, by what both declare; empty when it has."""
    if task.modality != model.modality:
        return f"reads {model.modality} data; those of the task are {task.modality}"
    if model.inputs == "demographics" and not task.demographics:
        return "reads age and sex alone; the task declares no such columns"
    return ""


def make_plan(suite: Suite, catalogue: Catalogue) -> Plan:
    """The plan of a suite.

    Raises:
        UsageError: for a name that is not registered, or when no model answers any of the tasks.
    """
    tasks = [
        catalogue.task(name) for name in select(suite.tasks, [task.name for task in catalogue.tasks], "task")
    ]
    names = select(suite.models, [model.name for model in catalogue.models], "model", catalogue)
    families = [catalogue.family(name) for name in sorted({task.family for task in tasks})]
    models = [catalogue.model(name) for name in names]
    if suite.tune is not None:
        models = [each for model in models for each in (model, *variants(model, suite.tune, families))]
    plan = Plan(
        suite=suite.name,
        title=suite.title or suite.name,
        families=families,
        tasks=tasks,
        models=models,
        seeds=sorted(set(suite.seeds)),
        limits=Limits(wall=suite.limits.time, memory=suite.limits.memory),
        repeats=suite.repeats,
        tune=suite.tune,
    )
    if next(plan.cells(), None) is None:
        raise UsageError(
            f"none of the models {', '.join(names)} answers any of the tasks {', '.join(t.name for t in tasks)}"
        )
    return plan


def plan_cells(cells: Iterable[Cell], catalogue: Catalogue, limits: Limits, *, name: str, title: str) -> Plan:
    """The plan of these cells alone, each answered once.

    Raises:
        UsageError: for a name that is not registered, or a model that does not answer its task.
    """
    chosen = sorted(set(cells))
    entries = [paired(cell.task, cell.model, catalogue) for cell in chosen]
    tasks = {task.name: task for task, _ in entries}
    models = {model.name: model for _, model in entries}
    return Plan(
        suite=name,
        title=title,
        families=[catalogue.family(family) for family in sorted({task.family for task in tasks.values()})],
        tasks=list(tasks.values()),
        models=[models[model] for model in sorted(models)],
        seeds=sorted({cell.seed for cell in chosen}),
        limits=limits,
        repeats=False,
        chosen=chosen,
    )


def paired(task: str, model: str, catalogue: Catalogue) -> tuple[TaskEntry, ModelEntry]:
    """The task and the model of these names.

    Raises:
        UsageError: for a name that is not registered, or when the model does not answer the task.
    """
    question, method = catalogue.task(task), catalogue.model(model)
    if not pairs(question, method):
        raise UsageError(f"the model {model!r} does not answer the task {task!r}")
    return question, method


def select(
    wanted: Sequence[str], known: Sequence[str], kind: str, catalogue: Catalogue | None = None
) -> list[str]:
    """The known names that are wanted by name or pattern, sorted, each once.

    Raises:
        UsageError: for a name or a pattern that fits nothing.
    """
    chosen: set[str] = set()
    for name in wanted:
        fitting = (
            fnmatch.filter(known, name) if _PATTERN & set(name) else [item for item in known if item == name]
        )
        if not fitting and catalogue is not None:
            catalogue.model(name)
        if not fitting:
            raise UsageError(f"no {kind} is called {name!r}; {nearest(name, known)}")
        chosen.update(fitting)
    return sorted(chosen)


def dotted_names(models: Sequence[str]) -> list[str]:
    """The importable estimators among the models asked for: names with a dot and, before it, a Python name."""
    return [name for name in models if is_dotted(name) and not _PATTERN & set(name)]
