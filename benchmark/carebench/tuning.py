"""The nouns of tuning: how much of it, which variants of a model it makes, and one trial's record.

Separate from the study, which asks and tells: these are plain values that key cells and are kept in the store.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from carebench.catalogue import FamilyEntry, ModelEntry

State = Literal[
    "ok", "failed", "invalid", "timeout", "oom", "crashed", "unsuited", "unavailable", "cancelled", "lost"
]
#: Raise it when the same budget could give other trials: folds, batches, sampler, or how a trial is judged.
TUNING_PROTOCOL = 1
#: Trials that are asked for together and told in order, whatever the number of workers.
BATCH = 5
DECLINED = "runs at its defaults: it declares no search space"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How much tuning: a number of trials, or seconds of trials, which no second run repeats exactly.

    Example:
        >>> Budget(trials=20).label, Budget(seconds=600.0).label
        ('tuned-20', 'tuned-600s')
    """

    trials: int | None = None
    seconds: float | None = None

    @property
    def label(self) -> str:
        """What a tuned model's name has behind the `@`."""
        return f"tuned-{self.trials}" if self.trials else f"tuned-{self.seconds:g}s"

    @property
    def words(self) -> str:
        """For people."""
        if self.trials:
            return f"tuned, {self.trials} trials"
        return f"tuned for {self.seconds:g} s: not repeatable"


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How a variant of a model comes about; all of it keys its cells.

    Attributes:
        budget: how much.
        ensemble: whether several trials' models answer together, instead of the best one alone.
        search: the search space, as plain values.
        judges: family to the digest of the code that judges its trials.
        optuna: version of Optuna.
        protocol: see `TUNING_PROTOCOL`.
    """

    budget: Budget
    ensemble: bool
    search: Mapping[str, Mapping[str, Any]]
    judges: Mapping[str, str]
    optuna: str
    protocol: int = TUNING_PROTOCOL


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One setting of the parameters, tried on the inner splits of a task and seed.

    Attributes:
        study: key of the study: task, seed, model, budget and all that can change a value.
        number: position, from 0, the model as it stands.
        params: what was tried, beside the model's own parameters.
        state: how it ended, in the words of a cell.
        value: mean objective over the inner splits, larger is better; None unless it ended well.
        reason: why it has no value.
        arrays: name of each array of the answer to its content digest, inner splits one behind the other.
        limits: `wall` in seconds and `memory` in bytes that it ran under.
        cost: `wall_s`, `cpu_s` and `peak_bytes`.
    """

    study: str
    number: int
    params: Mapping[str, Any] = field(default_factory=dict)
    state: State
    value: float | None = None
    reason: str = ""
    arrays: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    cost: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Member:
    """One fitted model of a tuned answer: which trial's parameters, and its share of the answer."""

    trial: int
    weight: float
    params: Mapping[str, Any]


def variants(model: ModelEntry, budget: Budget, families: Sequence[FamilyEntry]) -> Iterator[ModelEntry]:
    """The tuned variants of a model: its best trial, and an ensemble of its trials; none where it has nothing to tune."""
    judges = {entry.name: entry.code for entry in families if entry.tunable and entry.name in model.families}
    if not model.search or not judges:
        return
    for ensemble in (False, True):
        more, words = ("+ensemble", ", ensemble") if ensemble else ("", "")
        yield replace(
            model,
            name=f"{model.name}@{budget.label}{more}",
            title=f"{model.title} ({budget.words}{words})",
            base=model.name,
            tuning=Tuning(
                budget=budget,
                ensemble=ensemble,
                search=model.search,
                judges=judges,
                optuna=importlib.metadata.version("optuna"),
            ),
        )
