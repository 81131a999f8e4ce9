"""The metrics of a model and its humans together, as one table.

Separate from the arithmetic of curves, on which they rest. Each metric is one function of what a team did under each
of B columns of weights, so that the figure (one column) and its bootstrap replicates (a thousand) have one definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench import Metric
from carebench_tasks.metrics.deferral import BUDGETS, Curve, Team, area, at_budgets, curve
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MEAN_BUDGET = float(np.mean(BUDGETS))


@dataclass(frozen=True, kw_only=True)
class Performance:
    """What a team did under B columns of weights.

    Attributes:
        curve: over all budgets.
        budgeted: shape (5, B), system accuracy at each of the budgets.
        all_handed: shape (B,), share of right decisions when every patient is handed over, capacities aside.
        chosen: shape (B,), accuracy on all patients of the expert whom the model chooses for each, by his own word.
        oracle: shape (B,), share of patients who are decided rightly by the model or once they are handed over.
        majority: shape (B,), accuracy of the commoner class.
        humans: shape (J, B), accuracy of each expert on all patients.
        reference: shape (B,), accuracy of the task's frozen reference model.
    """

    curve: Curve
    budgeted: Floats
    all_handed: Floats
    chosen: Floats
    oracle: Floats
    majority: Floats
    humans: Floats
    reference: Floats


def perform(team: Team, event: Floats, humans: Floats, reference: Floats, weights: Floats) -> Performance:
    """Hold a team against its test rows.

    Args:
        team: the answer, n rows.
        event: shape (n,), 0 or 1.
        humans: shape (J, n), 1 where each expert is right.
        reference: shape (n,), 1 where the reference model is right.
        weights: shape (n, B), at least 0.

    Raises:
        Undefined: when some column has no weight at all.
    """
    total = weights.sum(axis=0)
    if not np.all(total > 0):
        raise Undefined("no row has a known outcome")
    prevalence, found = event @ weights / total, curve(team, weights)
    return Performance(
        curve=found,
        budgeted=found.alone + at_budgets(found, found.gain),
        all_handed=team.handed @ weights / total,
        chosen=humans[team.choice, np.arange(len(event))] @ weights / total,
        oracle=np.maximum(team.alone, team.handed) @ weights / total,
        majority=np.maximum(prevalence, 1.0 - prevalence),
        humans=humans @ weights / total,
        reference=reference @ weights / total,
    )


def system_accuracy(done: Performance) -> Floats:
    """Mean over the budgets of the share of right decisions: A = mean_b [(1 - r_b) m + r_b h], shape (B,).

    r_b hands over the share b of patients who stand highest, m and h are 1 where model and human are right. Range 0
    to 1, higher is better. Source: Mozannar and Sontag 2020, ICML (system accuracy); PROTOCOL, section 2.
    """
    return np.asarray(done.budgeted.mean(axis=0))


def no_skill_accuracy(done: Performance) -> Floats:
    """The same for the commoner class with random deferral, in closed form: (1 - b) max(q, 1 - q) + b h.

    b is the mean budget, .23, q the prevalence, h the mean accuracy of the experts, among whom patients are dealt at random.
    """
    return np.asarray((1 - MEAN_BUDGET) * done.majority + MEAN_BUDGET * done.humans.mean(axis=0))


def deferral_skill(done: Performance) -> Floats:
    """Share of the way from the commoner class with random deferral to perfection: (A - A0) / (1 - A0), shape (B,).

    At most 1 (perfect), 0 for that baseline, negative when worse; higher is better, no unit. A0 is `no_skill_accuracy`
    of the same rows, so in a replicate it is that replicate's own. Undefined where A0 is 1.
    """
    baseline = no_skill_accuracy(done)
    if not np.all(baseline < 1.0):
        raise Undefined("the commoner class with random deferral is always right: nothing is left to gain")
    return np.asarray((system_accuracy(done) - baseline) / (1.0 - baseline))


def accuracy_at_all(done: Performance) -> Floats:
    """System accuracy at a budget of 100 %, shape (B,): who finds no room with an expert stays with the model."""
    return np.asarray(done.curve.alone + done.curve.gain[-1])


def random_accuracy(done: Performance) -> Floats:
    """The entrant's own model with random deferral at the same budgets: (1 - b) m + b h, a line, no anchor."""
    return np.asarray((1 - MEAN_BUDGET) * done.curve.alone + MEAN_BUDGET * done.all_handed)


def system_loss(done: Performance) -> Floats:
    """Mean over the budgets of errors plus costs: 1 - accuracy + sum of costs per patient, in errors; lower is better."""
    return np.asarray(1.0 - system_accuracy(done) + at_budgets(done.curve, done.curve.spent).mean(axis=0))


def own_accuracy(done: Performance) -> Floats:
    """Share of right decisions where the model itself hands over: every score above 0. Range 0 to 1, higher is better."""
    return np.asarray(done.curve.alone + done.curve.gain[done.curve.own])


def own_rate(done: Performance) -> Floats:
    """Share of patients whom the model itself hands over, capacities respected. Range 0 to 1."""
    return np.asarray(done.curve.share[done.curve.own])


def own_loss(done: Performance) -> Floats:
    """Errors plus costs per patient at the model's own operating point, in errors; lower is better."""
    return np.asarray(1.0 - own_accuracy(done) + done.curve.spent[done.curve.own])


