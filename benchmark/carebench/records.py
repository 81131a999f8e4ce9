"""The nouns `Cell`, `Record` and `Score`: what is asked, what became of it, and what it is worth.

Plain values that travel as JSON; separate from the store, which keeps them, and from the runner, which makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from carebench.canonical import digest
from carebench.catalogue import ModelEntry, TaskEntry

ENGINE_PROTOCOL = 1
Status = Literal[
    "ok",
    "failed",
    "invalid",
    "timeout",
    "oom",
    "crashed",
    "cancelled",
    "lost",
    "unavailable",
    "unsuited",
    "irreproducible",
]
RETRIED_ALWAYS = frozenset({"lost", "cancelled", "unavailable"})
#: Phases of an `unavailable` cell that nobody began: something, or the task's `data`, is not on this machine.
NEVER_BEGUN = frozenset({"", "data"})
RETRIED_WHEN_LIMIT_ROSE = {"timeout": "wall", "oom": "memory"}


@dataclass(frozen=True, order=True)
class Cell:
    """One square of the grid: task, model and seed, by name; hashable.

    Example:
        >>> Cell("mortality/rhc-30d", "ridge-logistic", 0).label
        'mortality/rhc-30d x ridge-logistic x 0'
    """

    task: str
    model: str
    seed: int

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.task} x {self.model} x {self.seed}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What became of one attempt of a cell.

    Attributes:
        key: the cell's key; see `cell_key`.
        task: name.
        model: name.
        seed: number.
        status: how it ended.
        reason: one line; empty when `ok`.
        phase: what was being done when it ended.
        answer: digest of the answer; empty unless `ok`.
        arrays: name of each array of the answer to its content digest.
        split: digest of the split that the model saw.
        rows: number of its rows for `train` and `test`.
        plugin: distribution and version, or file, of the model.
        limits: `wall` in seconds and `memory` in bytes that it ran under.
        cost: `wall_s`, `cpu_s`, `peak_bytes`, and, when it came so far, `fit_s` and `predict_s`.
        environment: versions, machine and threads that it ran with.
        output: head and tail of what it printed.
        traceback: the plugin's frames, when it raised.
        strays: processes that it left behind.
        probed: whether this attempt repeated an earlier one and also asked for some test rows alone.
        flags: what a reader should know of the answer: `constant`, `batch-dependent`.
        tuned: of a tuned cell: its `study`, number of `trials` and of `failed` ones, the best `value`, and `members`,
            each a trial with its weight and parameters.
    """

    key: str
    task: str
    model: str
    seed: int
    status: Status
    reason: str = ""
    phase: str = ""
    answer: str = ""
    arrays: Mapping[str, str] = field(default_factory=dict)
    split: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    plugin: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""
    traceback: str = ""
    strays: int = 0
    probed: bool = False
    flags: tuple[str, ...] = ()
    tuned: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Score:
    """What one answer is worth, by one version of the scorer; several cells may share it.

    Attributes:
        answer: digest of the answer.
        scorer: digest of all that decides the score; see `scorer_key`.
        status: `ok`, or `failed` when the scorer could not score it.
        reason: one line; empty when `ok`.
        metrics: name to value, None when undefined.
        undefined: name to reason.
        facts: plain numbers about the test set.
        notes: remarks.
        units: content digest of the ids that contributions are paired by.
        resampled: whether these are ids of bootstrap replicates, not of the units tested.
        contributions: metric name to content digest.
        subgroups: attribute to level to figure to value.
    """

    answer: str
    scorer: str
    status: Literal["ok", "failed"]
    reason: str = ""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    undefined: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, float | None] = field(default_factory=dict)
    notes: Sequence[str] = ()
    units: str = ""
    resampled: bool = False
    contributions: Mapping[str, str] = field(default_factory=dict)
    subgroups: Mapping[str, Mapping[str, Mapping[str, float | None]]] = field(default_factory=dict)


def split_key(task: TaskEntry, seed: int) -> str:
    """Digest of all that can change a split, known before anything is prepared."""
    return digest(
        {
            "protocol": ENGINE_PROTOCOL,
            "task": [task.name, task.version, task.code, task.data],
            "libraries": dict(task.libraries),
            "views": [list(task.comparators), list(task.demographics), list(task.static)],
            "seed": seed,
        }
    )


def cell_key(task: TaskEntry, model: ModelEntry, asking: str, seed: int) -> str:
    """Digest of all that can change a cell's answer; neither host, time, limits nor metrics are in it.

    `asking` is the digest of the code by which the family fits a model and asks it.
    """
    return digest(
        {
            "split": split_key(task, seed),
            "asking": asking,
            "model": [model.name, model.inputs, model.build, model.code, dict(model.params)],
            "origin": [model.origin.distribution, model.origin.version, model.origin.digest],
            "libraries": dict(model.libraries),
            "device": "cuda" if model.gpus else "cpu",
            "tuning": asdict(model.tuning) if model.tuning else None,
        }
    )


def study_key(task: TaskEntry, model: ModelEntry, asking: str, seed: int) -> str:
    """Digest of all that can change the trials of a tuned model; its best and its ensemble share them."""
    assert model.tuning is not None  # noqa: S101 - only tuned variants have trials
    alone = replace(model, name=model.base, tuning=replace(model.tuning, ensemble=False))
    return digest({"study": cell_key(task, alone, asking, seed)})


def scorer_key(task: TaskEntry, family_code: str, seed: int) -> str:
    """Digest of all that can change the score of a given answer."""
    return digest({"split": split_key(task, seed), "family": family_code})


def answer_digest(arrays: Mapping[str, str]) -> str:
    """Digest of an answer from the content digests of its arrays."""
    return digest({"arrays": dict(arrays)})
