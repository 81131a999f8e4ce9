"""Sequential detection: run lengths and delays against closed forms and simulation, and streams that are what they say."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench import InvalidAnswer, Split
from carebench_tasks.families import shift_sequential as family
from carebench_tasks.metrics import run_length
from carebench_tasks.shift.sequential import FlchainStreams, Support2Streams
from tests.contracts.shift import SequentialContract

if TYPE_CHECKING:
    from carebench import Truth

TASKS = {task.name: task for task in (Support2Streams(), FlchainStreams())}


@cache
def cut(name: str) -> tuple[Split, Truth]:
    """Split and truth of seed 0, made once."""
    return TASKS[name].split(0), TASKS[name].truth(0)


def test_a_constant_is_calibrated_to_one_alarm_in_four_hundred_rows() -> None:
    """The chance on the threshold is 1/400, and the delay that follows is the closed form of the anchor."""
    limit, share = run_length.calibrated(np.full((50, family.LENGTH), 3.0))
    assert limit == 3
    assert share == pytest.approx(1 / run_length.RUN_LENGTH)
    calm, delay = run_length.delays(np.full((2, family.LENGTH), 3.0), np.array([100, 150]), limit, share)
    np.testing.assert_allclose(delay, run_length.AT_RANDOM)
    np.testing.assert_allclose(calm, (1 - share) ** np.array([100, 150]))


def test_the_run_length_of_noise_is_that_of_its_tail() -> None:
    """Independent normal statistics raise an alarm with a chance of 1/400 at 2.807: the threshold is within .06 of it."""
    paths = np.random.default_rng(0).normal(size=(2000, family.LENGTH))
    limit, _ = run_length.calibrated(paths)
    assert limit == pytest.approx(2.807, abs=0.06)
    assert run_length.run_length(paths, limit, 0.0) == pytest.approx(run_length.RUN_LENGTH, rel=0.02)


def test_run_lengths_by_hand() -> None:
    """Alarms at the second of four rows and never: 2 + 4 rows watched, one alarm."""
    paths = np.array([[0.0, 5.0, 0.0, 5.0], [0.0, 0.0, 0.0, 0.0]])
    assert run_length.run_length(paths, 1.0, 0.0) == 6
    assert run_length.run_length(paths, 9.0, 0.0) == np.inf


def test_delays_equal_those_of_drawn_alarms() -> None:
    """A threshold with ties: the formula's mean delay is that of 20,000 drawn alarms within 4 standard errors."""
    draw = np.random.default_rng(1)
    paths, onset = draw.integers(0, 4, (1, family.LENGTH)).astype(float), 120
    limit, share = 3.0, 0.05
    calm, delay = run_length.delays(paths, np.array([onset]), limit, share)
    hazard = run_length.hazards(paths, limit, share)[0]
    alarms = draw.random((20_000, family.LENGTH)) < hazard
    first = np.where(alarms.any(axis=1), alarms.argmax(axis=1), family.LENGTH)
    kept = np.minimum(first[first >= onset] - onset + 1, run_length.WATCHED)
    assert calm[0] == pytest.approx(np.mean(first >= onset), abs=0.015)
    assert abs(delay[0] - kept.mean()) < 4 * kept.std() / np.sqrt(len(kept))


def replicates(null: int, moved: int, seed: int = 5) -> tuple[Any, Any]:
    """How often each stream counts in 200 replicates."""
    draw = np.random.default_rng(seed)
    return draw.poisson(1, (200, null)).astype(float), draw.poisson(1, (200, moved)).astype(float)


@pytest.mark.parametrize("ties", [False, True])
def test_every_replicate_finds_its_own_threshold(*, ties: bool) -> None:
    """As when streams are repeated as often as drawn, and calibrated anew: eight replicates within a quarter of the bootstrap's deviation."""
    draw = np.random.default_rng(3)
    null, moved = draw.normal(size=(200, family.LENGTH)), draw.normal(size=(90, family.LENGTH))
    moved[:, 150:] += 1.0
    if ties:
        null, moved = np.round(null), np.round(moved)
    onsets, drawn = np.full(90, 150), replicates(200, 90)
    told = run_length.resampled_delays(null, moved, onsets, drawn)
    for number in range(8):
        ours, theirs = (
            np.repeat(part, each[number].astype(int), axis=0)
            for part, each in zip((null, moved), drawn, strict=True)
        )
        limit, share = run_length.calibrated(ours)
        mean = run_length.mean_delay(*run_length.delays(theirs, np.full(len(theirs), 150), limit, share))
        assert abs(told[number] - mean) < told.std() / 4


