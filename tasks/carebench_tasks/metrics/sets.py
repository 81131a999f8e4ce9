"""Prediction sets: whether they hold what happened, and how much they leave open.

Separate because a set is no probability: it promises a coverage, here 90 % for either outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import Metric
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench_tasks.metrics.binary import Measured

    Floats = NDArray[np.float64]

#: The name of the answer.
SETS = "outcome_set"
NONE = "the model gives no prediction sets"
COVERAGE = Metric(
    name="set_coverage",
    label="Set coverage",
    better="nearer",
    low=0,
    high=1,
    ideal=0.9,
    summary="share of patients whose prediction set holds what happened; 90 % is asked for, of either outcome",
)
SIZE = Metric(
    name="set_size",
    label="Set size",
    better="lower",
    low=0,
    high=2,
    ideal=1,
    summary="mean number of outcomes in the prediction sets, 0 to 2",
)
METRICS = (COVERAGE, SIZE)


def coverage(event: Floats, sets: Floats, weight: Floats) -> float:
    """Share of rows whose set holds the outcome: sum w s[y] / sum w.

    Range 0 to 1, nearer to the promised .9 is better: more is won by larger sets. Undefined when no outcome is known.

    Source: Vovk, Gammerman, Shafer 2005, Algorithmic Learning in a Random World, section 2.2.

    Args:
        event: shape (n,), 0 or 1.
        sets: shape (n, 2), 1 where the set holds 0, and 1.
        weight: shape (n,), at least 0.

    Example:
        >>> coverage(np.array([0.0, 1.0]), np.array([[1.0, 1.0], [1.0, 0.0]]), np.ones(2))
        0.5
    """
    if not weight.any():
        raise Undefined("no row has a known outcome")
    return float(np.average(np.where(event == 1, sets[:, 1], sets[:, 0]), weights=weight))


def size(sets: Floats, weight: Floats) -> float:
    """Mean number of outcomes in a set: sum w (s[0] + s[1]) / sum w.

    Range 0 to 2, lower is better at equal coverage. Undefined when no outcome is known. Source as for `coverage`.

    Example:
        >>> size(np.array([[1.0, 1.0], [1.0, 0.0]]), np.ones(2))
        1.5
    """
    if not weight.any():
        raise Undefined("no row has a known outcome")
    return float(np.average(sets.sum(axis=1), weights=weight))


def enter(found: Measured, event: Floats, sets: Floats | None, weight: Floats) -> None:
    """Both metrics, or the reason why there are none."""
    try:
        if sets is None:
            raise Undefined(NONE)  # noqa: TRY301 - one reason among two
        values = (coverage(event, sets, weight), size(sets, weight))
        found.metrics.update(zip((each.name for each in METRICS), values, strict=True))
    except Undefined as reason:
        found.metrics |= {each.name: None for each in METRICS}
        found.undefined |= {each.name: str(reason) for each in METRICS}


def facts(event: Floats, sets: Floats | None, weight: Floats) -> Mapping[str, float]:
    """The coverage of each outcome, where there is any."""
    if sets is None:
        return {}
    known = {"events": weight * (event == 1), "non_events": weight * (event == 0)}
    return {
        f"set_coverage_of_{name}": coverage(event, sets, each) for name, each in known.items() if each.any()
    }
