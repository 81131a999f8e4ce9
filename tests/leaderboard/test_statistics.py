"""Influences, intervals and pooling against hand-worked values, tables and a patient bootstrap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import norm

from carebench_leaderboard.influence import REPLICATE, Influence, total
from carebench_leaderboard.intervals import Scale, interval, refitted_interval, resampled_interval
from carebench_leaderboard.pooling import MIXED, Mean, Point, paired, pool
from tests.leaderboard.synthetic import auroc, delong

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNIT = Scale(0.0, 1.0)


def influence(units: list[int], values: list[float]) -> Influence:
    """Influence of hand-written rows."""
    return Influence.of(np.array(units, dtype=np.uint64), np.array(values))


def point(task: str, seed: int, value: float, moved: Influence | None = None, cohort: str = "") -> Point:
    """A point in a cohort of its own, or in `cohort`."""
    return Point(cohort=cohort or task, task=task, seed=seed, value=value, influence=moved)


def assert_mean(found: Mean | None, value: float, variance: float | None) -> None:
    """Value and variance are those worked out by hand; None for an unknown variance."""
    assert found is not None
    assert found.value == pytest.approx(value)
    assert found.variance is None if variance is None else found.variance == pytest.approx(variance)


def test_rows_of_one_unit_are_added_before_they_are_squared() -> None:
    """Rows .3 and -.1 of patient 5 and .2 of patient 9 give (.2)^2 + (.2)^2 = .08."""
    assert influence([5, 9, 5], [0.3, 0.2, -0.1]).variance == pytest.approx(0.08)


def test_a_sum_pairs_units_of_its_parts() -> None:
    """Patient 2, in both parts, gets .1 + .4; the others keep theirs."""
    summed = total([influence([1, 2], [0.3, 0.1]), influence([2, 3], [0.4, 0.2])])
    assert summed.units.tolist() == [1, 2, 3]
    assert summed.values.tolist() == pytest.approx([0.3, 0.5, 0.2])


def test_a_sum_of_nothing_has_no_variance() -> None:
    """No part, or a part that no unit moves, leaves 0."""
    assert total([]).variance == 0
    assert total([Influence.none(), Influence.none()]).variance == 0


def test_units_and_replicates_are_never_matched() -> None:
    """In one cohort the variance is undefined with the reason, whichever way they meet; across cohorts they add up."""
    by_unit = influence([1, 2], [0.3, -0.3])
    ids = np.array([1, 2], dtype=np.uint64)
    by_replicate = Influence.of(ids, np.array([0.4, -0.4]), (REPLICATE,))
    mixed = pool([point("a", 0, 0.8, by_unit, "c"), point("b", 0, 0.6, by_replicate, "c")])
    assert_mean(mixed, 0.7, None)
    assert mixed is not None
    assert mixed.reason == MIXED
    apart = pool([point("a", 0, 0.8, by_unit), point("b", 0, 0.6, by_replicate)])
    assert_mean(apart, 0.7, (2 * 0.3**2 + 2 * 0.4**2) / 4)
    gap = pool(paired([point("a", 0, 0.8, by_unit)], [point("a", 0, 0.6, by_replicate)]))
    assert_mean(gap, 0.2, None)
    failed = pool([point("a", 0, 0.8, by_replicate, "c"), point("b", 0, 0.0, Influence.none(), "c")])
    assert_mean(failed, 0.4, 2 * 0.4**2 / 4)


def test_logit_interval_by_hand() -> None:
    """A = .9 with standard error .02: logit 2.19722 +- 1.95996 x .02 / .09, turned back."""
    found = interval(0.9, 0.0004, UNIT)
    half = 1.959964 * 0.02 / 0.09
    assert found.low == pytest.approx(1 / (1 + math.exp(-(2.1972246 - half))), abs=1e-6)
    assert found.high == pytest.approx(1 / (1 + math.exp(-(2.1972246 + half))), abs=1e-6)


def test_plain_interval_is_clipped_to_the_range() -> None:
    """.95 +- 1.96 x .1 on a scale that ends at 1 stops at 1."""
    found = interval(0.95, 0.01, Scale(None, 1.0))
    assert found.low == pytest.approx(0.95 - norm.ppf(0.975) * 0.1)
    assert found.high == 1.0


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_no_interval_at_the_end_of_a_range(value: float) -> None:
    """A perfect score has influences of zero, yet is no certainty."""
    assert interval(value, 0.0, UNIT).low is None
    assert "end of its range" in interval(value, 0.0, UNIT).reason


def test_a_constant_score_inside_the_range_has_a_point_interval() -> None:
    """A model without skill that gives everybody the same risk has AUROC .5 in every sample."""
    found = interval(0.5, 0.0, UNIT)
    assert found.low == pytest.approx(0.5)
    assert found.high == pytest.approx(0.5)


def test_nadeau_bengio_by_hand() -> None:
    """Scores 1, 2, 3 with n_test/n_train = 1/4: variance (1/3 + 1/4) x 1, t with 2 df is 4.302653 in tables."""
    found = resampled_interval([1.0, 2.0, 3.0], 0.25, Scale())
    assert found.high == pytest.approx(2 + 4.302653 * math.sqrt(7 / 12), abs=1e-5)
    assert found.low == pytest.approx(2 - 4.302653 * math.sqrt(7 / 12), abs=1e-5)


def test_refits_add_seed_variance_to_patient_variance() -> None:
    """V = .5, s^2/S = 1/3: variance 5/6; Satterthwaite df (5/6)^2 x 2 / (1/3)^2 = 12.5, t between 2.160 and 2.179."""
    found = refitted_interval([1.0, 2.0, 3.0], 0.5, Scale())
    assert found.high is not None
    assert 2.160 < (found.high - 2) / math.sqrt(5 / 6) < 2.179


def test_equal_refits_leave_the_patient_interval() -> None:
    """Without spread over seeds the normal interval from patients remains."""
    found = refitted_interval([2.0, 2.0], 0.25, Scale())
    assert found.high == pytest.approx(2 + norm.ppf(0.975) * 0.5)


def test_one_seed_has_no_method_level_interval() -> None:
    """The spread over training sets or fits cannot be known from one."""
    assert resampled_interval([0.8], 0.25, UNIT).reason.startswith("one seed")
    assert refitted_interval([0.8], 0.1, UNIT).reason.startswith("one seed")


def test_missing_sizes_and_contributions_are_named() -> None:
    """What the table lacks is the reason, never a guess."""
    assert "n_train" in resampled_interval([0.8, 0.9], None, UNIT).reason
    assert "contributions" in refitted_interval([0.8, 0.9], None, UNIT).reason


def test_a_cohort_counts_once() -> None:
    """Tasks .2 and .4 of one cohort and .9 of another: ((.2 + .4)/2 + .9)/2 = .6, not their mean .5."""
    points = [point("a", 0, 0.2, cohort="x"), point("b", 0, 0.4, cohort="x"), point("c", 0, 0.9)]
    assert_mean(pool(points), 0.6, None)


def test_a_task_with_more_seeds_counts_once() -> None:
    """Seeds .1, .3 and .5 of one task and .9 of another: (.3 + .9)/2."""
    points = [*(point("a", seed, value) for seed, value in enumerate([0.1, 0.3, 0.5])), point("b", 0, 0.9)]
    mean = pool(points)
    assert mean is not None
    assert mean.value == pytest.approx(0.6)


def test_patients_are_joined_within_a_cohort_and_apart_between_cohorts() -> None:
    """Two tasks, patient 1 with influence .4 in each: joined (.2 + .2)^2 = .16, apart .2^2 + .2^2 = .08."""
    moved = influence([1], [0.4])
    joined = pool([point("a", 0, 0.5, moved, "x"), point("b", 0, 0.5, moved, "x")])
    apart = pool([point("a", 0, 0.5, moved), point("b", 0, 0.5, moved)])
    assert_mean(joined, 0.5, 0.16)
    assert_mean(apart, 0.5, 0.08)


def test_a_difference_keeps_common_cells_only_and_cancels_common_influence() -> None:
    """Seed 0 is common: .8 - .7 with influences .3 - .3 and .1 - .2 on patients 1 and 2: variance .01."""
    ours = [point("a", 0, 0.8, influence([1, 2], [0.3, 0.1])), point("a", 1, 0.9, influence([3], [0.1]))]
    theirs = [point("a", 0, 0.7, influence([1, 2], [0.3, 0.2]))]
    assert_mean(pool(paired(ours, theirs)), 0.1, 0.01)


def test_a_difference_without_influences_has_no_variance() -> None:
    """Unknown influence on one side leaves the difference without one."""
    difference = pool(paired([point("a", 0, 0.8)], [point("a", 0, 0.7, influence([1], [0.1]))]))
    assert_mean(difference, 0.1, None)


def _simulated(draw: np.random.Generator, n: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Events, and risks of two models over two seeds, shape (2, 2, n), that share the patients' true risk."""
    truth = draw.normal(size=n)
    event = truth + draw.logistic(scale=0.8, size=n) > 0.8
    noise = np.array([0.8, 1.1]).reshape(2, 1, 1)
    return event, truth + noise * draw.normal(size=(2, 2, n))


