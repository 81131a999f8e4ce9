"""The family of subpopulation shift: every group is trained on, and the worst of them counts.

Separate from generalisation, where the domains tested are new: the contract of `fit` is the same, the question is not.
The answering child imports this module, so it imports nothing heavier than numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import Family, Scores
from carebench_tasks import resampling
from carebench_tasks.families import shifted
from carebench_tasks.metrics import by_group
from carebench_tasks.metrics.binary import BRIER_SKILL, MODULES, RANKS_ONLY, Measured
from carebench_tasks.metrics.by_group import MEASURES
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth
    from carebench_tasks.metrics.binary import Measure
    from carebench_tasks.metrics.by_group import Predicted

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]
    Masks = Mapping[str, NDArray[np.bool_]]

WORST, AVERAGE = "worst", "average"
#: Key in `Truth.groups` of the groups that may be the worst; rows of no such group bear the empty label.
ELIGIBLE = "eligible"
NOTE = "the worst group is found anew in every bootstrap replicate of patients"


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer.

    Args:
        truth: `event` and `weight`, each of shape (n_test,), and the group of each row in `groups["eligible"]`, empty
            where its group is too small to be the worst, "a + b" for a row of two groups; without groups all rows are one. Where it is a
            `ResampledTruth`, contributions are those of its bootstrap replicates.
        arrays: `risk` or `score`, of shape (n_test,).
    """
    whole = shifted.predicted(truth, arrays)
    labels = truth.groups.get(ELIGIBLE, np.full(len(whole.event), "all"))
    masks = by_group.members(labels)
    groups = {name: whole.at(rows) for name, rows in masks.items()}
    found = Measured()
    for measure in MEASURES:
        _enter(found, measure, whole, groups)
    _contribute(found, whole, masks, groups)
    resampled = whole.replicates is not None
    return Scores(
        metrics=found.metrics,
        undefined=found.undefined,
        contributions=found.contributions,
        facts={**shifted.facts(whole, arrays), **truth.facts},
        notes=tuple(note for note, shown in ((RANKS_ONLY, whole.risk is None), (NOTE, resampled)) if shown),
        units=resampling.replicate_ids() if resampled else None,
        subgroups=_subgroups(truth, whole),
    )


def objective(_split: Split, held: Arrays, arrays: Arrays) -> float:
    """What tuning maximises: the Brier skill of the worst group among the inner split's held-out rows.

    Groups with fewer than 30 held-out events or non-events take no part, as they take none at test; where none has
    as many, all rows are one group.
    """
    whole = shifted.held_out(held, arrays)
    group = held.get("domain", np.zeros(len(whole.event)))
    groups = {str(name): whole.at(group == name) for name in np.unique(group)}
    large = {name: each for name, each in groups.items() if min(each.counts) >= by_group.FEWEST}
    return min(by_group.values(BRIER_SKILL, large or {"all": whole}).values())


def _enter(found: Measured, measure: Measure, whole: Predicted, groups: Mapping[str, Predicted]) -> None:
    """Average, worst group and gap of one measure."""
    names = {prefix: shifted.named(prefix, measure) for prefix in (WORST, AVERAGE, "gap")}
    try:
        average = by_group.value(measure, whole)
        by_group.put(found, names[AVERAGE], average)
        each = by_group.values(measure, groups)
        worst = each[by_group.worst(measure, each)]
        by_group.put(found, names[WORST], worst)
        by_group.put(found, names["gap"], by_group.loss(measure, worst) - by_group.loss(measure, average))
    except Undefined as reason:
        for name in set(names.values()) - set(found.metrics):
            by_group.put(found, name, reason)


def _contribute(found: Measured, whole: Predicted, masks: Masks, groups: Mapping[str, Predicted]) -> None:
    """Contributions to the Brier skill of the worst group and of all, where both have a value."""
    if found.metrics[shifted.named(WORST, BRIER_SKILL)] is None:
        return
    try:
        of_all = by_group.moves(BRIER_SKILL, whole)
        if whole.replicates is not None:
            each = [by_group.moves(BRIER_SKILL, group) for group in groups.values()]
            of_worst = resampling.contributions(np.min(each, axis=0))
            of_all = resampling.contributions(of_all)
        else:
            of_worst = _influence_of_worst(whole, masks, groups)
    except Undefined:
        return
    found.contributions[shifted.named(WORST, BRIER_SKILL)] = of_worst
    found.contributions[shifted.named(AVERAGE, BRIER_SKILL)] = of_all


def _influence_of_worst(whole: Predicted, masks: Masks, groups: Mapping[str, Predicted]) -> Floats:
    """Influence of each row of the worst group, and 0 elsewhere: first order, as if that group were certain."""
    worst = by_group.worst(BRIER_SKILL, by_group.values(BRIER_SKILL, groups))
    influence = np.zeros(len(whole.event))
    influence[masks[worst]] = by_group.moves(BRIER_SKILL, groups[worst])
    return influence


def _subgroups(truth: Truth, whole: Predicted) -> dict[str, dict[str, dict[str, float | None]]]:
    """Figures of every division; what has fewer than 30 events or non-events shows its counts alone."""
    shown = {name: labels for name, labels in truth.groups.items() if name != ELIGIBLE}
    return {name: _levels(whole, labels) for name, labels in shown.items()}


def _levels(whole: Predicted, labels: NDArray[np.generic]) -> dict[str, dict[str, float | None]]:
    told = by_group.levels(MEASURES, whole, labels)
    shown = [name for name, figures in told.items() if BRIER_SKILL.metric.name in figures]
    if shown and whole.replicates is not None and whole.risk is not None:
        rows = by_group.members(labels)
        moved = [by_group.moves(BRIER_SKILL, whole.at(rows[name])) for name in shown]
        for name, half in zip(shown, by_group.simultaneous_half_width(moved), strict=True):
            skill = told[name][BRIER_SKILL.metric.name] or 0.0
            told[name] |= {"brier_skill_low": skill - float(half), "brier_skill_high": skill + float(half)}
    return told


_WORST = shifted.variants(WORST, "Worst-group", "in the group where it is worst")
FAMILY = Family(
    name="shift",
    title="Subpopulation shift",
    question="How likely is the event, for a patient of the group for which the model is worst?",
    contract=(
        "`fit(X, y, *, domain)` with y 1 for the event and 0 otherwise and `domain` the group of each training row as an "
        "integer; it is passed only to a `fit` that names it. `predict_proba(X)` gives the risk of the event; test rows come "
        "without their group, unless it is among the inputs. Every group is trained on."
    ),
    answers=shifted.ANSWERS,
    metrics=(
        *_WORST,
        *shifted.variants(AVERAGE, "Average", "over all test rows"),
        *shifted.gaps("worst group against all test rows"),
    ),
    no_skill=0.0,
    perfect=1.0,
    rope=0.01,
    fit=shifted.fit,
    ask=shifted.ask,
    score=score,
    modules=(
        "carebench_tasks.families.shift",
        "carebench_tasks.families.shifted",
        *by_group.MODULES,
        *MODULES,
    ),
    objective=objective,
    beside=("worst_auroc", "average_brier_skill", "worst_calibration_slope"),
)
