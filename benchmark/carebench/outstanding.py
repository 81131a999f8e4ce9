"""What is left to do: a plan compared with what a store holds, so that resuming is the same command again.

Separate from the run, because it decides before anything starts and is only read afterwards.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from carebench.jobs import unsettled
from carebench.records import RETRIED_ALWAYS, RETRIED_WHEN_LIMIT_ROSE, Record, cell_key, scorer_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from carebench.catalogue import ModelEntry, TaskEntry
    from carebench.plan import Plan
    from carebench.store import Store, View


@dataclass
class Group:
    """The cells of one task and seed on their way.

    Attributes:
        task: of all its cells.
        seed: of all its cells.
        waiting: models whose answer is still to be asked for.
        running: number of answers being waited for.
        unscored: digest of each answer without a score, to its arrays.
    """

    task: TaskEntry
    seed: int
    waiting: deque[ModelEntry] = field(default_factory=deque)
    running: int = 0
    unscored: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Outstanding:
    """What a run finds before it starts.

    Attributes:
        total: number of cells planned.
        counts: cells that are settled already, by status.
        groups: those with something left to do.
        impossible: new records of cells that cannot run here.
    """

    total: int
    counts: Counter[str]
    groups: list[Group]
    impossible: list[Record]


def survey(
    plan: Plan, view: View, store: Store, *, cpus: int, gpus: float, retry: Collection[str]
) -> Outstanding:
    """Compare the plan with the store.

    Args:
        plan: what is wanted.
        view: what the store held when it was read.
        store: asked whether arrays are there.
        cpus: cores that cells may use.
        gpus: accelerators that cells may use.
        retry: statuses to try again, beside those that always are.
    """
    groups: dict[tuple[str, int], Group] = {}
    counts: Counter[str] = Counter()
    impossible: list[Record] = []
    total = 0
    for cell, task, model in plan.cells():
        total += 1
        group = groups.setdefault((task.name, cell.seed), Group(task, cell.seed))
        record = view.record(cell_key(task, model, cell.seed))
        reason = why_impossible(task, model, cpus, gpus)
        if reason:
            counts["unavailable"] += 1
            impossible.append(unsettled(task, model, cell.seed, "unavailable", reason))
        elif record is None or _again(record, plan, store, retry):
            group.waiting.append(model)
        else:
            counts["irreproducible" if len(view.answers(record.key)) > 1 else record.status] += 1
            _note_unscored(group, record, plan, view, store)
    return Outstanding(
        total=total,
        counts=counts,
        groups=[group for group in groups.values() if group.waiting or group.unscored],
        impossible=[record for record in impossible if record not in view.attempts.get(record.key, ())],
    )


def why_impossible(task: TaskEntry, model: ModelEntry, cpus: int, gpus: float) -> str:
    """Why a cell cannot run here; empty when it can."""
    missing = [*task.missing, *model.missing]
    if missing:
        extra = f"; pip install 'carebench[{model.extra}]'" if model.missing and model.extra else ""
        return f"needs {', '.join(missing)}, not installed{extra}"
    if model.cpus > cpus or model.gpus > gpus:
        return f"asks for {model.cpus} cores and {model.gpus:g} GPUs; here are {cpus} cores and {gpus:g} GPUs"
    return ""


def _again(record: Record, plan: Plan, store: Store, retry: Collection[str]) -> bool:
    """Whether a cell with a record is to be answered again."""
    if record.status in RETRIED_ALWAYS or record.status in retry:
        return True
    if record.status in RETRIED_WHEN_LIMIT_ROSE:
        limit, before = RETRIED_WHEN_LIMIT_ROSE[record.status], record.limits
        return float(getattr(plan.limits, limit)) > float(before.get(limit, 0))
    return record.status == "ok" and not store.has_arrays(record.arrays.values())


def _note_unscored(group: Group, record: Record, plan: Plan, view: View, store: Store) -> None:
    if record.status != "ok":
        return
    scorer = scorer_key(group.task, plan.family_of(group.task).code, group.seed)
    score = view.scores.get((record.answer, scorer))
    if (
        score is None
        or score.status != "ok"
        or not store.has_arrays([score.units, *score.contributions.values()])
    ):
        group.unscored[record.answer] = dict(record.arrays)
