"""The family of effects of patients: by how much does the treatment change this patient's outcome?

Separate from average effects because some methods estimate only those. The answering child imports this module, so
it imports nothing heavier than numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, Scores
from carebench_tasks.families import treated
from carebench_tasks.families.causal_metrics import METRICS
from carebench_tasks.families.causal_truth import EffectTruth
from carebench_tasks.metrics import balance, benefit, effects
from carebench_tasks.metrics.outcome import Undefined, measured
from carebench_tasks.metrics.r_loss import nuisances, r_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

NO_INTERVAL = "the model gives no interval of each patient's effect"
NO_TRIAL = "the test rows are no randomised trial with outcomes of 0 or 1"
NO_OUTCOMES = "the model gives no expected outcomes without and with treatment"
NO_TRAINING = "the model gives no effect of its training rows, or their true effect is unknown"


def ask(estimator: Any, split: Split) -> Mapping[str, NDArray[np.generic]]:
    """Ask for the test rows' effects and, where the model has them, intervals, propensities and expected outcomes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "effect": treated.effect(estimator, split.test),
        "training_effect": treated.effect(estimator, split.train),
    }
    interval = treated.effect_interval(estimator, split.test)
    if interval is not None:
        arrays["low"], arrays["high"] = interval
    propensity = treated.optional_vector(estimator, "propensity", split.test)
    if propensity is not None:
        arrays["propensity"] = propensity
    if hasattr(estimator, "potential_outcomes"):
        arrays["untreated"], arrays["treated"] = estimator.potential_outcomes(split.test)
    return arrays


@dataclass(frozen=True, kw_only=True)
class Case:
    """One answer beside the truth, in the order of the units' ids; arrays of shape (n_test,)."""

    estimate: Floats
    effect: Floats
    untreated: Floats
    treated: Floats
    sign: int
    answer: Mapping[str, Floats]
    truth: Mapping[str, Floats]
    training: tuple[Floats, Floats] | None

    @property
    def benefit(self) -> Floats:
        """Estimated benefit: the effect, turned round where a larger outcome is worse."""
        return self.sign * self.estimate

    @property
    def treat(self) -> NDArray[np.bool_]:
        """Whom the model would treat: those whom it expects to benefit."""
        return self.benefit > 0


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer.

    Args:
        truth: an `EffectTruth`: `effect`, `untreated` and `treated`, each of shape (n_test,); for a trial `outcome`
            and `treatment` too.
        arrays: `effect` of shape (n_test,), and what else the model gives.
    """
    if not isinstance(truth, EffectTruth):
        raise TypeError(
            f"a causal task's truth() was expected to give an EffectTruth, not {type(truth).__name__}"
        )
    case = _case(truth, arrays)
    metrics, undefined = measured(MEASURES, case)
    return Scores(metrics=metrics, undefined=undefined, facts={**_facts(case), **truth.facts})


def objective(split: Split, held: Arrays, arrays: Arrays) -> float:
    """What tuning maximises: minus the R-loss of the inner split's held-out patients; the true effect is never asked for."""
    known, asked = (
        {name: np.asarray(part[name], np.float64) for name in ("y", "treatment")}
        for part in (split.reveals, held)
    )
    expected, propensity = nuisances(split.train, known["y"], known["treatment"], split.test)
    effect = np.asarray(arrays["effect"], np.float64)
    return -r_loss(asked["y"], asked["treatment"], effect, expected, propensity)


def _case(truth: EffectTruth, arrays: Arrays) -> Case:
    order = np.argsort(truth.units, kind="stable")
    rows = len(truth.units)
    answer = {name: np.asarray(values, np.float64) for name, values in arrays.items()}
    training = answer.pop("training_effect", None)
    known = {name: np.asarray(values, np.float64)[order] for name, values in truth.answers.items()}
    told = {name: values[order] for name, values in answer.items() if len(values) == rows}
    paired = training is not None and len(training) == len(truth.training_effect) > 0
    return Case(
        estimate=told["effect"],
        effect=known["effect"],
        untreated=known["untreated"],
        treated=known["treated"],
        sign=1 if truth.larger_is_better else -1,
        answer=told,
        truth=known,
        training=(training, truth.training_effect) if paired and training is not None else None,
    )


def _facts(case: Case) -> dict[str, float]:
    return {
        "n": float(len(case.effect)),
        "average_effect": float(case.effect.mean()),
        "sd_effect": float(case.effect.std()),
        "estimated_average_effect": float(case.estimate.mean()),
        "share_treated_by_policy": float(case.treat.mean()),
        **(
            {"share_in_overlap": balance.overlap(case.answer["propensity"])}
            if "propensity" in case.answer
            else {}
        ),
    }


def _policy(measure: Callable[[NDArray[np.bool_], Floats, Floats], float]) -> Callable[[Case], float]:
    return lambda case: measure(case.treat, case.sign * case.untreated, case.sign * case.treated)


