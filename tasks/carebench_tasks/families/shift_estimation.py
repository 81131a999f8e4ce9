"""The family of performance estimation without labels: how often is a frozen classifier right on a batch of inputs?

Separate from the boards of risk: the classifier is the task's own, the same for all, so that entrants differ in what they
make of its risks alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, InvalidAnswer, Metric, Scores, derive_seed, fit_with_extras
from carebench_tasks import resampling

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from carebench import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

#: Columns that are no inputs: the frozen classifier's risk, and the number of the row's batch.
RISK, BATCH = "frozen_risk", "batch"
#: Key in `Truth.facts` of the classifier's accuracy on the labelled source rows.
SOURCE_ACCURACY = "source_accuracy"
NOT_RAW = (
    f"needs the raw view, whose column {RISK!r} holds the frozen classifier's risk: declare inputs='raw'"
)


def fit(estimator: Any, split: Split) -> Any:
    """Fit on labelled source rows; the frozen classifier's `risk` of them goes to a `fit` that names it.

    Raises:
        InvalidAnswer: where the model asked for another view than `raw`.
    """
    inputs, risk = _inputs(split.train)
    return fit_with_extras(estimator, inputs, split.reveals["y"], {"risk": risk})


def ask(estimator: Any, split: Split) -> dict[str, Floats]:
    """The estimated accuracy of every batch, in ascending order of their numbers."""
    inputs, risk = _inputs(split.test)
    number = split.test[BATCH].to_numpy(np.float64)
    told = []
    for each in np.unique(number[~np.isnan(number)]):
        rows = np.flatnonzero((number == each) & ~np.isnan(risk))
        told.append(float(estimator.estimate_accuracy(inputs.iloc[rows].reset_index(drop=True), risk[rows])))
    return {"accuracy": np.array([told])}


def score(truth: Truth, arrays: Arrays) -> Scores:
    """How far estimated accuracies are from the true ones, beside the source's accuracy as an estimate.

    Args:
        truth: `correct`, shape (n_test,), 1 where the frozen classifier is right; `groups["batch"]`, the number of each
            row's batch as text, and `groups["shift"]`, its kind; `facts["source_accuracy"]`.
        arrays: `accuracy`, shape (1, batches).

    Raises:
        InvalidAnswer: where the number of batches is another.
    """
    names, first, place = np.unique(truth.groups["batch"], return_index=True, return_inverse=True)
    accuracy = np.bincount(place, np.asarray(truth.answers["correct"], np.float64)) / np.bincount(place)
    estimate = np.asarray(arrays["accuracy"], np.float64)[0]
    if len(estimate) < len(names):
        raise InvalidAnswer(f"{len(names)} batches were asked about; estimates of {len(estimate)} came")
    estimate = estimate[names.astype(np.int64)]
    source = truth.facts.get(SOURCE_ACCURACY, float(accuracy.mean()))
    errors, plain = np.abs(estimate - accuracy), np.abs(source - accuracy)
    metrics = _metrics(estimate, accuracy, errors, plain)
    return Scores(
        metrics=metrics,
        undefined={name: UNDEFINED[name] for name, value in metrics.items() if value is None},
        contributions=_contributions(errors, plain, names),
        units=resampling.replicate_ids(),
        facts={
            **truth.facts,
            "n": float(len(names)),
            "patients": float(len(place)),
            "mean_accuracy": float(accuracy.mean()),
            "source_error": float(plain.mean()),
        },
        subgroups={"shift": _by_kind(truth.groups["shift"][first], accuracy, estimate)},
    )


def error_removed(errors: Floats, plain: Floats) -> float | None:
    """1 - mean |estimate - accuracy| / mean |source accuracy - accuracy|: 1 when exact, 0 as good as the source's accuracy.

    Without a unit, at most 1, higher is better; None where the source's accuracy is exact. Shapes (batches,).

    Source: mean absolute estimation error, Garg et al. 2022, ICLR, section 5; as a skill against the plain baseline.

    Example:
        >>> error_removed(np.array([0.02, 0.0]), np.array([0.05, 0.05]))
        0.8
    """
    if not plain.sum() > 0:
        return None
    return float(1 - errors.mean() / plain.mean())


def _metrics(estimate: Floats, accuracy: Floats, errors: Floats, plain: Floats) -> dict[str, float | None]:
    from scipy.stats import spearmanr

    varied = min(len(np.unique(estimate)), len(np.unique(accuracy))) > 1
    return {
        "error_removed": error_removed(errors, plain),
        "absolute_error": float(errors.mean()),
        "largest_error": float(errors.max()),
        "bias": float(np.mean(estimate - accuracy)),
        "rank_correlation": float(spearmanr(estimate, accuracy).statistic) if varied else None,
    }


def _contributions(errors: Floats, plain: Floats, names: NDArray[np.generic]) -> dict[str, Floats]:
    """Contributions of bootstrap replicates of batches; a batch is drawn as often for every model."""
    if error_removed(errors, plain) is None:
        return {}
    units = np.array([derive_seed("batch", str(name)) for name in names], np.uint64)
    drawn = resampling.counts(units).T.astype(np.float64)
    drawn[(drawn @ plain) == 0] = 1.0
    removed = 1 - (drawn @ errors) / (drawn @ plain)
    mean = (drawn @ errors) / drawn.sum(axis=1)
    return {
        "error_removed": resampling.contributions(removed),
        "absolute_error": resampling.contributions(mean),
    }


def _by_kind(
    kinds: NDArray[np.generic], accuracy: Floats, estimate: Floats
) -> dict[str, dict[str, float | None]]:
    told: dict[str, dict[str, float | None]] = {}
    for kind in np.unique(kinds):
        here = kinds == kind
        told[str(kind)] = {
            "n": float(here.sum()),
            "accuracy": float(accuracy[here].mean()),
            "absolute_error": float(np.abs(estimate - accuracy)[here].mean()),
            "bias": float((estimate - accuracy)[here].mean()),
        }
    return told


def _inputs(table: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    """The inputs proper, and the frozen classifier's risk."""
    if RISK not in getattr(table, "columns", ()):
        raise InvalidAnswer(NOT_RAW)
    return table.drop(columns=[RISK, BATCH]), table[RISK].to_numpy(np.float64)


