"""A board as plain columns for the page's script; separate from the exports, whose names other programs rely on.

Models are columns in the order of the standings and tasks are rows, so that a shard holds no name twice. Every text is
spelt out here: the script only ever sets it as text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from carebench_leaderboard import figures
from carebench_leaderboard.compared_columns import compared_of
from carebench_leaderboard.figures import rounded
from carebench_leaderboard.standing import PLANNED
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.board import Board, Section, TaskSection
    from carebench_leaderboard.records import Cell, Metric

FORMAT = "carebench-page/1"
MODEL_FIELDS = ("name", "shown", "role", "summary", "citation", "inputs", "origin", "base", "tuning")
ROW_FIELDS = ("rank", "ok", "planned", "unsuited", "imputed", "tasks", "complete")
Matrix = list[list[Any]]


def summary_of(board: Board, shards: Sequence[Sequence[str]]) -> dict[str, Any]:
    """What the page needs first: the boards and their tasks; `shards` names the shard of each task of each board."""
    return {
        "format": FORMAT,
        "suite": {"name": board.suite.name, "title": board.suite.title or board.suite.name},
        "counts": {
            "tasks": board.tasks,
            "cohorts": board.cohorts,
            "models": board.models,
            "cells": sum(board.states.values()),
            "ok": board.states.get("ok", 0),
        },
        "states": dict(board.states),
        "warnings": list(board.warnings),
        "boards": [
            _summary(section, at, names)
            for at, (section, names) in enumerate(zip(board.sections, shards, strict=True))
        ],
    }


def _summary(section: Section, number: int, shards: Sequence[str]) -> dict[str, Any]:
    family = section.family
    return {
        "name": family.name,
        "title": family.title or family.name,
        "question": family.question,
        "metrics": [_metric(metric) for metric in family.metrics],
        "no_skill": family.no_skill,
        "perfect": family.perfect,
        "rope": family.rope,
        "measure": figures.measure(family),
        "beside": list(family.beside),
        "models": len(section.standings),
        "declined": list(section.declined),
        "shard": f"board-{number}",
        "tasks": [_task(part, shard) for part, shard in zip(section.tasks, shards, strict=True)],
    }


def _metric(metric: Metric) -> dict[str, Any]:
    kept = ("name", "label", "better", "low", "high", "ideal", "summary", "over_seeds")
    return {name: getattr(metric, name) for name in kept}


def _task(part: TaskSection, shard: str) -> dict[str, Any]:
    task = part.task
    return {
        "name": task.name,
        "title": task.shown,
        "cohort": task.cohort,
        "series": task.series,
        "level": task.level,
        "units": figures.plural(task.unit),
        "flags": task.flags,
        "replicated": task.replicated,
        "headline": part.headline,
        "tested": figures.units_tested(part),
        "shard": shard,
    }


def board_of(section: Section, cells: Mapping[str, Sequence[Cell]]) -> dict[str, Any]:
    """One board: who is on it, the headline rows, and each model's score on each task; `cells` are by task."""
    rows = section.standings
    models = [section.models[row.model] for row in rows]
    return {
        "models": {name: [getattr(model, name) for model in models] for name in MODEL_FIELDS},
        "rows": {
            **{name: [getattr(row, name) for row in rows] for name in ROW_FIELDS},
            "shown": [rounded(row.shown) for row in rows],
            "score": [rounded(row.score) for row in rows],
            "low": [rounded(row.interval.low) for row in rows],
            "high": [rounded(row.interval.high) for row in rows],
            "reason": [row.interval.reason for row in rows],
            "difference": [rounded(row.difference) for row in rows],
            "difference_low": [rounded(row.difference_interval.low) for row in rows],
            "difference_high": [rounded(row.difference_interval.high) for row in rows],
            "remarks": [", ".join(row.remarks) for row in rows],
            "like_low": [rounded(row.like_these.low) for row in rows],
            "like_high": [rounded(row.like_these.high) for row in rows],
            "like_reason": [row.like_these.reason for row in rows],
            "se_patient": [rounded(row.se_patient) for row in rows],
            "se_seed": [rounded(row.se_seed) for row in rows],
        },
        "compared": compared_of(section),
        "beside": {name: [rounded(row.beside.get(name)) for row in rows] for name in section.family.beside},
        **_matrices(section),
        **_coverage(section, cells),
    }


def _matrices(section: Section) -> dict[str, Matrix]:
    primary = section.family.primary.name
    scores = [part.scores for part in section.tasks]
    return {
        "score": [[rounded(score.values.get(primary)) for score in row] for row in scores],
        "low": [[rounded(score.fits.low) for score in row] for row in scores],
        "high": [[rounded(score.fits.high) for score in row] for row in scores],
    }


def _coverage(section: Section, cells: Mapping[str, Sequence[Cell]]) -> dict[str, Matrix]:
    """Cells by task and model: `ok` ones, those `planned` that suit, and `gaps`, which keep a model out of the ranks."""
    primary = section.family.primary.name
    found: dict[str, Matrix] = {"ok": [], "planned": [], "gaps": []}
    for part in section.tasks:
        own = cells[part.task.name]
        unsuited = Counter(cell.model for cell in own if cell.status == "unsuited")
        left_out = Counter(cell.model for cell in own if cell.status == "unsuited" and cell.phase == PLANNED)
        scored = Counter(cell.model for cell in own if cell.metrics.get(primary) is not None)
        found["ok"].append([score.ok for score in part.scores])
        found["planned"].append([score.planned - unsuited[score.model] for score in part.scores])
        found["gaps"].append(
            [score.planned - left_out[score.model] - scored[score.model] for score in part.scores]
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Cells of one task and model that are not ok for the same reason."""

    task: str
    model: str
    seeds: tuple[int, ...]
    status: str
    phase: str
    reason: str


def troubles(cells: Sequence[Cell]) -> list[Trouble]:
    """`cells`, each sorted by task, model and seed, with seeds of one status and reason taken together."""
    seeds: dict[tuple[str, str, str, str, str], list[int]] = {}
    for cell in cells:
        seeds.setdefault((cell.task, cell.model, cell.status, cell.phase, cell.reason), []).append(cell.seed)
    return [
        Trouble(task=task, model=model, seeds=tuple(found), status=status, phase=phase, reason=reason)
        for (task, model, status, phase, reason), found in seeds.items()
    ]


def log_of(board: Board) -> dict[str, Any]:
    """Every cell that is not ok, seeds of one reason together, and what was left out in reading."""
    return {
        "troubles": [list(asdict(each).values()) for each in troubles(board.not_ok)],
        "warnings": list(board.warnings),
    }


def spelt(value: Any) -> Any:
    """`value` with the invisible characters of every text in it, keys among them, spelt out; line breaks stay."""
    if isinstance(value, str):
        return visible(value, keep="\n\t")
    if isinstance(value, dict):
        return {spelt(key): spelt(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [spelt(each) for each in value]
    return value
