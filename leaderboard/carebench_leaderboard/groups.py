"""Ties: who is not told apart from whom, printed instead of ranks that the data cannot support.

A group is anchored at its best model, and the anchor does not move while the group fills: else small overlaps would
chain until all are equal. Members are not told apart from the anchor; of each other nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.intervals import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """A model and those behind it that these data do not tell from it."""

    anchor: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Neighbours:
    """How many of the pairs of models next to each other in rank are told apart."""

    pairs: int
    separated: int


def holm(p: Floats) -> Floats:
    """P-values adjusted for their number by Holm's steps, in their order; NaN stays, and is not counted.

    With m values, sorted: p_(i) becomes the largest of (m - j + 1) p_(j), j up to i, at most 1.
    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.

    Example:
        >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
        [0.03, 0.06, 0.06]
    """
    adjusted = np.full(p.shape, np.nan)
    order = np.argsort(p, kind="stable")
    order = order[: int((~np.isnan(p)).sum())]
    stepped = p[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1.0)
    return adjusted


def adjusted(p: Floats) -> Floats:
    """The p-values of all pairs, shape (K, K), symmetric, adjusted together by Holm; NaN where one is missing.

    All pairs, though a board prints few of them: which model leads, and who is next to whom, is seen in the same data, so
    that every pair had its chance. With a correction for the K - 1 pairs of the leader alone, some of ten equal
    models was told from it on 10 of 60 simulated boards; with this one on .034 of 1,000.
    """
    found = np.full(p.shape, np.nan)
    above = np.triu_indices(len(p), k=1)
    found[above] = holm(p[above])
    found.T[above] = found[above]
    return found


def tie_groups(models: Sequence[str], p: Floats) -> tuple[Group, ...]:
    """Groups of `models`, best first, by the adjusted p-values `p` of all pairs, shape (K, K).

    The best model that is in no group yet becomes the anchor of the next, which takes in who is behind it, in no group, and
    not told apart from it. Nothing where p-values are missing.
    """
    if np.isnan(p[np.triu_indices(len(p), k=1)]).any():
        return ()
    left, found = list(range(len(models))), []
    while left:
        anchor, *rest = left
        tied = [place for place in rest if p[anchor, place] > 1 - LEVEL]
        found.append(Group(models[anchor], tuple(models[place] for place in (anchor, *tied))))
        left = [place for place in rest if place not in set(tied)]
    return tuple(found)


def neighbours(p: Floats) -> Neighbours | None:
    """How many of the K - 1 pairs of neighbours in rank are told apart by adjusted `p`; None where it is not known."""
    near = np.diagonal(p, offset=1)
    return None if np.isnan(near).any() else Neighbours(near.size, int((near <= 1 - LEVEL).sum()))