def _points(event: NDArray[np.bool_], risks: NDArray[np.float64]) -> list[Point]:
    units = np.arange(event.size, dtype=np.uint64)
    return [
        point("a", seed, auroc(event, risk), Influence.of(units, delong(event, risk)))
        for seed, risk in enumerate(risks)
    ]


def test_fixed_test_set_variances_agree_with_a_patient_bootstrap() -> None:
    """Seed-averaged AUROC and its paired difference: influence variances within 15 % of 1,500 bootstrap draws."""
    draw = np.random.default_rng(5)
    event, risks = _simulated(draw, 500)
    scores = []
    for _ in range(1500):
        rows = draw.integers(0, event.size, event.size)
        one, two = (np.mean([auroc(event[rows], risk[rows]) for risk in model]) for model in risks)
        scores.append((one, one - two))
    own, difference = np.var(scores, axis=0)
    ours, theirs = (_points(event, model) for model in risks)
    pooled, compared = pool(ours), pool(paired(ours, theirs))
    assert pooled is not None
    assert compared is not None
    assert pooled.variance == pytest.approx(own, rel=0.15)
    assert compared.variance == pytest.approx(difference, rel=0.15)


def test_disjoint_folds_agree_with_the_spread_over_samples() -> None:
    """Mean AUROC of two disjoint halves: mean influence variance within 15 % of the variance over 1,200 samples."""
    draw = np.random.default_rng(6)
    values, variances = [], []
    for _ in range(1200):
        event, risks = _simulated(draw, 240)
        units = np.arange(240, dtype=np.uint64)
        halves = [units % 2 == seed for seed in range(2)]
        pooled = pool(
            [
                point(
                    "a",
                    seed,
                    auroc(event[half], risks[0, 0, half]),
                    Influence.of(units[half], delong(event[half], risks[0, 0, half])),
                )
                for seed, half in enumerate(halves)
            ]
        )
        assert pooled is not None
        assert pooled.variance is not None
        values.append(pooled.value)
        variances.append(pooled.variance)
    assert np.mean(variances) == pytest.approx(np.var(values), rel=0.15)
