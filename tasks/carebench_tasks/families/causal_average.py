"""The family of average effects: by how much does the treatment change the outcome on average, and how sure is that?

Separate from effects of patients because weighting, matching, TMLE and instruments answer only this. The answering
child imports this module, so it imports nothing heavier than numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, InvalidAnswer, Scores
from carebench_tasks.families import treated
from carebench_tasks.families.causal_average_metrics import METRICS
from carebench_tasks.families.causal_truth import ESTIMANDS, AverageTruth
from carebench_tasks.metrics import balance, sensitivity
from carebench_tasks.metrics.outcome import Undefined, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from carebench import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]

NO_TRUTH = "real data: the true effect is not known"
NO_INTERVAL = "the model gives no interval"
NO_WEIGHTS = "the model weights no patients"
NORMAL_QUANTILE = 1.959963984540054


def ask(estimator: Any, split: Split) -> Mapping[str, NDArray[np.generic]]:
    """Ask for the average effect with its interval and estimand, and for the weights of the training rows."""
    found = treated.average_effect(estimator, split.train)
    if found["estimand"] not in ESTIMANDS:
        raise InvalidAnswer(f"the estimand {found['estimand']!r} is none of {', '.join(ESTIMANDS)}")
    arrays: dict[str, NDArray[np.generic]] = {
        name: np.array([found[name]], np.float64)
        for name in ("estimate", "low", "high")
        if found[name] is not None
    }
    arrays["estimand"] = np.array([ESTIMANDS.index(found["estimand"])], np.float64)
    weights = getattr(estimator, "weights", None)
    if isinstance(weights, np.ndarray):
        arrays["weights"] = np.array(weights, np.float64)
    robustness = getattr(estimator, "robustness_value", None)
    if isinstance(robustness, float):
        arrays["robustness_value"] = np.array([robustness], np.float64)
    return arrays


@dataclass(frozen=True, kw_only=True)
class Case:
    """One answer beside the truth of its own estimand."""

    estimate: float
    low: float | None
    high: float | None
    estimand: str
    truth: AverageTruth
    weights: NDArray[np.float64] | None

    @property
    def known(self) -> tuple[float, float]:
        """The true effect for the estimand, and the standard deviation that errors are measured in."""
        if self.truth.sd0 is None or not self.truth.averages:
            raise Undefined(NO_TRUTH)
        if self.estimand not in self.truth.averages:
            raise Undefined(f"the true {self.estimand} is not defined in this task")
        return self.truth.averages[self.estimand], self.truth.sd0

    @property
    def interval(self) -> tuple[float, float]:
        """The bounds of the 95 % interval."""
        if self.low is None or self.high is None:
            raise Undefined(NO_INTERVAL)
        return self.low, self.high

    @property
    def standard_error(self) -> float:
        """Half the interval's width over the normal quantile."""
        low, high = self.interval
        return (high - low) / (2 * NORMAL_QUANTILE)


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer, each held against the truth of the estimand that the answer declares.

    Args:
        truth: an `AverageTruth`.
        arrays: `estimate` and `estimand`, of shape (1,), and what else the model gives.
    """
    if not isinstance(truth, AverageTruth):
        raise TypeError(
            f"a task of average effects was expected to give an AverageTruth, not {type(truth).__name__}"
        )
    case = _case(truth, arrays)
    metrics, undefined = measured(MEASURES, case)
    facts = {**_facts(case), **_sensitivity(case), **truth.facts}
    if "robustness_value" in arrays:
        facts["robustness_value"] = float(np.asarray(arrays["robustness_value"], np.float64)[0])
    return Scores(metrics=metrics, undefined=undefined, facts=facts, notes=(f"estimand {case.estimand}",))


def _case(truth: AverageTruth, arrays: Arrays) -> Case:
    one = {
        name: float(np.asarray(arrays[name], np.float64)[0])
        for name in ("estimate", "low", "high", "estimand")
        if name in arrays
    }
    return Case(
        estimate=one["estimate"],
        low=one.get("low"),
        high=one.get("high"),
        estimand=ESTIMANDS[int(one["estimand"])],
        truth=truth,
        weights=np.asarray(arrays["weights"], np.float64) if "weights" in arrays else None,
    )


def _facts(case: Case) -> dict[str, float]:
    """The estimate with its interval, and the truth where it is known: what a task without truth shows."""
    facts = {"n": float(len(case.truth.treatment)), "estimate": case.estimate}
    if case.low is not None and case.high is not None:
        facts |= {"low": case.low, "high": case.high, "standard_error": case.standard_error}
    if case.estimand in case.truth.averages:
        facts["truth"] = case.truth.averages[case.estimand]
    if case.weights is not None:
        facts["share_without_weight"] = float(np.mean(case.weights == 0))
        facts["largest_weight"] = float(case.weights.max() / max(case.weights.mean(), 1e-300))
    return facts


def _sensitivity(case: Case) -> dict[str, float]:
    """The E-value of the estimate, and of the bound of its interval nearer to no effect (1 where it holds none)."""
    if case.truth.base_risk is None and not case.truth.sd_outcome:
        return {}
    facts = {"e_value": sensitivity.e_value(_risk_ratio(case, case.estimate))}
    if case.low is not None and case.high is not None:
        crosses = case.low <= 0 <= case.high
        nearer = 0.0 if crosses else min((case.low, case.high), key=abs)
        facts["e_value_interval"] = sensitivity.e_value(_risk_ratio(case, nearer))
    return facts


def _risk_ratio(case: Case, difference: float) -> float:
    if case.truth.base_risk is not None:
        return sensitivity.risk_ratio_of_difference(difference, case.truth.base_risk)
    return sensitivity.risk_ratio_of_mean(difference, case.truth.sd_outcome or 1.0)


def _standardised(case: Case) -> float:
    truth, sd0 = case.known
    return (case.estimate - truth) / sd0


def _covered(case: Case) -> float:
    low, high = case.interval
    return float(low <= case.known[0] <= high)


def _width(case: Case) -> float:
    low, high = case.interval
    return (high - low) / case.known[1]


def _balance(case: Case) -> float:
    if case.weights is None:
        raise Undefined(NO_WEIGHTS)
    return balance.largest_difference(case.truth.training, case.truth.treatment, case.weights)


def _effective(case: Case) -> float:
    if case.weights is None:
        raise Undefined(NO_WEIGHTS)
    return balance.effective_share(case.weights, case.truth.treatment)


MEASURES: Mapping[str, Callable[[Case], float]] = {
    "standardised_error": _standardised,
    "bias": _standardised,
    "absolute_error": lambda case: abs(_standardised(case)),
    "coverage": _covered,
    "width": _width,
    "largest_difference": _balance,
    "effective_share": _effective,
}

FAMILY = Family(
    name="causal-average",
    title="Average causal effects",
    question="Given who was treated and what became of them, by how much does treatment change the outcome on average?",
    contract=(
        "`fit(X, y, *, treatment)` with treatment 0 or 1; `average_effect()` gives an object with `estimate`, `low` and "
        "`high` (a 95 % interval, or None) and `estimand`: ATE, ATT, ATO (overlap), ATM (matching), LATE or "
        "trimmed (ATE of those with a propensity of .1 to .9), each for the population that the training rows are drawn from. `instrument` and `observed` are passed to a `fit` that "
        "names them. Optional attributes: `weights`, one a training row, and `robustness_value`. Estimators with EconML's "
        "`fit(Y, T, X=X)` and `ate(X)` work as they stand."
    ),
    answers=(
        Answer(name="estimate", meaning="average effect, in the unit of the outcome", rows="one"),
        Answer(name="low", meaning="lower bound of its 95 % interval", rows="one", optional=True),
        Answer(name="high", meaning="upper bound of its 95 % interval", rows="one", optional=True),
        Answer(
            name="estimand",
            meaning=f"whose average: {', '.join(f'{code} {name}' for code, name in enumerate(ESTIMANDS))}",
            rows="one",
            low=0,
            high=len(ESTIMANDS) - 1,
        ),
        Answer(name="weights", meaning="weight of each training patient", rows="train", low=0, optional=True),
        Answer(
            name="robustness_value",
            meaning="share of the residual variance of treatment and of outcome that a hidden cause must explain",
            rows="one",
            low=0,
            high=1,
            optional=True,
        ),
    ),
    metrics=METRICS,
    no_skill=None,
    perfect=None,
    rope=0.02,
    fit=treated.fit,
    ask=ask,
    score=score,
    modules=(
        "carebench_tasks.families.causal_average",
        "carebench_tasks.families.causal_average_metrics",
        "carebench_tasks.families.causal_truth",
        "carebench_tasks.families.treated",
        "carebench_tasks.metrics.balance",
        "carebench_tasks.metrics.outcome",
        "carebench_tasks.metrics.sensitivity",
    ),
    beside=("coverage", "width"),
    figures=(
        Figure(
            name="hidden-confounding",
            title="Bias as confounding that nobody sees grows",
            kind="over-levels",
            x_label="strength of hidden confounding (sd of the noise)",
            y_label="bias (sd of the outcome without treatment)",
            metric="bias",
        ),
        Figure(
            name="coverage-and-width",
            title="Coverage of the 95 % interval, and its width",
            kind="scatter",
            x_label="width of the interval (sd of the outcome without treatment)",
            y_label="coverage",
            x_metric="width",
            metric="coverage",
        ),
    ),
)
