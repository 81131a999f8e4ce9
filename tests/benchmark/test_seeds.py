"""Random streams come from names alone: the same on every machine, and unrelated between neighbours."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebench.seeds import derive, order

NAMES = ("mortality/rhc-30d", "ridge")


def test_golden_values_are_pinned_on_purpose() -> None:
    """A published result is repeated only while these stand: SHA-256 of the JSON list, by hand, not by `seeds`.

    The first is the first four bytes of the SHA-256 of `["carebench","fit","mortality/rhc-30d","ridge",0]`; the
    second sorts 0 to 7 by the SHA-256 of `["carebench","fold","mortality/spam-toy",1,0]` and the number in eight
    bytes, most significant first. Change them only together with the engine's protocol.
    """
    assert derive("fit", *NAMES, 0) == 909727918
    assert order("fold", "mortality/spam-toy", 1, 0, size=8) == [1, 6, 0, 2, 3, 5, 4, 7]


@given(st.text(max_size=20), st.integers(0, 10**6), st.integers(0, 200))
def test_an_order_is_a_permutation_and_repeats(name: str, seed: int, size: int) -> None:
    """Every number once, and the same in a second call."""
    drawn = order("fold", name, seed, size=size)
    assert sorted(drawn) == list(range(size))
    assert order("fold", name, seed, size=size) == drawn


def test_neighbouring_seeds_are_unrelated() -> None:
    """About half of the 32 bits differ between neighbours, as between strangers: 16, give or take 5 standard errors."""
    seeds = [derive("fit", *NAMES, number) for number in range(1001)]
    flipped = [(first ^ second).bit_count() for first, second in itertools.pairwise(seeds)]
    assert np.mean(flipped) == pytest.approx(16, abs=5 * np.sqrt(8 / 1000))
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert len(set(seeds)) == 1001


def test_neighbouring_orders_are_uncorrelated() -> None:
    """Orders of 2,000 for two neighbouring seeds correlate no more than chance: 5 standard errors."""
    first, second = (order("fold", "x", seed, size=2000) for seed in (0, 1))
    assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(2000)


@pytest.mark.parametrize(
    "other",
    [
        ("predict", *NAMES, 0),
        ("fit", *NAMES, 1),
        ("fit", *NAMES, "0"),
        ("fit", *reversed(NAMES), 0),
        ("fit", "".join(NAMES), 0),
        ("fit", *NAMES),
    ],
)
def test_every_part_counts(other: tuple[str, ...]) -> None:
    """Purpose, number, type, order and borders of the names all change the seed."""
    assert derive(*other) != derive("fit", *NAMES, 0)


def test_python_s_hash_seed_has_no_say() -> None:
    """Another interpreter with another hash seed draws the same."""
    code = "from carebench.seeds import derive; print(derive('fit', 'a', 'b', 3))"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "123"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(ended.stdout) == derive("fit", "a", "b", 3)
