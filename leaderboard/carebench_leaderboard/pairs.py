"""Differences of every pair of models on a board, and whether the data tell them apart.

Separate from a single paired difference (`pooling.paired`), of which this is the same for all pairs at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, stdtr

from carebench_leaderboard.panel import weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from carebench_leaderboard.panel import Panel, Source

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs of K models: row less column.

    Attributes:
        difference: shape (K, K), over the tasks that both cover; NaN where they share none.
        variance: shape (K, K); NaN where it is not known what moves one of them.
        df: shape (K, K), degrees of freedom of the variance.
    """

    difference: Floats
    variance: Floats
    df: Floats

    def p_values(self, rope: float) -> Floats:
        """Two-sided p of each pair, shape (K, K): that the difference is no larger than `rope` on its side.

        p = 2 P(T > (|d| - rope) / sqrt(V)), at most 1, with T of Student's law: the 1 - p interval just reaches the
        region of practical equivalence. NaN where the variance is not known.
        """
        beyond = np.abs(self.difference) - rope
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(self.variance > 0, beyond / np.sqrt(self.variance), np.sign(beyond) * np.inf)
        tail = np.where(np.isinf(self.df), ndtr(-ratio), stdtr(np.minimum(self.df, 1e9), -ratio))
        p = np.where(beyond > 0, 2 * tail, 1.0)
        return np.where(np.isnan(self.variance), np.nan, np.minimum(p, 1.0))


def pairs(panel: Panel) -> Pairs:
    """All pairs of `panel`, patients, replications and seeds paired, cohorts counting once.

    With w the weights of the tasks that two models share and u_i the weighted influence of id i: variance = sum over
    cohorts and sources of sum_i (u_i,row - u_i,column)^2; df by Satterthwaite, as in `pooling.combine`, with those of the
    pair's own scores alone: another model with few seeds changes nothing.
    """
    size = len(panel.models)
    found = Pairs(*(np.full((size, size), np.nan) for _ in range(3)))
    covered = panel.covered
    patterns, which = np.unique(covered, axis=0, return_inverse=True)
    groups = [np.flatnonzero(which.reshape(-1) == number) for number in range(len(patterns))]
    for one, rows in enumerate(groups):
        for other in range(one, len(groups)):
            common = patterns[one] & patterns[other]
            if common.any():
                _fill(found, panel, np.union1d(rows, groups[other]), common)
    return found


def _fill(found: Pairs, panel: Panel, rows: NDArray[np.intp], tasks: NDArray[np.bool_]) -> None:
    """Differences among `rows` over `tasks`; a pair that shares more is filled again by its own pattern."""
    share = weights(panel.cohorts, tasks)
    means = panel.values[rows][:, tasks] @ share[tasks]
    variance = np.zeros((rows.size, rows.size))
    spent = np.zeros((rows.size, rows.size))
    for block in panel.blocks:
        for source in block.sources:
            part = _squared_distances(source, share[block.at], rows)
            variance += part
            spent += part**2 / _freedom(source, share[block.at], rows)
    known = panel.known[rows][:, tasks].all(axis=1)
    variance[~np.logical_and.outer(known, known)] = np.nan
    at = np.ix_(rows, rows)
    covered = panel.covered[rows].astype(np.int64)
    shared = np.equal(covered @ covered.T, int(tasks.sum()))
    with np.errstate(divide="ignore", invalid="ignore"):
        df = np.where(spent > 0, variance**2 / spent, np.inf)
    for whole, part in (
        (found.difference, means[:, None] - means[None, :]),
        (found.variance, variance),
        (found.df, df),
    ):
        whole[at] = np.where(shared, part, whole[at])


def _freedom(source: Source, share: Floats, rows: NDArray[np.intp]) -> Floats:
    """The smaller degrees of freedom of the two models of each pair, on the tasks that have a share, shape (rows, rows)."""
    own = source.df[:, rows].min(axis=0, where=(share > 0)[:, None], initial=np.inf)
    return np.asarray(np.minimum(own[:, None], own[None, :]))


def _squared_distances(source: Source, share: Floats, rows: NDArray[np.intp]) -> Floats:
    """Sum over ids of the squared difference of weighted influences, shape (rows, rows), at least 0."""
    moved = np.einsum("ntk,t->nk", source.moved[:, :, rows], share, optimize=True)
    gram = moved.T @ moved
    own = np.diagonal(gram)
    return np.asarray(np.maximum(own[:, None] + own[None, :] - 2 * gram, 0.0))
