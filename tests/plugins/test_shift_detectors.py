"""Detectors of shift: their formulas against scipy and plain loops, and their level on data that did not shift."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, ks_2samp

from carebench.estimators import resolve
from carebench_plugins.shift.detectors import Univariate, ks_distances, models
from carebench_plugins.shift.distances import (
    Energy,
    KernelTwoSample,
    PopulationStability,
    permutation_p_value,
)

DETECTORS = {model.name: str(model.build) for model in models()}
DRAWS = 120


def reference(rows: int = 1500) -> tuple[Any, Any]:
    """Four normal inputs, a 0/1 one, and an answer that follows the first."""
    draw = np.random.default_rng(1)
    X = np.column_stack([draw.normal(size=(rows, 4)), draw.random(rows) < 0.3])
    return X, (X[:, 0] + draw.logistic(0, 0.5, rows) > 0).astype(np.int8)


def batch(seed: int, moved: float = 0.0, rows: int = 60) -> Any:
    """A batch of the same law, its first input moved."""
    draw = np.random.default_rng(seed + 10_000)
    X = np.column_stack([draw.normal(size=(rows, 4)), draw.random(rows) < 0.3])
    X[:, 0] += moved
    return X


def test_ks_distances_equal_scipy() -> None:
    """With ties and without, and of samples of different size."""
    draw = np.random.default_rng(2)
    one = np.column_stack([draw.normal(size=200), draw.integers(0, 5, 200)])
    other = np.column_stack([draw.normal(0.3, 1, 70), draw.integers(1, 6, 70)])
    expected = [ks_2samp(one[:, column], other[:, column]).statistic for column in range(2)]
    np.testing.assert_allclose(ks_distances(np.sort(one, axis=0), np.sort(other, axis=0)), expected)


def test_ks_p_values_are_near_the_exact_ones() -> None:
    """The asymptotic p-value lies within .02 of scipy's exact one."""
    X, y = reference(300)
    detector = Univariate()
    detector.fit(X, y)
    asked = batch(0, 0.3)
    expected = [ks_2samp(X[:, column], asked[:, column], method="exact").pvalue for column in range(4)]
    np.testing.assert_allclose(detector._p_values(asked)[:4], expected, atol=0.02)


def test_mmd_is_the_double_sum() -> None:
    """The unbiased estimate, written as loops over pairs."""
    X, y = reference(30)
    detector = KernelTwoSample()
    detector.fit(X, y)
    asked = batch(1, 0.5, rows=12)
    sample, width = detector._sample, detector._width

    def kernel(one: Any, other: Any) -> float:
        return float(np.exp(-np.sum((one - other) ** 2) / (2 * width**2)))

    def mean(left: Any, right: Any, *, apart: bool) -> float:
        return float(
            np.mean(
                [
                    kernel(a, b)
                    for i, a in enumerate(left)
                    for j, b in enumerate(right)
                    if not (apart and i == j)
                ]
            )
        )

    expected = mean(sample, sample, apart=True) + mean(asked, asked, apart=True)
    expected -= 2 * mean(sample, asked, apart=False)
    assert detector.statistic(asked) == pytest.approx(expected)


def test_permutations_in_one_product_equal_a_loop() -> None:
    """The same draws one at a time give the same p-value."""
    draw = np.random.default_rng(5)
    points = np.concatenate([draw.normal(size=20), draw.normal(0.8, 1, 15)])
    kernel = np.exp(-((points[:, None] - points) ** 2) / 2)
    sides = np.where(np.arange(35) < 20, 1 / 20, -1 / 15)
    again, found = np.random.default_rng(6), sides @ kernel @ sides
    above = 0
    for _ in range(500):
        other = again.permutation(sides)
        above += other @ kernel @ other >= found - 1e-12
    assert permutation_p_value(kernel, 20, np.random.default_rng(6)) == pytest.approx((1 + above) / 501)


def test_energy_distance_of_a_point_by_hand() -> None:
    """Reference 0 and 2 (apart 2), batch 1 and 1: 2 times 1 less 2 less 0 is 0; batch 3 and 3: 4 - 2 = 2."""
    detector = Energy().fit(np.array([[0.0], [2.0]]), np.array([0, 1]))
    assert detector.statistic(np.array([[1.0], [1.0]])) == pytest.approx(0)
    assert detector.statistic(np.array([[3.0], [3.0]])) == pytest.approx(2)


def test_stability_index_is_zero_on_the_reference() -> None:
    """The reference's own tenths differ by nothing."""
    X, y = reference()
    assert PopulationStability().fit(X, y).statistic(X) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("name", DETECTORS)
def test_a_large_shift_stands_out(name: str) -> None:
    """Moved by two standard deviations every batch has a larger statistic than nine in ten that did not move."""
    X, y = reference()
    detector = resolve(DETECTORS[name])().fit(X, y)
    plain = [detector.statistic(batch(seed)) for seed in range(40)]
    moved = [detector.statistic(batch(seed, 2.0)) for seed in range(10)]
    assert min(moved) > np.quantile(plain, 0.9)


@pytest.mark.parametrize("name", DETECTORS)
def test_the_level_is_held_on_exchangeable_batches(name: str) -> None:
    """Of 120 batches that did not shift no more have p <= 5 % than a binomial allows, one-sided at .1 %."""
    X, y = reference()
    detector = resolve(DETECTORS[name])().fit(X, y)
    if not hasattr(detector, "p_value"):
        pytest.skip(f"{name} has no p-value of its own: it is calibrated on batches that did not shift")
    alarms = sum(detector.p_value(batch(seed)) <= 0.05 for seed in range(DRAWS))
    assert alarms <= binom.ppf(0.999, DRAWS, 0.05)
