"""The metrics of a yes-or-no outcome as one table, and how an answer is held against it.

Separate from the definitions so that a family lists metrics as data, and every family of binary outcomes
lists the same ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from carebench import InvalidAnswer, Metric
from carebench_tasks import resampling
from carebench_tasks.metrics import calibration, decision, probability, ranking, resampled, risk_groups
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = (
    "carebench_tasks.metrics.binary",
    "carebench_tasks.metrics.calibration",
    "carebench_tasks.metrics.decision",
    "carebench_tasks.metrics.outcome",
    "carebench_tasks.metrics.probability",
    "carebench_tasks.metrics.ranking",
    "carebench_tasks.metrics.resampled",
    "carebench_tasks.metrics.risk_groups",
    "carebench_tasks.resampling",
)
RANKS_ONLY = "ranks only: no probabilities"


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A metric with the function that computes it from (event, prediction, weight).

    Attributes:
        metric: what readers see of it.
        value: the number; raises `Undefined` with the reason where there is none.
        influence: one number per row whose squares sum to the variance of `value`, or None.
        replicates: `value` in each of B bootstrap replicates, given weights of shape (n, B), or None.
        needs: `ranking` when any score does, `risk` when only probabilities do.
    """

    metric: Metric
    value: Callable[[Floats, Floats, Floats], float]
    influence: Callable[[Floats, Floats, Floats], Floats] | None = None
    replicates: Callable[[Floats, Floats, Floats], Floats] | None = None
    needs: Literal["ranking", "risk"] = "risk"


@dataclass(kw_only=True)
class Measured:
    """What the measures said of one answer; filled in measure by measure."""

    metrics: dict[str, float | None] = field(default_factory=dict)
    undefined: dict[str, str] = field(default_factory=dict)
    contributions: dict[str, Floats] = field(default_factory=dict)


AUROC = Measure(
    metric=Metric(
        name="auroc",
        label="AUROC",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary="chance that a random event is ranked above a random non-event, ties half",
    ),
    value=ranking.auroc,
    influence=ranking.auroc_influence,
    replicates=resampled.aurocs,
    needs="ranking",
)
AVERAGE_PRECISION = Measure(
    metric=Metric(
        name="average_precision",
        label="Average precision",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary="sum of precision over steps of recall, no interpolation; without skill: the prevalence",
    ),
    value=ranking.average_precision,
    needs="ranking",
)
BRIER_SKILL = Measure(
    metric=Metric(
        name="brier_skill",
        label="Brier skill",
        better="higher",
        low=None,
        high=1,
        ideal=1,
        summary="scaled Brier score: 1 - Brier / (q (1 - q)), q the weighted test prevalence",
    ),
    value=probability.brier_skill,
    influence=probability.brier_skill_influence,
    replicates=resampled.brier_skills,
)
BRIER = Measure(
    metric=Metric(
        name="brier",
        label="Brier score",
        better="lower",
        low=0,
        high=1,
        ideal=0,
        summary="mean squared difference of probability and outcome",
    ),
    value=probability.brier,
    influence=probability.brier_influence,
    replicates=resampled.briers,
)
LOG_LOSS = Measure(
    metric=Metric(
        name="log_loss",
        label="Log loss",
        better="lower",
        low=0,
        high=None,
        ideal=0,
        summary="mean negative log-likelihood in nats, probabilities clipped at 1e-15",
    ),
    value=probability.log_loss,
    influence=probability.log_loss_influence,
    replicates=resampled.log_losses,
)
CALIBRATION_INTERCEPT = Measure(
    metric=Metric(
        name="calibration_intercept",
        label="Calibration intercept",
        better="nearer",
        low=None,
        high=None,
        ideal=0,
        summary="log-odds to add to every prediction; above 0, risks are too low",
    ),
    value=calibration.intercept,
)
CALIBRATION_SLOPE = Measure(
    metric=Metric(
        name="calibration_slope",
        label="Calibration slope",
        better="nearer",
        low=None,
        high=None,
        ideal=1,
        summary="coefficient of logit(p) in logistic recalibration; below 1, risks are too extreme",
    ),
    value=calibration.slope,
)
ACCURACY = Measure(
    metric=Metric(
        name="accuracy",
        label="Accuracy",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary="share of right decisions at a threshold of 1/2",
    ),
    value=decision.accuracy,
)
BALANCED_ACCURACY = Measure(
    metric=Metric(
        name="balanced_accuracy",
        label="Balanced accuracy",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary="mean of sensitivity and specificity at a threshold of 1/2",
    ),
    value=decision.balanced_accuracy,
)
EXPECTED_CALIBRATION_ERROR = Measure(
    metric=Metric(
        name="ece",
        label="ECE",
        better="lower",
        low=0,
        high=1,
        ideal=0,
        summary="mean distance of risk and frequency over ten groups of equal numbers",
    ),
    value=risk_groups.expected_calibration_error,
)


def predictions(arrays: Mapping[str, NDArray[np.generic]], family: str) -> tuple[Floats, Floats | None]:
    """What ranks the test rows, and their probabilities where the answer holds any, each of shape (n,).

    Raises:
        InvalidAnswer: unless exactly one of `risk` and `score` is there.
    """
    given = sorted({"risk", "score"} & set(arrays))
    if len(given) != 1:
        came = " and ".join(given) or "neither"
        raise InvalidAnswer(f"a {family} answer holds either risk or score; {came} came: give one of them")
    prediction = np.asarray(arrays[given[0]], dtype=np.float64)
    return prediction, (prediction if given == ["risk"] else None)


def counts(event: Floats, weight: Floats) -> dict[str, float]:
    """Counts of the test rows; the prevalence is weighted, so that it estimates that of all patients."""
    known = weight > 0
    found = {"n": float(len(event)), "events": float(event[known].sum()), "censored": float(np.sum(~known))}
    if known.any():
        found["prevalence"] = float(np.average(event, weights=weight))
    return found


def measure(
    measures: Sequence[Measure],
    event: Floats,
    weight: Floats,
    ranks: Floats,
    risk: Floats | None,
    replicates: Floats | None = None,
) -> Measured:
    """Hold one answer against each measure.

    Args:
        measures: what to compute.
        event: shape (n,), 0 or 1.
        weight: shape (n,), 0 where the outcome is unknown.
        ranks: shape (n,), what ranks the rows: probabilities or scores.
        risk: shape (n,), probabilities, or None when the answer has only ranks.
        replicates: shape (n, B), weights in bootstrap replicates, whose contributions then stand in for influences.
    """
    found = Measured()
    for each in measures:
        prediction = ranks if each.needs == "ranking" else risk
        if prediction is None:
            _undefined(found, each.metric.name, RANKS_ONLY)
        else:
            _add(found, each, event, prediction, weight, replicates)
    return found


def _add(
    found: Measured,
    each: Measure,
    event: Floats,
    prediction: Floats,
    weight: Floats,
    replicates: Floats | None,
) -> None:
    name = each.metric.name
    try:
        found.metrics[name] = each.value(event, prediction, weight)
        if replicates is not None and each.replicates is not None:
            values = each.replicates(event, prediction, replicates)
            found.contributions[name] = resampling.contributions(values)
        elif replicates is None and each.influence is not None:
            found.contributions[name] = each.influence(event, prediction, weight)
    except Undefined as reason:
        if name not in found.metrics:
            _undefined(found, name, str(reason))


def _undefined(found: Measured, name: str, reason: str) -> None:
    found.metrics[name] = None
    found.undefined[name] = reason
