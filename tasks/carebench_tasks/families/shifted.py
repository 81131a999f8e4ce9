"""What the families of shifted data share: how a classifier is fitted and asked, and how its answer is read.

Separate because the boards differ in what is tested and how it is counted, never in how a model is spoken to: a plain
classifier enters all of them as it stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, InvalidAnswer, Metric, fit_with_extras, positive_class_answer
from carebench_tasks.metrics.by_group import MEASURES, Predicted
from carebench_tasks.resampling import ResampledTruth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth
    from carebench_tasks.metrics.binary import Measure

    Arrays = Mapping[str, NDArray[np.generic]]

#: What a split reveals of some rows of the target: 0 or 1, and -1 where the answer is not told.
UNLABELLED_ANSWERS = "unlabelled_y"
#: What a split reveals of an unlabelled part that is no target: answers of a domain that models may select on.
VALIDATION_ANSWERS = "unlabelled_validation_y"
#: What a fitted estimator may tell of itself, and the array that holds it.
TOLD = {"label_weights": "label_weights_", "effective_share": "effective_share_"}

ANSWERS = (
    Answer(name="risk", meaning="probability of the event, 0 to 1", low=0, high=1, optional=True),
    Answer(
        name="score",
        meaning="any number, higher for those likelier to have the event; no unit",
        optional=True,
    ),
    Answer(
        name="label_weights",
        meaning="estimated share of each answer, 0 then 1, in the target over that in the training rows; from the "
        "attribute `label_weights_`, shape (2,)",
        rows="one",
        columns=2,
        low=0,
        optional=True,
    ),
    Answer(
        name="effective_share",
        meaning="(sum w)^2 / (n sum w^2) of the weights w that the training rows were given, 0 to 1; from the "
        "attribute `effective_share_`",
        rows="one",
        low=0,
        high=1,
        optional=True,
    ),
)


def fit(estimator: Any, split: Split) -> Any:
    """Fit on the training rows; what else the task has goes to a `fit` that names it.

    That is `domain`; of a target `X_target` and `y_target`; of a domain that is neither trained on nor tested `X_validation` and
    `y_validation`.
    """
    validation = split.reveals.get(VALIDATION_ANSWERS)
    others = ("X_target", "y_target") if validation is None else ("X_validation", "y_validation")
    answers = split.reveals.get(UNLABELLED_ANSWERS) if validation is None else validation
    told = dict(
        zip(("domain", *others), (split.reveals.get("domain"), split.unlabelled, answers), strict=True)
    )
    extras = {name: extra for name, extra in told.items() if extra is not None}
    return fit_with_extras(estimator, split.train, split.reveals["y"], extras)


def ask(estimator: Any, split: Split) -> dict[str, NDArray[np.float64]]:
    """Ask for the test rows' risk, or a score that only ranks, and for what the estimator tells of its weights."""
    answer = positive_class_answer(estimator, split.test)
    for name, attribute in TOLD.items():
        if hasattr(estimator, attribute):
            told = np.asarray(getattr(estimator, attribute), np.float64)
            answer[name] = told.reshape(1, 2) if name == "label_weights" else told.reshape(1)
    return answer


def predicted(truth: Truth, arrays: Arrays) -> Predicted:
    """The answer beside what happened.

    Raises:
        InvalidAnswer: unless exactly one of `risk` and `score` is there.
    """
    given = sorted({"risk", "score"} & set(arrays))
    if len(given) != 1:
        came = " and ".join(given) or "neither"
        raise InvalidAnswer(f"an answer holds either risk or score; {came} came: give one of them")
    ranks = np.asarray(arrays[given[0]], np.float64)
    return Predicted(
        event=np.asarray(truth.answers["event"], np.float64),
        weight=np.asarray(truth.answers["weight"], np.float64),
        ranks=ranks,
        risk=ranks if given == ["risk"] else None,
        replicates=truth.replicates if isinstance(truth, ResampledTruth) else None,
    )


def held_out(held: Arrays, arrays: Arrays) -> Predicted:
    """The answer to an inner split beside the held-out training answers, whose outcomes are all known.

    Raises:
        ValueError: for an answer that only ranks.
    """
    if "risk" not in arrays:
        raise ValueError("trials are judged by the Brier skill: an answer with probabilities was expected")
    risk, event = np.asarray(arrays["risk"], np.float64), np.asarray(held["y"], np.float64)
    return Predicted(event=event, weight=np.ones(len(event)), ranks=risk, risk=risk)


def variants(prefix: str, label: str, summary: str) -> tuple[Metric, ...]:
    """Every measure under another name: for instance `worst_auroc`, said to be "Worst-group AUROC"."""
    return tuple(
        replace(
            each.metric,
            name=f"{prefix}_{each.metric.name}",
            label=f"{label} {each.metric.label}",
            summary=f"{summary}: {each.metric.summary}",
        )
        for each in MEASURES
    )


def gaps(summary: str) -> tuple[Metric, ...]:
    """The loss of each measure in one place over that in another, 0 when nothing is lost."""
    return tuple(
        Metric(
            name=f"gap_{each.metric.name}",
            label=f"{each.metric.label} gap",
            better="nearer",
            low=None,
            high=None,
            ideal=0,
            summary=f"{summary}; {each.metric.label} as distance from its ideal",
        )
        for each in MEASURES
    )


def named(prefix: str, measure: Measure) -> str:
    """The name of a measure's variant."""
    return f"{prefix}_{measure.metric.name}"


def facts(of: Predicted, arrays: Arrays) -> dict[str, float]:
    """Counts of the test rows, their weighted prevalence, and the share that the training rows' weights leave of them."""
    known = of.weight > 0
    told = {"n": float(len(of.event)), "events": float(of.event[known].sum())}
    if known.any():
        told["prevalence"] = float(np.average(of.event, weights=of.weight))
    if "effective_share" in arrays:
        told["effective_share"] = float(np.asarray(arrays["effective_share"]).ravel()[0])
    return told
