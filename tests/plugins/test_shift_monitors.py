"""Monitors of streams: their recursions against loops and river, and what conformal ones guarantee."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from carebench.estimators import resolve
from carebench_plugins.shift import entries
from carebench_plugins.shift.monitors import (
    ALLOWANCE,
    CumulativeSums,
    MovingAverage,
    PageHinkley,
    SlidingHotelling,
)
from carebench_plugins.shift.monitors_betting import ConformalMartingale

MONITORS = {model.name: model for model in entries.monitors()}


@cache
def reference() -> tuple[Any, Any]:
    """Three normal inputs, and an answer that follows the first."""
    draw = np.random.default_rng(1)
    X = draw.normal(size=(1500, 3))
    return X, (X[:, 0] + draw.logistic(0, 0.5, 1500) > 0).astype(np.int8)


def stream(seed: int, moved: float = 0.0, onset: int = 150, rows: int = 400) -> Any:
    """A stream whose first input moves at the onset."""
    X = np.random.default_rng(seed + 1000).normal(size=(rows, 3))
    X[onset:, 0] += moved
    return X


@cache
def fitted(name: str) -> Any:
    """A monitor of the reference."""
    model = MONITORS[name]
    if "river" in model.requires:
        pytest.importorskip("river", reason="river comes with the extra `shift`")
    return resolve(str(model.build))(**model.params).fit(*reference())


@pytest.mark.parametrize("name", MONITORS)
def test_a_large_shift_stands_out(name: str) -> None:
    """Moved by three deviations, within 60 rows every stream exceeds what nine in ten streams without a shift ever reach."""
    monitor = fitted(name)
    calm = [monitor.follow(stream(seed)).max() for seed in range(20)]
    moved = [monitor.follow(stream(seed, 3.0))[150:210].max() for seed in range(6)]
    assert min(moved) > np.quantile(calm, 0.9)


@pytest.mark.parametrize("name", entries.OF_BATCHES)
def test_on_batches_it_is_the_largest_number_of_a_stream(name: str) -> None:
    """Batches of 60 that moved exceed nine in ten that did not; the betting p-value holds its level, one-sided at .1 %."""
    monitor = fitted(name)
    assert "shift-detection" in MONITORS[name].families
    calm = [stream(seed, rows=60) for seed in range(60)]
    plain = [monitor.statistic(rows) for rows in calm]
    assert plain[0] == monitor.follow(calm[0]).max()
    moved = [monitor.statistic(stream(seed, 2.0, onset=0, rows=60)) for seed in range(6)]
    assert min(moved) > np.quantile(plain, 0.9)
    if hasattr(monitor, "p_value"):
        assert sum(monitor.p_value(rows) <= 0.05 for rows in calm) <= binom.ppf(0.999, 60, 0.05)
        assert monitor.p_value(stream(1, 2.0, onset=0, rows=60)) < 0.05


@pytest.mark.parametrize("name", MONITORS)
def test_no_row_is_told_by_later_ones(name: str) -> None:
    """Cut short anywhere, a stream has the same statistic up to there."""
    whole = fitted(name).follow(stream(3, 1.0))
    for rows in (1, 40, 200):
        np.testing.assert_allclose(fitted(name).follow(stream(3, 1.0)[:rows]), whole[:rows], atol=1e-9)


def test_cumulative_sums_equal_the_recursion() -> None:
    """S_t = max(0, S_t-1 + z_t - k), both sides, the largest column."""
    monitor, X = CumulativeSums(), stream(1, 0.7)
    monitor.fit(*reference())
    Z = (X - monitor._mean) / monitor._deviation
    up = down = np.zeros(3)
    for row, told in zip(Z, monitor.follow(X), strict=True):
        up, down = np.maximum(0, up + row - ALLOWANCE), np.maximum(0, down - row - ALLOWANCE)
        assert told == pytest.approx(max(up.max(), down.max()))


def test_page_hinkley_alarms_with_rivers() -> None:
    """The first row above 12 is the first at which river's test, without forgetting, finds a change; ten streams."""
    drift = pytest.importorskip("river.drift", reason="river comes with the extra `shift`")
    monitor = PageHinkley("columns")
    monitor.fit(reference()[0][:, :1], reference()[1])
    for seed in range(10):
        X = stream(seed, 1.5)[:, :1]
        told = monitor.follow(X) > 12
        theirs = drift.PageHinkley(min_instances=1, delta=ALLOWANCE, threshold=12, alpha=1.0, mode="both")
        first = len(X)
        for row, value in enumerate((X - monitor._mean) / monitor._deviation):
            theirs.update(float(value[0]))
            if theirs.drift_detected:
                first = row
                break
        assert (int(told.argmax()) if told.any() else len(X)) == first


def test_moving_averages_equal_the_recursion() -> None:
    """w_t = .9 w_t-1 + .1 z_t over its standard deviation."""
    monitor, X = MovingAverage(), stream(2, 0.7)
    monitor.fit(*reference())
    Z = (X - monitor._mean) / monitor._deviation
    w = np.zeros(3)
    for t, (row, told) in enumerate(zip(Z, monitor.follow(X), strict=True), 1):
        w = 0.9 * w + 0.1 * row
        assert told == pytest.approx(np.abs(w).max() / np.sqrt(0.1 / 1.9 * (1 - 0.9 ** (2 * t))))


def test_sliding_window_is_of_fifty_rows() -> None:
    """T-squared of the mean of rows 51 to 100 by itself."""
    monitor, X = SlidingHotelling(), stream(4)
    monitor.fit(*reference())
    mean = ((X[50:100] - monitor._mean) / monitor._deviation).mean(axis=0)
    assert monitor.follow(X)[99] == pytest.approx(50 * mean @ monitor._inverse @ mean)


def test_conformal_p_values_are_uniform_without_a_shift() -> None:
    """Of 4,000 rows, the share of p-values up to a is a, within 4 standard errors and that of the 750 compared with."""
    monitor = ConformalMartingale()
    monitor.fit(*reference())
    X = np.random.default_rng(5).normal(size=(4000, 3))
    p = monitor.p_values((X - monitor._mean) / monitor._deviation)
    for level in (0.05, 0.25, 0.5, 0.9):
        error = np.sqrt(level * (1 - level) * (1 / 4000 + 1 / 750))
        assert abs(np.mean(p <= level) - level) < 4 * error


def test_the_martingale_keeps_villes_bound() -> None:
    """Of 200 streams of uniform p-values, capital ever above 20 in no more than a binomial of 5 % allows, at .1 %."""
    from scipy.stats import binom

    monitor = ConformalMartingale()
    monitor.fit(*reference())
    draw = np.random.default_rng(6)
    monitor.p_values = lambda Z: draw.random(len(Z))  # type: ignore[method-assign]
    broken = sum(monitor.follow(stream(seed)).max() > monitor.threshold_ for seed in range(200))
    assert broken <= binom.ppf(0.999, 200, 0.05)
