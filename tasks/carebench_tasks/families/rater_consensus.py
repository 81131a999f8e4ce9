"""The family of rater consensus: what is true of an item, when all that is known is what several raters said?

Separate from learning with noisy labels because no inputs are known but the raters' labels. The answering child
imports this module, so it imports nothing heavier than numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, InvalidAnswer, Scores
from carebench_tasks.metrics import binary
from carebench_tasks.metrics.label_errors import rater_error
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.noisy import scoring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

METRICS = (*(each.metric for each in scoring.MEASURES), scoring.RATER_ERROR)
UNKNOWN = "nobody knows the truth of these items"


def fit(estimator: Any, split: Split) -> Any:
    """Fit on the raters' labels of the training items; there is nothing else."""
    estimator.fit(split.train)
    return estimator


def ask(estimator: Any, split: Split) -> Arrays:
    """Ask for the class probabilities of the test items, and for what was found of classes and raters."""
    found = {"class_probability": np.asarray(estimator.predict_proba(split.test), np.float64)}
    for name in ("class_shares", "confusion"):
        estimate = getattr(estimator, f"{name}_", None)
        if estimate is not None:
            found[name] = np.asarray(estimate, dtype=np.float64).reshape(1, -1)
    return found


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer where the truth is known; where it is not, what was found is shown as facts.

    Args:
        truth: `event` and `weight`, each of shape (n_test,), and `rater_rates`; or no answers at all.
        arrays: `class_probability`, (n_test, K), and perhaps `class_shares`, (1, K), and `confusion`, (1, R K K).

    Raises:
        InvalidAnswer: when there are not two classes where the truth is yes or no.
    """
    chance = np.asarray(arrays["class_probability"], np.float64)
    if "event" not in truth.answers:
        names = [metric.name for metric in METRICS]
        return Scores(
            metrics=dict.fromkeys(names), undefined=dict.fromkeys(names, UNKNOWN), facts=_facts(arrays)
        )
    if chance.shape[1] != 2:
        raise InvalidAnswer(f"class_probability has {chance.shape[1]} columns; this task has two classes")
    event, weight = (np.asarray(truth.answers[name], np.float64) for name in ("event", "weight"))
    found = binary.measure(scoring.MEASURES, event, weight, chance[:, 1], chance[:, 1])
    try:
        found.metrics["rater_error"] = _rater_error(truth, arrays)
    except Undefined as reason:
        found.metrics["rater_error"], found.undefined["rater_error"] = None, str(reason)
    return Scores(
        metrics=found.metrics,
        undefined=found.undefined,
        contributions=found.contributions,
        facts=binary.counts(event, weight),
    )


def _rater_error(truth: Truth, arrays: Arrays) -> float:
    """Mean absolute error of sensitivities and specificities, from confusion matrices given by rater, truth, label."""
    rates, confusion = getattr(truth, "rater_rates", None), arrays.get("confusion")
    if rates is None or confusion is None:
        raise Undefined("the task has no raters' rates" if rates is None else "the method judges no rater")
    table = np.asarray(confusion, np.float64)[0]
    if table.size != 2 * rates.size:
        raise Undefined(
            f"confusion has {table.size} numbers; four for each of {rates.size // 2} raters were expected"
        )
    table = table.reshape(-1, 2, 2)
    return rater_error(rates, np.concatenate([table[:, 1, 1], table[:, 0, 0]]))


def _facts(arrays: Arrays) -> dict[str, float]:
    """`share_a` of class a, and `rater_r_a_as_b`, rater r's rate of saying b of true a; all counted from 1."""
    facts: dict[str, float] = {}
    shares, confusion = arrays.get("class_shares"), arrays.get("confusion")
    classes = np.asarray(arrays["class_probability"]).shape[1]
    if shares is not None:
        facts |= {f"share_{number}": float(share) for number, share in enumerate(np.ravel(shares), 1)}
    if confusion is not None and np.size(confusion) % classes**2 == 0:
        for (rater, a, b), value in np.ndenumerate(np.reshape(confusion, (-1, classes, classes))):
            facts[f"rater_{rater + 1}_{a + 1}_as_{b + 1}"] = float(value)
    return facts


FAMILY = Family(
    name="rater-consensus",
    title="Rater consensus",
    question="What is true of an item, when all that is known is what several fallible raters said of it?",
    contract=(
        "`fit(X)` on a DataFrame, one row an item and one column a reading, named by its rater (`3`, or `3#2` for a second "
        "reading by rater 3), labels as categories, missing where a rater did not see the item. `predict_proba(X)` gives "
        "the probabilities of the K classes in sorted order, each item for itself. Optional attributes: "
        "`class_shares_`, (K,), and `confusion_`, (R, K, K), P(rater says b | true a)."
    ),
    answers=(
        Answer(
            name="class_probability",
            meaning="probability of each class, in the sorted order of labels",
            columns="any",
            low=0,
            high=1,
        ),
        Answer(
            name="class_shares",
            meaning="estimated share of each class",
            rows="one",
            columns="any",
            low=0,
            high=1,
            optional=True,
        ),
        Answer(
            name="confusion",
            meaning="P(rater says b | true a), by rater, then a, then b",
            rows="one",
            columns="any",
            low=0,
            high=1,
            optional=True,
        ),
    ),
    metrics=METRICS,
    no_skill=0.0,
    perfect=1.0,
    rope=0.005,
    fit=fit,
    ask=ask,
    score=score,
    modules=("carebench_tasks.families.rater_consensus", *scoring.MODULES),
    figures=(
        Figure(
            name="rater-errors",
            title="Skill against raters' errors",
            kind="over-levels",
            x_label="mean share of events that a rater misses",
            y_label="Brier skill",
            metric="brier_skill",
        ),
    ),
)
