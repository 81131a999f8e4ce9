"""What goes with the measures of an answer: intervals of its rates, groups of patients, and the curves behind a number.

Separate from the measures, which are single numbers: these are tables of plain aggregates.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from carebench_tasks.metrics import by_group, operating, risk_groups
from carebench_tasks.metrics.binary import AUROC
from carebench_tasks.metrics.clinical import GRID, RATES, main_measures
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench_tasks.metrics.by_group import Predicted
    from carebench_tasks.metrics.clinical import Declared

    Floats = NDArray[np.float64]
    Figures = dict[str, dict[str, float | None]]

MODULES = ("carebench_tasks.metrics.clinical_tables", *by_group.MODULES)
#: A tenth by risk with fewer rows shows no frequency.
FEWEST_IN_TENTH = 10


def facts(predicted: Predicted, task: Declared) -> dict[str, float]:
    """Wilson's limits of the four rates, and what treating everybody would be worth at each threshold."""
    if predicted.weight.sum() == 0:
        return {}
    prevalence = float(np.average(predicted.event, weights=predicted.weight))
    points = {f"treat_all_{100 * at:02g}": at for at in GRID}
    if task.operating_point is not None:
        points["treat_all"] = task.operating_point
    return {
        **_limits(predicted, task),
        **{name: operating.treat_all(prevalence, at) for name, at in points.items()},
    }


def subgroups(
    predicted: Predicted, labels: Mapping[str, NDArray[np.generic]], task: Declared
) -> dict[str, Figures]:
    """Figures of every division of the patients, and of the tenths by predicted risk.

    A group with fewer than 30 events or non-events shows its counts alone. `risk tenth` is the calibration curve, and
    `risk band` the distribution of risk by outcome.
    """
    found = {name: _levels(predicted, each, task) for name, each in labels.items()}
    if predicted.risk is not None and predicted.weight.any():
        found["risk tenth"] = _tenths(predicted, predicted.risk)
        found["risk band"] = _bands(predicted, predicted.risk)
    return found


def _levels(predicted: Predicted, labels: NDArray[np.generic], task: Declared) -> Figures:
    """Figures of each group, with bounds of the AUROC that hold for all groups of the division at once."""
    told = by_group.levels(main_measures(task), predicted, labels)
    shown = {
        name: predicted.at(labels == name) for name, figures in told.items() if AUROC.metric.name in figures
    }
    for name, half in zip(shown, _half_widths(list(shown.values())), strict=True):
        value = told[name][AUROC.metric.name] or 0.0
        told[name] |= {"auroc_low": max(value - half, 0.0), "auroc_high": min(value + half, 1.0)}
    return told


def _half_widths(groups: Sequence[Predicted]) -> list[float]:
    """Half-widths of simultaneous 95 % intervals of the AUROC: max-t, over replicates or of independent normals.

    Groups of a division share no row, so that with DeLong's standard error s the second is s z((1 + .95^(1/k)) / 2),
    k groups.

    Source: Sidak 1967, JASA 62:626-633.
    """
    moved = [by_group.moves(AUROC, group) for group in groups]
    if not groups or groups[0].replicates is not None:
        return by_group.simultaneous_half_width(moved).tolist() if groups else []
    quantile = NormalDist().inv_cdf((1 + by_group.QUANTILE ** (1 / len(groups))) / 2)
    return [quantile * float(np.sqrt(np.sum(each**2))) for each in moved]


def _tenths(predicted: Predicted, risk: Floats) -> Figures:
    """Mean risk and frequency of each tenth by risk, from the lowest on."""
    groups = risk_groups.risk_groups(predicted.event, risk, predicted.weight)
    table = zip(groups.number, groups.rows, groups.weight, groups.expected, groups.events, strict=True)
    told: Figures = {}
    for number, rows, weight, expected, events in table:
        level = told[f"{number + 1:02d}"] = {"n": float(rows)}
        if rows >= FEWEST_IN_TENTH:
            level |= {"mean_risk": float(expected / weight), "frequency": float(events / weight)}
    return told


def _bands(predicted: Predicted, risk: Floats) -> Figures:
    """Shares of events and of non-events whose risk lies in each tenth of the range; 1 lies in the last."""
    band = np.minimum((risk * 10).astype(int), 9)
    told: Figures = {f"{number / 10:g} to {(number + 1) / 10:g}": {} for number in range(10)}
    for name, outcome in (("of_events", 1), ("of_non_events", 0)):
        weight = predicted.weight * (predicted.event == outcome)
        if weight.any():
            shares = np.bincount(band, weights=weight, minlength=10) / weight.sum()
            for level, share in zip(told, shares, strict=True):
                told[level][name] = float(share)
    return told


def _limits(predicted: Predicted, task: Declared) -> dict[str, float]:
    if predicted.risk is None or task.operating_point is None:
        return {}
    found = {}
    for name, _, _, function in RATES:
        try:
            rate = function(predicted.event, predicted.risk, predicted.weight, task.operating_point)
        except Undefined:
            continue
        found[f"{name}_low"], found[f"{name}_high"] = operating.wilson(rate)
    return found
