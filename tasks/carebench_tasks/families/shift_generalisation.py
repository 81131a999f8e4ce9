"""Scores of new domains: their mean and worst, what is lost against those trained on, and how skill falls with severity.

Separate from the boards that show them, of which there are two with one arithmetic.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from carebench import Scores
from carebench_tasks import resampling
from carebench_tasks.families import shifted
from carebench_tasks.metrics import by_group
from carebench_tasks.metrics.binary import BRIER_SKILL, RANKS_ONLY, Measured
from carebench_tasks.metrics.by_group import MEASURES, Predicted
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench import Split, Truth
    from carebench_tasks.metrics.binary import Measure

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]
    Masks = Mapping[str, NDArray[np.bool_]]

OUT, IN, WORST = "out", "in", "worst"
#: Key in `Truth.groups` of the domain that was not trained on; empty for rows of none, and for those left out.
DOMAIN = "domain"
#: Key in `Truth.groups` that says "in" for held-out rows of the domains trained on.
PART = "part"
SEVERITIES = (0, 1, 2, 3, 4)
NO_SEVERITY = "the task has no severities"
SLOPE, LABEL_WEIGHTS = "skill_by_severity", "label_weight_error"


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer on domains that were not trained on.

    Args:
        truth: `event` and `weight`, each of shape (n_test,); in `groups["domain"]` the new domain of each row, empty for
            other rows; in `groups["part"]` "in" for held-out rows of the domains trained on. Without them all rows are
            one new domain. Domains called "severity 1" to "severity 4" are one corruption at rising strength.
        arrays: `risk` or `score`, of shape (n_test,).
    """
    scores = _score(truth, arrays)
    metrics, undefined = dict(scores.metrics), dict(scores.undefined)
    skills = _severity_skills(truth, arrays)
    for severity in SEVERITIES:
        metrics[f"skill_at_{severity}"] = skills.get(severity)
    metrics[SLOPE] = _slope(skills)
    reason = NO_SEVERITY if DOMAIN not in truth.groups or not skills else RANKS_ONLY
    undefined |= {name: reason for name, value in metrics.items() if value is None and name not in undefined}
    return replace(scores, metrics=metrics, undefined=undefined)


