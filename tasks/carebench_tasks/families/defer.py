"""The defer family: which patients should a model hand over to a human, and how good are the two together?

Separate from its tasks because any data set with human decisions may ask this, one of a third party included. The
answering child imports this module, so it imports nothing heavier than numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Answer, Family, Figure, InvalidAnswer, fit_with_extras, positive_class_answer
from carebench_tasks.families.defer_scoring import RISK_MEASURES, held_out_accuracy, score
from carebench_tasks.metrics import binary
from carebench_tasks.metrics.deferral import BUDGETS
from carebench_tasks.metrics.hand_order import ORDER_MEASURES
from carebench_tasks.metrics.teamwork import TEAM_MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Split

    Arrays = Mapping[str, NDArray[np.generic]]

#: An expert's decision that is not known.
UNKNOWN = -1
#: Further arrays of an answer, and the method of an estimator that gives each.
FURTHER = {
    "choice": "expert_choice",
    "human_right": "human_right",
    "with_human": "predict_with_human",
}
#: .005 in accuracy (PROTOCOL, section 2) is .015 in skill where the baseline is right in two of three, as on most tasks.
ROPE = 0.015


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A fitted estimator, and the expert whom a model without a choice of its own hands over to.

    Attributes:
        estimator: as its plugin made it.
        expert: number of the expert who was right most often on the training rows that he decided.
        right: share of these decisions that were right; one half where none is known.
    """

    estimator: Any
    expert: int
    right: float


def fit(estimator: Any, split: Split) -> Fitted:
    """Fit on the training rows, their outcomes, and whatever of `expert`, `cost` and `capacity` the `fit` names."""
    y = split.reveals["y"]
    extras = {name: values for name, values in split.reveals.items() if name != "y"}
    expert, right = best_expert(extras.get("expert"), y)
    return Fitted(estimator=fit_with_extras(estimator, split.train, y, extras), expert=expert, right=right)


def ask(fitted: Fitted, split: Split) -> Mapping[str, NDArray[np.generic]]:
    """Ask for risks and for whom to hand over; a plain classifier hands over where it is least sure.

    It then does so of its own where max(p, 1 - p) is below the share of right decisions of the best expert on the
    training rows (Chow's rule), and to that expert.

    Raises:
        InvalidAnswer: when the estimator gives no probabilities.
    """
    estimator = fitted.estimator
    arrays = dict(positive_class_answer(estimator, split.test))
    if "risk" not in arrays:
        name = type(estimator).__name__
        raise InvalidAnswer(
            f"{name} gives scores and no probabilities; a model that decides needs predict_proba(X)"
        )
    risk = arrays["risk"]
    own = hasattr(estimator, "defer_score")
    arrays["defer"] = (
        _plain(estimator.defer_score(split.test)) if own else fitted.right - np.maximum(risk, 1.0 - risk)
    )
    arrays["choice"] = np.full(len(risk), float(fitted.expert))
    further = {name: method for name, method in FURTHER.items() if hasattr(estimator, method)}
    arrays |= {name: _plain(getattr(estimator, method)(split.test)) for name, method in further.items()}
    if hasattr(estimator, "optimality_gap_"):
        arrays["gap"] = np.array([float(estimator.optimality_gap_)])
    return arrays


def best_expert(expert: NDArray[np.generic] | None, y: NDArray[np.generic]) -> tuple[int, float]:
    """Number of the expert who is right most often, and how often; the first, and one half, where nobody decided."""
    if expert is None or not np.asarray(expert).size:
        return 0, 0.5
    decided = np.asarray(expert) != UNKNOWN
    right = (decided & (np.asarray(expert) == np.asarray(y)[:, None])).sum(axis=0)
    shares = np.divide(
        right, decided.sum(axis=0), out=np.full(decided.shape[1], 0.5), where=decided.any(axis=0)
    )
    best = int(np.argmax(shares))
    return best, float(shares[best])


