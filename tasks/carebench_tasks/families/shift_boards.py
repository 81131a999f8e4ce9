"""The boards of new domains: tested where nobody was trained, without and with unlabelled inputs from there.

Two, since a method that sees inputs of the target answers another question than one that does not; separate from their scores,
which they share.
"""

from __future__ import annotations

from dataclasses import replace

from carebench import Family, Figure, Metric
from carebench_tasks.families import shifted
from carebench_tasks.families.shift_generalisation import (
    IN,
    LABEL_WEIGHTS,
    OUT,
    SEVERITIES,
    SLOPE,
    WORST,
    objective,
    score,
    score_adapted,
)
from carebench_tasks.metrics import by_group
from carebench_tasks.metrics.binary import BRIER_SKILL, MODULES

_SHARED = (
    *shifted.variants(OUT, "Out-of-domain", "mean over domains that were not trained on"),
    *shifted.variants(WORST, "Worst-domain", "in the new domain where it is worst"),
    *shifted.variants(IN, "In-domain", "on held-out rows of the domains trained on"),
    *shifted.gaps("new domains against those trained on"),
)
_SEVERE = (
    *(
        replace(
            BRIER_SKILL.metric,
            name=f"skill_at_{severity}",
            label=f"Brier skill, severity {severity}",
            summary=f"Brier skill on the rows corrupted at severity {severity} of 4",
        )
        for severity in SEVERITIES
    ),
    Metric(
        name=SLOPE,
        label="Skill by severity",
        better="nearer",
        low=None,
        high=None,
        ideal=0,
        summary="least-squares slope of the Brier skill against severity 0 to 4",
    ),
)
_WEIGHTS = Metric(
    name=LABEL_WEIGHTS,
    label="Label-weight error",
    better="lower",
    low=0,
    high=None,
    ideal=0,
    summary="mean squared error of the estimated label weights",
)
_SHAPE = (
    "y is 1 for the event and 0 otherwise, `domain` the domain of each training row as an integer; each is passed only to a "
    "`fit` that names it. `predict_proba(X)` gives the risk of the event; test rows come without their domain."
)
_MODULES = (
    "carebench_tasks.families.shift_generalisation",
    "carebench_tasks.families.shifted",
    *by_group.MODULES,
    *MODULES,
)

GENERALISATION = Family(
    name="shift-generalisation",
    title="Generalisation to new domains",
    question="How likely is the event, for a patient of a domain that nobody was trained on?",
    contract=(
        f"`fit(X, y, *, domain, X_validation, y_validation)`: {_SHAPE} Nothing of the domains tested is seen before. Where a task has a "
        "domain that is neither trained on nor tested, a `fit` that names them gets its inputs and answers, to select on."
    ),
    answers=shifted.ANSWERS,
    metrics=(*_SHARED, *_SEVERE),
    no_skill=0.0,
    perfect=1.0,
    rope=0.01,
    fit=shifted.fit,
    ask=shifted.ask,
    score=score,
    modules=_MODULES,
    figures=(
        Figure(
            name="severity",
            title="Brier skill as inputs are corrupted",
            kind="over-metrics",
            x_label="severity of the corruption, 0 (none) to 4",
            y_label="Brier skill",
            points=tuple((float(severity), f"skill_at_{severity}") for severity in SEVERITIES),
        ),
        Figure(
            name="in-and-out",
            title="Brier skill where trained, and where not",
            kind="scatter",
            x_label="in-domain Brier skill",
            y_label="out-of-domain Brier skill",
            x_metric=shifted.named(IN, BRIER_SKILL),
            metric=shifted.named(OUT, BRIER_SKILL),
        ),
    ),
    objective=objective,
    beside=("out_auroc", "in_brier_skill", "gap_brier_skill", "out_calibration_slope"),
)
ADAPTATION = Family(
    name="shift-adaptation",
    title="Adaptation to an unlabelled target",
    question="How likely is the event, for a patient of a target of which only inputs were seen?",
    contract=(
        f"`fit(X, y, *, domain, X_target)`: {_SHAPE} `X_target` holds inputs of other patients of the target, without "
        "answers, likewise passed only to a `fit` that names it. Diagnostic siblings tell the answers of some in `y_target`, -1 for "
        "the others. Label weights may be told in `label_weights_`."
    ),
    answers=shifted.ANSWERS,
    metrics=(*_SHARED, _WEIGHTS),
    no_skill=0.0,
    perfect=1.0,
    rope=0.01,
    fit=shifted.fit,
    ask=shifted.ask,
    score=score_adapted,
    modules=_MODULES,
    objective=objective,
    beside=("out_auroc", "in_brier_skill", "gap_brier_skill", "out_calibration_slope"),
)
