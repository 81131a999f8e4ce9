"""Folds: even within strata, whole units, independent of the order of rows, and the same for ever."""

from __future__ import annotations

from collections import Counter

import numpy as np

from carebench_tasks.folds import assign, repeat_and_fold, shuffled

UNITS = np.arange(1000, 1100, dtype=np.uint64)
STRATA = (np.arange(100) < 23).astype(np.int8)


def test_seeds_walk_over_folds_then_repeats() -> None:
    """Seeds 0 to 4 are the folds of the first repeat, 5 to 9 of the second."""
    assert [repeat_and_fold(seed) for seed in (0, 4, 5, 9, 12)] == [(0, 0), (0, 4), (1, 0), (1, 4), (2, 2)]


def test_folds_are_even_within_strata() -> None:
    """100 units with 23 deaths: five folds of 20, with 4 or 5 deaths each."""
    fold = assign(UNITS, STRATA, "example", 1, repeat=0)
    assert Counter(fold.tolist()) == dict.fromkeys(range(5), 20)
    assert sorted(np.bincount(fold[STRATA == 1]).tolist()) == [4, 4, 5, 5, 5]


def test_rows_of_one_unit_stay_together() -> None:
    """A unit with several rows, even of different outcomes, is in one fold."""
    units = np.repeat(UNITS[:30], 3)
    fold = assign(units, (np.arange(90) % 2).astype(np.int8), "example", 1, repeat=0)
    assert all(len(set(fold[units == unit])) == 1 for unit in UNITS[:30])


def test_order_of_rows_does_not_matter() -> None:
    """Shuffling the rows moves no unit to another fold."""
    order = np.random.default_rng(0).permutation(100)
    fold = assign(UNITS, STRATA, "example", 1, repeat=0)
    assert np.array_equal(assign(UNITS[order], STRATA[order], "example", 1, repeat=0), fold[order])


def test_repeats_and_names_are_dealt_anew() -> None:
    """Another repeat, task or version gives another assignment; agreement is near the chance of 1 in 5."""
    first = assign(UNITS, STRATA, "example", 1, repeat=0)
    for other in (
        assign(UNITS, STRATA, "example", 1, repeat=1),
        assign(UNITS, STRATA, "other", 1, repeat=0),
        assign(UNITS, STRATA, "example", 2, repeat=0),
    ):
        assert np.mean(first == other) < 0.4


def test_assignment_is_pinned_for_ever() -> None:
    """Golden values, copied from the code on purpose: a change would move every published split."""
    fold = assign(UNITS, STRATA, "example", 1, repeat=0)
    assert "".join(map(str, fold[:40])) == "1342034031402201321342424410412121131221"
    assert shuffled(np.arange(10), "test order", "example", 1, 0).tolist() == [9, 8, 7, 1, 2, 5, 0, 3, 4, 6]
