"""Made-up worlds whose truth is known: patients, models trained on them, and boards of cohorts.

Patients: an outcome y is 1 with chance `PREVALENCE`; a model's risk is normal with variance 1 and a mean that is `gap` higher where
y is 1. The population's AUROC is Phi(gap / sqrt(2)). Two models of one world have risks with correlation `TOGETHER`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from carebench_leaderboard.influence import Influence
from carebench_leaderboard.pooling import Point
from tests.leaderboard.synthetic import auroc, delong

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PREVALENCE = 0.3
TOGETHER = 0.7


def outcomes(draw: np.random.Generator, patients: int) -> NDArray[np.bool_]:
    """Who has the event; two of each kind at least."""
    event = draw.random(patients) < PREVALENCE
    event[:2], event[2:4] = True, False
    return np.asarray(event)


def population_auroc(gap: Floats | float) -> Floats:
    """The AUROC among all patients of a model with this gap."""
    return np.asarray(ndtr(np.asarray(gap) / 2**0.5))


def tested(task: str, seed: int, event: NDArray[np.bool_], risk: Floats, ids: NDArray[np.uint64]) -> Point:
    """The AUROC of one cell with DeLong's influences."""
    moved = Influence.of(ids, delong(event, risk))
    return Point(cohort=task, task=task, seed=seed, value=auroc(event, risk), influence=moved)


def fixed_test_set(
    draw: np.random.Generator, patients: int, gaps: Floats, task: str = "t"
) -> list[list[Point]]:
    """Cells of K models refitted S times and tested on the same patients; `gaps` of shape (K, S)."""
    event = outcomes(draw, patients)
    ids = np.arange(patients, dtype=np.uint64)
    found: list[list[Point]] = [[] for _ in gaps]
    shared = draw.normal(size=patients)
    own = draw.normal(size=(len(gaps), patients))
    for seed in range(gaps.shape[1]):
        noise = TOGETHER**0.5 * shared + (1 - TOGETHER) ** 0.5 * own
        for at, gap in enumerate(gaps[:, seed]):
            found[at].append(tested(task, seed, event, gap * event + noise[at], ids))
    return found


INPUTS = 10


def patients_of(draw: np.random.Generator, count: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Inputs, shape (n, `INPUTS`), of which two differ by outcome, and outcomes."""
    event = outcomes(draw, count)
    inputs = draw.normal(size=(count, INPUTS))
    inputs[:, :2] += 0.6 * event[:, None]
    return inputs, event


def direction(inputs: Floats, event: NDArray[np.bool_]) -> Floats:
    """A model trained on these patients: the difference of means, weights of a linear risk."""
    return np.asarray(inputs[event].mean(axis=0) - inputs[~event].mean(axis=0))


def trained_auroc(weights: Floats) -> float:
    """Its AUROC among all patients: Phi(w'd / sqrt(2 w'w)), d the shift of the event's means."""
    shift = np.zeros(INPUTS)
    shift[:2] = 0.6
    return float(ndtr(weights @ shift / np.sqrt(2 * weights @ weights)))


def folds(draw: np.random.Generator, patients: int, parts: int) -> tuple[list[Point], list[float]]:
    """Cross-validated cells of a model that is trained anew in each fold, and the AUROC of each fit among all patients."""
    inputs, event = patients_of(draw, patients)
    fold = np.empty(patients, dtype=np.int64)
    for kind in (event, ~event):
        fold[kind] = draw.permutation(int(kind.sum())) % parts
    cells, truths = [], []
    for seed in range(parts):
        held = fold == seed
        weights = direction(inputs[~held], event[~held])
        cells.append(
            tested("t", seed, event[held], inputs[held] @ weights, np.flatnonzero(held).astype(np.uint64))
        )
        truths.append(trained_auroc(weights))
    return cells, truths
