"""Share of the oracle gap: how much of what wrong labels cost a method wins back; separate, since few families have such a gap.

The oracle is the same backbone trained plainly on right labels, or on the target, and tested on the same rows: a diagnostic
reference, not an upper bound. So a method may win back more than all; then it is flagged, for a leak is likelier than a wonder.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.intervals import Interval, Scale
from carebench_leaderboard.pooling import combine, equal_weights, interval_of, less, paired, training_rule
from carebench_leaderboard.task_scores import primary_points
from carebench_leaderboard.yardstick import Yardstick

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.contributions import Place
    from carebench_leaderboard.influence import Influence
    from carebench_leaderboard.pooling import Mean, Point, Rule
    from carebench_leaderboard.records import Cell, Family, Model, Task

    Cells = Mapping[tuple[str, str], Sequence[Cell]]

DRAWS = 10_000


@dataclass(frozen=True, kw_only=True)
class OracleShare:
    """What one method wins back of the gap between its reference and the oracle, over the tasks that declare one.

    Attributes:
        reference: name of the model that trains the same backbone plainly.
        tasks: number of tasks summed over.
        gap: oracle less reference, mean over these tasks in what the board shows, cohorts alike.
        gap_interval: its 95 % interval.
        share: method less reference, over the gap; None where the gap is not known to be large enough.
        interval: its 95 % interval.
        reason: why there is no share; empty when there is.
        beats_oracle: whether it is better than the oracle, with the whole interval of the difference.
    """

    reference: str
    tasks: int
    gap: float
    gap_interval: Interval
    share: float | None
    interval: Interval
    reason: str
    beats_oracle: bool


@dataclass(frozen=True)
class _Scored:
    """Points of every model on every task of a board."""

    family: Family
    rule: Rule
    tasks: Sequence[Task]
    cells: Cells
    influences: Mapping[Place, Influence]

    def points(self, task: Task, model: str) -> list[Point]:
        return primary_points(self.family, task, self.cells.get((task.name, model), ()), self.influences)

    def over(self, model: str, *, oracle: bool = False) -> list[Point]:
        """The cells of a model on the tasks with an oracle, or those of the oracle's task under their names."""
        named = {task.name: task for task in self.tasks}
        return [
            replace(point, task=task.name, cohort=task.cohort)
            for task in self.tasks
            if task.oracle in named
            for point in self.points(named[task.oracle] if oracle else task, model)
        ]


def oracle_shares(
    family: Family,
    tasks: Sequence[Task],
    models: Mapping[str, Model],
    cells: Cells,
    influences: Mapping[Place, Influence],
) -> dict[str, OracleShare]:
    """The share of each model that names a reference on the board, where tasks name an oracle; by name."""
    if not any(task.oracle for task in tasks):
        return {}
    rule = training_rule(family.primary, tasks, [cell for listed in cells.values() for cell in listed])
    scored = _Scored(family, rule, tasks, cells, influences)
    yard = replace(Yardstick.of(family), zero=0.0)
    found = {
        name: _share(scored, yard, name, model.reference)
        for name, model in models.items()
        if model.reference in models
    }
    return {name: each for name, each in found.items() if each is not None}


def _share(scored: _Scored, yard: Yardstick, model: str, reference: str) -> OracleShare | None:
    ours, plain, right = scored.over(model), scored.over(reference), scored.over(reference, oracle=True)
    common = set.intersection(
        *({(each.task, each.seed) for each in listed} for listed in (ours, plain, right))
    )
    if not common:
        return None
    ours, plain, right = (
        [each for each in listed if (each.task, each.seed) in common] for listed in (ours, plain, right)
    )
    won = yard.points(paired(ours, plain, scored.rule))
    gap = yard.points(paired(right, plain, scored.rule))
    beyond = _mean(yard.points(paired(ours, right, scored.rule)))
    whole, part, apart = _mean(gap), _mean(won), _mean(less(won, gap))
    between, past = (interval_of(each, Scale()) for each in (whole, beyond))
    rope = abs(scored.family.rope / yard.span)
    reason = "" if between.low is not None and between.low > 2 * rope else _why(between, rope)
    share = None if reason else part.value / whole.value
    return OracleShare(
        reference=reference,
        tasks=len(won),
        gap=whole.value,
        gap_interval=between,
        share=share,
        interval=_ratio(part, whole, apart) if share is not None else Interval.undefined(reason),
        reason=reason,
        beats_oracle=past.low is not None and past.low > 0,
    )


def _mean(points: Sequence[Point]) -> Mean:
    return combine(points, equal_weights(points))


def _why(between: Interval, rope: float) -> str:
    if between.low is None:
        return between.reason
    return f"the gap's lower bound {between.low:.3f} is not above twice the region of practical equivalence {rope:.3f}"


def _ratio(part: Mean, whole: Mean, apart: Mean) -> Interval:
    """Middle 95 % of the ratio of two normal figures with the variances and the covariance of the same patients and seeds.

    cov = (V(part) + V(whole) - V(part - whole)) / 2; draws hang on the figures alone.
    """
    if part.variance is None or whole.variance is None or apart.variance is None:
        return Interval.undefined(part.reason or whole.reason)
    together = (part.variance + whole.variance - apart.variance) / 2
    limit = math.sqrt(part.variance * whole.variance)
    together = min(max(together, -limit), limit)
    slope = together / whole.variance if whole.variance > 0 else 0.0
    rest = math.sqrt(max(part.variance - slope * together, 0.0))
    seed = _key(part.value, part.variance, whole.value, whole.variance)
    first, second = np.random.default_rng(seed).standard_normal((2, DRAWS))
    below = math.sqrt(whole.variance) * first
    ratios = (part.value + slope * below + rest * second) / (whole.value + below)
    low, high = (float(bound) for bound in np.quantile(ratios, (0.025, 0.975)))
    return Interval(low, high)


def _key(*figures: float) -> int:
    text = " ".join(f"{figure:.9g}" for figure in figures)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