def sums(draw: Any, streams: int, moved: float) -> Any:
    """CUSUM paths of streams that move at row 150."""
    rows = draw.normal(size=(streams, family.LENGTH)) - 0.25
    rows[:, 150:] += moved
    walked = np.cumsum(rows, axis=1)
    return walked - np.minimum.accumulate(walked, axis=1)


@pytest.mark.slow
def test_a_threshold_that_is_not_known_widens_the_interval() -> None:
    """The bootstrap's deviation is that of the delay over 60 fresh sets of streams; with a threshold taken as known it is less."""
    draw, onsets = np.random.default_rng(4), np.full(90, 150)
    found, told, known = [], [], []
    for number in range(60):
        null, moved = sums(draw, 200, 0.0), sums(draw, 90, 1.0)
        limit, share = run_length.calibrated(null, steps=20)
        found.append(run_length.mean_delay(*run_length.delays(moved, onsets, limit, share)))
        if number < 6:
            drawn = replicates(200, 90, number)
            told.append(run_length.resampled_delays(null, moved, onsets, drawn).std())
            fixed = np.ones_like(drawn[0]), drawn[1]
            known.append(run_length.resampled_delays(null, moved, onsets, fixed).std())
    assert np.mean(told) == pytest.approx(np.std(found), rel=0.3)
    assert np.mean(told) > np.mean(known)


def test_a_clairvoyant_has_a_delay_of_one_and_a_late_one_of_what_it_waits() -> None:
    """Sure ten rows after the onset: the alarm comes with the eleventh patient of the new kind."""
    truth = SequentialContract().truth()
    late = (truth.groups["part"] == family.AFTER).reshape(family.STREAMS, family.LENGTH)
    waited = np.zeros_like(late, dtype=float)
    waited[:, 10:] = late[:, :-10]
    scores = family.score(truth, {"statistic": waited.reshape(1, -1)})
    assert scores.metrics["delay"] == pytest.approx(11, abs=0.3)
    assert scores.metrics["found"] == pytest.approx(1)


class Peeking:
    """A monitor that looks at the whole stream."""

    def fit(self, X: Any, y: Any) -> Peeking:
        return self

    def follow(self, X: Any) -> Any:
        return np.full(len(X), float(np.mean(X)))


def test_a_monitor_that_looks_ahead_is_refused() -> None:
    """What it says of the first rows changes when later ones are cut off."""
    X = np.random.default_rng(2).normal(size=(70, 2))
    split = Split(train=X, test=X, reveals={"y": np.arange(70) % 2})
    with pytest.raises(InvalidAnswer, match="none that come after"):
        family.ask(family.fit(Peeking(), split), split)


@pytest.mark.parametrize(
    "name",
    [pytest.param("shift-sequential/support2", marks=pytest.mark.slow), "shift-sequential/flchain-year"],
)
def test_streams_are_what_they_say(name: str) -> None:
    """200 do not shift and 90 do, equally many of each kind, from a row between the 101st and the 200th on; nobody is in both."""
    task: Any = TASKS[name]
    split, truth = cut(name)
    part = (truth.groups["part"] == family.AFTER).reshape(family.STREAMS, family.LENGTH)
    kinds = truth.groups["shift"].reshape(family.STREAMS, family.LENGTH)[:, 0]
    told = {str(kind): int((kinds == kind).sum()) for kind in np.unique(kinds)}
    assert told == {"none": 200, **dict.fromkeys(task.kinds, 90 // len(task.kinds))}
    onsets = np.where(part.any(axis=1), part.argmax(axis=1), family.LENGTH)
    assert set(onsets[kinds == "none"]) == {family.LENGTH}
    moved = onsets[kinds != "none"]
    assert moved.min() >= 100
    assert moved.max() < 200
    assert len(split.test) == family.ROWS
    sides = task.sides(0)
    assert not set(sides.units[sides.reference].tolist()) & set(truth.units.tolist())


def test_late_years_come_after_the_onset() -> None:
    """Creatinine is missing for nine in ten from there on, and for one in six before."""
    split, truth = cut("shift-sequential/flchain-year")
    missing, last = split.test["creatinine"].isna().to_numpy(), truth.groups["shift"] == "2002-2003"
    assert missing[last & (truth.groups["part"] == family.AFTER)].mean() > 0.85
    assert missing[last & (truth.groups["part"] == family.BEFORE)].mean() < 0.3
