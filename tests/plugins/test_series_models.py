"""The estimators around the networks on series: what they learn, how they stop, and what moves no answer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from carebench import Series, Unsuited
from carebench.estimators import build
from carebench_plugins.series import models
from carebench_plugins.series.decay import DecayClassifier, means_of
from carebench_plugins.series.interpolation import moments
from carebench_plugins.series.observed import observed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from carebench import Model

MODELS = {model.name: model for model in models()}
NETWORKS = [name for name in MODELS if name != "grid-logistic"]
QUICK = {"epochs": 25, "patience": 25, "learning_rate": 0.005, "batch": 32, "dropout": 0.0}


def rising(units: int, seed: int = 0) -> tuple[Series, NDArray[np.int64]]:
    """Units of which half rise and half fall by the hour, around the same mean; the first has no measurement at all."""
    draw = np.random.default_rng(seed)
    y = np.arange(units) % 2
    sizes = draw.integers(6, 13, units)
    sizes[0] = 0
    starts = np.concatenate([[0], sizes.cumsum()])
    unit = np.repeat(np.arange(units), sizes)
    drawn = draw.uniform(0, 12, len(unit))
    hours = drawn[np.lexsort((drawn, unit))].astype(np.float32)
    channels = draw.integers(0, 2, len(unit)).astype(np.int16)
    slopes = np.where(channels == 0, 2 * y[unit] - 1, 0)
    values = slopes * (hours - 6) / 4 + draw.normal(0, 0.1, len(unit))
    series = Series(
        names=("a", "b"),
        window=12.0,
        starts=starts.astype(np.int64),
        hours=hours,
        channels=channels,
        values=values.astype(np.float32),
        static=draw.normal(0, 1, (units, 1)).astype(np.float32),
    )
    return series, y


def made(name: str, **params: Any) -> Any:
    """The model as the engine builds it."""
    model: Model = MODELS[name]
    return build(model.build, {**model.params, **params}, seed=4_000_000_000, threads=1)


@pytest.mark.parametrize("name", NETWORKS)
def test_learns_a_trend_that_the_means_hide(name: str) -> None:
    """Trained on 120 units that rise or fall, it tells fresh ones apart: it knows which value came later."""
    (trained, y), (fresh, truth) = rising(120), rising(41, seed=1)
    risk = made(name, **QUICK).fit(trained, y).predict_proba(fresh)[1:, 1]
    assert np.mean((risk > 0.5) == truth[1:]) >= 0.95


def test_the_reference_learns_it_from_a_grid() -> None:
    """In bins of four hours the trend is a difference of columns."""
    (trained, y), (fresh, truth) = rising(120), rising(41, seed=1)
    risk = made("grid-logistic", step=4.0).fit(trained, y).predict_proba(fresh)[1:, 1]
    assert np.mean((risk > 0.5) == truth[1:]) >= 0.95


@pytest.mark.parametrize("name", NETWORKS)
def test_a_seed_repeats_bit_for_bit_and_another_does_not(name: str) -> None:
    """Whatever else was drawn before, the seed alone decides."""
    series, y = rising(24)
    quick = {"epochs": 2, "random_state": 7}
    first = made(name, **quick).fit(series, y).predict_proba(series)
    torch.rand(5)
    np.random.random(5)  # noqa: NPY002 - the global generator must not matter
    assert made(name, **quick).fit(series, y).predict_proba(series).tobytes() == first.tobytes()
    other = made(name, **quick | {"random_state": 8}).fit(series, y).predict_proba(series)
    assert np.abs(other - first).max() > 1e-6


def test_stops_early_and_keeps_the_best_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    """Labels without a signal stop it after `patience` epochs, and each epoch tells its losses."""
    series, y = rising(60)
    labels = np.random.default_rng(0).permutation(y)
    DecayClassifier(epochs=50, patience=3, learning_rate=0.02).fit(series, labels)
    lines = capsys.readouterr().out.splitlines()
    best = max(number for number, line in enumerate(lines, 1) if "the best so far" in line)
    assert len(lines) == best + 3 < 50
    assert all(
        line.startswith(f"epoch {number} of at most 50: log loss ") for number, line in enumerate(lines, 1)
    )


def test_starts_at_the_share_of_events() -> None:
    """Before it has learned anything, answers lie around the prevalence."""
    series, _ = rising(100)
    y = (np.arange(100) % 10 == 1).astype(np.int64)
    risk = DecayClassifier(epochs=1, learning_rate=1e-6).fit(series, y).predict_proba(series)[:, 1]
    assert risk.mean() == pytest.approx(0.1, abs=0.03)


def test_declines_what_it_cannot_hold_out_from() -> None:
    """With one event, or none, no validation cut can be made."""
    series, _ = rising(10)
    for labels in (np.zeros(10, np.int64), (np.arange(10) == 3).astype(np.int64)):
        with pytest.raises(Unsuited, match="two units of each"):
            DecayClassifier().fit(series, labels)


def test_absurd_values_and_missing_static_columns_are_survived() -> None:
    """A value beyond ten standard deviations counts as ten."""
    series, y = rising(20)
    fitted = DecayClassifier(epochs=1).fit(series, y)
    lone = series.take([1]).keep(np.arange(series.starts[2] - series.starts[1]) == 0)
    far, ten = (replace(lone, values=np.full(1, value, np.float32)) for value in (1e30, 10))
    np.testing.assert_array_equal(fitted.predict_proba(far), fitted.predict_proba(ten))
    unknown = replace(series, static=np.full_like(series.static, np.nan))
    assert np.isfinite(fitted.predict_proba(unknown)).all()


def test_tensors_are_those_of_a_loop() -> None:
    """Moments of mTAND, and the grid of the others, hold what a loop over all measurements says."""
    series, _ = rising(9, seed=3)
    times, values, measured = (each.numpy() for each in moments(series, 0.5))
    grid, mask, _ = (each.numpy() for each in observed(series, 3.0))
    for unit in range(9):
        rows = range(series.starts[unit], series.starts[unit + 1])
        ticks = sorted({round(float(series.hours[row]) / 0.5) for row in rows})
        assert times[unit, : len(ticks)].tolist() == pytest.approx([tick / 24 for tick in ticks])
        assert not measured[unit, len(ticks) :].any()
        for place, tick in enumerate(ticks):
            for channel in (0, 1):
                here = [
                    float(series.values[row])
                    for row in rows
                    if (round(float(series.hours[row]) / 0.5), series.channels[row]) == (tick, channel)
                ]
                assert measured[unit, place, channel] == bool(here)
                expected = math.fsum(here) / len(here) if here else 0.0
                assert values[unit, place, channel] == pytest.approx(expected, abs=1e-6)
        for channel in (0, 1):
            last = 0.0
            for step in range(4):
                here = [
                    float(series.values[row])
                    for row in rows
                    if (int(series.hours[row] // 3), series.channels[row]) == (step, channel)
                ]
                last = math.fsum(here) / len(here) if here else last
                assert mask[unit, step, channel] == bool(here)
                assert grid[unit, step, channel] == pytest.approx(last, abs=1e-6)


def test_means_are_of_measurements_not_of_units() -> None:
    """A channel's mean weighs each measurement alike; a channel without any has 0."""
    series, _ = rising(20)
    kept = series.keep(series.channels == 0)
    assert means_of(kept).tolist() == pytest.approx([float(kept.values.mean()), 0.0], abs=1e-6)
