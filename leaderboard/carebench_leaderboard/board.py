"""A whole board as plain records: what every page and export shows, worked out once.

Separate from reading and from writing: it takes a checked table and arrays and touches no file.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.analysis import Analysis, analyse
from carebench_leaderboard.drawings import Drawing, drawings
from carebench_leaderboard.oracle import OracleShare, oracle_shares
from carebench_leaderboard.pooling import training_rule
from carebench_leaderboard.records import Cell, Family, Metric, Model, Suite, Table, Task
from carebench_leaderboard.standing import Standing, stand
from carebench_leaderboard.tally import Entry, Tally, tally
from carebench_leaderboard.task_scores import Scored, TaskScore, score_task, scored
from carebench_leaderboard.tuned import TunedCell, tuned_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.contributions import Place
    from carebench_leaderboard.drawings import Reader
    from carebench_leaderboard.influence import Influence


Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class TaskSection:
    """One task with everybody's scores.

    Attributes:
        task: its row.
        headline: whether it counts in the mean; tasks that train nothing and tasks that are not ranked do not.
        seeds: number of seeds planned.
        facts: fact of the test set, the same for every model, to its smallest and largest value over seeds.
        own_facts: names of the facts that differ between models, for instance an estimate.
        units: number of distinct units tested over all seeds, or None without contributions of units.
        resampled: whether intervals come from bootstrap replicates, so that the table holds no unit.
        scores: of each model that has a planned cell, in the order of the board.
    """

    task: Task
    headline: bool
    seeds: int
    facts: Mapping[str, Range]
    own_facts: tuple[str, ...]
    units: int | None
    resampled: bool
    scores: tuple[TaskScore, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """One board: one family, hence one primary score and one contract.

    Attributes:
        family: its row.
        models: of everybody on the board, by name.
        standings: headline rows, in order.
        tally: the scores that count.
        analysis: what compares the models with each other.
        tasks: by name, those of a series together and by level.
        drawings: its figures.
        tuned: its tuned cells, by task, model and seed.
        oracle: share of the oracle gap by model, where tasks and models declare references.
        declined: titles of the models that found no task of the board to suit them, and are left out.
    """

    family: Family
    models: Mapping[str, Model]
    standings: tuple[Standing, ...]
    tally: Tally
    analysis: Analysis
    tasks: tuple[TaskSection, ...]
    drawings: tuple[Drawing, ...]
    tuned: tuple[TunedCell, ...]
    oracle: Mapping[str, OracleShare]
    declined: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Board:
    """All boards of a suite.

    Attributes:
        suite: which suite was run.
        sections: one for each family that has a task, by name.
        states: number of cells by status.
        not_ok: the cells that are not ok, by task, model and seed.
        tasks: number of tasks.
        cohorts: number of cohorts.
        models: number of models.
        warnings: what was left out in reading.
    """

    suite: Suite
    sections: tuple[Section, ...]
    states: Mapping[str, int]
    not_ok: tuple[Cell, ...]
    tasks: int
    cohorts: int
    models: int
    warnings: tuple[str, ...]


def assemble(table: Table, read: Reader) -> Board:
    """The boards of `table`; `read(task, metric)` gives the influences on a metric of the cells of a task."""
    families, own = {task.family for task in table.tasks}, _by_task(table)
    return Board(
        suite=table.suite,
        sections=tuple(
            _section(table, family, read, own) for family in table.families if family.name in families
        ),
        states=dict(sorted(Counter(cell.status for cell in table.cells).items())),
        not_ok=tuple(cell for cell in table.cells if cell.status != "ok"),
        tasks=len(table.tasks),
        cohorts=len({task.cohort for task in table.tasks}),
        models=len(table.models),
        warnings=table.warnings,
    )


def _section(table: Table, family: Family, read: Reader, own: Mapping[str, Sequence[Cell]]) -> Section:
    tasks = in_order([task for task in table.tasks if task.family == family.name])
    cells = _planned(table, tasks)
    declined = _declined(table, tasks)
    entered = {name for _, name in cells} - declined
    models = {model.name: model for model in table.models if model.name in entered}
    influences = {place: found for task in tasks for place, found in read(task, family.primary.name).items()}
    rule = training_rule(family.primary, tasks, [cell for listed in cells.values() for cell in listed])
    found = {
        (task.name, name): scored(family, task, cells[task.name, name], influences, rule)
        for task in tasks
        for name in models
    }
    scores = {
        (task.name, name): score_task(family, task, name, cells[task.name, name], found[task.name, name])
        for task in tasks
        for name in models
    }
    headline = [task for task in tasks if task.headline]
    entries = [
        _entry(family, model, headline, cells=cells, scores=scores, found=found) for model in models.values()
    ]
    counted = tally(family, headline, entries, rule)
    standings = stand(counted)
    analysis = analyse(counted, standings, family.rope)
    order = [row.model for row in standings]
    return Section(
        family=family,
        models=models,
        standings=standings,
        tally=counted,
        analysis=analysis,
        tasks=tuple(
            _task_section(task, [scores[task.name, name] for name in order], own[task.name], influences)
            for task in tasks
        ),
        tuned=tuned_cells(table.cells, {task.name for task in tasks}),
        oracle=oracle_shares(family, tasks, models, cells, influences),
        drawings=drawings(family, tasks, order, cells, read),
        declined=tuple(sorted(model.shown for model in table.models if model.name in declined)),
    )


def in_order(tasks: Sequence[Task]) -> list[Task]:
    """`tasks` by name, but those of one series together, at the place of its first, by rising level."""
    first: dict[str, str] = {}
    for task in sorted(tasks, key=lambda task: task.name):
        first.setdefault(task.series or task.name, task.name)
    return sorted(tasks, key=lambda task: (first[task.series or task.name], task.level or 0.0, task.name))


def _declined(table: Table, tasks: Sequence[Task]) -> set[str]:
    """Names of the models to whose cells here nothing happened but that they were unsuited."""
    names = {task.name for task in tasks}
    found = [(cell.model, cell.status) for cell in table.cells if cell.task in names]
    return {model for model, _ in found} - {model for model, status in found if status != "unsuited"}


def _planned(table: Table, tasks: Sequence[Task]) -> dict[tuple[str, str], list[Cell]]:
    """Cells by task and model: every model of the board, every task, every seed of the task.

    A cell that the table does not hold is taken as `missing`, so that nobody gains by leaving one out.
    """
    names = {task.name for task in tasks}
    found = {(cell.task, cell.model, cell.seed): cell for cell in table.cells if cell.task in names}
    models = sorted({model for _, model, _ in found})
    seeds: dict[str, set[int]] = {name: set() for name in names}
    for task, _, seed in found:
        seeds[task].add(seed)
    return {
        (task, model): [
            found.get((task, model, seed)) or _absent(task, model, seed) for seed in sorted(seeds[task])
        ]
        for task in names
        for model in models
    }


def _absent(task: str, model: str, seed: int) -> Cell:
    return Cell(
        key="",
        task=task,
        model=model,
        seed=seed,
        status="missing",
        reason="the results table has no such cell",
        phase="",
        metrics={},
        undefined={},
        facts={},
        notes=[],
        units="",
        contributions={},
    )


def _entry(
    family: Family,
    model: Model,
    headline: Sequence[Task],
    *,
    cells: Mapping[tuple[str, str], Sequence[Cell]],
    scores: Mapping[tuple[str, str], TaskScore],
    found: Mapping[tuple[str, str], Scored],
) -> Entry:
    own = [found[task.name, model.name] for task in headline]
    values = [scores[task.name, model.name].values for task in headline]
    return Entry(
        model=model,
        cells=[cell for task in headline for cell in cells[task.name, model.name]],
        points=[point for each in own for point in each.points],
        pooled=[each.pooled for each in own if each.pooled is not None],
        beside={metric.name: _beside(metric, values) for metric in family.beside_metrics},
    )


def _beside(metric: Metric, values: Sequence[Mapping[str, float | None]]) -> float | None:
    """A metric over tasks: the mean, or the median where nearer to an ideal is better; None without any."""
    found = [value for each in values if (value := each.get(metric.name)) is not None]
    centre = statistics.median if metric.better == "nearer" else statistics.fmean
    return centre(found) if found else None


def _task_section(
    task: Task, scores: Sequence[TaskScore], cells: Sequence[Cell], influences: Mapping[Place, Influence]
) -> TaskSection:
    ok = [cell for cell in cells if cell.status == "ok"]
    by_unit = [cell for cell in ok if not cell.resampled]
    own = _own_facts(ok)
    return TaskSection(
        task=task,
        headline=task.headline,
        seeds=len({cell.seed for cell in cells}),
        facts={name: limits for name, limits in _facts(ok).items() if name not in own},
        own_facts=own,
        units=_distinct([influences[place] for cell in by_unit if (place := _place(cell)) in influences]),
        resampled=len(by_unit) < len(ok),
        scores=tuple(scores),
    )


def _by_task(table: Table) -> Mapping[str, Sequence[Cell]]:
    found: dict[str, list[Cell]] = defaultdict(list)
    for cell in table.cells:
        found[cell.task].append(cell)
    return found


def _place(cell: Cell) -> Place:
    return (cell.task, cell.model, cell.seed)


def _own_facts(ok: Sequence[Cell]) -> tuple[str, ...]:
    """Facts that two models state differently of the same seed, or one of them does not state."""
    seeds: dict[int, list[Mapping[str, float | None]]] = defaultdict(list)
    for cell in ok:
        seeds[cell.seed].append(cell.facts)
    names = {name for cell in ok for name in cell.facts}
    return tuple(
        sorted(
            name
            for name in names
            if any(len({facts.get(name) for facts in stated}) > 1 for stated in seeds.values())
        )
    )


def _facts(ok: Sequence[Cell]) -> dict[str, Range]:
    names = sorted({name for cell in ok for name in cell.facts})
    values = {name: [value for cell in ok if (value := cell.facts.get(name)) is not None] for name in names}
    return {name: (min(found), max(found)) for name, found in values.items() if found}


def _distinct(influences: Sequence[Influence]) -> int | None:
    if not influences:
        return None
    alike = {id(influence.units): influence.units for influence in influences}
    return int(np.unique(np.concatenate(list(alike.values()))).size)
