"""The rows of a results directory as frozen records; separate from reading so that statistics need no file.

Each record's fields are the keys of the JSON object that it comes from; pydantic checks their types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

if TYPE_CHECKING:
    from collections.abc import Mapping

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=100_000)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Better = Literal["higher", "lower", "nearer"]
OverSeeds = Literal["mean", "median", "root-mean-square"]
Kind = Literal["over-metrics", "over-levels", "scatter"]
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
    "withheld_contaminated",
    "suppressed_privacy",
    "retracted",
]

FAILURES: frozenset[Status] = frozenset({"failed", "invalid", "timeout", "oom", "crashed"})
"""The model's own failures: imputed and counted. Every other status but `ok` is a gap, never imputed."""
MEANINGS: Mapping[Status, str] = {
    "ok": "scored",
    "failed": "the model raised an error",
    "invalid": "the answer was not what the family asks for",
    "timeout": "no answer within the time limit",
    "oom": "more memory than the limit",
    "crashed": "the process died",
    "cancelled": "the run was stopped",
    "lost": "the machine was taken away",
    "unavailable": "data or a package is not on the machine that ran it",
    "unsuited": "the task has nothing that the model reads, or the model declined it",
    "irreproducible": "attempts gave different answers",
    "missing": "not run, or not scored",
    "withheld_contaminated": "withheld: the model was trained on the test rows, as its author says",
    "suppressed_privacy": "not published, to protect patients",
    "retracted": "taken back by its author",
}
"""What each status says of a cell, for people."""


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
    over_seeds: OverSeeds = "mean"


class Figure(Record):
    """One drawing of a board: which metrics it draws, and along what."""

    name: Name
    title: Text
    kind: Kind
    x_label: Text
    y_label: Text
    points: list[Annotated[tuple[FiniteFloat, Name], Field(strict=False)]] = []
    metric: Text = ""
    x_metric: Text = ""
    lines: list[Annotated[tuple[Text, Name], Field(strict=False)]] = []
    oracle_at: FiniteFloat | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of all metrics that it draws, each once, in order."""
        named = (*(name for _, name in self.points), self.x_metric, self.metric)
        return tuple(dict.fromkeys(name for name in named if name))

    @model_validator(mode="after")
    def _is_whole(self) -> Figure:
        needed = {"over-metrics": len(self.points) >= 2, "over-levels": bool(self.metric)}
        if not needed.get(self.kind, bool(self.metric and self.x_metric)):
            raise ValueError(
                "a figure over metrics needs two points or more, one over levels a `metric`, a scatter both metrics"
            )
        if self.lines and self.kind != "over-metrics":
            raise ValueError("`lines` go with figures over metrics alone")
        if self.oracle_at is not None and self.kind != "over-levels":
            raise ValueError("`oracle_at` goes with figures over levels alone")
        return self


class Family(Record):
    """A kind of question; its first metric is the primary one, with its anchors, or without any where both are null."""

    name: Name
    title: Text
    question: Text
    contract: Text
    metrics: Annotated[list[Metric], Field(min_length=1)]
    no_skill: FiniteFloat | None
    perfect: FiniteFloat | None
    rope: FiniteFloat
    figures: list[Figure] = []
    beside: list[Name] = []

    @property
    def primary(self) -> Metric:
        """The metric that ranks."""
        return self.metrics[0]

    @property
    def beside_metrics(self) -> list[Metric]:
        """The metrics that stand beside the headline."""
        return [metric for name in self.beside for metric in self.metrics if metric.name == name]

    @model_validator(mode="after")
    def _anchors_are_a_pair(self) -> Family:
        if (self.perfect is None) != (self.no_skill is None):
            raise ValueError("one of `perfect` and `no_skill` is null; both are numbers, or both null")
        if self.perfect is not None and self.perfect == self.no_skill:
            raise ValueError("`perfect` and `no_skill` are equal, so that no skill can be computed")
        return self


class Task(Record):
    """One question about one cohort; tasks of one series ask it at several levels, its `oracle` asks it with right labels."""

    name: Name
    family: Name
    version: Count
    title: Text
    cohort: Name
    unit: Name
    design: Design
    series: Text = ""
    level: FiniteFloat | None = None
    ranked: bool = True
    oracle: Text = ""
    flags: list[Text]
    card: Text
    source: Text
    citation: Text

    @property
    def headline(self) -> bool:
        """Whether it counts in the mean of its board and in the ranks."""
        return self.ranked and self.design != "all-rows"

    @property
    def replicated(self) -> bool:
        """Whether each seed is a replication: a data set of its own."""
        return self.unit == "replication"

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.title or self.name


class Model(Record):
    """One method; a comparator is a reference line, never ranked; a tuned variant has a `base`, and `tuning` says how.

    Its `modality` says whether it reads a table, measurements over time, or something else; its `reference` trains the same
    backbone plainly.
    """

    name: Name
    title: Text
    summary: Text
    citation: Text
    role: Role
    inputs: Text
    modality: Text = "tabular"
    origin: Text
    base: Text = ""
    tuning: Text = ""
    reference: Text = ""

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.title or self.name


class Member(Record):
    """One trial's parameters in a tuned answer, with their share of it."""

    trial: Count
    weight: FiniteFloat
    params: dict[Name, Any]


class Tuned(Record):
    """How a tuned cell came about: what answers, and the value of each trial, null where it did not end well."""

    members: list[Member]
    values: list[FiniteFloat | None]


class Cell(Record):
    """What became of one (task, model, seed), with metrics and digests; `answer` and `split` are for auditors.

    Where it states the `version` of its task, that is the table's. Where it is `resampled`, `units` are bootstrap replicates, each with its contribution; else the units tested.
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
    subgroups: dict[Name, dict[Name, dict[Name, FiniteFloat | None]]] = Field(default_factory=dict)
    tuned: Tuned | None = None
    notes: list[Text]
    units: Digest | Literal[""]
    resampled: bool = False
    version: Count | None = None
    contributions: dict[str, Digest]

    @field_validator("tuned", mode="before")
    @classmethod
    def _nothing_is_none(cls, value: object) -> object:
        return value or None


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


class Attempt(Record):
    """How the last attempt of one cell went: number of `tries`, the model's `plugin`, the end of what it printed."""

    key: Text
    tries: Count
    plugin: Text
    output: Text
    traceback: Text
    environment: Count


class Attempts(Record):
    """The attempts by cell key, and the environments that they name by number."""

    environments: list[dict[str, str]] = []
    cells: dict[str, Attempt] = {}


class Table(Record):
    """A whole results table, sorted by name, with warnings about what was left out in reading."""

    suite: Suite
    families: list[Family]
    tasks: list[Task]
    models: list[Model]
    cells: list[Cell]
    warnings: tuple[str, ...] = ()
