"""What seeds tell of trainings: how much a task's mean would move if models were trained again.

Separate from patients, whose influences come with the table: seeds are few, and they are never a sample of patients.
"""

from __future__ import annotations

import math
import statistics
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.influence import SEED, Influence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from carebench_leaderboard.records import Cell, Task


def over_trainings(seeds: Sequence[int], values: NDArray[np.float64], resplit: float) -> Influence:
    """How much each of S `seeds` moves the mean of its task's `values`, shape (S,), S at least 2.

    With s^2 the sample variance of the values, squares add up to s^2 / S where the test set is fixed (`resplit` 0), and to
    (n_test / n_train) s^2 where seeds are re-splits. Either comes beside the patient variance of the mean, which in
    re-splits takes the place of the s^2 / J of Nadeau and Bengio 2003 (Machine Learning 52, 239-281): it stands on
    patients instead of on J numbers.

    Example:
        >>> moved = over_trainings([0, 1, 2], np.array([1.0, 2.0, 3.0]), 0.0)
        >>> round(moved.variance or 0.0, 6)
        0.333333
    """
    size = values.size
    share = (resplit or 1 / size) / (size - 1)
    return Influence.of(_ids(tuple(seeds)), (values - values.mean()) * math.sqrt(share), (SEED,))


@lru_cache(maxsize=256)
def _ids(seeds: tuple[int, ...]) -> NDArray[np.uint64]:
    """Seeds as ids, one array for all who have the same, so that they are matched once."""
    return np.array(seeds, dtype=np.uint64)


def resplit_ratio(task: Task, cells: Iterable[Cell]) -> float | None:
    """n_test / n_train of a task of re-splits, 0 of one with a fixed test set; None where nothing can be told.

    That is: where nothing is trained, where seeds are replications, and where `cells` do not state their sizes.
    """
    if task.replicated or task.design == "all-rows":
        return None
    return 0.0 if task.design == "fixed" else size_ratio([cell for cell in cells if cell.status == "ok"])


def size_ratio(ok: Sequence[Cell]) -> float | None:
    """Mean of n_test / n_train over cells; None when a cell does not say."""
    ratios = []
    for cell in ok:
        n_test, n_train = cell.facts.get("n"), cell.facts.get("n_train")
        if not n_test or not n_train:
            return None
        ratios.append(n_test / n_train)
    return statistics.fmean(ratios) if ratios else None
