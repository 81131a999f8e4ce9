"""Ensembles of trials: greedy, never worse than the best trial by what they are judged on, and inside the declared range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench.ensembles import average, select

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TRUTH = np.array([0.0, 1.0, 0.0, 1.0])


def closeness(parts: Sequence[Mapping[str, NDArray[Any]]]) -> float:
    """Minus the mean squared error to the truth, over the folds."""
    return -float(np.mean([(part["risk"] - TRUTH) ** 2 for part in parts]))


def trials(*risks: list[float]) -> dict[int, list[dict[str, NDArray[Any]]]]:
    """Trials with one inner split each."""
    return {number: [{"risk": np.array(risk)}] for number, risk in enumerate(risks)}


def test_two_that_err_apart_are_averaged() -> None:
    """Each is wrong where the other is right: half of each does best, by hand."""
    made = trials([0.5, 1.0, 0.0, 0.5], [0.0, 0.5, 0.5, 1.0])
    assert select(made, closeness) == {0: 0.5, 1: 0.5}


def test_the_best_alone_stays_alone() -> None:
    """A perfect trial gets all the weight, the earliest of two that are equal."""
    assert select(trials([0.5] * 4, [0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]), closeness) == {1: 1.0}


@pytest.mark.parametrize("seed", range(5))
def test_an_ensemble_is_never_worse_than_the_best_trial(seed: int) -> None:
    """By what it is judged on; its weights add up to 1."""
    draw = np.random.default_rng(seed)
    made = trials(*draw.random((6, 4)).tolist())
    weights = select(made, closeness)
    together = [average([(weight, made[number][0]) for number, weight in weights.items()])]
    assert sum(weights.values()) == pytest.approx(1)
    assert closeness(together) >= max(closeness(parts) for parts in made.values())


def test_an_average_stays_between_its_parts() -> None:
    """Ten tenths of a certain answer are certain, not a rounding error more."""
    parts = [(0.1, {"risk": np.ones(3)})] * 10
    assert average(parts)["risk"].tolist() == [1.0, 1.0, 1.0]


def test_one_member_answers_as_it_does_alone() -> None:
    """Nothing is multiplied, so that the bits stay; arrays that not all members have are left out otherwise."""
    alone = {"risk": np.array([0.1, 0.2]), "score": np.array([1.0, 2.0])}
    assert average([(1.0, alone)]) == alone
    assert set(average([(0.5, alone), (0.5, {"risk": alone["risk"]})])) == {"risk"}
