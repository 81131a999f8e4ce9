"""The same board under other rules for what is missing: three views, and how far ranks hang on the rule of imputation.

Separate from the standings, whose rule is fixed by the protocol: these say how much it matters.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from carebench_leaderboard.pooling import Point, average, by_task
from carebench_leaderboard.records import FAILURES
from carebench_leaderboard.tally import own_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.standing import Standing
    from carebench_leaderboard.tally import Entry, Tally

ViewName = Literal["all", "common", "complete"]
RuleName = Literal["protocol", "no-skill", "own-mean", "worst-of-others"]
RULES: tuple[RuleName, ...] = ("protocol", "no-skill", "own-mean", "worst-of-others")


@dataclass(frozen=True)
class ViewRow:
    """One entrant in a view: its rank, empty where it is unranked, and what is shown for it."""

    model: str
    rank: str
    shown: float | None


@dataclass(frozen=True)
class View:
    """One way to treat what is missing.

    Attributes:
        name: `all`: failures imputed, who has gaps unranked; `common`: only tasks of which every entrant has every cell,
            so that all are ranked and nothing is imputed; `complete`: nothing imputed, only complete models ranked.
        tasks: names of the tasks that it is over.
        rows: of entrants, in order.
    """

    name: ViewName
    tasks: tuple[str, ...]
    rows: tuple[ViewRow, ...]


@dataclass(frozen=True)
class Sensitivity:
    """Ranks of all entrants together, complete or not, under each rule for failed cells.

    Attributes:
        ranks: rule to model to rank. `protocol`: min(no skill, own mean); `no-skill`; `own-mean`, as if nothing had
            failed; `worst-of-others`: the lowest score of anybody on the task.
        moved: names of the models whose rank differs between rules.
    """

    ranks: Mapping[RuleName, Mapping[str, int]]
    moved: tuple[str, ...]


def views(tally: Tally, standings: Sequence[Standing]) -> tuple[View, ...]:
    """The three views of a board; `standings` in its order."""
    entrants = [row for row in standings if row.role == "entrant"]
    names = tuple(task.name for task in tally.tasks)
    scored = {entry.model.name: entry for entry in tally.entries}
    everything = View("all", names, tuple(ViewRow(row.model, row.rank, row.shown) for row in entrants))
    common = _common(tally, [scored[row.model] for row in entrants])
    over_common = {row.model: _over(tally, row.model, common) for row in entrants}
    bare = {row.model: _bare(tally, scored[row.model]) for row in entrants}
    complete = {row.model for row in entrants if row.rank}
    return (
        everything,
        View("common", common, _rows(tally, over_common, set(over_common))),
        View("complete", names, _rows(tally, bare, complete)),
    )


def sensitivity(tally: Tally) -> Sensitivity | None:
    """How ranks hang on the rule for failed cells; None where nothing failed, or the board imputes nothing."""
    entries = [entry for entry in tally.entries if entry.model.role == "entrant"]
    failed = any(cell.status in FAILURES for entry in entries for cell in entry.cells)
    if not failed or not tally.yard.anchored:
        return None
    worst = {task.name: _worst(tally, task.name) for task in tally.tasks}
    ranks = {
        rule: _ranks(tally, {entry.model.name: _under(tally, entry, rule, worst) for entry in entries})
        for rule in RULES
    }
    models = [model for model in ranks["protocol"] if len({ranks[rule].get(model) for rule in RULES}) > 1]
    return Sensitivity(ranks, tuple(sorted(models)))


def _common(tally: Tally, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Tasks of which every entrant with any score has every cell ok and scored."""
    having = [entry for entry in entries if entry.points]
    gaps = {cell.task for entry in having for cell in entry.cells if cell.status != "ok"}
    for entry in having:
        scored = {(point.task, point.seed) for point in entry.points}
        gaps |= {cell.task for cell in entry.cells if (cell.task, cell.seed) not in scored}
    return tuple(task.name for task in tally.tasks if task.name not in gaps) if having else ()


def _over(tally: Tally, model: str, tasks: Sequence[str]) -> float | None:
    chosen = frozenset(tasks)
    points = [point for point in tally.shown[model] if point.task in chosen]
    return average(points) if points else None


def _bare(tally: Tally, entry: Entry) -> float | None:
    """The mean over what is there."""
    if len(tally.counted[entry.model.name]) > len(entry.points):
        return own_mean(entry, tally.yard) if entry.points else None
    shown = tally.shown[entry.model.name]
    return average(shown) if shown else None


def _rows(tally: Tally, shown: Mapping[str, float | None], rankable: set[str]) -> tuple[ViewRow, ...]:
    ranks = _ranks(tally, {model: value for model, value in shown.items() if model in rankable})
    rows = [ViewRow(model, str(ranks.get(model, "")), value) for model, value in shown.items()]
    return tuple(
        sorted(rows, key=lambda row: (not row.rank, int(row.rank or 0), row.shown is None, row.model))
    )


def _ranks(tally: Tally, shown: Mapping[str, float | None]) -> dict[str, int]:
    """Ranks from 1; figures equal to six decimals share one."""
    far = {model: round(tally.yard.distance(value), 6) for model, value in shown.items() if value is not None}
    ordered = sorted(far.values())
    return {model: 1 + bisect_left(ordered, at) for model, at in far.items()}


def _under(tally: Tally, entry: Entry, rule: RuleName, worst: Mapping[str, float | None]) -> float | None:
    """What is shown for a model when its failed cells count by `rule`."""
    yard, own = tally.yard, _bare(tally, entry)
    constant = {"protocol": min(0.0, own or 0.0), "no-skill": 0.0, "own-mean": own}
    cohorts = {task.name: task.cohort for task in tally.tasks}
    imputed = []
    for cell in entry.cells:
        value = constant[rule] if rule in constant else worst[cell.task]
        if cell.status in FAILURES and value is not None:
            imputed.append(_point(cohorts[cell.task], cell.task, cell.seed, yard.score(value)))
    points = [replace(point, influence=None, training=None) for point in entry.points]
    shown = yard.points(by_task([*points, *imputed], tally.rule))
    return average(shown) if shown else None


def _worst(tally: Tally, task: str) -> float | None:
    found = [
        point.value
        for entry in tally.entries
        if entry.model.role == "entrant"
        for point in tally.yard.points(point for point in entry.points if point.task == task)
    ]
    return max(found, key=tally.yard.distance, default=None)


def _point(cohort: str, task: str, seed: int, value: float) -> Point:
    return Point(cohort=cohort, task=task, seed=seed, value=value, influence=None)
