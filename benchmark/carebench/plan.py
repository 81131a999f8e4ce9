"""From a suite and a catalogue to the grid of cells; separate because a plan is only read, never changed, by a run."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carebench.errors import UsageError
from carebench.names import is_dotted, nearest
from carebench.records import Cell
from carebench.tuning import variants
from carebench.warden import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from carebench.catalogue import Catalogue, FamilyEntry, ModelEntry, TaskEntry
    from carebench.suite import Part, Suite
    from carebench.tuning import Budget

_PATTERN = frozenset("*?[")


@dataclass(frozen=True)
class Grid:
    """Every one of some models meets every one of some tasks, by name, for every one of some seeds."""

    tasks: frozenset[str]
    models: frozenset[str]
    seeds: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run is to do.

    Attributes:
        suite: name.
        title: for people.
        families: those of the tasks.
        tasks: sorted by name.
        models: sorted by name.
        grids: whose cells these are, each cell once.
        limits: of one cell.
        repeats: whether one cell of each model is answered twice.
        tune: how much each model is tuned that can be; None for not at all.
    """

    suite: str
    title: str
    families: Sequence[FamilyEntry]
    tasks: Sequence[TaskEntry]
    models: Sequence[ModelEntry]
    grids: Sequence[Grid]
    limits: Limits
    repeats: bool = True
    tune: Budget | None = None

    def cells(self) -> Iterator[tuple[Cell, TaskEntry, ModelEntry]]:
        """All cells, task by task and seed by seed, a generator so that memory stays flat."""
        for task, seed, model in self._squares():
            if pairs(task, model):
                yield Cell(task.name, model.name, seed), task, model

    def _squares(self) -> Iterator[tuple[TaskEntry, int, ModelEntry]]:
        """What the grids name, whether it exists or not, each once."""
        for task in self.tasks:
            grids = [grid for grid in self.grids if task.name in grid.tasks]
            seeds = sorted(frozenset().union(*(grid.seeds for grid in grids)))
            for seed in seeds:
                named = frozenset().union(*(grid.models for grid in grids if seed in grid.seeds))
                for model in self.models:
                    if model.name in named:
                        yield task, seed, model

    def unsuited(self) -> Iterator[tuple[Cell, TaskEntry, ModelEntry, str]]:
        """Cells that do not exist, with the reason, of entrants that have others in the same family; never run."""
        entered = {(task.family, model.name) for _, task, model in self.cells()}
        for task, seed, model in self._squares():
            reason = why_unsuited(task, model) if model.role == "entrant" else ""
            if reason and (task.family, model.name) in entered and task.design != "all-rows":
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
    if model.modality not in task.modalities:
        return f"reads {model.modality} data; those of the task are {' and '.join(task.modalities)}"
    if model.inputs == "demographics" and not task.demographics:
        return "reads age and sex alone; the task declares no such columns"
    return ""


def make_plan(suite: Suite, catalogue: Catalogue) -> Plan:
    """The plan of a suite.

    Raises:
        UsageError: for a name that is not registered, or when no model answers any of the tasks.
    """
    named = [grid for part in suite.parts for grid in _grids(part, catalogue)]
    tasks = [catalogue.task(name) for name in sorted(frozenset().union(*(grid.tasks for grid in named)))]
    names = sorted(frozenset().union(*(grid.models for grid in named)))
    families = [catalogue.family(name) for name in sorted({task.family for task in tasks})]
    models = [each for name in names for each in _with_variants(catalogue.model(name), suite.tune, families)]
    plan = Plan(
        suite=suite.name,
        title=suite.title or suite.name,
        families=families,
        tasks=tasks,
        models=models,
        grids=[_with_tuned(grid, models) for grid in named],
        limits=Limits(wall=suite.limits.time, memory=suite.limits.memory),
        repeats=suite.repeats,
        tune=suite.tune,
    )
    if next(plan.cells(), None) is None:
        raise UsageError(
            f"none of the models {', '.join(names)} answers any of the tasks {', '.join(t.name for t in tasks)}"
        )
    return plan


def _grids(part: Part, catalogue: Catalogue) -> Iterator[Grid]:
    """A part with its patterns resolved; tasks that train nothing need no second seed."""
    tasks = frozenset(select(part.tasks, [task.name for task in catalogue.tasks], "task"))
    models = frozenset(select(part.models, [model.name for model in catalogue.models], "model", catalogue))
    untrained = frozenset(name for name in tasks if catalogue.task(name).design == "all-rows")
    yield Grid(tasks - untrained, models, frozenset(part.seeds))
    yield Grid(untrained, models, frozenset([min(part.seeds)]))


def _with_variants(
    model: ModelEntry, tune: Budget | None, families: Sequence[FamilyEntry]
) -> Iterator[ModelEntry]:
    yield model
    if tune is not None:
        yield from variants(model, tune, families)


def _with_tuned(grid: Grid, models: Sequence[ModelEntry]) -> Grid:
    """The grid with the tuned variants of its models."""
    return replace(grid, models=frozenset(model.name for model in models if model.registered in grid.models))


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
        grids=[
            Grid(frozenset([cell.task]), frozenset([cell.model]), frozenset([cell.seed])) for cell in chosen
        ],
        limits=limits,
        repeats=False,
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
            fnmatch.filter(known, name) if is_pattern(name) else [item for item in known if item == name]
        )
        if not fitting and catalogue is not None:
            catalogue.model(name)
        if not fitting:
            raise UsageError(f"no {kind} is called {name!r}; {nearest(name, known)}")
        chosen.update(fitting)
    return sorted(chosen)


def dotted_names(models: Sequence[str]) -> list[str]:
    """The importable estimators among the models asked for: names with a dot and, before it, a Python name."""
    return [name for name in models if is_dotted(name) and not is_pattern(name)]


def is_pattern(name: str) -> bool:
    """Whether it stands for several names.

    Example:
        >>> is_pattern("mortality/*"), is_pattern("mortality/trace-1y")
        (True, False)
    """
    return bool(_PATTERN & set(name))
