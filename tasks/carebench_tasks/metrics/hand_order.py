"""Whether a model knows its own errors and its humans': metrics of the order of handing over, and of stated chances.

Separate from the team's accuracies because these need no bootstrap and may each be undefined for a reason of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench import Metric
from carebench_tasks.metrics import calibration, probability, selective
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from carebench_tasks.metrics.deferral import Team

    Floats = NDArray[np.float64]

NO_CHANCE = "the answer holds no `human_right`, the chance that the expert is right"


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What the metrics of order look at, n test rows.

    Attributes:
        team: the answer.
        weight: shape (n,), 0 where the outcome is unknown.
        handed: shape (n,), the chance that each row is handed over at the budget looked at.
        expert_right: shape (n,), 1 where the chosen expert's own decision is right.
        stated: shape (n,), the stated chance of that, or None.
    """

    team: Team
    weight: Floats
    handed: Floats
    expert_right: Floats
    stated: Floats | None


@dataclass(frozen=True, kw_only=True)
class OrderMeasure:
    """A metric with the function that computes it; `Undefined` with the reason where there is none."""

    metric: Metric
    value: Callable[[Looked], float]


def kept_accuracy(looked: Looked) -> float:
    """Accuracy of the model on the patients whom it keeps. Range 0 to 1, higher is better."""
    return _average(looked.team.alone, looked.weight * (1.0 - looked.handed), "nobody is kept")


def handed_accuracy(looked: Looked) -> float:
    """Accuracy of the decisions on the patients handed over. Range 0 to 1, higher is better."""
    return _average(looked.team.handed, looked.weight * looked.handed, "nobody is handed over")


def model_aurc(looked: Looked) -> float:
    """Area under the model's risk-coverage curve in the order of handing over: see `selective.aurc`."""
    return selective.aurc(looked.team.score, 1.0 - looked.team.alone, looked.weight)


def model_excess_aurc(looked: Looked) -> float:
    """Its excess over the oracle order: see `selective.excess_aurc`."""
    return selective.excess_aurc(looked.team.score, 1.0 - looked.team.alone, looked.weight)


def human_brier_skill(looked: Looked) -> float:
    """Brier skill of the stated chance that the expert is right: see `probability.brier_skill`."""
    return probability.brier_skill(looked.expert_right, _stated(looked), looked.weight)


def human_calibration_slope(looked: Looked) -> float:
    """Calibration slope of the stated chance that the expert is right: see `calibration.slope`."""
    return calibration.slope(looked.expert_right, _stated(looked), looked.weight)


def _stated(looked: Looked) -> Floats:
    if looked.stated is None:
        raise Undefined(NO_CHANCE)
    return looked.stated


def _average(values: Floats, weight: Floats, otherwise: str) -> float:
    if not weight.sum() > 0:
        raise Undefined(otherwise)
    return float(np.average(values, weights=weight))


ORDER_MEASURES = (
    OrderMeasure(
        metric=Metric(
            name="kept_accuracy",
            label="Model on what it keeps, 20 % handed over",
            better="higher",
            low=0,
            high=1,
            ideal=1,
            summary="accuracy of the model among the 80 % of patients whom it keeps",
        ),
        value=kept_accuracy,
    ),
    OrderMeasure(
        metric=Metric(
            name="handed_accuracy",
            label="Decisions on what is handed over, 20 %",
            better="higher",
            low=0,
            high=1,
            ideal=1,
            summary="share of right decisions on the 20 % of patients handed over: the human's, or those made together with him",
        ),
        value=handed_accuracy,
    ),
    OrderMeasure(
        metric=Metric(
            name="aurc",
            label="AURC",
            better="lower",
            low=0,
            high=1,
            ideal=0,
            summary="mean error rate of the model over all coverages, kept in the order of handing over; no human enters",
        ),
        value=model_aurc,
    ),
    OrderMeasure(
        metric=Metric(
            name="excess_aurc",
            label="Excess AURC",
            better="lower",
            low=0,
            high=1,
            ideal=0,
            summary="AURC less that of the order which hands over every error of the model first",
        ),
        value=model_excess_aurc,
    ),
    OrderMeasure(
        metric=Metric(
            name="human_brier_skill",
            label="Brier skill, human right",
            better="higher",
            low=None,
            high=1,
            ideal=1,
            summary="Brier skill of the stated chance that the expert is right",
        ),
        value=human_brier_skill,
    ),
    OrderMeasure(
        metric=Metric(
            name="human_calibration_slope",
            label="Calibration slope, human right",
            better="nearer",
            low=None,
            high=None,
            ideal=1,
            summary="coefficient of logit(chance) in logistic recalibration of whether the expert is right",
        ),
        value=human_calibration_slope,
    ),
)
