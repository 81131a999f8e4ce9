"""Greedy ensemble selection over trials, and the average that an ensemble answers with; separate as pure functions.

Source: Caruana, Niculescu-Mizil, Crew and Ksikes 2004, Ensemble selection from libraries of models, ICML.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

STEPS = 10


def select(
    trials: Mapping[int, Sequence[Mapping[str, NDArray[Any]]]],
    value: Callable[[list[Any]], float],
) -> dict[int, float]:
    """Weights of an ensemble: in each of ten steps the trial joins, again if need be, with which the average does best.

    The ensemble after the best step is kept, so that it is never worse than the best trial alone. Of equals the earliest
    trial, and the smallest ensemble, is taken.

    Args:
        trials: number to arrays, one mapping for each inner split.
        value: objective of such a list of arrays, larger is better.

    Returns:
        Trial number to weight; the weights add up to 1.
    """
    chosen: list[int] = []
    best: tuple[float, list[int]] | None = None
    for _ in range(STEPS):
        found = [(value(_mean(trials, [*chosen, number])), -number) for number in sorted(trials)]
        reached, last = max(found)
        chosen = [*chosen, -last]
        if best is None or reached > best[0]:
            best = (reached, chosen)
    counts = Counter(best[1] if best else [])
    return {number: count / sum(counts.values()) for number, count in sorted(counts.items())}


def average(parts: Iterable[tuple[float, Mapping[str, NDArray[Any]]]]) -> dict[str, NDArray[Any]]:
    """Weighted mean of the arrays that all parts have, by name.

    Args:
        parts: weight and arrays; the weights add up to 1.
    """
    listed = list(parts)
    if len(listed) == 1:
        return dict(listed[0][1])
    names = set.intersection(*(set(arrays) for _, arrays in listed))
    return {name: _weighted([(weight, arrays[name]) for weight, arrays in listed]) for name in sorted(names)}


def _weighted(parts: Sequence[tuple[float, NDArray[Any]]]) -> NDArray[Any]:
    """The mean, kept between the smallest and the largest part: rounding must not leave a declared range."""
    import numpy as np

    arrays = [array for _, array in parts]
    mean = sum(weight * array for weight, array in parts)
    return np.clip(mean, np.minimum.reduce(arrays), np.maximum.reduce(arrays))


def _mean(
    trials: Mapping[int, Sequence[Mapping[str, NDArray[Any]]]], numbers: Sequence[int]
) -> list[dict[str, NDArray[Any]]]:
    counts = Counter(numbers)
    folds = len(trials[numbers[0]])
    return [
        average([(count / len(numbers), trials[number][fold]) for number, count in sorted(counts.items())])
        for fold in range(folds)
    ]
