"""Measures of estimated effects against scikit-learn, hand-worked examples and brute force."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_squared_error, r2_score

from carebench_tasks.metrics import balance, benefit, effects, sensitivity
from carebench_tasks.metrics.outcome import Undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@pytest.fixture
def drawn() -> tuple[Floats, Floats]:
    """Estimated effects with ties, and true ones."""
    draw = np.random.default_rng(5)
    truth = draw.normal(0.3, 1, 60)
    return np.round(truth + draw.normal(0, 1, 60), 1), truth


def test_skill_and_pehe_are_those_of_a_regression(drawn: tuple[Floats, Floats]) -> None:
    """Effect skill is R squared and PEHE the root of the mean squared error, by scikit-learn."""
    estimate, truth = drawn
    assert effects.skill(estimate, truth) == pytest.approx(r2_score(truth, estimate))
    rmse = np.sqrt(mean_squared_error(truth, estimate))
    assert effects.pehe(estimate, truth) == pytest.approx(rmse)
    assert effects.scaled_pehe(estimate, truth) == pytest.approx(rmse / truth.std())


def test_the_oracle_is_perfect(drawn: tuple[Floats, Floats]) -> None:
    """The true effect has PEHE 0, no bias, slope 1, and the best policy."""
    _, truth = drawn
    untreated = np.zeros(len(truth))
    assert effects.pehe(truth, truth) == 0
    assert effects.bias(truth, truth) == 0
    assert effects.calibration(truth, truth) == pytest.approx(1)
    assert effects.policy_gain(truth > 0, untreated, truth) == pytest.approx(1)
    assert effects.policy_regret(truth > 0, untreated, truth) == 0


def test_calibration_is_the_slope_of_a_line(drawn: tuple[Floats, Floats]) -> None:
    """Calibration for benefit by numpy's polynomial fit; a constant has none."""
    estimate, truth = drawn
    assert effects.calibration(estimate, truth) == pytest.approx(np.polyfit(estimate, truth, 1)[0])
    with pytest.raises(Undefined, match="equal"):
        effects.calibration(np.ones(60), truth)


def test_a_nearly_constant_effect_has_no_skill() -> None:
    """Where the true effect does not vary, nothing is divided by its spread."""
    with pytest.raises(Undefined, match="nearly the same"):
        effects.skill(np.arange(3.0), np.ones(3))


def test_coverage_and_width_by_hand() -> None:
    """Two of four intervals hold the effect; widths are 1, 2, 3 and 4."""
    low, high = np.array([0.0, 0, 0, 0]), np.array([1.0, 2, 3, 4])
    assert effects.coverage(low, high, np.array([0.5, 3.0, 3.0, 9.0])) == 0.5
    assert effects.width(low, high) == 2.5


def test_autoc_and_qini_by_brute_force(drawn: tuple[Floats, Floats]) -> None:
    """Means over every top k, ties resolved at random ten thousand times, agree with the expected value."""
    estimate, truth = drawn
    draw = np.random.default_rng(1)
    tocs, qinis = [], []
    for _ in range(4000):
        order = np.lexsort((draw.random(60), -estimate))
        means = np.array([truth[order[:k]].mean() for k in range(1, 61)]) - truth.mean()
        tocs.append(means.mean())
        qinis.append((means * np.arange(1, 61) / 60).mean())
    for measure, found in ((benefit.autoc, tocs), (benefit.qini, qinis)):
        assert measure(estimate, truth) == pytest.approx(
            np.mean(found), abs=4 * np.std(found) / len(found) ** 0.5
        )


def test_a_constant_ranks_nobody() -> None:
    """Without differences in the estimates AUTOC and Qini are 0 and C-for-benefit one half."""
    truth = np.array([1.0, 5, 2, 0])
    noise = np.full(4, 0.1) + np.array([0, 1e-17, -1e-17, 0])
    assert benefit.autoc(noise, truth) == pytest.approx(0)
    assert benefit.qini(noise, truth) == pytest.approx(0)
    assert benefit.c_for_benefit(noise, np.array([1.0, 0, 0, 1]), np.array([1.0, 0, 1, 0])) == 0.5


def test_c_for_benefit_by_all_pairs_of_pairs() -> None:
    """Pairs by rank, then every two pairs with different observed benefit, counted one by one."""
    draw = np.random.default_rng(8)
    predicted, outcome = draw.normal(size=40), (draw.random(40) < 0.5).astype(float)
    treatment = np.repeat([1.0, 0.0], 20)
    arms = [np.flatnonzero(treatment == arm)[np.argsort(-predicted[treatment == arm])] for arm in (1, 0)]
    guesses, seen = predicted[arms].mean(axis=0), outcome[arms[0]] - outcome[arms[1]]
    wins = pairs = 0.0
    for one, other in itertools.combinations(range(20), 2):
        if seen[one] != seen[other]:
            pairs += 1
            wins += float((guesses[one] - guesses[other]) * (seen[one] - seen[other]) > 0)
    assert benefit.c_for_benefit(predicted, outcome, treatment) == pytest.approx(wins / pairs)


def test_mean_differences_by_hand() -> None:
    """Ages 60 and 40 against 50 and 30: ten years over a pooled sd of ten; a factor by its levels; missing left out."""
    table = pd.DataFrame({"age": [60.0, 40, 50, 30], "sex": pd.Categorical(["f", "m", "f", "f"])})
    arm = np.array([1.0, 1, 0, 0])
    found = balance.mean_differences(table, arm, np.ones(4))
    assert found == pytest.approx([1.0, -0.5 / np.sqrt(0.125), 0.5 / np.sqrt(0.125)])
    assert balance.mean_differences(table[["age"]], arm, np.array([0.0, 1, 1, 1])) == pytest.approx([0.0])
    gap = table.assign(age=[60.0, np.nan, 50, 30])
    assert balance.mean_differences(gap[["age"]], arm, np.ones(4)) == pytest.approx([20 / np.sqrt(50)])


def test_a_covariate_that_an_arm_with_weight_never_knows_is_not_compared() -> None:
    """The only treated patient whose lactate is known has weight 0: age alone is compared; without it, nothing is."""
    table = pd.DataFrame({"age": [50.0, 60.0, 40.0, 50.0], "lactate": [1.0, np.nan, 2.0, 3.0]})
    arm, weights = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0, 1.0])
    assert balance.largest_difference(table, arm, weights) == pytest.approx(15 / 5)
    with pytest.raises(Undefined, match="known where both arms have weight"):
        balance.largest_difference(table[["lactate"]], arm, weights)


def test_effective_share_by_hand() -> None:
    """Weights 1 and 3 count as (1 + 3)^2 / (1 + 9) = 1.6 of two patients."""
    assert balance.effective_share(np.array([1.0, 3, 1, 1]), np.array([1.0, 1, 0, 0])) == pytest.approx(0.8)


def test_e_values_of_the_paper() -> None:
    """VanderWeele and Ding: risk ratio 3.9 has 7.26, its lower bound 1.8 has 3.0; a ratio below 1 is turned round."""
    assert sensitivity.e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert sensitivity.e_value(1.8) == pytest.approx(3.0, abs=0.005)
    assert sensitivity.e_value(1 / 3.9) == pytest.approx(sensitivity.e_value(3.9))
    assert sensitivity.e_value(1.0) == 1.0
    assert sensitivity.e_value(sensitivity.risk_ratio_of_difference(-0.5, 0.4)) > 1
    assert sensitivity.risk_ratio_of_mean(0.5, 1.0) == pytest.approx(np.exp(0.455))
