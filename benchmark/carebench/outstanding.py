"""What is left to do: a plan compared with what a store holds, so that resuming is the same command again.

Separate from the run, because it decides before anything starts and is only read afterwards.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from carebench.canonical import digest
from carebench.jobs import Prepared, unsettled
from carebench.records import RETRIED_ALWAYS, RETRIED_WHEN_LIMIT_ROSE, Record, cell_key, scorer_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from carebench.catalogue import ModelEntry, TaskEntry
    from carebench.executors import Capacity
    from carebench.plan import Plan
    from carebench.records import Cell
    from carebench.store import Store, View


QUARANTINED = "quarantined"
CRASHES_AT_MOST = 3


@dataclass
class Group:
    """The cells of one task and seed on their way.

    Attributes:
        task: of all its cells.
        seed: of all its cells.
        waiting: models whose answer is still to be asked for.
        repeating: models whose answer is there and is to be asked for again.
        split: what they see, once it is prepared.
        tuned: those of them that wait for their tuning, each with whether it is asked again.
        running: number of answers being waited for.
        unscored: digest of each answer without a score, to its arrays.
    """

    task: TaskEntry
    seed: int
    waiting: list[ModelEntry] = field(default_factory=list)
    repeating: list[ModelEntry] = field(default_factory=list)
    split: Prepared = field(default_factory=Prepared)
    tuned: list[tuple[ModelEntry, bool]] = field(default_factory=list)
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
        sampled: key of each cell that is to be answered twice, one for each model, to the answer known so far.
        quarantined: labels of cells that crashed too often to be tried again.
    """

    total: int
    counts: Counter[str]
    groups: list[Group]
    impossible: list[Record]
    sampled: Mapping[str, str]
    quarantined: list[str]


def survey(
    plan: Plan, view: View, store: Store, *, capacity: Capacity, retry: Collection[str]
) -> Outstanding:
    """Compare the plan with the store.

    Args:
        plan: what is wanted.
        view: what the store held when it was read.
        store: asked whether arrays are there.
        capacity: what cells may use.
        retry: statuses to try again, beside those that always are.
    """
    return _Survey(plan, view, store, capacity, frozenset(retry)).done()


def why_impossible(task: TaskEntry, model: ModelEntry, capacity: Capacity) -> str:
    """Why a cell cannot run here; empty when it can."""
    missing = [*task.missing, *model.missing]
    if missing:
        extra = f"; pip install 'carebench[{model.extra}]'" if model.missing and model.extra else ""
        return f"needs {', '.join(missing)}, not installed{extra}"
    return capacity.why_not(model.cpus, model.gpus, model.memory or 0)


class _Survey:
    """One pass over the plan."""

    def __init__(
        self, plan: Plan, view: View, store: Store, capacity: Capacity, retry: frozenset[str]
    ) -> None:
        self.plan, self.view, self.store, self.capacity, self.retry = plan, view, store, capacity, retry
        self.groups: dict[tuple[str, int], Group] = {}
        self.counts: Counter[str] = Counter()
        self.impossible: list[Record] = []
        self.quarantined: list[str] = []
        self.samples: dict[str, tuple[str, str, Group, ModelEntry]] = {}

    def done(self) -> Outstanding:
        total = 0
        for cell, task, model in self.plan.cells():
            total += 1
            group = self.groups.setdefault((task.name, cell.seed), Group(task, cell.seed))
            self._look(cell, task, model, group)
        if self.plan.repeats:
            self._repeat_samples()
        return Outstanding(
            total=total,
            counts=self.counts,
            groups=[
                group for group in self.groups.values() if group.waiting or group.repeating or group.unscored
            ],
            impossible=self.impossible,
            sampled=self._sampled() if self.plan.repeats else {},
            quarantined=self.quarantined,
        )

    def _look(self, cell: Cell, task: TaskEntry, model: ModelEntry, group: Group) -> None:
        family = self.plan.family_of(task)
        key = cell_key(task, model, family.asking, cell.seed)
        record = self.view.record(key)
        reason = why_impossible(task, model, self.capacity)
        settled = record is not None and not self._again(record, cell)
        if reason and not settled:
            self._note_impossible(
                unsettled(task, model, family, cell.seed, status="unavailable", reason=reason)
            )
            return
        if not reason:
            self._note_sample(key, group, model)
        if record is None or not settled:
            group.waiting.append(model)
        else:
            self.counts["irreproducible" if len(self.view.answers(key)) > 1 else record.status] += 1
            self._note_unscored(group, record)

    def _note_impossible(self, record: Record) -> None:
        self.counts[record.status] += 1
        if record not in self.view.attempts.get(record.key, ()):
            self.impossible.append(record)

    def _note_sample(self, key: str, group: Group, model: ModelEntry) -> None:
        """Keep, for each model, the cell with the smallest digest: the same one in every run of the plan."""
        candidate = (digest(["repeat", key]), key, group, model)
        known = self.samples.get(model.name)
        if known is None or candidate[0] < known[0]:
            self.samples[model.name] = candidate

    def _sampled(self) -> dict[str, str]:
        records = {key: self.view.record(key) for _, key, _, _ in self.samples.values()}
        return {key: record.answer if record else "" for key, record in records.items()}

    def _repeat_samples(self) -> None:
        for _, key, group, model in self.samples.values():
            record = self.view.record(key)
            answered = record is not None and record.status == "ok" and model not in group.waiting
            if answered and not self.view.probed(key):
                group.repeating.append(model)

    def _again(self, record: Record, cell: Cell) -> bool:
        """Whether a cell with a record is to be answered again."""
        attempts = self.view.attempts[record.key]
        if record.status == "crashed" and sum(a.status == "crashed" for a in attempts) >= CRASHES_AT_MOST:
            if "crashed" in self.retry and QUARANTINED not in self.retry:
                self.quarantined.append(cell.label)
            return QUARANTINED in self.retry
        if record.status in RETRIED_ALWAYS or record.status in self.retry:
            return True
        if record.status in RETRIED_WHEN_LIMIT_ROSE:
            limit = RETRIED_WHEN_LIMIT_ROSE[record.status]
            before = max(float(a.limits.get(limit, 0)) for a in attempts if a.status == record.status)
            return float(getattr(self.plan.limits, limit)) > before
        return record.status == "ok" and not self.store.has_arrays(record.arrays.values())

    def _note_unscored(self, group: Group, record: Record) -> None:
        if record.status != "ok":
            return
        scorer = scorer_key(group.task, self.plan.family_of(group.task).code, group.seed)
        score = self.view.scores.get((record.answer, scorer))
        kept = score is not None and score.status == "ok"
        arrays = [score.units, *score.contributions.values()] if score else []
        if not kept or not self.store.has_arrays(arrays):
            group.unscored[record.answer] = dict(record.arrays)
