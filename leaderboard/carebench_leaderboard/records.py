"""The rows of a results directory as frozen records; separate from reading so that statistics need no file.

Each record's fields are the keys of the JSON object that it comes from; pydantic checks their types.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=100_000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Better = Literal["higher", "lower", "nearer"]
Design = Literal["folds", "fixed", "all-rows"]
Role = Literal["entrant", "comparator"]
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
    "missing",
]

FAILURES: frozenset[Status] = frozenset({"failed", "invalid", "timeout", "oom", "crashed"})
"""The model's own failures: imputed and counted. Every other status but `ok` is a gap, never imputed."""


class Record(BaseModel):
    """A checked JSON object: frozen, with strict types; keys that it does not know are left out."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Suite(Record):
    """Which suite was run."""

    name: Name
    title: Text


class Metric(Record):
    """One number that says how good an answer is, with its range (None: unbounded) and its ideal."""

    name: Name
    label: Text
    better: Better
    low: FiniteFloat | None
    high: FiniteFloat | None
    ideal: FiniteFloat
    summary: Text


class Family(Record):
    """A kind of question; its first metric is the primary one, whose anchors are `no_skill` and `perfect`."""

    name: Name
    title: Text
    question: Text
    contract: Text
    metrics: Annotated[list[Metric], Field(min_length=1)]
    no_skill: FiniteFloat
    perfect: FiniteFloat
    rope: FiniteFloat

    @property
    def primary(self) -> Metric:
        """The metric that ranks."""
        return self.metrics[0]

    @model_validator(mode="after")
    def _anchors_differ(self) -> Family:
        if self.perfect == self.no_skill:
            raise ValueError("`perfect` and `no_skill` are equal, so that no skill can be computed")
        return self


class Task(Record):
    """One question about one cohort."""

    name: Name
    family: Name
    version: Count
    title: Text
    cohort: Name
    unit: Name
    design: Design
    flags: list[Text]
    card: Text
    source: Text
    citation: Text


class Model(Record):
    """One method; a comparator is a reference line, never ranked."""

    name: Name
    title: Text
    summary: Text
    citation: Text
    role: Role
    inputs: Text
    origin: Text

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.title or self.name


class Cell(Record):
    """What became of one (task, model, seed), with metrics and digests; `answer` and `split` are for auditors.

    Where it is `resampled`, `units` are bootstrap replicates, each with its contribution; else the units tested.
    """

    key: Text
    task: Name
    model: Name
    seed: Count
    status: Status
    reason: Text
    phase: Text
    answer: Text = ""
    split: Text = ""
    metrics: dict[str, FiniteFloat | None]
    undefined: dict[str, Text]
    facts: dict[str, FiniteFloat | None]
    notes: list[Text]
    units: Digest | Literal[""]
    resampled: bool = False
    contributions: dict[str, Digest]


class Cost(Record):
    """What one cell took; None where it was not measured."""

    key: Text
    task: Name
    model: Name
    seed: Count
    status: Status
    wall_s: FiniteFloat | None
    cpu_s: FiniteFloat | None
    peak_mib: FiniteFloat | None


class Table(Record):
    """A whole results table, sorted by name, with warnings about what was left out in reading."""

    suite: Suite
    families: list[Family]
    tasks: list[Task]
    models: list[Model]
    cells: list[Cell]
    warnings: tuple[str, ...] = ()