def objective(_split: Split, held: Arrays, arrays: Arrays) -> float:
    """What tuning maximises: system accuracy over the budgets on the inner split's held-out rows."""
    return held_out_accuracy(held, arrays)


def _plain(values: Any) -> NDArray[np.float64]:
    return np.array(values, dtype=np.float64, order="C")


FAMILY = Family(
    name="defer",
    title="Learning to defer",
    question="Which patients should a model hand over to a clinician, and how often are the two together right?",
    contract=(
        "`fit(X, y, *, expert)`: `expert`, shape (n, n_experts), holds the experts' past decisions, 0 or 1, and -1 where "
        "one is not known; a `fit` may also name `cost` and `capacity` of the same shape (what a decision of each costs, "
        "in errors; the share of patients that each can take). `predict_proba(X)` gives the risk, and the model decides "
        "at one half. `defer_score(X)`: the higher, the sooner a patient is handed over; above 0 the model would do so of "
        "its own. With several experts `expert_choice(X)` says to whom. Optional: `human_right(X)`, the chance that the "
        "expert is right, and `predict_with_human(X)`, shape (n, 2), the risk if he says 0 and if he says 1, to decide "
        "together. A plain classifier enters as it stands, by selective prediction."
    ),
    answers=(
        Answer(
            name="risk",
            meaning="probability of the event, 0 to 1; the model decides at one half",
            low=0,
            high=1,
        ),
        Answer(
            name="defer",
            meaning="any number, the higher the sooner handed over; above 0 the model does so of its own",
        ),
        Answer(
            name="choice",
            meaning="number of the expert to whom the patient would go, from 0",
            low=0,
            optional=True,
        ),
        Answer(
            name="human_right",
            meaning="probability that this expert decides rightly, 0 to 1",
            low=0,
            high=1,
            optional=True,
        ),
        Answer(
            name="with_human",
            meaning="probability of the event if this expert says 0, and if he says 1",
            columns=2,
            low=0,
            high=1,
            optional=True,
        ),
        Answer(
            name="gap",
            meaning="relative gap between the solution of an exact method and its bound, 0 where proven optimal",
            rows="one",
            low=0,
            optional=True,
        ),
    ),
    metrics=(
        *(each.metric for each in TEAM_MEASURES),
        *(each.metric for each in ORDER_MEASURES),
        *(each.metric for each in RISK_MEASURES),
    ),
    no_skill=0.0,
    perfect=1.0,
    rope=ROPE,
    fit=fit,
    ask=ask,
    score=score,
    beside=("system_accuracy", "complementarity"),
    objective=objective,
    modules=(
        "carebench_tasks.families.defer",
        "carebench_tasks.families.defer_scoring",
        "carebench_tasks.metrics.deferral",
        "carebench_tasks.metrics.hand_order",
        "carebench_tasks.metrics.handed_groups",
        "carebench_tasks.metrics.selective",
        "carebench_tasks.metrics.teamwork",
        *binary.MODULES,
    ),
    figures=(
        Figure(
            name="budgets",
            title="System accuracy over the share handed over",
            kind="over-metrics",
            x_label="share of patients handed over, %",
            y_label="share of right decisions",
            points=(
                (0.0, "model_accuracy"),
                *((100 * budget, f"accuracy_at_{100 * budget:g}") for budget in BUDGETS),
                (100.0, "accuracy_at_100"),
            ),
            lines=(
                ("Best human alone", "human_alone"),
                ("Reference model alone", "reference_accuracy"),
                ("Oracle: reference or human right", "reference_oracle_accuracy"),
            ),
        ),
        Figure(
            name="complementarity",
            title="Better than either alone?",
            kind="scatter",
            x_label="share of patients whom the model itself hands over",
            y_label="accuracy less the better of best human and reference model",
            metric="complementarity",
            x_metric="own_rate",
        ),
        Figure(
            name="room",
            title="What is reached of what could be",
            kind="scatter",
            x_label="oracle: model or human right",
            y_label="system accuracy over the budgets",
            metric="system_accuracy",
            x_metric="oracle_accuracy",
        ),
    ),
)