def score_adapted(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer to a task that gave unlabelled inputs of the target; arguments as for `score`.

    `facts` of the truth may hold `label_weight_0` and `label_weight_1`, the true weights of the two answers.
    """
    scores = _score(truth, arrays)
    error, reason = _label_weight_error(truth, arrays)
    undefined = dict(scores.undefined) | ({} if error is not None else {LABEL_WEIGHTS: reason})
    return replace(scores, metrics={**scores.metrics, LABEL_WEIGHTS: error}, undefined=undefined)


def objective(_split: Split, held: Arrays, arrays: Arrays) -> float:
    """What tuning maximises: the Brier skill on the held-out rows, which are one training domain that was left out.

    The mean over inner splits is then the mean skill over training domains, each new to its trial. Where a task trains
    on one domain alone, or its inner splits are not by domain, it is skill within the source.
    """
    return by_group.value(BRIER_SKILL, shifted.held_out(held, arrays))


def label_weight_error(estimated: Floats, true: Floats) -> float:
    """Mean squared error of estimated label weights: sum over the k labels of (w_hat - w)^2, divided by k.

    At least 0, lower is better, no unit. Source: Lipton, Wang and Smola 2018, ICML, section 4.

    Example:
        >>> label_weight_error(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
        0.5
    """
    return float(np.mean((estimated - true) ** 2))


def _score(truth: Truth, arrays: Arrays) -> Scores:
    whole = shifted.predicted(truth, arrays)
    masks, inside = _domains(truth, len(whole.event))
    found = Measured()
    for measure in MEASURES:
        _enter(found, measure, {name: whole.at(rows) for name, rows in masks.items()}, whole.at(inside))
    _contribute(found, whole, masks, inside)
    resampled = whole.replicates is not None
    return Scores(
        metrics=found.metrics,
        undefined=found.undefined,
        contributions=found.contributions,
        facts={**shifted.facts(whole, arrays), **truth.facts},
        notes=(RANKS_ONLY,) if whole.risk is None else (),
        units=resampling.replicate_ids() if resampled else None,
        subgroups={"domain": _figures(whole, {**masks, "trained on": inside})} if masks else {},
    )


def _domains(truth: Truth, rows: int) -> tuple[dict[str, NDArray[np.bool_]], NDArray[np.bool_]]:
    """The rows of each new domain, and those of the domains trained on."""
    labels = truth.groups.get(DOMAIN, np.full(rows, "all"))
    inside = np.asarray(truth.groups.get(PART, np.full(rows, OUT)) == IN)
    return {str(name): np.asarray(labels == name) for name in np.unique(labels) if name}, inside


def _enter(found: Measured, measure: Measure, groups: Mapping[str, Predicted], inside: Predicted) -> None:
    """Mean over new domains, the worst of them, the figure where it was trained, and what is lost between."""
    names = {prefix: shifted.named(prefix, measure) for prefix in (OUT, WORST, IN, "gap")}
    try:
        each = by_group.values(measure, groups)
        outside = float(np.mean(list(each.values())))
        by_group.put(found, names[OUT], outside)
        by_group.put(found, names[WORST], each[by_group.worst(measure, each)])
        within = by_group.value(measure, inside)
        by_group.put(found, names[IN], within)
        by_group.put(found, names["gap"], by_group.loss(measure, outside) - by_group.loss(measure, within))
    except Undefined as reason:
        for name in set(names.values()) - set(found.metrics):
            by_group.put(found, name, reason)


def _contribute(found: Measured, whole: Predicted, masks: Masks, inside: NDArray[np.bool_]) -> None:
    """Contributions to the mean Brier skill over new domains, and to that where it was trained."""
    for prefix, rows in ((OUT, list(masks.values())), (IN, [inside])):
        name = shifted.named(prefix, BRIER_SKILL)
        if found.metrics[name] is None:
            continue
        try:
            found.contributions[name] = _mean_moves(whole, rows)
        except Undefined:
            continue


def _mean_moves(whole: Predicted, rows: Sequence[NDArray[np.bool_]]) -> Floats:
    if whole.replicates is not None:
        moved = [by_group.moves(BRIER_SKILL, whole.at(each)) for each in rows]
        return resampling.contributions(np.mean(moved, axis=0))
    influence = np.zeros(len(whole.event))
    for each in rows:
        influence[each] += by_group.moves(BRIER_SKILL, whole.at(each)) / len(rows)
    return influence


def _figures(whole: Predicted, masks: Masks) -> dict[str, dict[str, float | None]]:
    """Counts of every domain, and its figures where it has at least 30 events and 30 non-events."""
    told: dict[str, dict[str, float | None]] = {}
    for name, rows in masks.items():
        group = whole.at(rows)
        told[name] = {"n": float(len(group.event)), "events": float(group.counts[0])}
        for measure in MEASURES if min(group.counts) >= by_group.FEWEST else ():
            try:
                told[name][measure.metric.name] = by_group.value(measure, group)
            except Undefined:
                told[name][measure.metric.name] = None
    return told


def _severity_skills(truth: Truth, arrays: Arrays) -> dict[int, float]:
    """Brier skill at each severity, 0 being the rows as they are; nothing where the task has no severities."""
    whole = shifted.predicted(truth, arrays)
    masks, inside = _domains(truth, len(whole.event))
    named = {int(name.removeprefix("severity ")): rows for name, rows in masks.items() if "severity" in name}
    if not named:
        return {}
    skills = {}
    for severity, rows in {0: inside, **named}.items():
        try:
            skills[severity] = by_group.value(BRIER_SKILL, whole.at(rows))
        except Undefined:
            continue
    return skills


def _slope(skills: Mapping[int, float]) -> float | None:
    """Least-squares slope of skill against severity; None with fewer than two severities."""
    if len(skills) < 2:
        return None
    return float(np.polyfit(list(skills), list(skills.values()), 1)[0])


def _label_weight_error(truth: Truth, arrays: Arrays) -> tuple[float | None, str]:
    true = [truth.facts.get(f"label_weight_{label}") for label in (0, 1)]
    if None in true:
        return None, "the task has no known label weights"
    if "label_weights" not in arrays:
        return None, "the model estimates no label weights"
    return label_weight_error(
        np.asarray(arrays["label_weights"], np.float64)[0], np.array(true, np.float64)
    ), ""
