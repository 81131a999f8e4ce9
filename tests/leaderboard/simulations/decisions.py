"""How often the tests of the board decide where there is nothing to decide, and how often they find what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_leaderboard.across import across_tasks, iman_davenport, signed_rank
from carebench_leaderboard.bayes import signed_rank_posterior
from carebench_leaderboard.groups import adjusted, neighbours, tie_groups
from carebench_leaderboard.pairs import pairs
from carebench_leaderboard.panel import panel_of
from carebench_leaderboard.pooling import Rule, by_task
from carebench_leaderboard.power import FACTOR
from tests.leaderboard.simulations.worlds import fixed_test_set

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

GAP = 1.1


def _ranked(
    draw: np.random.Generator, models: int, seeds: int, patients: int = 300
) -> tuple[list[str], NDArray[np.float64]]:
    """Equal models in the order seen, with the adjusted p-values of their pairs; with one seed they are equal as fitted."""
    cells = fixed_test_set(draw, patients, draw.normal(GAP, 0.1 if seeds > 1 else 0.0, (models, seeds)))
    rule = Rule(training={"t": 0.0} if seeds > 1 else {})
    points = {str(at): by_task(found, rule) for at, found in enumerate(cells)}
    order = sorted(points, key=lambda name: -points[name][0].value)
    panel = panel_of({"t": "t"}, {name: points[name] for name in order})
    return order, adjusted(pairs(panel).p_values(0.0))


def a_pair(seeds: int) -> Callable[[np.random.Generator], bool]:
    """Two models that are equal on average over trainings: told apart."""

    def once(draw: np.random.Generator) -> bool:
        _, p = _ranked(draw, 2, seeds)
        return bool(p[0, 1] <= 0.05)

    return once


def anyone_apart_from_the_leader(models: int) -> Callable[[np.random.Generator], bool]:
    """Equal models, five seeds: any is told from the one seen to be first."""

    def once(draw: np.random.Generator) -> bool:
        order, p = _ranked(draw, models, 5, 150)
        return len(tie_groups(order, p)[0].members) < models

    return once


def any_neighbours_apart(models: int) -> Callable[[np.random.Generator], bool]:
    """Equal models, five seeds: any pair of neighbours in rank is told apart."""

    def once(draw: np.random.Generator) -> bool:
        _, p = _ranked(draw, models, 5, 150)
        found = neighbours(p)
        return found is not None and found.separated > 0

    return once


def one_pair_across(cohorts: int) -> Callable[[np.random.Generator], bool]:
    """Signed ranks of two equal models over cohorts."""
    return lambda draw: signed_rank(draw.standard_t(4, cohorts)) <= 0.05


def any_pair_across(models: int, cohorts: int) -> Callable[[np.random.Generator], bool]:
    """Signed ranks with Holm over all pairs of equal models: any pair is told apart."""

    def once(draw: np.random.Generator) -> bool:
        values = draw.standard_t(4, (models, cohorts)) + draw.normal(size=cohorts)
        found = across_tasks([str(at) for at in range(models)], values)
        return any(each.adjusted <= 0.05 for each in found.verdicts)

    return once


def all_alike(models: int, cohorts: int) -> Callable[[np.random.Generator], bool]:
    """Iman and Davenport's test of equal models."""
    return lambda draw: iman_davenport(draw.normal(size=(models, cohorts))) <= 0.05


def practically_different(cohorts: int, truth: float) -> Callable[[np.random.Generator], bool]:
    """A posterior over .95 that one of two models is better, with a region of +-.01 and cohorts that spread by .02."""

    def once(draw: np.random.Generator) -> bool:
        found = signed_rank_posterior(draw.normal(truth, 0.02, cohorts), 0.01, 2000)
        return max(found.better, found.worse) > 0.95

    return once


def detects() -> Callable[[np.random.Generator], bool]:
    """A difference as large as the task can detect, 2.80 standard errors."""
    return lambda draw: bool(abs(draw.normal(FACTOR, 1.0)) > 1.959964)
