"""A part of a results table: some tasks, families, cohorts or models, by pattern; all statistics are then of that part.

Separate from reading, which checks the whole table first: what is wrong outside the part is still told.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from carebench_leaderboard.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from carebench_leaderboard.records import Model, Table, Task

KINDS = ("task", "family", "cohort", "model")


def chosen(table: Table, filters: Sequence[str]) -> Table:
    """The rows of `table` that fit all `filters`, each `KIND=PATTERN`, such as `model=*forest*`.

    Filters of one kind are alternatives; `!` in front of a pattern leaves out what fits it.

    Raises:
        TableError: when a filter is no such thing, or nothing is left.
    """
    if not filters:
        return table
    asked = _parsed(filters)
    tasks = [task for task in table.tasks if _task_fits(task, asked)]
    models = [model for model in table.models if _model_fits(model, asked)]
    names, entrants = {task.name for task in tasks}, {model.name for model in models}
    cells = [cell for cell in table.cells if cell.task in names and cell.model in entrants]
    if not cells:
        raise TableError(
            f"no cell fits {' '.join(filters)}; the table has the tasks {_some([each.name for each in table.tasks])} "
            f"and the models {_some([each.name for each in table.models])}"
        )
    families = [family for family in table.families if family.name in {task.family for task in tasks}]
    return table.model_copy(update={"families": families, "tasks": tasks, "models": models, "cells": cells})


def _parsed(filters: Sequence[str]) -> dict[str, list[str]]:
    asked: dict[str, list[str]] = {}
    for text in filters:
        kind, equals, pattern = text.partition("=")
        if kind not in KINDS or not equals or not pattern:
            raise TableError(
                f"expected a filter such as model=*forest* or cohort=!support, of {', '.join(KINDS)}; found {text!r}"
            )
        asked.setdefault(kind, []).append(pattern)
    return asked


def _task_fits(task: Task, asked: Mapping[str, Sequence[str]]) -> bool:
    named: dict[str, Callable[[Task], str]] = {
        "task": lambda each: each.name,
        "family": lambda each: each.family,
        "cohort": lambda each: each.cohort,
    }
    return all(_fits(name(task), asked[kind]) for kind, name in named.items() if kind in asked)


def _model_fits(model: Model, asked: Mapping[str, Sequence[str]]) -> bool:
    return "model" not in asked or _fits(model.name, asked["model"])


def _fits(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name fits one of the patterns, and none of those that begin with `!`.

    Example:
        >>> [_fits(name, ["*forest", "!extra*"]) for name in ("random-forest", "extra-forest", "ridge")]
        [True, False, False]
    """
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    unwanted = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    return (not wanted or any(fnmatch.fnmatchcase(name, each) for each in wanted)) and not any(
        fnmatch.fnmatchcase(name, each) for each in unwanted
    )


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:3])}{f' and {len(names) - 3} more' if len(names) > 3 else ''}"
