"""The family of shift detection: is this batch of patients drawn from where the reference came from?

Separate from the boards of risk: nothing is predicted of a patient. A detector gives a number for a batch; how often that
number stands out among batches that did not shift is counted here, the same for all detectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, Metric, Scores, fit_with_extras
from carebench_tasks import resampling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

#: Rows of a batch; as many batches of each size, in this order.
SIZES = (20, 50, 100)
#: Batches of each size that did not shift (PROTOCOL rule 9), and that shifted in each of six ways.
NULLS, SHIFTED = 1000, 30
KINDS = 6
BATCHES = NULLS + KINDS * SHIFTED
COLUMNS = BATCHES * len(SIZES)
ROWS = BATCHES * sum(SIZES)
#: Of so many batches one is asked for a p-value, where the detector has any.
ASKED_P = 10
LEVEL = 0.05
NONE = "none"


def fit(estimator: Any, split: Split) -> Any:
    """Fit on the reference; its outcomes go to a `fit` that takes `y` as a second argument."""
    return fit_with_extras(estimator, split.train, split.reveals["y"], {})


def ask(detector: Any, split: Split) -> dict[str, Floats]:
    """The statistic of every batch, and the p-value of every tenth."""
    parts = list(batches(len(split.test)))
    table = split.test
    drawn = [table.iloc[rows] if hasattr(table, "iloc") else table[rows] for rows in parts]
    told = {"statistic": np.array([[float(detector.statistic(batch)) for batch in drawn]])}
    if hasattr(detector, "p_value"):
        told["p_value"] = np.array([[float(detector.p_value(batch)) for batch in drawn[::ASKED_P]]])
    return told


def batches(rows: int) -> list[NDArray[np.int64]]:
    """The test rows of each batch, one after the other; with other than `ROWS` rows it begins anew at the end."""
    sizes = np.repeat(SIZES, BATCHES)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return [np.arange(start, start + size) % rows for start, size in zip(starts, sizes, strict=True)]


def score(truth: Truth, arrays: Arrays) -> Scores:
    """Power at an empirically calibrated 5 %, by size and by kind of shift, and the false alarms of p-values.

    Args:
        truth: `groups["batch"]`, the number of each row's batch as text, and `groups["shift"]`, its kind or "none".
        arrays: `statistic`, shape (1, batches), and perhaps `p_value`, of every tenth batch.
    """
    names, first = np.unique(truth.groups["batch"], return_index=True)
    number, kind = names.astype(np.int64), truth.groups["shift"][first].astype(str)
    statistic = np.asarray(arrays["statistic"], np.float64)[0]
    found = {metric.name: None for metric in METRICS}
    reason = "a size of batch has none that shifted, or fewer than twenty that did not"
    undefined: dict[str, str] = dict.fromkeys(found, reason)
    rejected = np.full((len(SIZES), BATCHES), np.nan)
    kinds = np.full(len(SIZES) * BATCHES, "", dtype=object)
    kinds[number] = kind
    table = kinds.reshape(len(SIZES), BATCHES)
    whole = True
    for place, values in enumerate(statistic.reshape(len(SIZES), BATCHES)):
        null = table[place] == NONE
        whole &= bool(null.sum() >= 20 and ((table[place] != "") & ~null).any())
        if null.sum() >= 20:
            rejected[place] = rejection(values, values[null])
    metrics: dict[str, float | None] = dict(found)
    contributions: dict[str, Floats] = {}
    if whole:
        shifted = (table != "") & (table != NONE)
        metrics["power"] = float(
            np.mean([rejected[place][shifted[place]].mean() for place in range(len(SIZES))])
        )
        for place, size in enumerate(SIZES):
            metrics[f"power_at_{size}"] = float(rejected[place][shifted[place]].mean())
        contributions["power"] = _bootstrap(rejected, shifted)
    metrics["false_alarm_rate"], undefined["false_alarm_rate"] = _false_alarms(arrays, kinds)
    return Scores(
        metrics=metrics,
        undefined={name: undefined[name] for name, value in metrics.items() if value is None},
        contributions=contributions,
        units=resampling.replicate_ids(),
        facts={"n": float(len(number)), "patients": float(len(truth.units))},
        subgroups={"shift": _by_kind(rejected, table)} if whole else {},
    )


def rejection(values: Floats, null: Floats) -> Floats:
    """The chance that each value is called a shift by the calibrated test, 0 to 1.

    Larger than the threshold: 1; equal to it: such a share that null values are rejected at exactly 5 % on average; so a
    detector that always says the same has a power of 5 %. The threshold is the null's .95 quantile, of the order statistics.

    Source: Lehmann and Romano 2005, Testing Statistical Hypotheses, section 3.2 (randomised tests).

    Example:
        >>> rejection(np.array([1.0, 2.0]), np.ones(100)).tolist()
        [0.05, 1.0]
    """
    threshold = np.sort(null)[-int(np.floor(LEVEL * len(null))) - 1]
    above, equal = np.mean(null > threshold), np.mean(null == threshold)
    return np.where(values > threshold, 1.0, np.where(values == threshold, (LEVEL - above) / equal, 0.0))


def _bootstrap(rejected: Floats, shifted: NDArray[np.bool_]) -> Floats:
    """Contributions of bootstrap replicates of the shifted batches, by size; the threshold is taken as known."""
    draw = np.random.default_rng(0)
    means = []
    for place in range(len(SIZES)):
        values = rejected[place][shifted[place]]
        weights = draw.multinomial(len(values), np.full(len(values), 1 / len(values)), resampling.REPLICATES)
        means.append(weights @ np.sort(values) / len(values))
    return resampling.contributions(np.mean(means, axis=0))


def _false_alarms(arrays: Arrays, kinds: NDArray[np.object_]) -> tuple[float | None, str]:
    if "p_value" not in arrays:
        return None, "the detector gives no p-value"
    asked = np.asarray(arrays["p_value"], np.float64)[0]
    null = kinds[::ASKED_P] == NONE
    if not null.any():
        return None, "no batch that did not shift was asked for a p-value"
    return float(np.mean(asked[null] <= LEVEL)), ""


def _by_kind(rejected: Floats, table: NDArray[np.object_]) -> dict[str, dict[str, float | None]]:
    return {
        str(kind): {
            "n": float((table == kind).sum()),
            "power": float(rejected[table == kind].mean()),
        }
        for kind in sorted(set(table.ravel()) - {"", NONE})
    }


def _power(name: str, label: str, summary: str) -> Metric:
    return Metric(name=name, label=label, better="higher", low=0, high=1, ideal=1, summary=summary)


METRICS = (
    _power(
        "power", "Power", "share of shifted batches found at a calibrated 5 %, mean over sizes of batches"
    ),
    *(
        _power(f"power_at_{size}", f"Power, {size} patients", f"the same in batches of {size}")
        for size in SIZES
    ),
    Metric(
        name="false_alarm_rate",
        label="False alarms",
        better="nearer",
        low=0,
        high=1,
        ideal=LEVEL,
        summary="share of batches that did not shift whose own p-value is at most 5 %, uncalibrated",
    ),
)
FAMILY = Family(
    name="shift-detection",
    title="Shift detection",
    question="Is this batch of patients drawn from where the reference came from?",
    contract=(
        "`fit(X, y)` on reference patients and their outcomes, which may be ignored; `statistic(X)` of a batch, larger for one "
        "more shifted; optionally `p_value(X)`. Thresholds are calibrated on 1,000 batches of each size that did not shift."
    ),
    answers=(
        Answer(
            name="statistic",
            meaning="of each batch, larger is more shifted; no unit",
            rows="one",
            columns=COLUMNS,
        ),
        Answer(
            name="p_value",
            meaning="of every tenth batch, 0 to 1",
            rows="one",
            columns=COLUMNS // ASKED_P,
            low=0,
            high=1,
            optional=True,
        ),
    ),
    metrics=METRICS,
    no_skill=LEVEL,
    perfect=1.0,
    rope=0.05,
    fit=fit,
    ask=ask,
    score=score,
    modules=("carebench_tasks.families.shift_detection", "carebench_tasks.resampling"),
    beside=("false_alarm_rate",),
    figures=(
        Figure(
            name="size",
            title="Power by size of the batch",
            kind="over-metrics",
            x_label="patients in a batch",
            y_label="power at a calibrated 5 %",
            points=tuple((float(size), f"power_at_{size}") for size in SIZES),
        ),
    ),
)
