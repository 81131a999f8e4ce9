"""The results table: what the board reads, written from a plan and a store.

Separate from both, because it is the joint between engine and leaderboard: anyone can rebuild the
board from this folder without Ray, models or data. It holds no time, host or attempt count; costs
have a file of their own.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from carebench.attempts import attempts
from carebench.errors import StoreError
from carebench.packs import write_packs
from carebench.records import cell_key, scorer_key
from carebench.store import View
from carebench.tuning import DECLINED
from carebench.writing import write_json

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.catalogue import FamilyEntry, ModelEntry, TaskEntry
    from carebench.plan import Plan
    from carebench.records import Cell, Record, Score
    from carebench.store import Store

FORMAT = "carebench-results/1"
FLAG_NOTES = {
    "constant": "the same answer for every test row",
    "batch-dependent": "answers to a test row depend on which other rows are asked for",
}
COSTS_FORMAT = "carebench-costs/1"
NOT_RUN = "not run yet"


def write_results(plan: Plan, store: Store, folder: Path) -> None:
    """Write `results.json`, `costs.json` and the contributions of the plan's cells to `folder`.

    Raises:
        StoreError: with the folder and the cause, when it cannot be written or the store cannot be read.
    """
    try:
        _write_results(plan, store, folder)
    except OSError as error:
        raise StoreError(
            f"the results table could not be written to {folder}: {error}; every result is kept in {store.root}: "
            "see to the space and the rights there, or name another folder with --out, and run the same command again"
        ) from error


def _write_results(plan: Plan, store: Store, folder: Path) -> None:
    view = store.read()
    cells = [*rows(plan, view).values(), *(_unsuited(plan, *square) for square in plan.unsuited())]
    answering = {cell["model"] for cell in cells}
    attempted = [record for cell in cells if (record := view.record(cell["key"]))]
    folder.mkdir(parents=True, exist_ok=True)
    write_packs(cells, store.array_path, folder / "contributions")
    table = {
        "format": FORMAT,
        "suite": {"name": plan.suite, "title": plan.title},
        "families": [_family(family) for family in plan.families],
        "tasks": [_task(task) for task in plan.tasks],
        "models": [_model(model, plan) for model in plan.models if model.name in answering],
        "cells": cells,
    }
    write_json(folder / "results.json", table)
    write_json(
        folder / "costs.json", {"format": COSTS_FORMAT, "cells": [_cost(record) for record in attempted]}
    )
    write_json(folder / "attempts.json", attempts(attempted, view))


def rows(plan: Plan, view: View) -> dict[Cell, dict[str, Any]]:
    """The plan's cells in order, each with its row of the results table."""
    return {
        cell: _row(plan, view, task, model, cell.seed)
        for cell, task, model in sorted(plan.cells(), key=lambda square: square[0])
    }


def _score(plan: Plan, view: View, task: TaskEntry, seed: int, record: Record | None) -> Score | None:
    if record is None or record.status != "ok":
        return None
    return view.scores.get((record.answer, scorer_key(task, plan.family_of(task).code, seed)))


def _row(plan: Plan, view: View, task: TaskEntry, model: ModelEntry, seed: int) -> dict[str, Any]:
    key = cell_key(task, model, plan.family_of(task).asking, seed)
    record = view.record(key)
    score = _score(plan, view, task, seed, record)
    status, reason = _status(record, score, len(view.answers(key)))
    kept = score if status == "ok" else None
    return {
        "key": key,
        "task": task.name,
        "model": model.name,
        "seed": seed,
        "status": status,
        "reason": reason,
        "phase": record.phase if record and status not in ("ok", "missing") else "",
        "answer": record.answer if record else "",
        "split": record.split if record else "",
        "metrics": dict(kept.metrics) if kept else {},
        "undefined": dict(kept.undefined) if kept else {},
        "facts": {**kept.facts, "n_train": record.rows.get("train")} if kept and record else {},
        "subgroups": dict(kept.subgroups) if kept else {},
        "notes": [*kept.notes, *(FLAG_NOTES[flag] for flag in view.flags(key))] if kept else [],
        "tuned": _tuned(record, view) if kept and record else {},
        "units": kept.units if kept else "",
        "resampled": kept.resampled if kept else False,
        "contributions": dict(kept.contributions) if kept else {},
    }


def _tuned(record: Record, view: View) -> dict[str, Any]:
    """What a tuned cell answered with, and the value of each trial, None where it did not end well; no time."""
    if not record.tuned:
        return {}
    trials = view.trials.get(record.tuned["study"], {})
    values = [trials[number].value if number in trials else None for number in range(record.tuned["trials"])]
    return {"members": record.tuned["members"], "values": values}


def _unsuited(plan: Plan, cell: Cell, task: TaskEntry, model: ModelEntry, reason: str) -> dict[str, Any]:
    """The row of a cell that was never to be run; its phase says that the plan decided it, not the model."""
    absent = _row(plan, View(), task, model, cell.seed)
    return absent | {"status": "unsuited", "reason": reason, "phase": "plan"}


def _status(record: Record | None, score: Score | None, answers: int) -> tuple[str, str]:
    if record is None:
        return "missing", NOT_RUN
    if record.status != "ok":
        return record.status, record.reason
    if answers > 1:
        return "irreproducible", "attempts gave different answers; is every random draw seeded?"
    if score is None:
        return "missing", "answered, not scored yet"
    if score.status != "ok":
        return "missing", score.reason  # the scorer's fault, not the model's: a gap, never imputed
    return "ok", ""


def _family(family: FamilyEntry) -> dict[str, Any]:
    kept = ("name", "title", "question", "contract", "no_skill", "perfect", "rope")
    return {name: getattr(family, name) for name in kept} | {
        "metrics": [asdict(metric) for metric in family.metrics],
        "figures": [asdict(figure) for figure in family.figures],
        "beside": list(family.beside),
    }


def _task(task: TaskEntry) -> dict[str, Any]:
    kept = (
        "name",
        "family",
        "version",
        "title",
        "cohort",
        "unit",
        "design",
        "series",
        "level",
        "ranked",
        "oracle",
    )
    texts = ("card", "source", "citation")
    return {name: getattr(task, name) for name in (*kept, *texts)} | {"flags": list(task.flags)}


def _model(model: ModelEntry, plan: Plan) -> dict[str, Any]:
    kept = ("name", "title", "summary", "citation", "role", "inputs", "modality", "base", "reference")
    return {name: getattr(model, name) for name in kept} | {
        "origin": model.origin.label,
        "tuning": _tuning(model, plan),
    }


def _tuning(model: ModelEntry, plan: Plan) -> str:
    """How the model was tuned, in words; empty where nobody asked for tuning, or there is nothing to say."""
    if model.tuning:
        return model.tuning.budget.words
    return DECLINED if plan.tune and not model.search and model.role == "entrant" else ""


def _cost(record: Record) -> dict[str, Any]:
    cost = record.cost
    peak = cost.get("peak_bytes")
    return {
        "key": record.key,
        "task": record.task,
        "model": record.model,
        "seed": record.seed,
        "status": record.status,
        "wall_s": _rounded(cost.get("wall_s")),
        "cpu_s": _rounded(cost.get("cpu_s")),
        "peak_mib": None if peak is None else round(peak / 2**20),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
