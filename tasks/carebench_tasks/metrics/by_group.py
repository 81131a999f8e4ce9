"""A prediction held against each measure group by group: what every board of shifted data is made of.

Separate from the families because worst group, mean over domains and gap are the same arithmetic with other groups.
A group's row of figures is computed on its rows alone; nothing of another group enters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics.binary import AUROC, BRIER, BRIER_SKILL, CALIBRATION_SLOPE, RANKS_ONLY, Measure
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.totals import ACCURACY, OBSERVED_OVER_EXPECTED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench_tasks.metrics.binary import Measured

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MODULES = ("carebench_tasks.metrics.by_group", "carebench_tasks.metrics.totals")
#: Rule 4: a group with fewer events or non-events is not shown.
FEWEST = 30
QUANTILE = 0.95
#: Between the names of groups in the label of a row that belongs to several.
AND = " + "


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """An answer beside what happened, n rows.

    Attributes:
        event: shape (n,), 0 or 1.
        weight: shape (n,), 0 where the outcome is unknown.
        ranks: shape (n,), what ranks the rows.
        risk: shape (n,), probabilities, or None when the answer only ranks.
        replicates: shape (n, B), weights in bootstrap replicates, or None.
    """

    event: Floats
    weight: Floats
    ranks: Floats
    risk: Floats | None
    replicates: Floats | None = None

    def at(self, rows: Mask) -> Predicted:
        """The same of some rows."""
        return replace(
            self,
            event=self.event[rows],
            weight=self.weight[rows],
            ranks=self.ranks[rows],
            risk=None if self.risk is None else self.risk[rows],
            replicates=None if self.replicates is None else self.replicates[rows],
        )

    @property
    def counts(self) -> tuple[int, int]:
        """Known events and known non-events."""
        known = self.event[self.weight > 0]
        return int(known.sum()), int(len(known) - known.sum())


MEASURES = (BRIER_SKILL, AUROC, ACCURACY, BRIER, CALIBRATION_SLOPE, OBSERVED_OVER_EXPECTED)


def value(measure: Measure, predicted: Predicted) -> float:
    """The measure on all rows of `predicted`.

    Raises:
        Undefined: where it has none, with the reason.
    """
    prediction = predicted.ranks if measure.needs == "ranking" else predicted.risk
    if prediction is None:
        raise Undefined(RANKS_ONLY)
    return measure.value(predicted.event, prediction, predicted.weight)


def values(measure: Measure, groups: Mapping[str, Predicted]) -> dict[str, float]:
    """The measure in every group; one group without a value leaves all without, since the worst is then unknown."""
    if not groups:
        raise Undefined("no group has enough events and non-events among the test rows")
    return {name: value(measure, group) for name, group in groups.items()}


def loss(measure: Measure, found: float) -> float:
    """How far a value is from the ideal, in the measure's unit, at least 0 where the ideal is an end of the range.

    Example:
        >>> loss(AUROC, 0.75), loss(BRIER, 0.25), loss(OBSERVED_OVER_EXPECTED, 0.5)
        (0.25, 0.25, 0.5)
    """
    away = found - measure.metric.ideal
    return {"higher": -away, "lower": away, "nearer": abs(away)}[measure.metric.better]


def worst(measure: Measure, found: Mapping[str, float]) -> str:
    """The group that is furthest from the ideal; of equals the first by name."""
    return max(sorted(found), key=lambda name: loss(measure, found[name]))


def members(labels: NDArray[np.generic]) -> dict[str, Mask]:
    """The rows of each group but the nameless, by name in order; a row labelled "a + b" is in both.

    Example:
        >>> {name: rows.tolist() for name, rows in members(np.array(["b", "", "a + b"])).items()}
        {'a': [False, False, True], 'b': [True, False, True]}
    """
    found, place = np.unique(labels.astype(str), return_inverse=True)
    parts = [set(label.split(AND)) - {""} for label in found.tolist()]
    return {name: np.array([name in held for held in parts])[place] for name in sorted(set().union(*parts))}


def levels(
    measures: Sequence[Measure], whole: Predicted, labels: NDArray[np.generic]
) -> dict[str, dict[str, float | None]]:
    """Figures of each group but the nameless one: its counts, and the measures where it is large enough to show any."""
    told: dict[str, dict[str, float | None]] = {}
    for name, rows in members(labels).items():
        group = whole.at(rows)
        events, others = group.counts
        told[name] = {"n": float(len(group.event)), "events": float(events)}
        if min(events, others) >= FEWEST:
            told[name] |= figures(measures, group)
    return told


def figures(measures: Sequence[Measure], group: Predicted) -> dict[str, float | None]:
    """Each measure of one group by name; None where it is undefined."""
    found: dict[str, float | None] = {}
    for measure in measures:
        try:
            found[measure.metric.name] = value(measure, group)
        except Undefined:
            found[measure.metric.name] = None
    return found


def put(found: Measured, name: str, compute: float | Undefined) -> None:
    """Enter a value, or the reason why there is none."""
    undefined = isinstance(compute, Undefined)
    found.metrics[name] = None if undefined else float(compute)  # type: ignore[arg-type]
    if undefined:
        found.undefined[name] = str(compute)


def moves(measure: Measure, predicted: Predicted) -> Floats:
    """What moves a value: its influence by row, shape (n,), or its values in the replicates, shape (B,).

    Raises:
        Undefined: where neither is known.
    """
    prediction = predicted.ranks if measure.needs == "ranking" else predicted.risk
    if prediction is None:
        raise Undefined(RANKS_ONLY)
    if predicted.replicates is not None and measure.replicates is not None:
        return measure.replicates(predicted.event, prediction, predicted.replicates)
    if predicted.replicates is None and measure.influence is not None:
        return measure.influence(predicted.event, prediction, predicted.weight)
    raise Undefined(f"{measure.metric.label} has no contributions")


def simultaneous_half_width(replicates: Sequence[Floats]) -> Floats:
    """Half-widths of intervals that hold for all groups at once, by max-t over bootstrap replicates, shape (groups,).

    With s_g the standard deviation of group g's replicates and c the .95 quantile over replicates of
    max_g |A_gb - mean A_g| / s_g: c s_g.

    Source: Westfall and Young 1993, Resampling-Based Multiple Testing, section 2.6.
    """
    table = np.array(replicates)
    spread = table.std(axis=1, ddof=1)
    centred = np.abs(table - table.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)[:, None]
    return np.asarray(np.quantile(centred.max(axis=0), QUANTILE) * spread)
