"""How often the intervals of the board hold the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.elo import ratings
from carebench_leaderboard.influence import Influence
from carebench_leaderboard.intervals import (
    Interval,
    Scale,
    between_interval,
    refitted_interval,
    resampled_interval,
)
from carebench_leaderboard.panel import panel_of
from carebench_leaderboard.pooling import Point, Rule, by_task, interval_of, paired, pool
from carebench_leaderboard.replicates import means, rank_ranges, replicates
from carebench_leaderboard.replications import wilson
from tests.leaderboard.simulations.worlds import (
    direction,
    fixed_test_set,
    folds,
    patients_of,
    population_auroc,
    trained_auroc,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from carebench_leaderboard.records import OverSeeds

UNIT, PLAIN = Scale(0.0, 1.0), Scale()
GAP = 1.1


def holds(found: Interval, truth: float) -> bool:
    """Whether the interval holds the truth."""
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def share(draws: int, once: Callable[[np.random.Generator], bool]) -> float:
    """How often `once` is true, each time with random numbers of its own."""
    return float(np.mean([once(np.random.default_rng([at, 20])) for at in range(draws)]))


def these_fits(patients: int) -> Callable[[np.random.Generator], bool]:
    """DeLong's interval of one fit's AUROC, against its AUROC among all patients."""

    def once(draw: np.random.Generator) -> bool:
        ((cell,),) = fixed_test_set(draw, patients, np.array([[GAP]]))
        mean = pool([cell])
        return mean is not None and holds(interval_of(mean, UNIT), float(population_auroc(GAP)))

    return once


def refits(seeds: int) -> Callable[[np.random.Generator], bool]:
    """Patient variance plus s^2/S on a fixed test set of 300, against the mean over all trainings."""
    truth = float(population_auroc(np.random.default_rng(1).normal(GAP, 0.15, 200_000)).mean())

    def once(draw: np.random.Generator) -> bool:
        gaps = draw.normal(GAP, 0.15, (1, seeds))
        (cells,) = fixed_test_set(draw, 300, gaps)
        mean = pool(cells)
        assert mean is not None
        return holds(refitted_interval([cell.value for cell in cells], mean.variance, UNIT), truth)

    return once


def refits_pooled(seeds: int) -> Callable[[np.random.Generator], bool]:
    """The same in the headline."""
    truth = float(population_auroc(np.random.default_rng(1).normal(GAP, 0.15, 200_000)).mean())

    def once(draw: np.random.Generator) -> bool:
        (cells,) = fixed_test_set(draw, 300, draw.normal(GAP, 0.15, (1, seeds)))
        mean = pool(cells, Rule(training={"t": 0.0}))
        return mean is not None and holds(interval_of(mean, PLAIN), truth)

    return once


def expected_of_training(patients: int) -> float:
    """Mean AUROC among all patients of models trained on so many."""
    draw = np.random.default_rng(2)
    return float(np.mean([trained_auroc(direction(*patients_of(draw, patients))) for _ in range(4000)]))


def resplits(patients: int, parts: int, how: str) -> Callable[[np.random.Generator], bool]:
    """Cross-validation: `fits` against the mean AUROC of these fits, the others against that of all trainings."""
    truth = expected_of_training(round(patients * (1 - 1 / parts)))
    ratio = 1 / (parts - 1)

    def once(draw: np.random.Generator) -> bool:
        cells, fitted = folds(draw, patients, parts)
        if how == "task":
            return holds(resampled_interval([cell.value for cell in cells], ratio, UNIT), truth)
        mean = pool(cells, Rule(training={"t": ratio} if how == "headline" else {}))
        assert mean is not None
        return holds(
            interval_of(mean, UNIT if how == "fits" else PLAIN),
            float(np.mean(fitted)) if how == "fits" else truth,
        )

    return once


def several_tasks(tasks: int, seeds: int) -> Callable[[np.random.Generator], bool]:
    """The headline over several cohorts with a fixed test set of 200 each: these tasks."""
    truths = GAP + np.linspace(-0.4, 0.4, tasks)
    spread = np.random.default_rng(3).normal(0, 0.15, 100_000)
    truth = float(np.mean([population_auroc(gap + spread).mean() for gap in truths]))

    def once(draw: np.random.Generator) -> bool:
        points: list[Point] = []
        for at, gap in enumerate(truths):
            points += fixed_test_set(draw, 200, draw.normal(gap, 0.15, (1, seeds)), f"t{at}")[0]
        rule = Rule(training={f"t{at}": 0.0 for at in range(tasks)})
        mean = pool(points, rule)
        return mean is not None and holds(interval_of(mean, PLAIN), truth)

    return once


def paired_difference(seeds: int) -> Callable[[np.random.Generator], bool]:
    """The paired difference of two models, patients and trainings varying: against the difference of their means."""
    spread = np.random.default_rng(4).normal(0, 0.15, 200_000)
    truth = float(population_auroc(GAP + spread).mean() - population_auroc(GAP - 0.2 + spread).mean())

    def once(draw: np.random.Generator) -> bool:
        gaps = draw.normal(np.array([[GAP], [GAP - 0.2]]), 0.15, (2, seeds))
        ours, theirs = fixed_test_set(draw, 300, gaps)
        mean = pool(paired(ours, theirs, Rule(training={"t": 0.0})))
        assert mean is not None
        return holds(interval_of(mean, PLAIN), truth)

    return once


def tasks_like_these(cohorts: int, tails: float) -> Callable[[np.random.Generator], bool]:
    """Student's interval over cohorts whose skills follow Student's law with `tails` degrees of freedom."""

    def once(draw: np.random.Generator) -> bool:
        return holds(between_interval(list(0.5 + 0.1 * draw.standard_t(tails, cohorts)), PLAIN), 0.5)

    return once


def over_replications(count: int, how: OverSeeds) -> Callable[[np.random.Generator], bool]:
    """The bootstrap over replications of normal errors with bias .1 and sd 1."""
    truth = {"mean": 0.1, "median": 0.1, "root-mean-square": 1.01**0.5}[how]
    scale = Scale(0.0, None, ratio=True) if how == "root-mean-square" else PLAIN

    def once(draw: np.random.Generator) -> bool:
        points = [
            Point(cohort="c", task="t", seed=seed, value=float(value), influence=None)
            for seed, value in enumerate(draw.normal(0.1, 1.0, count))
        ]
        mean = pool(points, Rule(how, frozenset({"t"})))
        assert mean is not None
        return holds(interval_of(mean, scale), truth)

    return once


def rate(trials: int) -> Callable[[np.random.Generator], bool]:
    """Wilson's interval of a rate of .95."""

    def once(draw: np.random.Generator) -> bool:
        return holds(wilson(int(draw.binomial(trials, 0.95)), trials), 0.95)

    return once


