"""How large the test sets of planned tasks are, counted in a child; separate because only planning asks for it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from carebench.pinning import data_environment
from carebench.warden import Limits, supervise, workplace

if TYPE_CHECKING:
    from carebench.catalogue import Origin, TaskEntry
    from carebench.plan import Plan

LIMITS = Limits(wall=300.0, memory=8 * 2**30)
SEEDS = 10


@dataclass(frozen=True, kw_only=True)
class Size:
    """What a task tests over its planned seeds.

    Attributes:
        units: distinct ones; None when they could not be counted.
        events: of these, with an event; None where there is no yes or no, or nothing could be counted.
        reason: why nothing could be counted; empty otherwise.
    """

    units: int | None = None
    events: int | None = None
    reason: str = ""


def sizes(plan: Plan, limits: Limits = LIMITS) -> dict[str, Size]:
    """The size of each task of `plan`, by name; the first ten seeds are counted, one where the test set is fixed."""
    seeds: dict[str, set[int]] = defaultdict(set)
    for cell, _, _ in plan.cells():
        seeds[cell.task].add(cell.seed)
    by_origin: dict[Origin, list[TaskEntry]] = defaultdict(list)
    for task in plan.tasks:
        if task.missing:
            continue
        by_origin[task.origin].append(task)
    found = {
        task.name: Size(reason=f"needs {', '.join(task.missing)}") for task in plan.tasks if task.missing
    }
    for tasks in by_origin.values():
        found |= _counted([_order(task, sorted(seeds[task.name])) for task in tasks], limits)
    return found


def _order(task: TaskEntry, seeds: list[int]) -> dict[str, Any]:
    wanted = seeds[:SEEDS] if task.design == "folds" else seeds[:1]
    return {"name": task.name, "origin": asdict(task.origin), "code": task.code, "seeds": wanted}


def _counted(orders: list[dict[str, Any]], limits: Limits) -> dict[str, Size]:
    with workplace() as work:
        ending = supervise("count", {"tasks": orders}, work, limits, extra_environment=data_environment())
    if ending.outcome.get("status") != "ok":
        reason = ending.reason or str(ending.outcome.get("reason", "the child gave no counts"))
        return {order["name"]: Size(reason=reason) for order in orders}
    return {
        entry["name"]: Size(
            units=entry["units"], events=entry["events"], reason=str(entry.get("reason") or "")
        )
        for entry in ending.outcome["counts"]
    }
