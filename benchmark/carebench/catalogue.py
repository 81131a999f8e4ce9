"""What is registered, as plain descriptions; separate because the driver knows plugins only through them.

A discovering child writes these records as JSON, and the driver reads them back: it never imports a
plugin, so a plugin can neither break a listing nor change the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from carebench.errors import UsageError
from carebench.family import Answer, Figure, Metric
from carebench.names import nearest
from carebench.tuning import Tuning


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a plugin comes from, and how a child can load it again.

    Attributes:
        kind: `entry-point`, `module`, `file`, or `dotted` for an importable estimator without a plugin.
        target: module name, absolute path, or dotted name.
        name: name of the entry point, the module, or the file's stem.
        distribution: distribution that ships it, empty for a file.
        version: version of the distribution.
        digest: SHA-256 of a single file's bytes, empty otherwise.
    """

    kind: Literal["entry-point", "module", "file", "dotted"]
    target: str
    name: str
    distribution: str = ""
    version: str = ""
    digest: str = ""

    @property
    def label(self) -> str:
        """For people: distribution and version, or the file."""
        return f"{self.distribution} {self.version}".strip() if self.distribution else self.target


@dataclass(frozen=True, kw_only=True)
class FamilyEntry:
    """Description of a family; `code` is the digest of all that decides its scores, `asking` of all that asks models."""

    name: str
    title: str
    question: str
    contract: str
    answers: Sequence[Answer]
    metrics: Sequence[Metric]
    no_skill: float | None
    perfect: float | None
    rope: float
    figures: Sequence[Figure]
    beside: Sequence[str]
    tunable: bool
    code: str
    asking: str
    origin: Origin


@dataclass(frozen=True, kw_only=True)
class TaskEntry:
    """Description of a task; `code`, `data` and `libraries` identify what it will produce.

    `missing` names the distributions that it needs and that are absent.
    """

    name: str
    version: int
    family: str
    title: str
    cohort: str
    unit: str
    design: Literal["folds", "fixed", "all-rows"]
    modalities: Sequence[str]
    comparators: Sequence[str]
    demographics: Sequence[str]
    static: Sequence[str]
    flags: Sequence[str]
    series: str
    level: float | None
    ranked: bool
    oracle: str
    source: str
    citation: str
    card: str
    code: str
    data: str
    libraries: Mapping[str, str]
    missing: Sequence[str]
    origin: Origin


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """Description of a model.

    `missing` names the distributions that it needs and that are absent; a tuned variant has a `base` and a `tuning`.
    """

    name: str
    families: Sequence[str]
    title: str
    summary: str
    citation: str
    inputs: Literal["raw", "numeric", "comparators", "demographics", "series", "image"]
    modality: str
    params: Mapping[str, Any]
    build: str
    code: str
    libraries: Mapping[str, str]
    missing: Sequence[str]
    extra: str
    cpus: int
    gpus: float
    memory: int | None
    origin: Origin
    search: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""
    tuning: Tuning | None = None
    reference: str = ""

    @property
    def registered(self) -> str:
        """The name by which a plugin registers it."""
        return self.base or self.name

    @property
    def role(self) -> Literal["entrant", "comparator"]:
        """Models that read a published score are reference lines: unranked, outside coverage."""
        return "comparator" if self.inputs == "comparators" else "entrant"


@dataclass(frozen=True, kw_only=True)
class PluginEntry:
    """One plugin: what it adds, or why it is not available."""

    origin: Origin
    problems: Sequence[str] = ()
    traceback: str = ""
    adds: Sequence[str] = ()

    @property
    def available(self) -> bool:
        """Whether what it registers can be used."""
        return not self.problems


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """By the one rule for names."""


Entry = TypeVar("Entry", bound=Named)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """All that is registered, each sequence sorted by name."""

    families: Sequence[FamilyEntry] = field(default_factory=tuple)
    tasks: Sequence[TaskEntry] = field(default_factory=tuple)
    models: Sequence[ModelEntry] = field(default_factory=tuple)
    plugins: Sequence[PluginEntry] = field(default_factory=tuple)

    def family(self, name: str) -> FamilyEntry:
        """The family called `name`."""
        return self._find("family", self.families, name)

    def task(self, name: str) -> TaskEntry:
        """The task called `name`."""
        return self._find("task", self.tasks, name)

    def model(self, name: str) -> ModelEntry:
        """The model called `name`."""
        return self._find("model", self.models, name)

    def _find(self, kind: str, entries: Sequence[Entry], name: str) -> Entry:
        for entry in entries:
            if entry.name == name:
                return entry
        raise UsageError(
            f"no {kind} is called {name!r}; {nearest(name, [e.name for e in entries])}{self._broken()}"
        )

    def _broken(self) -> str:
        broken = [entry.origin.label for entry in self.plugins if not entry.available]
        return f" (not available: {', '.join(broken)}; see `carebench list plugins`)" if broken else ""
