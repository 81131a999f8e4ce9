"""How an answer to a task with wrong labels is scored; separate from the family, which says what is asked and answered.

Clean test labels judge the risks, the list of wrong training labels judges suspicion, and the noise that was put in
judges what was estimated of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carebench import Metric, Scores
from carebench_tasks.metrics import binary, label_errors
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.noisy.truth import NoisyTruth
from carebench_tasks.resampling import replicate_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from carebench import Truth

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

MODULES = (
    "carebench_tasks.metrics.label_errors",
    "carebench_tasks.noisy.scoring",
    "carebench_tasks.noisy.truth",
    *binary.MODULES,
)
MEASURES = (
    binary.BRIER_SKILL,
    binary.AUROC,
    binary.ACCURACY,
    binary.BALANCED_ACCURACY,
    binary.EXPECTED_CALIBRATION_ERROR,
    binary.CALIBRATION_SLOPE,
)
SELECTED = tuple(
    replace(
        each,
        metric=replace(
            each.metric,
            name=f"{each.metric.name}_selected",
            label=f"{each.metric.label}, selected",
            summary=f"{each.metric.summary}; at the epoch that the method chose on noisy validation labels",
        ),
    )
    for each in (binary.BRIER_SKILL, binary.AUROC)
)
FLIPS: tuple[tuple[Metric, Callable[[NDArray[np.bool_], Floats], float]], ...] = tuple(
    (Metric(name=name, label=label, better="higher", low=0, high=1, ideal=1, summary=summary), function)
    for name, label, summary, function in (
        (
            "flip_auroc",
            "Wrong labels: AUROC",
            "chance that a wrong training label is called more suspicious than a right one",
            label_errors.flip_auroc,
        ),
        (
            "flip_average_precision",
            "Wrong labels: AP",
            "average precision of suspicion for wrong training labels; without skill: their share",
            label_errors.flip_average_precision,
        ),
        (
            "flip_precision",
            "Wrong labels: precision",
            "share of wrong labels among as many of the most suspicious as are wrong",
            label_errors.flip_precision,
        ),
    )
)
TRANSITION_ERROR, RATER_ERROR = (
    Metric(name=name, label=label, better="lower", low=0, high=1, ideal=0, summary=summary)
    for name, label, summary in (
        ("transition_error", "Error of T", "mean absolute error of the four transition probabilities"),
        (
            "rater_error",
            "Error of raters",
            "mean absolute error of the raters' sensitivities and specificities",
        ),
    )
)
LAST_ONLY = "the method answers for its last epoch only"
#: A group is shown with at least so many events and so many non-events among the test rows.
FEWEST = 30


TESTED = tuple(each.metric for each in (*MEASURES, *SELECTED)) + tuple(metric for metric, _ in FLIPS)
ESTIMATED = (TRANSITION_ERROR, RATER_ERROR)


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer on the track where the noise is to be estimated.

    Args:
        truth: `event` (0 or 1) and `weight` (0 where the outcome is unknown), each of shape (n_test,); as a
            `NoisyTruth` it also says which training labels are wrong.
        arrays: `risk` or `score`, and whatever optional arrays there are.

    Raises:
        InvalidAnswer: unless exactly one of `risk` and `score` is there.
    """
    found = _tested(truth, arrays, "noisy-labels")
    metrics, undefined = dict(found.metrics), dict(found.undefined)
    for metric, value in (*_flips(truth, arrays), *_noise(truth, arrays)):
        _put(metric.name, value, metrics, undefined)
    return replace(found, metrics=metrics, undefined=undefined)


def score_known(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer on the track where the transition matrix is revealed; arguments as for `score`."""
    found = _tested(truth, arrays, "noisy-labels-known")
    metrics, undefined = dict(found.metrics), dict(found.undefined)
    for metric, value in _flips(truth, arrays):
        _put(metric.name, value, metrics, undefined)
    return replace(found, metrics=metrics, undefined=undefined)


def _tested(truth: Truth, arrays: Arrays, family: str) -> Scores:
    """What the clean test labels say of the last and of the selected epoch."""
    event, weight = (np.asarray(truth.answers[name], np.float64) for name in ("event", "weight"))
    ranks, risk = binary.predictions(arrays, family)
    replicates = truth.replicates if isinstance(truth, NoisyTruth) else None
    found = binary.measure(MEASURES, event, weight, ranks, risk, replicates)
    chosen = arrays.get("risk_selected")
    if chosen is None:
        for each in SELECTED:
            found.metrics[each.metric.name], found.undefined[each.metric.name] = None, LAST_ONLY
    else:
        selected = np.asarray(chosen, np.float64)
        late = binary.measure(SELECTED, event, weight, selected, selected, replicates)
        found.metrics |= late.metrics
        found.undefined |= late.undefined
        found.contributions |= late.contributions
    return Scores(
        metrics=found.metrics,
        undefined=found.undefined,
        contributions=found.contributions,
        facts={**binary.counts(event, weight), **truth.facts},
        notes=() if risk is not None else (binary.RANKS_ONLY,),
        units=None if replicates is None else replicate_ids(),
        subgroups=_subgroups(truth, event, weight, ranks, risk),
    )


def _flips(truth: Truth, arrays: Arrays) -> list[tuple[Metric, Callable[[], float]]]:
    """The metrics of suspicion, each with what computes it."""
    quality = arrays.get("quality")

    def of(function: Callable[[NDArray[np.bool_], Floats], float]) -> Callable[[], float]:
        def compute() -> float:
            if quality is None:
                raise Undefined("the method says of no training label how trustworthy it is")
            if not isinstance(truth, NoisyTruth):
                raise Undefined("the task does not say which training labels are wrong")
            return function(truth.flipped, np.asarray(quality, np.float64))

        return compute

    return [(metric, of(function)) for metric, function in FLIPS]


def _noise(truth: Truth, arrays: Arrays) -> list[tuple[Metric, Callable[[], float]]]:
    """The errors of an estimated noise model, each with what computes it."""

    def error(name: str, function: Callable[[Floats, Floats], float], what: str) -> Callable[[], float]:
        def compute() -> float:
            true, estimated = getattr(truth, name, None), arrays.get(name)
            if true is None or estimated is None:
                raise Undefined(f"the {'task has' if true is None else 'method estimates'} no {what}")
            return function(true, np.asarray(estimated, np.float64)[0])

        return compute

    return [
        (TRANSITION_ERROR, error("transition", label_errors.transition_error, "transition matrix")),
        (RATER_ERROR, error("rater_rates", label_errors.rater_error, "raters")),
    ]


def _put(
    name: str, compute: Callable[[], float], metrics: dict[str, float | None], undefined: dict[str, str]
) -> None:
    try:
        metrics[name] = compute()
    except Undefined as reason:
        metrics[name], undefined[name] = None, str(reason)


def _subgroups(
    truth: Truth, event: Floats, weight: Floats, ranks: Floats, risk: Floats | None
) -> dict[str, dict[str, dict[str, float | None]]]:
    """Brier skill and AUROC within each declared group that has events and non-events enough."""
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for attribute, labels in truth.groups.items():
        levels = {}
        for level in sorted(set(labels.tolist()) - {""}):
            rows = (labels == level) & (weight > 0)
            events = int(event[rows].sum())
            if min(events, int(rows.sum()) - events) >= FEWEST:
                within = binary.measure(
                    MEASURES[:2], event[rows], weight[rows], ranks[rows], None if risk is None else risk[rows]
                )
                levels[str(level)] = {"n": float(rows.sum()), "events": float(events), **within.metrics}
        found[attribute] = levels
    return found
