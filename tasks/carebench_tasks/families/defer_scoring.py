"""How a deferral answer is held against the experts' decisions, which no model ever sees.

Separate from the family's contract, which the answering child imports: this is the scoring child's half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import InvalidAnswer, Scores, Truth
from carebench_tasks import resampling
from carebench_tasks.metrics import binary
from carebench_tasks.metrics.deferral import Team, at_budgets, curve, handed_over
from carebench_tasks.metrics.hand_order import ORDER_MEASURES, Looked
from carebench_tasks.metrics.handed_groups import LOOKED_AT, by_group
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.teamwork import MEAN_BUDGET, TEAM_MEASURES, Performance, perform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]
    Floats = NDArray[np.float64]

RISK_MEASURES = (binary.AUROC, binary.BRIER_SKILL)
SELECTIVE = (
    "hands over where its own risk is least sure (selective prediction): the experts' decisions are not used"
)
TOGETHER = (
    "decides together with the human once a patient is handed over: the better of either alone is no bound"
)


def score(truth: Truth, arrays: Arrays) -> Scores:
    """All metrics of one answer.

    Args:
        truth: `event` (0 or 1), `weight` (0 where the outcome is unknown), `reference` (the frozen reference model's
            decision) and `expert_0`, `expert_1`, ... (decisions, 0 or 1), each of shape (n_test,); facts `cost_0` and
            `capacity_0`, ... where they are not 0 and 1. Where it is a `ResampledTruth`, its replicates give the
            intervals; else its units are resampled here.
        arrays: `risk` and `defer`, and what else the contract allows.

    Raises:
        InvalidAnswer: when a choice names no expert.
    """
    event, weight, risk = (
        np.asarray(values, float)
        for values in (truth.answers["event"], truth.answers["weight"], arrays["risk"])
    )
    decisions = expert_decisions(truth)
    humans = (decisions == event).astype(float)
    reference = (np.asarray(truth.answers["reference"]) == event).astype(float)
    team = _team(truth, arrays, event, decisions)
    handed = handed_over(team, weight, LOOKED_AT)
    looked = Looked(
        team=team,
        weight=weight,
        handed=handed,
        expert_right=humans[team.choice, np.arange(len(event))],
        stated=np.asarray(arrays["human_right"], float) if "human_right" in arrays else None,
    )
    found = binary.measure(RISK_MEASURES, event, weight, risk, risk)
    found.contributions = {}
    _add_order(found, looked)
    _add_team(found, (team, event, humans, reference), weight, truth)
    return Scores(
        metrics=found.metrics,
        undefined=found.undefined,
        contributions=found.contributions,
        facts=_facts(event, weight, humans, reference, arrays) | dict(truth.facts),
        notes=_notes(arrays),
        units=resampling.replicate_ids(),
        subgroups=by_group(looked, event, truth.groups),
    )


def held_out_accuracy(held: Arrays, arrays: Arrays) -> float:
    """Mean system accuracy over the budgets on rows whose outcomes and decisions models may know: what tuning maximises.

    Args:
        held: `y`, shape (n,), `expert` and `capacity`, shape (n, n_experts). Rows of which the chosen expert's decision is
            not known do not count; where none is known, the accuracy of the model alone is taken.
        arrays: an answer to these rows.
    """
    event, said = np.asarray(held["y"], float), np.asarray(held["expert"], float)
    rows, experts = said.shape
    truth = Truth(
        units=np.arange(rows, dtype=np.uint64),
        answers={},
        facts={f"capacity_{number}": float(held["capacity"][0, number]) for number in range(experts)},
    )
    team = _team(truth, arrays, event, said.T)
    weight = (said[np.arange(rows), team.choice] >= 0).astype(float)
    if not weight.any():
        return float(team.alone.mean())
    found = curve(team, weight[:, None])
    return float((found.alone + at_budgets(found, found.gain)).mean())


def expert_decisions(truth: Truth) -> Floats:
    """The decisions of J experts on the test rows, shape (J, n_test)."""
    count = sum(name.startswith("expert_") for name in truth.answers)
    return np.array([np.asarray(truth.answers[f"expert_{number}"], float) for number in range(count)])


def _team(truth: Truth, arrays: Arrays, event: Floats, decisions: Floats) -> Team:
    experts, rows = decisions.shape
    choice = np.asarray(arrays.get("choice", np.zeros(rows)), float)
    if not np.isin(choice, np.arange(experts)).all():
        raise InvalidAnswer(
            f"`choice` names experts {np.unique(choice)[:5]}; whole numbers from 0 to {experts - 1} were expected"
        )
    chosen = decisions[choice.astype(np.intp), np.arange(rows)]
    if "with_human" in arrays:
        risks = np.asarray(arrays["with_human"], float)
        chosen = (risks[np.arange(rows), chosen.astype(np.intp)] > 0.5).astype(float)
    return Team(
        score=np.asarray(arrays["defer"], float),
        alone=((np.asarray(arrays["risk"], float) > 0.5) == event).astype(float),
        handed=(chosen == event).astype(float),
        choice=choice.astype(np.intp),
        capacity=np.array([truth.facts.get(f"capacity_{number}", 1.0) for number in range(experts)]),
        cost=np.array([truth.facts.get(f"cost_{number}", 0.0) for number in range(experts)]),
    )


def _add_order(found: binary.Measured, looked: Looked) -> None:
    for each in ORDER_MEASURES:
        try:
            found.metrics[each.metric.name] = each.value(looked)
        except Undefined as reason:
            _undefined(found, each.metric.name, reason)


def _add_team(
    found: binary.Measured, against: tuple[Team, Floats, Floats, Floats], weight: Floats, truth: Truth
) -> None:
    done = _performance(against, weight[:, None])
    again = _performance(against, _replicates(truth, weight))
    for each in TEAM_MEASURES:
        name = each.metric.name
        try:
            found.metrics[name] = float(each.value(_defined(done))[0])
            if each.has_interval:
                found.contributions[name] = resampling.contributions(each.value(_defined(again)))
        except Undefined as reason:
            if name not in found.metrics:
                _undefined(found, name, reason)


def _performance(against: tuple[Team, Floats, Floats, Floats], weights: Floats) -> Performance | Undefined:
    try:
        return perform(*against, weights)
    except Undefined as reason:
        return reason


def _defined(done: Performance | Undefined) -> Performance:
    if isinstance(done, Undefined):
        raise done
    return done


def _undefined(found: binary.Measured, name: str, reason: Undefined) -> None:
    found.metrics[name] = None
    found.undefined[name] = str(reason)


def _replicates(truth: Truth, weight: Floats) -> Floats:
    """Weights of the rows in bootstrap replicates, shape (n_test, REPLICATES)."""
    if isinstance(truth, resampling.ResampledTruth):
        return truth.replicates
    return resampling.counts(truth.units) * weight[:, None]


def _facts(
    event: Floats, weight: Floats, humans: Floats, reference: Floats, arrays: Arrays
) -> dict[str, float]:
    """Counts, lines that no entrant moves, and the gap that an exact method reports.

    The lines: accuracy of each expert, of the best of them (`human_alone`) and of the frozen reference model; and the
    reference model with random deferral over the budgets, and with an oracle that hands over exactly its errors.
    """
    known = weight > 0
    facts = {"n": float(len(event)), "events": float(event[known].sum()), "censored": float(np.sum(~known))}
    if known.any():
        alone = float(np.average(reference, weights=weight))
        experts = [float(np.average(right, weights=weight)) for right in humans]
        oracle = np.maximum(reference, humans.max(axis=0))
        facts |= {f"expert_{number}_accuracy": accuracy for number, accuracy in enumerate(experts)} | {
            "human_alone": max(experts),
            "reference_accuracy": alone,
            "reference_random_accuracy": (1 - MEAN_BUDGET) * alone + MEAN_BUDGET * float(np.mean(experts)),
            "reference_oracle_accuracy": float(np.average(oracle, weights=weight)),
        }
    if "gap" in arrays:
        facts["optimality_gap"] = float(np.asarray(arrays["gap"], float)[0])
    return facts


def _notes(arrays: Arrays) -> tuple[str, ...]:
    risk, defer = (np.asarray(arrays[name], float) for name in ("risk", "defer"))
    notes = [TOGETHER] if "with_human" in arrays else []
    if len(risk) > 1 and np.ptp(risk) > 0 and np.ptp(defer + np.maximum(risk, 1 - risk)) < 1e-9:
        notes.append(SELECTIVE)
    return tuple(notes)
