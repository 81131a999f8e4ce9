"""Two families of one question: what is the risk, when the training labels are partly wrong?

`noisy-labels` leaves the noise to be estimated; `noisy-labels-known` reveals its transition matrix, which is another
contract and therefore another board. The answering child imports this module, so it imports nothing heavier than numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, fit_with_extras, positive_class_answer
from carebench_tasks.noisy import scoring

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split

    Arrays = Mapping[str, NDArray[np.generic]]


def fit(estimator: Any, split: Split) -> Any:
    """Fit on the training rows and their recorded labels; `raters` and `group` go to a `fit` that names them."""
    extras = {name: split.reveals[name] for name in ("raters", "group") if name in split.reveals}
    return fit_with_extras(estimator, split.train, split.reveals["y"], extras)


def fit_known(estimator: Any, split: Split) -> Any:
    """Likewise, with the transition matrix of each training row for a `fit` that names `transition`."""
    extras = {name: split.reveals[name] for name in ("transition", "group") if name in split.reveals}
    return fit_with_extras(estimator, split.train, split.reveals["y"], extras)


def ask(estimator: Any, split: Split) -> Arrays:
    """Ask for the test rows' risk, and for whatever else the estimator has to say."""
    found: dict[str, NDArray[np.generic]] = dict(positive_class_answer(estimator, split.test))
    if hasattr(estimator, "predict_proba_selected"):
        found["risk_selected"] = np.asarray(estimator.predict_proba_selected(split.test), np.float64)[:, 1]
    if hasattr(estimator, "label_quality"):
        found["quality"] = np.asarray(
            estimator.label_quality(split.train, split.reveals["y"]), dtype=np.float64
        )
    for name in ("transition", "rater_rates"):
        estimate = getattr(estimator, f"{name}_", None)
        if estimate is not None:
            found[name] = np.asarray(estimate, dtype=np.float64).reshape(1, -1)
    return found


def objective(_split: Split, held: Arrays, arrays: Arrays) -> float:
    """What tuning maximises: minus the Brier score of the recorded labels held out, which are as noisy as those fitted on.

    Raises:
        ValueError: for an answer that only ranks.
    """
    if "risk" not in arrays:
        raise ValueError("trials are judged by the Brier score: an answer with probabilities was expected")
    risk, recorded = np.asarray(arrays["risk"], np.float64), np.asarray(held["y"], np.float64)
    return -float(np.mean((risk - recorded) ** 2))


ANSWERS = (
    Answer(name="risk", meaning="probability of the event, 0 to 1", low=0, high=1, optional=True),
    Answer(name="score", meaning="any number, higher for those likelier to have it; no unit", optional=True),
    Answer(
        name="risk_selected",
        meaning="the same probability at the epoch chosen on noisy validation labels",
        low=0,
        high=1,
        optional=True,
    ),
    Answer(
        name="quality",
        meaning="trust in each training label, higher for those likelier right; no unit",
        rows="train",
        optional=True,
    ),
)
ESTIMATES = (
    Answer(
        name="transition",
        meaning="P(recorded 0 | true 0), P(1 | 0), P(0 | 1), P(1 | 1)",
        rows="one",
        columns=4,
        low=0,
        high=1,
        optional=True,
    ),
    Answer(
        name="rater_rates",
        meaning="sensitivities of the raters, then their specificities",
        rows="one",
        columns="any",
        low=0,
        high=1,
        optional=True,
    ),
)
FIGURES = (
    Figure(
        name="noise-curve",
        title="Skill against noise",
        kind="over-levels",
        x_label="nominal rate of wrong labels",
        y_label="Brier skill on right test labels",
        metric="brier_skill",
        oracle_at=0.0,
    ),
    Figure(
        name="finding-against-learning",
        title="Finding wrong labels, and learning in spite of them",
        kind="scatter",
        x_label="AUROC for wrong training labels",
        y_label="Brier skill on right test labels",
        x_metric="flip_auroc",
        metric="brier_skill",
    ),
)
PREDICTS = (
    "`predict_proba(X)` gives the risk, `decision_function(X)` a ranking alone. Optional: `predict_proba_selected(X)`, "
    "the same at the epoch chosen on a cut of the noisy training rows; `label_quality(X, y)`, one number a training "
    "row, low = suspicious"
)
ESTIMATED = Family(
    name="noisy-labels",
    title="Learning from noisy labels",
    question="What is a patient's risk, when the labels to learn from are partly wrong, nobody knows which or how many?",
    contract=(
        "`fit(X, y)` with y the recorded labels; with several raters y is their majority and a `fit` that names "
        "`raters` gets their labels, (n, R), -1 where one is missing; where noise differs by group a `fit` that names "
        f"`group` gets it. {PREDICTS}; attributes `transition_`, (2, 2), and `rater_rates_`, (2, R): what was "
        "estimated of the noise."
    ),
    answers=(*ANSWERS, *ESTIMATES),
    metrics=(*scoring.TESTED, *scoring.ESTIMATED),
    no_skill=0.0,
    perfect=1.0,
    rope=0.005,
    fit=fit,
    ask=ask,
    score=scoring.score,
    modules=("carebench_tasks.families.noisy_labels", *scoring.MODULES),
    figures=FIGURES,
    beside=("auroc", "calibration_slope"),
    objective=objective,
)
KNOWN = Family(
    name="noisy-labels-known",
    title="Learning from noisy labels, noise known",
    question="What is a patient's risk, when the labels to learn from are wrong with known probabilities?",
    contract=(
        "`fit(X, y)` with y the recorded labels; a `fit` that names `transition` gets T of each training row, "
        f"(n, 2, 2), T[i, a, b] = P(recorded b | true a). {PREDICTS}."
    ),
    answers=(*ANSWERS, *ESTIMATES),
    metrics=scoring.TESTED,
    no_skill=0.0,
    perfect=1.0,
    rope=0.005,
    fit=fit_known,
    ask=ask,
    score=scoring.score_known,
    modules=("carebench_tasks.families.noisy_labels", *scoring.MODULES),
    figures=FIGURES,
    beside=("auroc", "calibration_slope"),
    objective=objective,
)
