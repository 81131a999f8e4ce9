"""The counting child: how many units and events a task tests over some seeds, for planning; it hands back counts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench.catalogue import Origin
from carebench.children import harness
from carebench.children.prepare import find_task

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.task import Task, Truth


def count(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """Count for each of `order["tasks"]`; one that fails spares the others."""
    return {"counts": [_one(entry, number, work) for number, entry in enumerate(order["tasks"])]}


def _one(entry: dict[str, Any], number: int, work: Path) -> dict[str, Any]:
    harness.mark(work, f"task {number}")
    outcome = harness.attempt(
        lambda: _counted(find_task(Origin(**entry["origin"]), entry["name"], entry["code"]), entry["seeds"])
    )
    return {"name": entry["name"], **{key: outcome.get(key) for key in ("units", "events", "reason")}}


def _counted(task: Task, seeds: list[int]) -> dict[str, Any]:
    """Distinct units over all seeds, and of each unit's rows in the mean over seeds, those with an event."""
    truths = [task.truth(seed) for seed in seeds]
    units = int(np.unique(np.concatenate([truth.units for truth in truths])).size)
    rates = [rate for truth in truths if (rate := _event_rate(truth)) is not None]
    return {"units": units, "events": round(units * float(np.mean(rates))) if rates else None}


def _event_rate(truth: Truth) -> float | None:
    """Share of rows with an event, of those with a known one; None where the task has no yes or no to count."""
    event = truth.answers.get("event")
    if event is None:
        return None
    known = np.asarray(event, dtype=np.float64)
    weight = truth.answers.get("weight")
    if weight is not None:
        known = known[np.asarray(weight, dtype=np.float64) != 0]
    return float(known.mean()) if known.size and set(np.unique(known)) <= {0.0, 1.0} else None


PROGRAM = count

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
