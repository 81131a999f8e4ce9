"""The mortality family: will this patient be dead by the horizon?

Separate from its tasks because any data set may ask this, one of a third party included. The answering
child imports this module, so it imports nothing heavier than numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Scores, fit_with_extras, positive_class_answer
from carebench_tasks.metrics import binary, clinical, clinical_tables, sets
from carebench_tasks.metrics.binary import RANKS_ONLY, counts, measure, predictions
from carebench_tasks.metrics.by_group import Predicted
from carebench_tasks.metrics.ranking import auroc
from carebench_tasks.resampling import ResampledTruth, replicate_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

WEIGHTED = "patients lost before the horizon are weighted for; contributions take these weights as fixed"
RESAMPLED = "patients lost before the horizon are weighted for; intervals from a bootstrap of patients that estimates the weights anew"


def fit(estimator: Any, split: Split) -> Any:
    """Fit on the training rows and their outcomes; follow-up goes to a `fit` that names it, where the task has any."""
    extras = {name: values for name, values in split.reveals.items() if name != "y"}
    if split.unlabelled is not None:
        extras["X_unlabelled"] = split.unlabelled
    return fit_with_extras(estimator, split.train, split.reveals["y"], extras)


def ask(estimator: Any, split: Split) -> Mapping[str, NDArray[np.generic]]:
    """Ask for the test rows' risk, or for a score that only ranks; and for prediction sets, where the estimator gives any."""
    answer: dict[str, NDArray[np.generic]] = {**positive_class_answer(estimator, split.test)}
    if hasattr(estimator, "predict_set"):
        answer[sets.SETS] = np.asarray(estimator.predict_set(split.test), dtype=np.float64)
    return answer


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer.

    Args:
        truth: `event` (0 or 1) and `weight` (0 where the outcome is unknown), each of shape (n_test,). Where it
            is a `ResampledTruth`, contributions are those of its bootstrap replicates. Its fact `operating_point` is
            the risk from which a patient is called, `train_prevalence` the share of events among the training rows.
        arrays: `risk` or `score`, of shape (n_test,), and perhaps `outcome_set`, of shape (n_test, 2).

    Raises:
        InvalidAnswer: unless exactly one of `risk` and `score` is there.
    """
    event, weight = _floats(truth.answers["event"]), _floats(truth.answers["weight"])
    ranks, risk = predictions(arrays, "mortality")
    replicates = truth.replicates if isinstance(truth, ResampledTruth) else None
    answer = Predicted(event=event, weight=weight, ranks=ranks, risk=risk, replicates=replicates)
    task = clinical.declared(truth.facts)
    found = measure(clinical.measures(task), event, weight, ranks, risk, replicates)
    given = _floats(arrays[sets.SETS]) if sets.SETS in arrays else None
    sets.enter(found, event, given, weight)
    return Scores(
        metrics=found.metrics,
        undefined=found.undefined,
        contributions=found.contributions,
        facts={
            **counts(event, weight),
            **clinical_tables.facts(answer, task),
            **sets.facts(event, given, weight),
            **truth.facts,
        },
        notes=_notes(weight, risk, resampled=replicates is not None),
        units=None if replicates is None else replicate_ids(),
        subgroups=clinical_tables.subgroups(answer, truth.groups, task),
    )


def objective(_split: Split, held: Arrays, arrays: Arrays) -> float:
    """What tuning maximises: the AUROC on the inner split's held-out rows, whose outcomes are training answers."""
    known = _floats(held["y"])
    return auroc(known, predictions(arrays, "mortality")[0], np.ones(len(known)))


def _floats(values: NDArray[np.generic]) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _notes(weight: Floats, risk: Floats | None, *, resampled: bool) -> tuple[str, ...]:
    notes = [] if risk is not None else [RANKS_ONLY]
    if not np.all(weight == 1):
        notes.append(RESAMPLED if resampled else WEIGHTED)
    return tuple(notes)


FAMILY = Family(
    name="mortality",
    title="Mortality prediction",
    question="Given what is known of a patient at the moment of prediction, how likely is death by the horizon?",
    contract=(
        "`fit(X, y)` with y 1 for death by the horizon and 0 otherwise; patients lost before it are not among the "
        "training rows. A `fit` that names them also gets `time` and `event`, the follow-up of the training rows, `horizon`, "
        "and `X_unlabelled` with `unlabelled_time`, the patients lost before it. `predict_proba(X)` gives the risk of death; a model that only ranks may have "
        "`decision_function(X)` instead and is not scored on probabilities. `predict_set(X)`, if any, gives 90 % prediction sets: whether they hold 0 and 1."
    ),
    answers=(
        Answer(
            name="risk",
            meaning="probability of death by the horizon, 0 to 1",
            low=0,
            high=1,
            optional=True,
        ),
        Answer(name="score", meaning="any number, higher for those likelier to die; no unit", optional=True),
        Answer(
            name=sets.SETS,
            meaning="1 where the patient's 90 % prediction set holds survival, and death; from `predict_set(X)`",
            columns=2,
            low=0,
            high=1,
            optional=True,
        ),
    ),
    metrics=(*(each.metric for each in clinical.measures(clinical.Declared())), *sets.METRICS),
    no_skill=0.5,
    perfect=1.0,
    rope=0.01,
    fit=fit,
    ask=ask,
    score=score,
    modules=(
        "carebench_tasks.families.mortality",
        *binary.MODULES,
        *clinical.MODULES,
        *clinical_tables.MODULES,
        "carebench_tasks.metrics.sets",
    ),
    figures=(clinical.DECISION_CURVE,),
    beside=("brier_skill", "calibration_slope"),
    objective=objective,
)
