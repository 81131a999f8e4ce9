"""The metrics of effects of patients, as the board shows them; separate because they are a table of declarations.

Their formulas and sources are in `carebench_tasks.metrics.effects` and `carebench_tasks.metrics.benefit`.
"""

from __future__ import annotations

from carebench import Metric

UNIT = "in the outcome's unit"


def _lower(name: str, label: str, summary: str) -> Metric:
    """An error: at least 0, lower is better."""
    return Metric(name=name, label=label, better="lower", low=0, high=None, ideal=0, summary=summary)


METRICS = (
    Metric(
        name="effect_skill",
        label="Effect skill",
        better="higher",
        low=None,
        high=1,
        ideal=1,
        summary="1 - MSE(effect) / Var(effect), out of sample; median over replications; 0 for the true average.",
        over_seeds="median",
    ),
    Metric(
        name="pehe",
        label="PEHE, median",
        better="lower",
        low=0,
        high=None,
        ideal=0,
        summary=f"sqrt(mean (effect estimated - true)^2), out of sample, {UNIT}; median over replications (Hill 2011).",
        over_seeds="median",
    ),
    _lower(
        "pehe_mean", "PEHE, mean", f"PEHE out of sample, {UNIT}; mean over replications, as papers give it."
    ),
    _lower(
        "pehe_in_sample", "PEHE in sample", f"PEHE of the training patients, {UNIT}; mean over replications."
    ),
    _lower(
        "scaled_pehe", "PEHE / sd", "PEHE over the standard deviation of the effect: 1 for the true average."
    ),
    _lower("average_error", "ATE error", f"|mean of estimated - mean of true effects|, {UNIT}."),
    Metric(
        name="bias",
        label="Bias",
        better="nearer",
        low=None,
        high=None,
        ideal=0,
        summary=f"Mean of estimated minus mean of true effects, {UNIT}; mean over replications.",
    ),
    Metric(
        name="interval_coverage",
        label="Coverage",
        better="nearer",
        low=0,
        high=1,
        ideal=0.95,
        summary="Share of patients whose true effect lies in its 95 % interval.",
    ),
    _lower("interval_width", "Width", f"Mean width of the 95 % intervals of patients' effects, {UNIT}."),
    Metric(
        name="calibration",
        label="Calibration for benefit",
        better="nearer",
        low=None,
        high=None,
        ideal=1,
        summary="Slope of the true on the estimated effect; below 1, estimates differ too much (van Klaveren 2023).",
        over_seeds="median",
    ),
    Metric(
        name="autoc",
        label="AUTOC",
        better="higher",
        low=None,
        high=1,
        ideal=1,
        summary="Area under the targeting operator characteristic, over that of the true effects (Yadlowsky 2021).",
    ),
    Metric(
        name="qini",
        label="Qini",
        better="higher",
        low=None,
        high=1,
        ideal=1,
        summary="Area between uplift curve and a random order, over that of the true effects (Radcliffe 2007).",
    ),
    Metric(
        name="policy_gain",
        label="Policy gain",
        better="higher",
        low=None,
        high=1,
        ideal=1,
        summary="Share gained, by treating those expected to benefit, of what choosing patients can gain.",
    ),
    _lower(
        "policy_regret", "Policy risk", f"Mean outcome lost against treating exactly those helped, {UNIT}."
    ),
    Metric(
        name="c_for_benefit",
        label="C-for-benefit",
        better="higher",
        low=0,
        high=1,
        ideal=1,
        summary="Concordance of predicted and observed benefit of matched pairs in a trial (van Klaveren 2018).",
    ),
    _lower(
        "outcome_error", "Outcome error", f"RMSE of expected outcomes without and with treatment, {UNIT}."
    ),
)