def complementarity(done: Performance) -> Floats:
    """Accuracy at the own operating point less the better of best human and frozen reference model.

    Range -1 to 1, higher is better; above 0 the team beats either alone, with a reference that no entrant chose.

    Source: Bansal et al. 2021, CHI (complementary performance); PROTOCOL, rule 5.
    """
    return np.asarray(own_accuracy(done) - np.maximum(done.humans.max(axis=0), done.reference))


def gain(done: Performance) -> Floats:
    """The same against the entrant's own model: accuracy at the own point less max(best human, own model)."""
    return np.asarray(own_accuracy(done) - np.maximum(done.humans.max(axis=0), done.curve.alone))


def _at(number: int) -> Callable[[Performance], Floats]:
    return lambda done: done.budgeted[number]


@dataclass(frozen=True, kw_only=True)
class TeamMeasure:
    """A metric with the function that computes it for each column of weights.

    Attributes:
        metric: what readers see of it.
        value: its value, shape (B,).
        has_interval: whether its bootstrap replicates are kept.
    """

    metric: Metric
    value: Callable[[Performance], Floats]
    has_interval: bool = False


def _share(name: str, label: str, summary: str) -> Metric:
    return Metric(name=name, label=label, better="higher", low=0, high=1, ideal=1, summary=summary)


def _difference(name: str, label: str, summary: str) -> Metric:
    return Metric(name=name, label=label, better="higher", low=-1, high=1, ideal=1, summary=summary)


def _loss(name: str, label: str, summary: str) -> Metric:
    return Metric(name=name, label=label, better="lower", low=0, high=None, ideal=0, summary=summary)


SKILL = Metric(
    name="deferral_skill",
    label="Deferral skill",
    better="higher",
    low=None,
    high=1,
    ideal=1,
    summary="(A - A0) / (1 - A0): A the mean system accuracy over budgets of 5, 10, 20, 30 and 50 %, A0 that of the commoner class with random deferral",
)
SYSTEM = _share(
    "system_accuracy", "System accuracy", "mean over the budgets of 5, 10, 20, 30 and 50 % handed over"
)
AT_BUDGETS = tuple(
    TeamMeasure(
        metric=_share(
            f"accuracy_at_{100 * budget:g}",
            f"Accuracy at {100 * budget:g} %",
            f"system accuracy with {100 * budget:g} % handed over",
        ),
        value=_at(number),
        has_interval=True,
    )
    for number, budget in enumerate(BUDGETS)
)
MODEL = _share("model_accuracy", "Model alone", "accuracy with nobody handed over")
ALL_HANDED = _share(
    "accuracy_at_100",
    "Accuracy at 100 %",
    "system accuracy with everybody handed over whom the experts have room for; of methods that decide together, with the human's word for all",
)
HUMAN = _share(
    "human_accuracy",
    "Human alone",
    "accuracy on all patients of the experts whom the model chooses, by their own word, capacities aside",
)
RANDOM = _share(
    "random_accuracy",
    "Random deferral",
    "the same model with random deferral over the same budgets: a line, no anchor",
)
ORACLE = _share(
    "oracle_accuracy",
    "Oracle",
    "share of patients decided rightly by the model or once handed over: bounds every order of handing over",
)
OWN = _share(
    "own_accuracy",
    "Accuracy at own point",
    "system accuracy where the model itself hands over: scores above 0",
)
OWN_RATE = Metric(
    name="own_rate",
    label="Own deferral rate",
    better="lower",
    low=0,
    high=1,
    ideal=0,
    summary="share of patients whom the model itself hands over",
)
COMPLEMENTARITY = _difference(
    "complementarity",
    "Complementarity",
    "accuracy at the own point less the better of best human and the task's frozen reference model",
)
GAIN = _difference(
    "gain",
    "Gain over own model",
    "accuracy at the own point less the better of best human and the entrant's own model",
)
LOSS = _loss(
    "system_loss",
    "Loss with costs",
    "errors plus cost of hand-overs per patient, mean over the budgets, in errors",
)
OWN_LOSS = _loss(
    "own_loss",
    "Loss at own point",
    "errors plus cost of hand-overs per patient where the model itself hands over",
)
AREA = _share(
    "coverage_area",
    "Area, coverage-accuracy",
    "area under system accuracy against the share handed over, from 0 to 1",
)

TEAM_MEASURES = (
    TeamMeasure(metric=SKILL, value=deferral_skill, has_interval=True),
    TeamMeasure(metric=SYSTEM, value=system_accuracy, has_interval=True),
    TeamMeasure(metric=COMPLEMENTARITY, value=complementarity, has_interval=True),
    TeamMeasure(metric=GAIN, value=gain, has_interval=True),
    *AT_BUDGETS,
    TeamMeasure(metric=MODEL, value=lambda done: done.curve.alone, has_interval=True),
    TeamMeasure(metric=ALL_HANDED, value=accuracy_at_all, has_interval=True),
    TeamMeasure(metric=HUMAN, value=lambda done: done.chosen, has_interval=True),
    TeamMeasure(metric=RANDOM, value=random_accuracy),
    TeamMeasure(metric=ORACLE, value=lambda done: done.oracle),
    TeamMeasure(metric=OWN, value=own_accuracy, has_interval=True),
    TeamMeasure(metric=OWN_RATE, value=own_rate),
    TeamMeasure(metric=LOSS, value=system_loss),
    TeamMeasure(metric=OWN_LOSS, value=own_loss),
    TeamMeasure(metric=AREA, value=lambda done: area(done.curve)),
)
