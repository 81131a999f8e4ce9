"""What every metric of a binary outcome needs first: rows that count, and an honest "undefined".

Separate because a metric that cannot be computed is neither 0 nor NaN: it says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Influence = Callable[[Floats, Floats, Floats], Floats]


Case = TypeVar("Case")


class Undefined(ValueError):  # noqa: N818 - a state, no error of anybody's
    """Raised by a metric that has no value on these rows; its text is the reason."""


def observed(event: Floats, prediction: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """The rows with positive weight: those whose outcome is known."""
    keep = weight > 0
    return event[keep], prediction[keep], weight[keep]


def need_both_outcomes(event: Floats, weight: Floats) -> None:
    """Raise `Undefined` unless both an event and a non-event have positive weight."""
    counted = event[weight > 0]
    if len(counted) == 0:
        raise Undefined("no row has a known outcome")
    if counted.min() == counted.max():
        raise Undefined(f"every known outcome is {counted[0]:g}; both outcomes are needed")


def spread(influence: Influence, event: Floats, prediction: Floats, weight: Floats) -> Floats:
    """Influence computed on rows with known outcome, and 0 for all others: shape (n,)."""
    values = np.zeros(len(event))
    values[weight > 0] = influence(*observed(event, prediction, weight))
    return values


def measured(
    measures: Mapping[str, Callable[[Case], float]], case: Case
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Each measure of a case by name, None where it is undefined, and the reasons of those."""
    values: dict[str, float | None] = {}
    undefined: dict[str, str] = {}
    for name, measure in measures.items():
        try:
            values[name] = measure(case)
        except Undefined as reason:
            values[name], undefined[name] = None, str(reason)
    return values, undefined
