"""What a clinical reviewer asks of predicted risks, as one table: discrimination, calibration, decisions, their worth.

Separate from the table of general measures because some of these need what the task declares: its operating point,
and how many patients the challenge's rule calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench import Figure, Metric
from carebench_tasks.metrics import operating, risk_groups, smooth
from carebench_tasks.metrics.binary import (
    AUROC,
    AVERAGE_PRECISION,
    BRIER,
    BRIER_SKILL,
    CALIBRATION_INTERCEPT,
    CALIBRATION_SLOPE,
    EXPECTED_CALIBRATION_ERROR,
    LOG_LOSS,
    Measure,
)
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.totals import OBSERVED_OVER_EXPECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from carebench_tasks.metrics.operating import Rate

    Floats = NDArray[np.float64]
    Rates = Callable[[Floats, Floats, Floats, float], Rate]
    At = Callable[[Floats, Floats, Floats, float], float]

MODULES = (
    "carebench_tasks.metrics.clinical",
    "carebench_tasks.metrics.operating",
    "carebench_tasks.metrics.smooth",
    "carebench_tasks.metrics.totals",
)
#: Facts of a truth by which a task declares what the measures need.
DECLARED = OPERATING_POINT, TRAIN_PREVALENCE = "operating_point", "train_prevalence"
#: Thresholds of the decision curve.
GRID = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
RATES: tuple[tuple[str, str, str, Rates], ...] = (
    ("sensitivity", "Sensitivity", "share of events that are called", operating.sensitivity),
    ("specificity", "Specificity", "share of non-events that are not called", operating.specificity),
    ("ppv", "PPV", "share of events among the called", operating.positive_predictivity),
    ("npv", "NPV", "share of non-events among those not called", operating.negative_predictivity),
)


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a task declares for its measures; None where it declares nothing.

    Attributes:
        operating_point: the risk from which a patient is called.
        quota: the share of patients whom the challenge's rule calls: that of events among the training rows.
    """

    operating_point: float | None = None
    quota: float | None = None


def declared(facts: Mapping[str, float]) -> Declared:
    """What the facts of a truth declare."""
    return Declared(operating_point=facts.get(OPERATING_POINT), quota=facts.get(TRAIN_PREVALENCE))


def measures(task: Declared) -> tuple[Measure, ...]:
    """All measures of a task, the primary one first."""
    return (*main_measures(task), *_events(task), *_decision_curve())


def main_measures(task: Declared) -> tuple[Measure, ...]:
    """Those that are shown by subgroup as well."""
    return (
        AUROC,
        AVERAGE_PRECISION,
        BRIER_SKILL,
        BRIER,
        LOG_LOSS,
        CALIBRATION_INTERCEPT,
        CALIBRATION_SLOPE,
        OBSERVED_OVER_EXPECTED,
        EXPECTED_CALIBRATION_ERROR,
        _lower(
            "ici", "ICI", "mean distance of risk and smoothed frequency", smooth.integrated_calibration_index
        ),
        *(_rate(name, label, summary, function, task) for name, label, summary, function in RATES),
        _net_benefit("net_benefit", "Net benefit", "the task's operating point", task.operating_point),
    )


def _events(task: Declared) -> tuple[Measure, ...]:
    """The two events of the PhysioNet/CinC challenge of 2012."""
    first = Measure(
        metric=Metric(
            name="event1",
            label="Event 1",
            better="higher",
            low=0,
            high=1,
            ideal=1,
            summary="lower of sensitivity and PPV when as large a share is called as had the event in training",
        ),
        value=_with(
            operating.event1, task.quota, "the task says of no training row whether it had the event"
        ),
        needs="ranking",
    )
    return first, _lower(
        "event2", "Event 2", "Hosmer-Lemeshow statistic over the spread of risk", risk_groups.event2
    )


def _decision_curve() -> tuple[Measure, ...]:
    """Net benefit on the grid of thresholds."""
    return tuple(
        _net_benefit(f"net_benefit_{100 * at:02g}", f"Net benefit, {at:.0%}", f"a threshold of {at:.0%}", at)
        for at in GRID
    )


DECISION_CURVE = Figure(
    name="decision-curve",
    title="Decision curve",
    kind="over-metrics",
    x_label="threshold of risk, %",
    y_label="net benefit; treating nobody: 0",
    points=tuple((100 * at, f"net_benefit_{100 * at:02g}") for at in GRID),
)


def _rate(name: str, label: str, summary: str, function: Rates, task: Declared) -> Measure:
    def share(event: Floats, risk: Floats, weight: Floats, threshold: float) -> float:
        return function(event, risk, weight, threshold).share

    return Measure(
        metric=Metric(
            name=name,
            label=label,
            better="higher",
            low=0,
            high=1,
            ideal=1,
            summary=f"{summary} at the task's operating point; Wilson's limits are among the facts",
        ),
        value=_with(share, task.operating_point, "the task declares no operating point"),
    )


def _net_benefit(name: str, label: str, where: str, threshold: float | None) -> Measure:
    return Measure(
        metric=Metric(
            name=name,
            label=label,
            better="higher",
            low=None,
            high=1,
            ideal=1,
            summary=f"true less weighted false positives a patient at {where}; at most the prevalence; treating nobody: 0",
        ),
        value=_with(operating.net_benefit, threshold, "the task declares no operating point"),
    )


def _lower(name: str, label: str, summary: str, value: Callable[[Floats, Floats, Floats], float]) -> Measure:
    return Measure(
        metric=Metric(name=name, label=label, better="lower", low=0, high=None, ideal=0, summary=summary),
        value=value,
    )


def _with(function: At, number: float | None, otherwise: str) -> Callable[[Floats, Floats, Floats], float]:
    """The function at a number that the task declares, or undefined with the reason."""

    def value(event: Floats, prediction: Floats, weight: Floats) -> float:
        if number is None:
            raise Undefined(otherwise)
        return function(event, prediction, weight, number)

    return value