def _ranking(measure: Callable[[Floats, Floats], float]) -> Callable[[Case], float]:
    """The measure over that of the true effects, which order the patients best."""

    def share(case: Case) -> float:
        true = case.sign * case.effect
        attainable = measure(true, true)
        if attainable < effects.SMALLEST_GAIN:
            raise Undefined("the true effect is nearly the same for all test patients")
        return measure(case.benefit, true) / attainable

    return share


def _direct(measure: Callable[[Floats, Floats], float]) -> Callable[[Case], float]:
    return lambda case: measure(case.estimate, case.effect)


def _training_pehe(case: Case) -> float:
    if case.training is None:
        raise Undefined(NO_TRAINING)
    return effects.pehe(*case.training)


def _interval(case: Case) -> tuple[Floats, Floats]:
    if not {"low", "high"} <= set(case.answer):
        raise Undefined(NO_INTERVAL)
    return case.answer["low"], case.answer["high"]


def _outcome_error(case: Case) -> float:
    if not {"untreated", "treated"} <= set(case.answer):
        raise Undefined(NO_OUTCOMES)
    errors = [case.answer[name] - case.truth[name] for name in ("untreated", "treated")]
    return float(np.sqrt(np.mean(np.square(errors))))


def _c_for_benefit(case: Case) -> float:
    if "outcome" not in case.truth:
        raise Undefined(NO_TRIAL)
    better = case.truth["outcome"] if case.sign > 0 else 1 - case.truth["outcome"]
    return benefit.c_for_benefit(case.benefit, better, case.truth["treatment"])


MEASURES: Mapping[str, Callable[[Case], float]] = {
    "effect_skill": _direct(effects.skill),
    "pehe": _direct(effects.pehe),
    "pehe_mean": _direct(effects.pehe),
    "pehe_in_sample": _training_pehe,
    "scaled_pehe": _direct(effects.scaled_pehe),
    "average_error": _direct(effects.average_error),
    "bias": _direct(effects.bias),
    "interval_coverage": lambda case: effects.coverage(*_interval(case), case.effect),
    "interval_width": lambda case: effects.width(*_interval(case)),
    "calibration": _direct(effects.calibration),
    "autoc": _ranking(benefit.autoc),
    "qini": _ranking(benefit.qini),
    "policy_gain": _policy(effects.policy_gain),
    "policy_regret": _policy(effects.policy_regret),
    "c_for_benefit": _c_for_benefit,
    "outcome_error": _outcome_error,
}

FAMILY = Family(
    name="causal",
    title="Causal effects of patients",
    question="Given who was treated and what became of them, by how much would treatment change this patient's outcome?",
    contract=(
        "`fit(X, y, *, treatment)` with treatment 0 or 1; `effect(X)` gives one effect a row, treated minus untreated, in "
        "the unit of y (a risk difference where y is 0 or 1). Optional: `effect_interval(X)`, two arrays with the bounds of "
        "95 % intervals; `propensity(X)`; `potential_outcomes(X)`, expected outcomes without and with treatment. "
        "Estimators with EconML's `fit(Y, T, X=X)` work as they stand."
    ),
    answers=(
        Answer(
            name="effect", meaning="effect of treatment, treated minus untreated, in the unit of the outcome"
        ),
        Answer(name="training_effect", meaning="likewise for the training rows", rows="train", optional=True),
        Answer(name="low", meaning="lower bound of the 95 % interval of the effect", optional=True),
        Answer(name="high", meaning="upper bound of the 95 % interval of the effect", optional=True),
        Answer(name="propensity", meaning="probability of treatment", low=0, high=1, optional=True),
        Answer(name="untreated", meaning="expected outcome without treatment", optional=True),
        Answer(name="treated", meaning="expected outcome with treatment", optional=True),
    ),
    metrics=METRICS,
    no_skill=0.0,
    perfect=1.0,
    rope=0.02,
    fit=treated.fit,
    ask=ask,
    score=score,
    modules=(
        "carebench_tasks.metrics.r_loss",
        "carebench_tasks.families.causal",
        "carebench_tasks.families.causal_metrics",
        "carebench_tasks.families.causal_truth",
        "carebench_tasks.families.treated",
        "carebench_tasks.metrics.balance",
        "carebench_tasks.metrics.benefit",
        "carebench_tasks.metrics.effects",
        "carebench_tasks.metrics.outcome",
    ),
    beside=("pehe", "interval_coverage"),
    objective=objective,
    figures=(
        Figure(
            name="hidden-confounding",
            title="Error of the average effect as confounding that nobody sees grows",
            kind="over-levels",
            x_label="strength of hidden confounding (sd of the noise)",
            y_label="error of the average effect (unit of the outcome)",
            metric="average_error",
        ),
        Figure(
            name="error-and-policy",
            title="Error of effects, and what is lost by acting on them",
            kind="scatter",
            x_label="PEHE / sd of the effect",
            y_label="policy gain",
            x_metric="scaled_pehe",
            metric="policy_gain",
        ),
    ),
)
