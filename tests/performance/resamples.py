"""`resamples`: 500 models on 100 tasks with 10,000 resamples, one row for each family of statistics."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.across import across_tasks, iman_davenport
from carebench_leaderboard.bayes import signed_rank_posterior
from carebench_leaderboard.elo import ratings
from carebench_leaderboard.groups import adjusted, neighbours, tie_groups
from carebench_leaderboard.intervals import Scale
from carebench_leaderboard.pairs import pairs
from carebench_leaderboard.panel import Block, Panel, Source
from carebench_leaderboard.replicates import Replicates, means, rank_ranges
from carebench_leaderboard.secondary import Runs, profile, secondary
from carebench_leaderboard.yardstick import Yardstick
from tests.performance.report import Section
from tests.performance.timing import in_turn, median, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.performance.timing import Effort

    Floats = NDArray[np.float64]

#: Models, tasks, resamples.
SHAPE, QUICK = (500, 100, 10_000), (50, 20, 1000)
PATIENTS = 100
YARD = Yardstick(anchored=True, zero=0, span=1, better="higher", ideal=1, scale=Scale())


def resamples(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    shape = QUICK if effort.quick else SHAPE
    contenders = {name: functools.partial(seconds, work) for name, work in _families(*shape).items()}
    found = {name: median(turns) for name, turns in in_turn(contenders, effort.rounds).items()}
    models, tasks, draws = shape
    return Section(
        name="resamples",
        title=f"{models} models on {tasks} tasks, {draws:,} resamples",
        headings=("family of statistics", "s"),
        rows=[[name, f"{taken:.2f}"] for name, taken in found.items()],
        sentences=[
            (
                f"Random scores; every task a cohort of its own with {PATIENTS} patients. Ranks and means: {draws:,} resamples of the "
                "board's means, ranked. Means of a selection: 200 shipped replicates of every score. Posterior: the fifty pairs with the "
                f"leader, {draws:,} draws each. One thread."
            )
        ],
    )


def _families(models: int, tasks: int, draws: int) -> dict[str, Callable[[], object]]:
    draw = np.random.default_rng(0)
    values = draw.normal(size=(models, tasks)) + np.linspace(1, 0, models)[:, None]
    cohorts = [str(at) for at in range(tasks)]
    shares = np.full(tasks, 1 / tasks)
    names = [f"m{at}" for at in range(models)]
    panel, shipped = _panel(draw, values, names, cohorts), _shipped(draw, values, names, cohorts)
    runs = [
        Runs({c: row[[at]] for at, c in enumerate(cohorts)}, dict.fromkeys(cohorts, 1 / tasks), (row, shares))
        for row in values
    ]
    weights = draw.dirichlet(np.ones(tasks), draws)
    return {
        "rank ranges over resampled tasks": lambda: rank_ranges(-(weights @ values.T)),
        "means of a selection from shipped replicates": lambda: means(shipped, np.arange(tasks) % 2 == 0),
        "all pairs, ties and neighbours": lambda: _ties(panel, names),
        "signed ranks with the leader, Iman and Davenport": lambda: (
            across_tasks(names, values),
            iman_davenport(values),
        ),
        "posterior of practical equivalence, 50 pairs": lambda: [
            signed_rank_posterior(values[at] - values[0], 0.01, draws) for at in range(1, min(51, models))
        ],
        "Elo with intervals": lambda: ratings(values, shares, cohorts),
        "win rate, mean rank, improvement, middle mean": lambda: secondary(
            values, shares, cohorts, runs, YARD
        ),
        "performance profile": lambda: profile(names[:50], runs[:50], YARD),
    }


def _ties(panel: Panel, names: list[str]) -> object:
    p = adjusted(pairs(panel).p_values(0.01))
    return tie_groups(names, p), neighbours(p)


def _panel(draw: np.random.Generator, values: Floats, names: list[str], cohorts: list[str]) -> Panel:
    ids = np.arange(PATIENTS, dtype=np.uint64)
    blocks = tuple(
        Block(
            cohort,
            np.array([at]),
            (
                Source(
                    "patients",
                    ids,
                    draw.normal(size=(PATIENTS, 1, len(names))) / PATIENTS,
                    np.full((1, len(names)), np.inf),
                ),
            ),
        )
        for at, cohort in enumerate(cohorts)
    )
    return Panel(
        tuple(names), tuple(cohorts), tuple(cohorts), values, np.ones(values.shape, dtype=bool), blocks
    )


def _shipped(draw: np.random.Generator, values: Floats, names: list[str], cohorts: list[str]) -> Replicates:
    steps = draw.integers(-127, 128, size=(200, *values.shape), dtype=np.int8)
    scale = np.full(values.shape, 0.01)
    return Replicates(tuple(names), tuple(cohorts), tuple(cohorts), values, scale, steps)
