"""Search spaces: what a model lets tuning change, as plain data; separate from Optuna, which only the driver imports.

The three records take the arguments of Optuna's distributions of like names. Importing Optuna itself takes a fifth of a
second in every child that lists models, so a plugin declares these; an Optuna distribution is understood as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench.canonical import dump, load

if TYPE_CHECKING:
    from collections.abc import Mapping

Plain = dict[str, Any]
_KINDS = {
    "FloatRange": "float",
    "IntRange": "int",
    "FloatDistribution": "float",
    "IntDistribution": "int",
    "CategoricalDistribution": "choice",
}


@dataclass(frozen=True)
class FloatRange:
    """Real numbers from `low` to `high`, both included; on a logarithmic scale with `log`, which needs `low` > 0."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class IntRange:
    """Whole numbers from `low` to `high`, both included; on a logarithmic scale with `log`, which needs `low` >= 1."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """One of some plain JSON values, without order.

    Example:
        >>> Choice(["gini", "entropy"]).choices
        ('gini', 'entropy')
    """

    choices: tuple[Any, ...]

    def __init__(self, choices: Any) -> None:
        object.__setattr__(self, "choices", tuple(choices))


def plain_space(search: Mapping[str, Any]) -> dict[str, Plain]:
    """A search space as plain values, by parameter name.

    Raises:
        ValueError: for what is no range or choice, or one that holds nothing.

    Example:
        >>> plain_space({"C": FloatRange(0.1, 10, log=True)})
        {'C': {'kind': 'float', 'low': 0.1, 'high': 10, 'log': True}}
    """
    return {name: _plain(name, search[name]) for name in sorted(search)}


def distributions(space: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The Optuna distributions of a plain space."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    def one(entry: Mapping[str, Any]) -> Any:
        if entry["kind"] == "choice":
            return CategoricalDistribution([dump(choice).decode() for choice in entry["choices"]])
        kind = FloatDistribution if entry["kind"] == "float" else IntDistribution
        return kind(entry["low"], entry["high"], log=entry["log"])

    return {name: one(entry) for name, entry in space.items()}


def values(space: Mapping[str, Mapping[str, Any]], suggested: Mapping[str, Any]) -> dict[str, Any]:
    """What Optuna suggests for a plain space, as the keyword arguments that it stands for, sorted by name."""
    return {
        name: load(suggested[name].encode()) if space[name]["kind"] == "choice" else suggested[name]
        for name in sorted(suggested)
    }


def random_points(space: Mapping[str, Mapping[str, Any]], number: int, seed: int) -> list[dict[str, Any]]:
    """So many random settings of a plain space."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return [values(space, study.ask(distributions(space)).params) for _ in range(number)]


def _plain(name: str, entry: Any) -> Plain:
    kind = "choice" if isinstance(entry, Choice) else _KINDS.get(type(entry).__name__, "")
    if not kind:
        raise ValueError(
            f"{name!r} is searched over {type(entry).__name__}; FloatRange, IntRange or Choice was expected"
        )
    return _plain_choice(name, entry) if kind == "choice" else _plain_range(name, entry, kind)


def _plain_choice(name: str, entry: Any) -> Plain:
    choices = list(entry.choices)
    try:
        distinct = len({dump(choice) for choice in choices})
    except (TypeError, ValueError) as error:
        raise ValueError(f"the choices of {name!r} must be plain JSON values ({error})") from error
    if len(choices) < 2 or distinct < len(choices):
        raise ValueError(
            f"{name!r} has the choices {choices!r:.200}; two or more different ones were expected"
        )
    return {"kind": "choice", "choices": choices}


def _plain_range(name: str, entry: Any, kind: str) -> Plain:
    ends = (entry.low, entry.high)
    right = all(isinstance(end, int) or (kind == "float" and isinstance(end, float)) for end in ends)
    right = right and not any(isinstance(end, bool) or not math.isfinite(end) for end in ends)
    if not right or not entry.low < entry.high:
        raise ValueError(
            f"{name!r} runs from {entry.low!r:.40} to {entry.high!r:.40}; two finite numbers "
            f"of kind {kind}, the smaller first, were expected"
        )
    if entry.log and entry.low <= 0:
        raise ValueError(
            f"{name!r} runs from {entry.low} on a logarithmic scale; a low end above 0 was expected"
        )
    return {"kind": kind, "low": entry.low, "high": entry.high, "log": bool(entry.log)}