UNDEFINED = {
    "error_removed": "the source's accuracy is every batch's",
    "rank_correlation": "all estimates, or all accuracies, are equal",
}
METRICS = (
    Metric(
        name="error_removed",
        label="Error removed",
        better="higher",
        low=None,
        high=1,
        ideal=1,
        summary="1 - mean absolute error of the estimated accuracy / that of the source's accuracy as estimate",
    ),
    Metric(
        name="absolute_error",
        label="Absolute error",
        better="lower",
        low=0,
        high=1,
        ideal=0,
        summary="mean over batches of |estimated - true accuracy|",
    ),
    Metric(
        name="largest_error",
        label="Largest error",
        better="lower",
        low=0,
        high=1,
        ideal=0,
        summary="largest |estimated - true accuracy| of any batch",
    ),
    Metric(
        name="bias",
        label="Bias",
        better="nearer",
        low=-1,
        high=1,
        ideal=0,
        summary="mean over batches of estimated - true accuracy; above 0 too hopeful",
    ),
    Metric(
        name="rank_correlation",
        label="Rank correlation",
        better="higher",
        low=-1,
        high=1,
        ideal=1,
        summary="Spearman's correlation of estimated and true accuracy over batches",
    ),
)
FAMILY = Family(
    name="shift-estimation",
    title="Performance without labels",
    question="How often is a frozen classifier right on this batch of patients, whose outcomes nobody knows?",
    contract=(
        "`fit(X, y, *, risk)` on labelled source patients whom the frozen classifier was not trained on, `risk` being what it "
        "says of them; then `estimate_accuracy(X, risk)` of a batch, a number from 0 to 1: the share of patients for whom "
        "risk >= .5 is what happens. X is a table in the raw view: declare inputs='raw'."
    ),
    answers=(
        Answer(
            name="accuracy",
            meaning="estimated accuracy of the frozen classifier on each batch, 0 to 1",
            rows="one",
            columns="any",
            low=0,
            high=1,
        ),
    ),
    metrics=METRICS,
    no_skill=0.0,
    perfect=1.0,
    rope=0.1,
    fit=fit,
    ask=ask,
    score=score,
    modules=("carebench_tasks.families.shift_estimation", "carebench_tasks.resampling"),
    beside=("absolute_error", "bias", "rank_correlation"),
    figures=(
        Figure(
            name="bias-and-error",
            title="How far off, and in which direction",
            kind="scatter",
            x_label="bias (estimated - true accuracy)",
            y_label="mean absolute error",
            x_metric="bias",
            metric="absolute_error",
        ),
    ),
)
