"""The command `plan`: what a run would do, how long it would take and what it could tell, before anything is run."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebench.commands.run import planned
from carebench.executors import Capacity
from carebench.outstanding import survey
from carebench.pace import Pace, past_times
from carebench.sizes import Size, sizes
from carebench.store import Store, View
from carebench_leaderboard import Foreseen, foreseen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carebench.commands.run import Request
    from carebench.outstanding import Outstanding
    from carebench.plan import Plan

HEADINGS = ("task", "seeds", "cells", "left", "tested", "events", "detectable")


def print_plan(request: Request, *, count: bool = True) -> None:
    """Print tasks with their cells, what is left of them, test sets, and the smallest detectable differences.

    Args:
        request: as for a run.
        count: whether test sets are counted, which cuts every task's data once.
    """
    console = Console(highlight=False)
    plan = planned(request, console)
    root = request.store.resolve()
    store = Store(root)
    view = store.read() if root.is_dir() else View()
    slots = request.cpus or os.cpu_count() or 1
    found = survey(plan, view, store, capacity=Capacity(cpus=slots, gpus=0, memory=2**50), retry=frozenset())
    with console.status("counting test sets"):
        counted = sizes(plan) if count else {}
    for family in plan.families:
        console.print(Text(f"\n{family.title}: {family.metrics[0].label}", style="bold"))
        console.print(_table(plan, found, counted, family.name))
        _print_assumptions(plan, counted, family.name, console)
    _print_totals(found, Pace(found.groups, past_times(view), slots), slots, console)


def _table(plan: Plan, found: Outstanding, counted: Mapping[str, Size], family: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "task" else "right", overflow="fold")
    cells, seeds = Counter(cell.task for cell, _, _ in plan.cells()), defaultdict(set)
    for cell, _, _ in plan.cells():
        seeds[cell.task].add(cell.seed)
    left: Counter[str] = Counter()
    for group in found.groups:
        left[group.task.name] += len(group.waiting)
    for task in plan.tasks:
        if task.family == family:
            size = counted.get(task.name, Size())
            shown = (cells[task.name], left[task.name], size.units, size.events)
            numbers = ["" if number is None else f"{number:,}" for number in shown]
            able = _foreseen(plan, task.name, family, size).detectable
            name = task.name.partition("/")[2] or task.name
            row = (name, str(len(seeds[task.name])), *numbers, "" if able is None else f"{able:.3f}")
            table.add_row(*map(Text, row))
    return table


def _print_assumptions(plan: Plan, counted: Mapping[str, Size], family: str, console: Console) -> None:
    """What the last column rests on, and why tasks have no counts, each said once."""
    names = [task.name for task in plan.tasks if task.family == family]
    assumed = {_foreseen(plan, name, family, counted[name]).assumed for name in names if name in counted}
    for text in sorted(assumed):
        console.print(Text(f"detectable: {text}", style="dim"), soft_wrap=True)
    reasons = Counter(counted[name].reason for name in names if name in counted and counted[name].reason)
    for reason, tasks in reasons.items():
        console.print(
            Text(f"not counted, {tasks} task{'s' * (tasks > 1)}: {reason}", style="dim"), soft_wrap=True
        )


def _foreseen(plan: Plan, task: str, family: str, size: Size) -> Foreseen:
    entry = next(each for each in plan.families if each.name == family)
    asked = next(each for each in plan.tasks if each.name == task)
    if asked.unit == "replication":
        return Foreseen(None, "no formula for replications: it is told after a run")
    return foreseen(entry.metrics[0].name, size.units, size.events, trained=asked.design != "all-rows")


def _print_totals(found: Outstanding, pace: Pace, slots: int, console: Console) -> None:
    left = pace.left()
    todo = sum(len(group.waiting) for group in found.groups)
    done = ", ".join(f"{count} {status}" for status, count in sorted(found.counts.items()))
    console.print(f"\nCells: {found.total:,}, of which {todo:,} to be run{f' ({done})' if done else ''}.")
    if not todo:
        console.print("Nothing is left to run.")
    elif left is None:
        console.print("Time: unknown; fewer than half of these have been timed in this store.")
    else:
        console.print(f"Time on {slots} core{'s' * (slots > 1)}: {left.words().removesuffix(' left')}.")
    console.print(
        Text(
            "Detectable: the difference of two models, in the score, that would be found in four boards of five, on the "
            "assumptions above. The board says after the run what it was, and whether more seeds pay.",
            style="dim",
        )
    )
