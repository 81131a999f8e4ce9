"""How right a model and its humans are together, over every budget of hand-overs at once.

Separate from the family because these few lines of arithmetic are what a deferral score rests on. Whoever stands
higher in the order is handed over first; within ties the expected value over all random orders is taken, so that a
constant score is random deferral exactly. A cut inside a patient or a tie hands over that fraction of it.

All weights have shape (n, B): one column a bootstrap replicate, or one column alone for the figure itself. Budgets
are shares of the total weight, so that with unequal weights they estimate shares of all patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: The budgets over which the primary score averages (PROTOCOL, section 2).
BUDGETS = (0.05, 0.10, 0.20, 0.30, 0.50)


@dataclass(frozen=True, kw_only=True)
class Team:
    """An answer beside its humans, n test rows.

    Attributes:
        score: shape (n,), higher is handed over first; above 0 the model itself would hand over.
        alone: shape (n,), 1 where the model alone is right.
        handed: shape (n,), 1 where the decision is right once the patient is handed over.
        choice: shape (n,), to which of J experts.
        capacity: shape (J,), the largest share of all patients that each expert takes.
        cost: shape (J,), what one hand-over costs, in errors.
    """

    score: Floats
    alone: Floats
    handed: Floats
    choice: NDArray[np.intp]
    capacity: Floats
    cost: Floats


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What handing over more and more patients does; G distinct scores in descending order, B replicates.

    Attributes:
        alone: shape (B,), share of right decisions with nobody handed over.
        share: shape (G + 1, B), share of patients handed over so far, from 0 up; nobody beyond capacity.
        gain: shape (G + 1, B), by how much the share of right decisions has risen by then.
        spent: shape (G + 1, B), cost of these hand-overs per patient, in errors.
        own: how many steps lead to the model's own operating point: all scores above 0.
    """

    alone: Floats
    share: Floats
    gain: Floats
    spent: Floats
    own: int


def curve(team: Team, weights: Floats) -> Curve:
    """The curve of a team under each column of weights, shape (n, B)."""
    distinct, place = np.unique(-team.score, return_inverse=True)
    total = weights.sum(axis=0)
    taken = _accepted(team, place, weights, total) / total
    share = _running(taken, place)
    costs = team.cost[team.choice]
    even = costs.size == 0 or np.ptp(costs) == 0
    return Curve(
        alone=team.alone @ weights / total,
        share=share,
        gain=_running(taken * (team.handed - team.alone)[:, None], place),
        spent=share * costs.max(initial=0.0) if even else _running(taken * costs[:, None], place),
        own=int(np.searchsorted(distinct, 0.0, side="left")),
    )


def at_budgets(of: Curve, values: Floats, budgets: Sequence[float] = BUDGETS) -> Floats:
    """Values of a curve, shape (G + 1, B), at each budget: shape (len(budgets), B).

    Linear between two steps, which is the expected value over random order within a tie; constant once nobody
    takes more patients.
    """
    return np.array([_at(of, values, budget) for budget in budgets])


def area(of: Curve) -> Floats:
    """Area under the coverage-accuracy curve, shape (B,): the mean accuracy over all budgets from 0 to 1.

    A = integral over b from 0 to 1 of accuracy(b) db, exact for the piecewise linear curve. Range 0 to 1, higher is
    better; without capacities a constant score has the mean of model and human alone.

    Source: Raghu et al. 2019, arXiv:1903.12220 (curves of accuracy against the share handed over).
    """
    trapezoids = np.sum(np.diff(of.share, axis=0) * (of.gain[1:] + of.gain[:-1]) / 2, axis=0)
    return np.asarray(of.alone + trapezoids + (1.0 - of.share[-1]) * of.gain[-1])


def _at(of: Curve, values: Floats, budget: float) -> Floats:
    """Values at one budget, shape (B,)."""
    before = np.sum(of.share <= budget, axis=0) - 1
    after = np.minimum(before + 1, len(of.share) - 1)
    columns = np.arange(of.share.shape[1])
    low, high = of.share[before, columns], of.share[after, columns]
    part = np.divide(budget - low, high - low, out=np.zeros_like(low), where=high > low)
    return np.asarray(values[before, columns] * (1.0 - part) + values[after, columns] * part)


def handed_over(team: Team, weight: Floats, budget: float) -> Floats:
    """The chance that each row is handed over at a budget, shape (n,), over random order within ties."""
    place = np.unique(-team.score, return_inverse=True)[1]
    column = weight[:, None]
    total = column.sum(axis=0)
    taken = _accepted(team, place, column, total)[:, 0]
    steps = np.bincount(place, weights=taken) / total
    before = np.cumsum(steps) - steps
    used = np.divide(np.clip(budget - before, 0.0, steps), steps, out=np.zeros_like(steps), where=steps > 0)
    kept = np.divide(taken, weight, out=np.zeros_like(taken), where=weight > 0)
    return np.asarray(kept * used[place])


def handed_by_choice(team: Team, weight: Floats) -> Floats:
    """The chance that each row is handed over at the model's own operating point, shape (n,)."""
    place = np.unique(-team.score, return_inverse=True)[1]
    column = weight[:, None]
    taken = _accepted(team, place, column, column.sum(axis=0))[:, 0]
    kept = np.divide(taken, weight, out=np.zeros_like(taken), where=weight > 0)
    return np.asarray(np.where(team.score > 0, kept, 0.0))


def _accepted(team: Team, place: NDArray[np.intp], weights: Floats, total: Floats) -> Floats:
    """The weight of each row that its expert has room for, in the order of the scores, shape (n, B).

    An expert who is full leaves the patient with the model; those tied for the last places share them.
    """
    taken = weights.astype(np.float64)
    for expert in np.flatnonzero(team.capacity < 1.0):
        rows = team.choice == expert
        asked = np.diff(_running(np.where(rows[:, None], weights, 0.0), place), axis=0)
        before = np.cumsum(asked, axis=0) - asked
        room = np.clip(team.capacity[expert] * total - before, 0.0, asked)
        share = np.divide(room, asked, out=np.zeros_like(asked), where=asked > 0)
        taken[rows] *= share[place[rows]]
    return taken


def _running(values: Floats, place: NDArray[np.intp]) -> Floats:
    """Running sums over places in ascending order, with a first row of zeros: shape (G + 1, B)."""
    order = np.argsort(place, kind="stable")
    first = np.searchsorted(place[order], np.arange(int(place.max(initial=-1)) + 1))
    ordered = values[order]
    steps = ordered if len(first) == len(ordered) else np.add.reduceat(ordered, first, axis=0)
    sums = np.zeros((len(first) + 1, values.shape[1]))
    np.cumsum(steps, axis=0, out=sums[1:])
    return sums
