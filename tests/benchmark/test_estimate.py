"""The estimated finish, worked by hand: nothing without evidence, bounds that hold, words no finer than is known."""

from __future__ import annotations

import heapq
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench.estimate import Left, Times, Work, left, roughly

FOREST, RIDGE = Work("answer", "t/a", "forest"), Work("answer", "t/a", "ridge")
FOREST_ELSEWHERE = Work("answer", "t/b", "forest")


def timed(*pairs: tuple[Work, float]) -> Times:
    """Times that were noted."""
    times = Times()
    for work, seconds in pairs:
        times.add(work, seconds)
    return times


def test_without_any_time_there_is_no_estimate() -> None:
    """Pending work that nobody ever timed gives nothing at all."""
    assert left({FOREST: 3}, [], [Times(), Times()], 2) is None


def test_with_times_for_less_than_half_there_is_no_estimate() -> None:
    """One known job among three says too little."""
    assert left({FOREST: 2, RIDGE: 1}, [], [timed((RIDGE, 1.0))], 1) is None


def test_two_slots_share_the_work() -> None:
    """Forest took 10 s and 20 s, mean 15; three left on two slots: W = 45, L = 15, so from 22.5 to 22.5 + 7.5."""
    found = left({FOREST: 3}, [], [timed((FOREST, 10.0), (FOREST, 20.0))], 2)
    assert found == Left(low=22.5, high=30.0, whole=True)


def test_the_longest_job_bounds_from_below() -> None:
    """100 s and 1 s on four slots: no end before 100 s, and none after 101/4 + 75."""
    found = left({FOREST: 1, RIDGE: 1}, [], [timed((FOREST, 100.0), (RIDGE, 1.0))], 4)
    assert found == Left(low=100.0, high=100.25, whole=True)


def test_running_work_counts_what_is_left_of_it() -> None:
    """10 s expected, 4 s and 30 s gone: 6 s and nothing are left, on one slot."""
    found = left({}, [(FOREST, 4.0), (FOREST, 30.0)], [timed((FOREST, 10.0))], 1)
    assert found == Left(low=6.0, high=6.0, whole=True)


def test_this_run_counts_more_than_the_past_and_the_same_task_more_than_another() -> None:
    """The order of evidence: this run's same cell, past same cell, this run's model elsewhere, past elsewhere."""
    now, past = timed((FOREST_ELSEWHERE, 7.0)), timed((FOREST, 3.0))
    assert left({FOREST: 1}, [], [now, past], 1) == Left(low=3.0, high=3.0, whole=True)
    now.add(FOREST, 5.0)
    assert left({FOREST: 1}, [], [now, past], 1) == Left(low=5.0, high=5.0, whole=True)
    assert left({FOREST_ELSEWHERE: 1}, [], [past], 1) == Left(low=3.0, high=3.0, whole=True)


def test_untimed_work_makes_it_a_lower_bound() -> None:
    """Ridge was never timed: the words say at least."""
    found = left({FOREST: 2, RIDGE: 1}, [], [timed((FOREST, 60.0))], 1)
    assert found is not None
    assert (found.whole, found.words()) == (False, "at least 2 min left")


@given(st.lists(st.integers(min_value=1, max_value=50), min_size=1, max_size=12), st.integers(1, 5))
def test_any_order_ends_between_the_bounds(seconds: list[int], slots: int) -> None:
    """Played out with the next job always given to the first free slot, the end lies between low and high."""
    jobs = [Work("answer", "t/a", str(number)) for number in range(len(seconds))]
    found = left(dict.fromkeys(jobs, 1), [], [timed(*zip(jobs, map(float, seconds), strict=True))], slots)
    free = [0.0] * slots
    for length in seconds:
        heapq.heappush(free, heapq.heappop(free) + length)
    assert found is not None
    assert found.low - 1e-9 <= max(free) <= found.high + 1e-9


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1, 2, "about 10 s left"),
        (20, 25, "about 30 s left"),
        (170, 200, "about 3 min left"),
        (60, 300, "1 min to 5 min left"),
        (3000, 9000, "50 min to 2.5 h left"),
    ],
)
def test_words(low: float, high: float, words: str) -> None:
    """Near bounds become one rounded time, far ones a range."""
    assert Left(low=low, high=high, whole=True).words() == words


def test_longer_never_sounds_shorter() -> None:
    """Rounded times grow with the seconds, across units."""
    units = {"s": 1, "min": 60, "h": 3600}
    told = [roughly(seconds).split() for seconds in range(1, 20_000)]
    values = [float(number) * units[unit] for number, unit in told]
    assert all(earlier <= later for earlier, later in itertools.pairwise(values))