def rating(cohorts: int) -> Callable[[np.random.Generator], bool]:
    """Elo of the best of five models over cohorts, against its value over 4,000 cohorts."""
    means = np.array([0.4, 0.3, 0.2, 0.1, 0.0])[:, None]
    many = means + 0.3 * np.random.default_rng(5).normal(size=(5, 4000))
    truth = ratings(many, np.full(4000, 1 / 4000), [str(at) for at in range(4000)])[0].value

    def once(draw: np.random.Generator) -> bool:
        good = means + 0.3 * draw.normal(size=(5, cohorts))
        names = [str(at) for at in range(cohorts)]
        return holds(ratings(good, np.full(cohorts, 1 / cohorts), names)[0].interval, truth)

    return once


def rank_range(step: float) -> Callable[[np.random.Generator], bool]:
    """The rank range of the third of eight models whose skills are `step` standard errors apart."""
    truths = -step * np.arange(8.0)

    def once(draw: np.random.Generator) -> bool:
        seen = truths + draw.normal(size=8)
        low, high = rank_ranges(-(seen + draw.normal(size=(1000, 8))))[2]
        return bool(low <= 3 <= high)

    return once


def rank_range_beside_few_seeds(seeds: int) -> Callable[[np.random.Generator], bool]:
    """The rank range of the third of six models with ten seeds, the last of the six with `seeds`: trainings alone vary.

    Truths are one standard error of a mean over ten seeds apart.
    """
    nothing = Influence.of(np.array([0], dtype=np.uint64), np.array([0.0]))

    def once(draw: np.random.Generator) -> bool:
        points = {
            str(at): by_task(
                [
                    Point(cohort="t", task="t", seed=seed, value=value, influence=nothing)
                    for seed, value in enumerate(draw.normal(-at, 10**0.5, seeds if at == 5 else 10))
                ],
                Rule(training={"t": 0.0}),
            )
            for at in range(6)
        }
        low, high = rank_ranges(-means(replicates(panel_of({"t": "t"}, points))))[2]
        return bool(low <= 3 <= high)

    return once
