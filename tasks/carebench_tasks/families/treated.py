"""How estimators of causal effects are fitted and asked: by their own interface, or by EconML's through one adapter.

Separate from the two causal families because both do it. The answering child imports this module, so it imports
nothing heavier than numpy.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import InvalidAnswer, Unsuited, fit_with_extras

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split

    Floats = NDArray[np.float64]

#: What a `fit` must take where a task reveals it, since the answer would be wrong without it.
NEEDED = {
    "treatment": "who was treated",
    "observed": "whose outcome was seen",
}
LEVEL = 0.95


def fit(estimator: Any, split: Split) -> Any:
    """Fit on training rows, their outcomes and treatments, and what else the task reveals.

    `fit(X, y, *, treatment)` also gets `instrument` and `observed` where its signature names them. A `fit` with the
    parameters `Y` and `T` is EconML's: `fit(Y, T, X=X)`, with `Z` where it names that.

    Raises:
        Unsuited: when the task reveals whose outcome was seen, and `fit` does not ask for it.
        InvalidAnswer: when `fit` does not ask for the treatment.
    """
    reveals = {name: values for name, values in split.reveals.items() if name != "y"}
    named = inspect.signature(estimator.fit).parameters
    if {"Y", "T"} <= set(named):
        return _fit_econml(estimator, split, reveals, takes_instrument="Z" in named)
    if "treatment" not in named:
        raise InvalidAnswer(
            f"{_name(estimator)}.fit was expected to take `treatment`; it takes {list(named)}"
        )
    for name, meaning in NEEDED.items():
        if name in reveals and name not in named:
            raise Unsuited(f"fit does not take `{name}`, and this task says with it {meaning}")
    return fit_with_extras(estimator, split.train, split.reveals["y"], reveals)


def _fit_econml(
    estimator: Any, split: Split, reveals: Mapping[str, NDArray[np.generic]], *, takes_instrument: bool
) -> Any:
    if "observed" in reveals:
        raise Unsuited("EconML's fit knows no outcomes that were not seen, and this task has some")
    if takes_instrument and "instrument" not in reveals:
        raise Unsuited("it needs an instrument, and this task has none")
    extras = {"Z": reveals["instrument"]} if takes_instrument else {}
    estimator.fit(split.reveals["y"], reveals["treatment"], X=split.train, **extras)
    return estimator


def effect(estimator: Any, inputs: Any) -> Floats:
    """One effect a row, shape (n,).

    Raises:
        InvalidAnswer: when the estimator has no `effect(X)`, or its answer has another shape.
    """
    if not hasattr(estimator, "effect"):
        raise InvalidAnswer(f"{_name(estimator)} was expected to have effect(X): one effect a row")
    return _vector(estimator.effect(inputs), len(inputs), "effect(X)")


def effect_interval(estimator: Any, inputs: Any) -> tuple[Floats, Floats] | None:
    """Lower and upper bound of the 95 % interval of each row's effect, or None where the estimator gives none.

    EconML's estimators have the method whether or not they were fitted for it; those that were not raise
    `AttributeError` or `NotImplementedError`.
    """
    if not hasattr(estimator, "effect_interval"):
        return None
    try:
        low, high = estimator.effect_interval(inputs, **_alpha(estimator.effect_interval))
    except (AttributeError, NotImplementedError):
        return None
    return _vector(low, len(inputs), "effect_interval(X)"), _vector(high, len(inputs), "effect_interval(X)")


def average_effect(estimator: Any, inputs: Any) -> Mapping[str, Any]:
    """`estimate`, `estimand` and, where there is an interval, `low` and `high`.

    From `average_effect()`, whose result has these as attributes; else, as EconML's estimators have it, from
    `ate(X)` and `ate_interval(X)` on the training rows.

    Raises:
        InvalidAnswer: when the estimator has neither.
    """
    if hasattr(estimator, "average_effect"):
        found = estimator.average_effect()
        low, high = getattr(found, "low", None), getattr(found, "high", None)
        return {"estimate": found.estimate, "low": low, "high": high, "estimand": found.estimand}
    if not hasattr(estimator, "ate_interval"):
        raise InvalidAnswer(
            f"{_name(estimator)} was expected to have average_effect(), with estimate, low, high and estimand"
        )
    try:
        low, high = estimator.ate_interval(inputs, **_alpha(estimator.ate_interval))
    except (AttributeError, NotImplementedError):
        low, high = None, None
    return {"estimate": _one(estimator.ate(inputs)), "low": _one(low), "high": _one(high), "estimand": "ATE"}


def optional_vector(estimator: Any, method: str, inputs: Any) -> Floats | None:
    """What an optional method of one argument gives for each row, shape (n,); None without the method."""
    if not hasattr(estimator, method):
        return None
    return _vector(getattr(estimator, method)(inputs), len(inputs), f"{method}(X)")


def _alpha(method: Any) -> dict[str, float]:
    return {"alpha": 1 - LEVEL} if "alpha" in inspect.signature(method).parameters else {}


def _vector(values: Any, rows: int, what: str) -> Floats:
    table = np.array(values, dtype=np.float64)
    if table.size != rows or (table.ndim > 1 and table.shape[0] != rows):
        raise InvalidAnswer(f"{what} gave shape {table.shape}; ({rows},) was expected, one number a row")
    return table.reshape(rows)


def _one(value: Any) -> float | None:
    return None if value is None else float(np.ravel(value)[0])


def _name(estimator: Any) -> str:
    return type(estimator).__name__
