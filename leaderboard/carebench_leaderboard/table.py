"""Reads `results.json` and `costs.json` and refuses what cannot be a board; separate from the statistics.

The files are somebody else's: an unknown field is left out with a warning, everything else that does
not fit raises a `TableError` that names the row.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from carebench_leaderboard.errors import TableError
from carebench_leaderboard.records import (
    Attempt,
    Attempts,
    Cell,
    Cost,
    Family,
    Figure,
    Metric,
    Model,
    Record,
    Suite,
    Table,
    Task,
)
from carebench_leaderboard.strict_json import read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

RESULTS_FORMAT = "carebench-results/1"
COSTS_FORMAT = "carebench-costs/1"
ATTEMPTS_FORMAT = "carebench-attempts/1"
SECTIONS: Mapping[str, type[Record]] = {"families": Family, "tasks": Task, "models": Model, "cells": Cell}
TOLERANCE = 1e-9
Limits = dict[str, tuple[float, float]]

R = TypeVar("R", bound=Record)


def read_table(directory: Path) -> Table:
    """The checked results table of `directory`, its rows sorted by name.

    Raises:
        TableError: when the file is absent, is no strict JSON or breaks the format.
    """
    path = directory / "results.json"
    content = read_json(path)
    _check_format(content, RESULTS_FORMAT, path.name)
    rows = {section: _section(content, section, path.name) for section in SECTIONS}
    table = Table(
        suite=_record(Suite, content.get("suite"), f"{path.name}, suite"),
        families=sorted(_records(Family, rows["families"], "families"), key=lambda row: row.name),
        tasks=sorted(_records(Task, rows["tasks"], "tasks"), key=lambda row: row.name),
        models=sorted(_records(Model, rows["models"], "models"), key=lambda row: row.name),
        cells=sorted(_records(Cell, rows["cells"], "cells"), key=lambda row: (row.task, row.model, row.seed)),
        warnings=tuple(_warnings(content, rows)),
    )
    _check(table)
    return table


def read_costs(directory: Path) -> list[Cost]:
    """The costs of the cells, sorted by name; empty when `directory` has no `costs.json`.

    Raises:
        TableError: when the file is no strict JSON or breaks the format.
    """
    path = directory / "costs.json"
    if not path.exists():
        return []
    content = read_json(path)
    _check_format(content, COSTS_FORMAT, path.name)
    costs = _records(Cost, _section(content, "cells", path.name), "cells", path.name)
    return sorted(costs, key=lambda row: (row.task, row.model, row.seed, row.key))


def read_attempts(directory: Path) -> Attempts:
    """How the last attempt of each cell went; nothing when `directory` has no `attempts.json`.

    Raises:
        TableError: when the file is no strict JSON or breaks the format.
    """
    path = directory / "attempts.json"
    if not path.exists():
        return Attempts()
    content = read_json(path)
    _check_format(content, ATTEMPTS_FORMAT, path.name)
    found = _records(Attempt, _section(content, "cells", path.name), "cells", path.name)
    _check_once([row.key for row in found], path.name)
    attempts = _record(
        Attempts,
        {"environments": content.get("environments"), "cells": {row.key: row for row in found}},
        path.name,
    )
    beyond = [row.key for row in found if row.environment >= len(attempts.environments)]
    if beyond:
        raise TableError(
            f"{path.name}: cell {beyond[0]} names an environment that is not listed. Write the results anew."
        )
    return attempts


def _check_format(content: Mapping[str, Any], expected: str, file: str) -> None:
    found = content.get("format")
    if found != expected:
        raise TableError(
            f"{file}: expected format {expected!r}; found {found!r}. "
            "Write the results anew with the same version of carebench that reads them."
        )


def _section(content: Mapping[str, Any], section: str, file: str) -> list[Any]:
    rows = content.get(section)
    if not isinstance(rows, list):
        raise TableError(
            f"{file}: expected a list under {section!r}; found {type(rows).__name__}. Add the list."
        )
    return rows


def _records(kind: type[R], rows: Sequence[Any], section: str, file: str = "results.json") -> list[R]:
    """The rows, checked all at once; only where that fails one by one, so that the message names the row."""
    try:
        return TypeAdapter(list[kind]).validate_python(rows)  # type: ignore[valid-type]
    except ValidationError:
        return [_record(kind, row, f"{file}, {section}[{at}]{_named(row)}") for at, row in enumerate(rows)]


def _named(row: object) -> str:
    if not isinstance(row, dict):
        return ""
    words = [str(row[key])[:80] for key in ("name", "task", "model", "seed") if key in row]
    return f" ({', '.join(words)})" if words else ""


def _record(kind: type[R], row: object, place: str) -> R:
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        raise TableError(f"{place}: {_faults(error)}. Mend this row and run the command again.") from error


def _faults(error: ValidationError) -> str:
    """At most five faults, each as field, message and what came."""
    faults = [
        f"field {'.'.join(map(str, fault['loc'])) or 'row'!r}: {fault['msg']}, found {str(fault['input'])[:80]!r}"
        for fault in error.errors(include_url=False)[:5]
    ]
    return "; ".join(faults)


def _warnings(content: Mapping[str, Any], rows: Mapping[str, Sequence[Any]]) -> list[str]:
    """One sorted line for each unknown field, with how often it stands there."""
    counts: Counter[str] = Counter()
    counts.update(key for key in content if key not in {"format", "suite", *SECTIONS})
    counts.update(f"suite.{key}" for key in content["suite"] if key not in Suite.model_fields)
    for section, kind in SECTIONS.items():
        counts.update(_unknown(rows[section], kind, section))
    metrics = [metric for family in rows["families"] for metric in family["metrics"]]
    counts.update(_unknown(metrics, Metric, "families.metrics"))
    figures = [figure for family in rows["families"] for figure in family.get("figures", [])]
    counts.update(_unknown(figures, Figure, "families.figures"))
    return [f"unknown field {place!r} left out ({count} times)" for place, count in sorted(counts.items())]


def _unknown(rows: Iterable[Mapping[str, Any]], kind: type[Record], section: str) -> list[str]:
    known = kind.model_fields.keys()
    return [f"{section}.{key}" for row in rows if not row.keys() <= known for key in row if key not in known]


def _check(table: Table) -> None:
    _check_versions(table)
    for section in ("families", "tasks", "models"):
        _check_once([row.name for row in getattr(table, section)], section)
    _check_once([(cell.task, cell.model, cell.seed) for cell in table.cells], "cells")
    for family in table.families:
        place = f"families, {family.name}"
        _check_once([metric.name for metric in family.metrics], f"{place}, metrics")
        _check_once([figure.name for figure in family.figures], f"{place}, figures")
        drawn = (name for figure in family.figures for name in figure.metrics)
        _check_known(drawn, {metric.name for metric in family.metrics}, f"{place}, figures", "metric")
    families = {family.name: family for family in table.families}
    _check_known((task.family for task in table.tasks), families, "tasks", "family")
    _check_known((cell.task for cell in table.cells), {task.name for task in table.tasks}, "cells", "task")
    _check_known(
        (cell.model for cell in table.cells), {model.name for model in table.models}, "cells", "model"
    )
    limits = {family.name: _limits(family) for family in table.families}
    by_task = {task.name: limits[task.family] for task in table.tasks}
    for cell in table.cells:
        if cell.status == "ok":
            _check_metrics(cell, by_task[cell.task])


def _check_versions(table: Table) -> None:
    """Old and new versions of a task are never averaged."""
    versions: dict[str, set[int]] = defaultdict(set)
    for task in table.tasks:
        versions[task.name].add(task.version)
    mixed = [f"{name} in versions {sorted(found)}" for name, found in versions.items() if len(found) > 1]
    mixed += [
        f"{cell.task} / {cell.model} / seed {cell.seed} in version {cell.version}"
        for cell in table.cells
        if cell.version is not None and cell.version not in versions.get(cell.task, {cell.version})
    ]
    if mixed:
        raise TableError(
            f"results.json: one version of each task; found {', '.join(mixed[:5])}"
            f"{f' and {len(mixed) - 5} more' if len(mixed) > 5 else ''}. Keep the rows of one version, and run the others again."
        )


def _check_once(rows: Sequence[str | tuple[str, str, int]], section: str) -> None:
    if len(set(rows)) == len(rows):
        return
    names = [row if isinstance(row, str) else f"{row[0]} / {row[1]} / seed {row[2]}" for row in rows]
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    raise TableError(
        f"results.json, {section}: expected every row once; these stand more than once: "
        f"{', '.join(twice[:5])}. Keep one row of each."
    )


def _check_known(found: Iterable[str], known: Iterable[str], section: str, field: str) -> None:
    unknown = sorted(set(found) - set(known))
    if unknown:
        raise TableError(
            f"results.json, {section}: field {field!r} names what the table does not list: "
            f"{', '.join(map(repr, unknown[:5]))}. Add its row, or take these rows out."
        )


def _limits(family: Family) -> Limits:
    return {
        metric.name: (
            -math.inf if metric.low is None else metric.low,
            math.inf if metric.high is None else metric.high,
        )
        for metric in family.metrics
    }


def _check_metrics(cell: Cell, limits: Limits) -> None:
    if not limits.keys() <= cell.metrics.keys():
        absent = [name for name in limits if name not in cell.metrics]
        raise TableError(
            f"{_place(cell)}: an ok cell has a value or null for every metric of its family; absent: "
            f"{', '.join(absent)}. Score the cell again."
        )
    if cell.contributions and not cell.units:
        raise TableError(
            f"{_place(cell)}: has contributions but no units to pair them by. Score the cell again."
        )
    for name, (low, high) in limits.items():
        value = cell.metrics[name]
        if value is not None and not low - TOLERANCE <= value <= high + TOLERANCE:
            raise TableError(
                f"{_place(cell)}: {name} is {value}; its declared range is {low} to {high}. "
                "Score the cell again, or mend the metric's range."
            )


def _place(cell: Cell) -> str:
    return f"results.json, cells ({cell.task}, {cell.model}, seed {cell.seed})"
