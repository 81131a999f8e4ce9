"""All that compares the models of one board with each other: rank ranges, ties, tests, replicates, views and power.

Separate from the standings that it reads, so that each statistic stays a function of arrays; it only puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.across import AcrossTasks, across_tasks
from carebench_leaderboard.bayes import Practical, signed_rank_posterior
from carebench_leaderboard.groups import Group, Neighbours, adjusted, neighbours, tie_groups
from carebench_leaderboard.pairs import pairs
from carebench_leaderboard.panel import panel_of, weights
from carebench_leaderboard.power import TaskPower, power_of
from carebench_leaderboard.replicates import Replicates, means, rank_ranges, replicates
from carebench_leaderboard.secondary import Profile, Secondary, profile, runs_of, secondary
from carebench_leaderboard.views import Sensitivity, View, sensitivity, views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench_leaderboard.panel import Panel
    from carebench_leaderboard.secondary import Runs
    from carebench_leaderboard.standing import Standing
    from carebench_leaderboard.tally import Tally

MOST_COMPARED = 50
MOST_PROFILED = 50
MOST_MODELS = 1000


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """What the data tell of a board's models beside each other; entries exist for ranked models alone.

    Of a board with more than 1,000 models, the first 1,000 are compared with each other.

    Attributes:
        ranges: model to the smallest and largest rank of the middle 95 % of replicates; empty where none is known.
        groups: ties, best first; empty where p-values are not known.
        group_of: model to the number of its group, from 1.
        apart: model to its p against the leader, adjusted by Holm for all pairs, beyond the region of practical equivalence.
        neighbours: how many pairs of neighbours in rank are told apart; None where that is not known.
        across: tests across cohorts, of models that cover every task.
        practical: model to the posterior that it is practically better than the leader, equivalent, or worse; empty below
            the number of cohorts that `across` needs, and beyond 50 models.
        secondary: model to what depends on the others, of models that cover every task.
        profile: of the first 50 of the same.
        views: the three views.
        sensitivity: of ranks to the rule of imputation; None where nothing was imputed.
        power: of each headline task.
        replicates: of every model on every headline task.
    """

    ranges: Mapping[str, tuple[int, int]]
    groups: tuple[Group, ...]
    group_of: Mapping[str, int]
    apart: Mapping[str, float]
    neighbours: Neighbours | None
    across: AcrossTasks
    practical: Mapping[str, Practical]
    secondary: Mapping[str, Secondary]
    profile: Profile | None
    views: tuple[View, ...]
    sensitivity: Sensitivity | None
    power: tuple[TaskPower, ...]
    replicates: Replicates


def analyse(tally: Tally, standings: Sequence[Standing], rope: float) -> Analysis:
    """Compare the models of a board; `rope` in units of its primary metric."""
    first = [row.model for row in standings[:MOST_MODELS]]
    panel = panel_of(
        {task.name: task.cohort for task in tally.tasks}, {model: tally.shown[model] for model in first}
    )
    ranked = [row.model for row in standings[:MOST_MODELS] if row.rank]
    drawn, equivalent = replicates(panel), abs(rope / tally.yard.span)
    chosen = select(panel, ranked)
    p = adjusted(pairs(chosen).p_values(equivalent))
    whole = [model for at, model in enumerate(chosen.models) if chosen.covered[at].all()]
    complete = select(panel, whole)
    across = across_tasks(whole, by_cohort(tally, complete))
    groups, runs = tie_groups(ranked, p), _runs(tally, complete)
    return Analysis(
        ranges=_ranges(tally, drawn, ranked, chosen),
        groups=groups,
        group_of={model: at for at, group in enumerate(groups, 1) for model in group.members},
        apart=_apart(ranked, p),
        neighbours=neighbours(p) if len(ranked) > 1 else None,
        across=across,
        practical=_practical(tally, complete, equivalent) if across.allowed else {},
        secondary=_secondary(tally, complete, runs),
        profile=_profile(tally, complete, runs),
        views=views(tally, standings),
        sensitivity=sensitivity(tally),
        power=tuple(power_of(tally, ranked)),
        replicates=drawn,
    )


def select(panel: Panel, models: Sequence[str]) -> Panel:
    """The panel of `models` alone, in their order."""
    if tuple(models) == panel.models:
        return panel
    place = {model: at for at, model in enumerate(panel.models)}
    rows = [place[model] for model in models]
    blocks = tuple(
        replace(
            block,
            sources=tuple(
                replace(source, moved=source.moved[:, :, rows], df=source.df[:, rows])
                for source in block.sources
            ),
        )
        for block in panel.blocks
    )
    return replace(
        panel,
        models=tuple(models),
        values=panel.values[rows].reshape(len(rows), len(panel.tasks)),
        known=panel.known[rows].reshape(len(rows), len(panel.tasks)),
        blocks=blocks,
    )


def by_cohort(tally: Tally, panel: Panel) -> NDArray[np.float64]:
    """How good each model is in each cohort, shape (K, C), larger is better; cohorts by name."""
    names = sorted(set(panel.cohorts))
    good = -tally.yard.distances(panel.values)
    columns = [good[:, [name == cohort for cohort in panel.cohorts]].mean(axis=1) for name in names]
    return np.stack(columns, axis=1) if columns else np.empty((len(panel.models), 0))


def _ranges(
    tally: Tally, drawn: Replicates, ranked: Sequence[str], chosen: Panel
) -> dict[str, tuple[int, int]]:
    """Nothing where it is not known of some model what moves it: its rank would look certain."""
    if not ranked or not (chosen.known | ~chosen.covered).all():
        return {}
    place = {model: at for at, model in enumerate(drawn.models)}
    rows = [place[model] for model in ranked]
    found = rank_ranges(tally.yard.distances(means(drawn)[:, rows]))
    return {model: (int(low), int(high)) for model, (low, high) in zip(ranked, found, strict=True)}


def _apart(ranked: Sequence[str], p: NDArray[np.float64]) -> dict[str, float]:
    return {model: float(p[0, at]) for at, model in enumerate(ranked) if at and not np.isnan(p[0, at])}


def _practical(tally: Tally, panel: Panel, rope: float) -> dict[str, Practical]:
    values = by_cohort(tally, panel)
    rest = list(enumerate(panel.models))[1 : MOST_COMPARED + 1]
    return {model: signed_rank_posterior(values[at] - values[0], rope) for at, model in rest}


def _secondary(tally: Tally, panel: Panel, runs: Sequence[Runs]) -> dict[str, Secondary]:
    if not panel.models or not panel.tasks:
        return {}
    shares = weights(panel.cohorts, np.ones(len(panel.tasks), dtype=bool))
    found = secondary(panel.values, shares, panel.cohorts, runs, tally.yard)
    return dict(zip(panel.models, found, strict=True))


def _profile(tally: Tally, panel: Panel, runs: Sequence[Runs]) -> Profile | None:
    if not panel.models or not panel.tasks:
        return None
    return profile(panel.models[:MOST_PROFILED], runs[:MOST_PROFILED], tally.yard)


def _runs(tally: Tally, panel: Panel) -> list[Runs]:
    if not panel.tasks:
        return []
    shares = weights(panel.cohorts, np.ones(len(panel.tasks), dtype=bool))
    by_task = {task: float(share) for task, share in zip(panel.tasks, shares, strict=True)}
    return [
        runs_of([(point.task, _as_run(point.value, tally)) for point in tally.counted[model]], by_task)
        for model in panel.models
    ]


def _as_run(score: float, tally: Tally) -> float:
    """What is shown for a run on its own: of an error that is pooled by its root mean square, the size."""
    shown = tally.yard.show(score)
    return abs(shown) if tally.rule.how == "root-mean-square" else shown
