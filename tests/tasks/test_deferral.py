"""The arithmetic of handing over, against enumeration, hand-worked numbers, resampled rows and published formulas."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench_tasks.metrics.deferral import (
    BUDGETS,
    Team,
    area,
    at_budgets,
    curve,
    handed_by_choice,
    handed_over,
)
from carebench_tasks.metrics.hand_order import Looked
from carebench_tasks.metrics.handed_groups import HARM, by_group
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.selective import aurc, excess_aurc
from carebench_tasks.metrics.teamwork import (
    MEAN_BUDGET,
    TEAM_MEASURES,
    complementarity,
    deferral_skill,
    gain,
    no_skill_accuracy,
    own_accuracy,
    own_loss,
    own_rate,
    perform,
    random_accuracy,
    system_accuracy,
    system_loss,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def team_of(score: Any, alone: Any, handed: Any, **changed: Any) -> Team:
    """A team of one expert without cost or limit."""
    rows = len(score)
    plain = Team(
        score=np.asarray(score, float),
        alone=np.asarray(alone, float),
        handed=np.asarray(handed, float),
        choice=np.zeros(rows, np.intp),
        capacity=np.ones(1),
        cost=np.zeros(1),
    )
    return replace(plain, **changed)


def accuracy(team: Team, budgets: Any, weight: Floats | None = None) -> Floats:
    """System accuracy at each budget, shape (len(budgets),); rows of weight 1 unless others are given."""
    found = curve(team, np.ones((len(team.score), 1)) if weight is None else weight[:, None])
    return (found.alone + at_budgets(found, found.gain, budgets))[:, 0]


def drawn_team(rows: int, seed: int, levels: int = 5) -> Team:
    """A team with tied scores."""
    draw = np.random.default_rng(seed)
    return team_of(draw.integers(0, levels, rows), draw.random(rows) < 0.7, draw.random(rows) < 0.8)


@pytest.mark.parametrize("seed", range(4))
def test_ties_are_the_mean_over_all_orders(seed: int) -> None:
    """Enumerated: of six patients in every order that the scores allow, k are handed over, and accuracies averaged."""
    team = drawn_team(6, seed, levels=2)
    orders = [
        order
        for order in itertools.permutations(range(6))
        if all(team.score[first] >= team.score[second] for first, second in itertools.pairwise(order))
    ]
    for handed in range(7):
        right = [
            np.mean(
                [team.handed[row] if place < handed else team.alone[row] for place, row in enumerate(order)]
            )
            for order in orders
        ]
        assert accuracy(team, [handed / 6])[0] == pytest.approx(np.mean(right), abs=1e-12)


@given(st.integers(0, 10_000), st.integers(2, 60))
@settings(max_examples=40, deadline=None)
def test_nobody_is_the_model_and_everybody_the_human(seed: int, rows: int) -> None:
    """At budget 0 the system is the model, at 100 % the human, and nothing exceeds max(model, human) of each patient."""
    team = drawn_team(rows, seed)
    start, *between, end = accuracy(team, [0.0, *BUDGETS, 1.0])
    assert start == pytest.approx(team.alone.mean())
    assert end == pytest.approx(team.handed.mean())
    assert max(between) <= np.maximum(team.alone, team.handed).mean() + 1e-12


@given(st.integers(0, 10_000), st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_a_constant_score_is_random_deferral(seed: int, budget: float) -> None:
    """With one score for all, accuracy at b is (1 - b) model + b human, to the last digits."""
    team = replace(drawn_team(37, seed), score=np.full(37, 3.0))
    expected = (1 - budget) * team.alone.mean() + budget * team.handed.mean()
    assert accuracy(team, [budget])[0] == pytest.approx(expected, abs=1e-12)


def test_a_perfect_order_reaches_the_oracle() -> None:
    """Handing over exactly those whom only the human gets right reaches the share whom either gets right."""
    team = drawn_team(200, 1)
    better = team.handed - team.alone
    best = accuracy(replace(team, score=better), [float(np.mean(better > 0))])[0]
    assert best == pytest.approx(np.maximum(team.alone, team.handed).mean())


def test_replicates_equal_resampled_rows() -> None:
    """Each column of counts gives what the same formulas give on the rows written out as often as drawn."""
    draw = np.random.default_rng(3)
    team, event = drawn_team(80, 3, levels=30), (draw.random(80) < 0.4).astype(float)
    humans, reference = team.handed[None], (draw.random(80) < 0.6).astype(float)
    counts = draw.poisson(1, (80, 5)).astype(float)
    together = perform(team, event, humans, reference, counts)
    for column in range(5):
        rows = np.repeat(np.arange(80), counts[:, column].astype(int))
        written = team_of(team.score[rows], team.alone[rows], team.handed[rows])
        alone = perform(written, event[rows], humans[:, rows], reference[rows], np.ones((len(rows), 1)))
        for each in TEAM_MEASURES:
            assert each.value(together)[column] == pytest.approx(each.value(alone)[0], abs=1e-10), (
                each.metric.name
            )


def test_skill_by_hand() -> None:
    """Ten patients: model right in 6, human in 8, three of ten die; random deferral has .6 x .77 + .8 x .23 = .646.

    The commoner class has .7, so A0 = .7 x .77 + .8 x .23 = .723 and the skill is (.646 - .723) / .277.
    """
    event = np.array([1.0] * 3 + [0.0] * 7)
    alone, human = np.array([1.0] * 6 + [0.0] * 4), np.array([0.0] * 2 + [1.0] * 8)
    done = perform(team_of(np.zeros(10), alone, human), event, human[None], alone, np.ones((10, 1)))
    assert pytest.approx(0.23) == MEAN_BUDGET
    assert system_accuracy(done)[0] == pytest.approx(0.646)
    assert random_accuracy(done)[0] == pytest.approx(0.646)
    assert no_skill_accuracy(done)[0] == pytest.approx(0.723)
    assert deferral_skill(done)[0] == pytest.approx((0.646 - 0.723) / 0.277)
    assert area(done.curve)[0] == pytest.approx(0.7)


def test_own_point_cost_and_complementarity_by_hand() -> None:
    """Two of four have a score above 0; both are right when handed over, at a price of .1 each."""
    team = team_of([2, 1, 0, -1], [0, 1, 1, 0], [1, 1, 0, 0], cost=np.array([0.1]))
    human, reference = np.array([[1.0, 1, 0, 0]]), np.array([1.0, 0, 0, 0])
    done = perform(team, np.array([1.0, 0, 1, 0]), human, reference, np.ones((4, 1)))
    assert own_rate(done)[0] == pytest.approx(0.5)
    assert own_accuracy(done)[0] == pytest.approx(0.75)
    assert own_loss(done)[0] == pytest.approx(0.25 + 0.05)
    assert complementarity(done)[0] == pytest.approx(0.25)
    assert gain(done)[0] == pytest.approx(0.25)
    # Errors at 5, 10, 20, 30 and 50 %: .5 less the share handed over, up to the first fourth; then .25.
    errors = np.mean([0.45, 0.40, 0.30, 0.25, 0.25])
    assert system_loss(done)[0] == pytest.approx(errors + 0.1 * MEAN_BUDGET)


def test_a_full_expert_leaves_the_patient_with_the_model() -> None:
    """Four would go to expert 0, who takes a fourth: the first two go; tied, each goes half."""
    team = team_of(
        [5, 4, 3, 2, 1, 0, -1, -2],
        np.zeros(8),
        np.ones(8),
        choice=np.array([0, 0, 0, 0, 1, 1, 1, 1], np.intp),
        capacity=np.array([0.25, 1.0]),
        cost=np.zeros(2),
    )
    np.testing.assert_allclose(handed_over(team, np.ones(8), 0.5), [1, 1, 0, 0, 1, 1, 0, 0])
    np.testing.assert_allclose(accuracy(team, [0.25, 0.5, 0.75, 1.0]), [0.25, 0.5, 0.75, 0.75])
    np.testing.assert_allclose(handed_by_choice(team, np.ones(8)), [1, 1, 0, 0, 1, 0, 0, 0])
    tied = replace(team, score=np.zeros(8))
    np.testing.assert_allclose(handed_over(tied, np.ones(8), 0.75), [0.5] * 4 + [1] * 4)


def test_rows_of_weight_zero_change_nothing() -> None:
    """Patients whose outcome is unknown take no part of a budget."""
    team = drawn_team(50, 9)
    weight = (np.arange(50) % 5 > 0).astype(float)
    some = weight > 0
    kept = team_of(team.score[some], team.alone[some], team.handed[some])
    np.testing.assert_allclose(accuracy(team, BUDGETS, weight), accuracy(kept, BUDGETS))
    np.testing.assert_allclose(handed_over(team, weight, 0.2)[some], handed_over(kept, np.ones(40), 0.2))


def test_aurc_equals_its_definition() -> None:
    """Without ties it is the mean over k of the error rate among the k lowest scores."""
    draw = np.random.default_rng(4)
    score, error = draw.random(100), (draw.random(100) < 0.3).astype(float)
    ordered = error[np.argsort(score)]
    expected = np.mean([ordered[:kept].mean() for kept in range(1, 101)])
    assert aurc(score, error, np.ones(100)) == pytest.approx(expected, abs=1e-12)


def test_aurc_of_ties_is_the_mean_over_orders() -> None:
    """Enumerated over all orders of five patients, two of them tied with two others."""
    score, error = np.array([1.0, 1.0, 2.0, 2.0, 3.0]), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    values = [
        np.mean([error[list(order[:kept])].mean() for kept in range(1, 6)])
        for order in itertools.permutations(range(5))
        if all(score[first] <= score[second] for first, second in itertools.pairwise(order))
    ]
    assert aurc(score, error, np.ones(5)) == pytest.approx(np.mean(values), abs=1e-12)


def test_oracle_order_has_the_published_aurc() -> None:
    """Handing over all errors first leaves r + (1 - r) ln(1 - r) for many patients (Geifman et al. 2019)."""
    error = (np.arange(20_000) < 5_000).astype(float)
    assert aurc(error, error, np.ones(20_000)) == pytest.approx(0.25 + 0.75 * np.log(0.75), abs=1e-4)
    assert excess_aurc(error, error, np.ones(20_000)) == 0
    assert aurc(np.zeros(20_000), error, np.ones(20_000)) == pytest.approx(0.25)


def test_always_right_by_chance_has_no_skill_to_gain() -> None:
    """Where the commoner class and the human are always right, the skill is undefined and says why."""
    ones = np.ones(5)
    done = perform(team_of(ones, ones, ones), np.zeros(5), ones[None], ones, np.ones((5, 1)))
    with pytest.raises(Undefined, match="nothing is left to gain"):
        deferral_skill(done)


def test_groups_say_who_is_handed_over_and_whom_it_harms() -> None:
    """Two groups by hand; a third with too few events has counts alone, and rows without a group are nowhere."""
    rows = 200
    event = np.tile([1.0, 0.0], rows // 2)
    labels = np.array(["a"] * 80 + ["b"] * 80 + ["c"] * 30 + [""] * 10)
    looked = Looked(
        team=team_of(np.zeros(rows), np.ones(rows), labels != "a"),
        weight=np.ones(rows),
        handed=np.where(labels == "a", 0.5, 0.25),
        expert_right=event,
        stated=None,
    )
    found = by_group(looked, event, {"ward": labels})["ward"]
    assert set(found) == {"a", "b", "c"}
    assert found["a"] == pytest.approx(
        {
            "n": 80,
            "events": 40,
            "handed over at 20 %": 0.5,
            "system accuracy at 20 %": 0.5,
            "model alone": 1,
            "human alone": 0.5,
            HARM: 0.5,
        }
    )
    assert found["b"][HARM] == 0
    assert (found["c"]["n"], found["c"]["handed over at 20 %"], found["c"][HARM]) == (30, None, None)


def test_human_alone_is_the_human_whatever_is_decided_with_him() -> None:
    """Of four patients the human gets one right and the two together three; half of them find room."""
    together, human = np.array([1.0, 1.0, 1.0, 0.0]), np.array([[1.0, 0.0, 0.0, 0.0]])
    team = team_of([4, 3, 2, 1], np.zeros(4), together, capacity=np.array([0.5]))
    done = perform(team, np.array([1.0, 0.0, 1.0, 0.0]), human, np.zeros(4), np.ones((4, 1)))
    found = {each.metric.name: float(each.value(done)[0]) for each in TEAM_MEASURES}
    assert found["human_accuracy"] == 0.25
    assert found["accuracy_at_100"] == 0.5
