"""The jobs of a run, as plain records: prepare a split, get an answer, score a batch of answers.

Separate from the workers that do them, because the driver and the executors only pass them on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carebench.catalogue import FamilyEntry, ModelEntry, TaskEntry
from carebench.records import Record, Score, Status, cell_key
from carebench.text import one_line
from carebench.tuning import Member, Trial
from carebench.warden import Limits


@dataclass(frozen=True, kw_only=True)
class Places:
    """Folders that the driver and all workers share."""

    store: str
    cache: str


@dataclass(frozen=True, kw_only=True)
class OwnWork:
    """What a job that runs no model gets: one core."""

    cpus: int = 1
    gpus: float = 0
    memory: int = 0


@dataclass(frozen=True, kw_only=True)
class ModelWork:
    """What a job that runs a model gets: what the model asks for."""

    model: ModelEntry

    @property
    def cpus(self) -> int:
        """Cores that it gets."""
        return self.model.cpus

    @property
    def gpus(self) -> float:
        """Accelerators that it gets."""
        return self.model.gpus


@dataclass(frozen=True, kw_only=True)
class PrepareJob(OwnWork):
    """Make the split of a task for a seed, or the `inner` splits of its training rows, unless they are in the cache."""

    task: TaskEntry
    seed: int
    limits: Limits
    places: Places
    inner: bool = False

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} seed {self.seed}: prepare{' inner splits' if self.inner else ''}"


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A split in the cache, or why there is none.

    Attributes:
        folder: where it is; empty when it could not be made.
        manifest: rows, files and digest.
        reason: why it could not be made.
        phase: what was being done when it could not: `prepare`, or `data` when these are not on this machine.
    """

    folder: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    phase: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerJob(ModelWork):
    """Get a model's answer to a task for a seed.

    With `repeat` the cell was answered before: the answer is compared, and some rows are asked for alone. A tuned model
    answers with `members`, and `tuned` is what its record says of that.
    """

    task: TaskEntry
    family: FamilyEntry
    seed: int
    split: Prepared
    limits: Limits
    places: Places
    repeat: bool = False
    reserved: int = 0
    members: tuple[Member, ...] = ()
    tuned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def memory(self) -> int:
        """Bytes that are kept free for the cell: what its model expects, or what a larger limit reserves."""
        return max(self.model.memory or 0, self.reserved)

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} x {self.model.name} x {self.seed}"


@dataclass(frozen=True, kw_only=True)
class TrialJob(ModelWork):
    """Try parameters of a tuned model on the inner splits of a task and seed."""

    task: TaskEntry
    family: FamilyEntry
    seed: int
    study: str
    number: int
    params: Mapping[str, Any]
    split: Prepared
    limits: Limits
    places: Places
    progress: str

    @property
    def memory(self) -> int:
        """Bytes that are kept free for it."""
        return self.model.memory or 0

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} x {self.model.base} x {self.seed}: {self.progress}"


@dataclass(frozen=True, kw_only=True)
class SelectJob(OwnWork):
    """Choose the ensemble of a tuned model among its trials."""

    task: TaskEntry
    model: ModelEntry
    family: FamilyEntry
    seed: int
    trials: Sequence[Trial]
    split: Prepared
    limits: Limits
    places: Places

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} x {self.model.name} x {self.seed}: select"


@dataclass(frozen=True, kw_only=True)
class Selected:
    """Trial number to weight, or why there is no ensemble."""

    weights: Mapping[int, float] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ScoreJob(OwnWork):
    """Score stored answers to a task for a seed: `answers` maps each answer's digest to its arrays."""

    task: TaskEntry
    family: FamilyEntry
    seed: int
    answers: Mapping[str, Mapping[str, str]]
    limits: Limits
    places: Places

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task.name} seed {self.seed}: score {len(self.answers)} answers"


Job = PrepareJob | AnswerJob | TrialJob | SelectJob | ScoreJob
Result = Prepared | Record | Trial | Selected | Sequence[Score]


def unsettled(
    task: TaskEntry,
    model: ModelEntry,
    family: FamilyEntry,
    seed: int,
    *,
    status: Status,
    reason: str,
    phase: str = "",
) -> Record:
    """A record for a cell that no child was started for."""
    return Record(
        key=cell_key(task, model, family.asking, seed),
        task=task.name,
        model=model.name,
        seed=seed,
        status=status,
        reason=one_line(reason),
        phase=phase,
        plugin=model.origin.label,
    )
