"""The family of sequential detection: patients come one by one, and somewhere in some streams a shift begins.

Separate from detection in batches: here an alarm is raised as soon as it can be, and what counts is how many patients of the
new kind came by then, at a rate of false alarms that is the same for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, InvalidAnswer, Metric, Scores, derive_seed, fit_with_extras
from carebench_tasks import resampling
from carebench_tasks.metrics import run_length
from carebench_tasks.metrics.run_length import AT_RANDOM, RUN_LENGTH, WATCHED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

#: Streams in which nothing shifts, and in which something does; all of one length.
NULLS, SHIFTED, LENGTH = 200, 90, 400
STREAMS = NULLS + SHIFTED
ROWS = STREAMS * LENGTH
#: The shift begins with a row from the first of these to before the second, counted from 0.
ONSETS = (100, 200)
#: Of the first streams so many are asked again cut short, to see that no row is told by later ones.
ASKED_AGAIN, CUT = 3, 150
NONE = "none"
#: Values of `Truth.groups["part"]`: rows before the onset, and from there on.
BEFORE, AFTER = "before", "after"


def fit(estimator: Any, split: Split) -> Any:
    """Fit on the reference; its outcomes go to a `fit` that takes `y` as a second argument."""
    return fit_with_extras(estimator, split.train, split.reveals["y"], {})


def ask(monitor: Any, split: Split) -> dict[str, Floats]:
    """The statistic after every row of every stream, and the monitor's own threshold, where it has one.

    Raises:
        InvalidAnswer: where a statistic is of another length, or changes when later rows are cut off.
    """
    table = split.test
    told = []
    for number, rows in enumerate(streams(len(table))):
        stream = table.iloc[rows].reset_index(drop=True) if hasattr(table, "iloc") else table[rows]
        path = np.asarray(monitor.follow(stream), np.float64)
        if path.shape != (LENGTH,):
            raise InvalidAnswer(f"follow(X) gave shape {path.shape} for {LENGTH} rows; one number a row")
        if number < ASKED_AGAIN:
            _check_causal(path, np.asarray(monitor.follow(stream[:CUT]), np.float64))
        told.append(path)
    answer = {"statistic": np.concatenate(told)[None, :]}
    if hasattr(monitor, "threshold_"):
        answer["threshold"] = np.array([float(monitor.threshold_)])
    return answer


def streams(rows: int) -> list[NDArray[np.int64]]:
    """The test rows of each stream, one after the other; with other than `ROWS` rows it begins anew at the end."""
    return [np.arange(start, start + LENGTH) % rows for start in range(0, ROWS, LENGTH)]


def score(truth: Truth, arrays: Arrays) -> Scores:
    """Delay at a matched run length, overall and by kind of shift.

    Args:
        truth: `groups["stream"]`, the number of each row's stream as text, `groups["shift"]`, its kind or "none", and
            `groups["part"]`, "after" from the onset on.
        arrays: `statistic`, shape (1, ROWS), and perhaps `threshold`.
    """
    names, first, counts = np.unique(truth.groups["stream"], return_index=True, return_counts=True)
    paths = np.asarray(arrays["statistic"], np.float64)[0].reshape(STREAMS, LENGTH)[names.astype(np.int64)]
    kinds = truth.groups["shift"][first].astype(str)
    onsets = LENGTH - _shifted_rows(truth, names)
    null, moved = kinds == NONE, (kinds != NONE) & (counts == LENGTH)
    metrics: dict[str, float | None] = dict.fromkeys(NAMES)
    if not moved.any() or null.sum() < 20 or counts.min() < LENGTH:
        undefined = dict.fromkeys(NAMES, "no stream shifts, or fewer than twenty do not")
        return Scores(metrics=metrics, undefined=undefined, units=resampling.replicate_ids())
    limit, share = run_length.calibrated(paths[null])
    calm, delay = run_length.delays(paths[moved], onsets[moved], limit, share)
    metrics["delay"] = run_length.mean_delay(calm, delay)
    metrics["found"] = float(calm @ run_length.found(paths[moved], onsets[moved], limit, share) / calm.sum())
    metrics["early_alarms"] = float(1 - calm.mean())
    own, reason = _own_run_length(paths[null], arrays)
    metrics["own_run_length"] = own
    return Scores(
        metrics=metrics,
        undefined={} if own is not None else {"own_run_length": reason},
        contributions={"delay": _contributions(paths, names, null, (moved, onsets[moved]))},
        units=resampling.replicate_ids(),
        facts={"n": float(len(names)), "patients": float(counts.sum())},
        subgroups={"shift": _by_kind(kinds[moved], calm, delay)},
    )


def _contributions(
    paths: Floats,
    names: NDArray[np.generic],
    null: NDArray[np.bool_],
    shifted: tuple[NDArray[np.bool_], NDArray[np.int64]],
) -> Floats:
    """Contributions of bootstrap replicates of all streams; each replicate calibrates its own threshold.

    Args:
        paths: of all streams.
        names: of all streams.
        null: those in which nothing shifts.
        shifted: those in which something does, and the rows of their onsets.
    """
    units = np.array([derive_seed("stream", str(name)) for name in names], np.uint64)
    drawn = resampling.counts(units).T.astype(np.float64)
    moved, onsets = shifted
    pair = drawn[:, null], drawn[:, moved]
    return resampling.contributions(run_length.resampled_delays(paths[null], paths[moved], onsets, pair))


def _own_run_length(paths: Floats, arrays: Arrays) -> tuple[float | None, str]:
    if "threshold" not in arrays:
        return None, "the monitor has no threshold of its own"
    found = run_length.run_length(paths, float(np.asarray(arrays["threshold"], np.float64)[0]), 0.0)
    return (found, "") if np.isfinite(found) else (None, "no false alarm at the monitor's own threshold")


def _by_kind(kinds: NDArray[np.generic], calm: Floats, delay: Floats) -> dict[str, dict[str, float | None]]:
    return {
        str(kind): {
            "n": float((kinds == kind).sum()),
            "delay": run_length.mean_delay(calm[kinds == kind], delay[kinds == kind]),
        }
        for kind in np.unique(kinds)
    }


def _shifted_rows(truth: Truth, names: NDArray[np.generic]) -> NDArray[np.int64]:
    place = np.searchsorted(names, truth.groups["stream"])
    return np.bincount(place, truth.groups["part"] == AFTER).astype(np.int64)


def _check_causal(path: Floats, cut: Floats) -> None:
    """The same rows have the same statistic whatever comes after them."""
    if cut.shape != (CUT,) or not np.allclose(path[:CUT], cut, rtol=1e-6, atol=1e-6):
        raise InvalidAnswer(
            f"follow(X) says something else of the first {CUT} rows when later ones are cut off: a monitor knows "
            "each patient and those before, none that come after"
        )


METRICS = (
    Metric(
        name="delay",
        label="Delay in patients",
        better="lower",
        low=1,
        high=WATCHED,
        ideal=1,
        summary=f"patients of the new kind until the alarm, at most {WATCHED}, at one false alarm in {RUN_LENGTH:g}",
    ),
    Metric(
        name="found",
        label="Found",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary=f"share of shifts found within {WATCHED} patients",
    ),
    Metric(
        name="early_alarms",
        label="Early alarms",
        better="lower",
        low=0,
        high=1,
        ideal=0,
        summary="share of shifting streams with an alarm before the onset",
    ),
    Metric(
        name="own_run_length",
        label="Own run length",
        better="nearer",
        low=1,
        high=None,
        ideal=RUN_LENGTH,
        summary="patients per false alarm at the monitor's own threshold, uncalibrated",
    ),
)
NAMES = tuple(metric.name for metric in METRICS)
FAMILY = Family(
    name="shift-sequential",
    title="Sequential shift detection",
    question="How many patients of a new kind come before the alarm?",
    contract=(
        "`fit(X, y)` on reference patients and their outcomes, which may be ignored; `follow(X)` of a stream, one number after "
        "each row from that row and those before it, larger for a surer alarm; optionally `threshold_`, the monitor's own. "
        "Thresholds are calibrated on 200 streams that do not shift."
    ),
    answers=(
        Answer(
            name="statistic",
            meaning="after each row of each stream, larger is surer of a shift; no unit",
            rows="one",
            columns=ROWS,
        ),
        Answer(
            name="threshold",
            meaning="above which the monitor would raise an alarm by itself; unit of the statistic",
            rows="one",
            optional=True,
        ),
    ),
    metrics=METRICS,
    no_skill=AT_RANDOM,
    perfect=1.0,
    rope=5.0,
    fit=fit,
    ask=ask,
    score=score,
    modules=(
        "carebench_tasks.families.shift_sequential",
        "carebench_tasks.metrics.run_length",
        "carebench_tasks.resampling",
    ),
    beside=("found", "early_alarms", "own_run_length"),
    figures=(
        Figure(
            name="delay-and-found",
            title="How many shifts are found, and how late",
            kind="scatter",
            x_label=f"share found within {WATCHED} patients",
            y_label="delay in patients",
            x_metric="found",
            metric="delay",
        ),
    ),
)
