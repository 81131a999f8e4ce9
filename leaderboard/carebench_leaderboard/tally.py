"""The scores that count on a board: what is imputed, how scores become skill, and what each model shows on each task.

Separate from standings, which order models: views, replicates and tests stand on the same scores.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carebench_leaderboard.influence import Influence
from carebench_leaderboard.pooling import (
    Mean,
    Point,
    Rule,
    average,
    by_task,
    combine,
    equal_weights,
    less,
    paired,
)
from carebench_leaderboard.records import FAILURES
from carebench_leaderboard.yardstick import Yardstick

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.records import Cell, Family, Model, Task


@dataclass(frozen=True)
class Entry:
    """A model's planned cells on the headline tasks of a board, with the score of each that has one, and these pooled by task."""

    model: Model
    cells: Sequence[Cell]
    points: Sequence[Point]
    pooled: Sequence[Point]
    beside: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What counts on a board.

    Attributes:
        yard: what orders it.
        rule: how seeds are pooled; trainings are counted.
        tasks: the headline tasks.
        entries: of every model.
        counted: model to its scores, imputed failures among them, by task and seed.
        shown: model to what is shown for it, one point a task.
    """

    yard: Yardstick
    rule: Rule
    tasks: Sequence[Task]
    entries: Sequence[Entry]
    counted: Mapping[str, Sequence[Point]]
    shown: Mapping[str, Sequence[Point]]

    def mean(self, model: str) -> Mean | None:
        """What is shown for a model over its tasks, cohorts counting once."""
        points = self.shown[model]
        return combine(points, equal_weights(points)) if points else None

    def difference(self, model: str, reference: str) -> Mean | None:
        """What is shown for the difference of two models, over their common cells."""
        points = self.differences(model, reference)
        return combine(points, equal_weights(points)) if points else None

    def differences(self, model: str, reference: str) -> list[Point]:
        """The same by task."""
        if _places(self.counted[model]) == _places(self.counted[reference]):
            return less(self.shown[model], self.shown[reference])
        yard = replace(self.yard, zero=0.0)
        return yard.points(paired(self.counted[model], self.counted[reference], self.rule))


def tally(family: Family, tasks: Sequence[Task], entries: Sequence[Entry], rule: Rule) -> Tally:
    """What counts on the board of `family` over its headline `tasks`, by whose `rule` the entries are pooled."""
    yard = Yardstick.of(family)
    cohorts = {task.name: task.cohort for task in tasks}
    counted = {entry.model.name: _counted(entry, yard, cohorts) for entry in entries}
    shown = {
        entry.model.name: yard.points(_pooled(entry, counted[entry.model.name], rule)) for entry in entries
    }
    return Tally(yard=yard, rule=rule, tasks=tasks, entries=entries, counted=counted, shown=shown)


def _pooled(entry: Entry, counted: Sequence[Point], rule: Rule) -> Sequence[Point]:
    return entry.pooled if len(counted) == len(entry.points) else by_task(counted, rule)


def _counted(entry: Entry, yard: Yardstick, cohorts: Mapping[str, str]) -> list[Point]:
    """The scores that count, and one for each failed cell: that of skill min(0, own mean skill) (rule 3).

    A comparator's failures are not imputed, nor anybody's where the board has no anchors.
    """
    failed = [cell for cell in entry.cells if cell.status in FAILURES]
    if not failed or entry.model.role == "comparator" or not yard.anchored:
        return list(entry.points)
    value = yard.score(min(0.0, own_mean(entry, yard)))
    imputed = [
        Point(
            cohort=cohorts[cell.task],
            task=cell.task,
            seed=cell.seed,
            value=value,
            influence=Influence.none(),
        )
        for cell in failed
    ]
    return sorted([*entry.points, *imputed], key=lambda point: (point.task, point.seed))


def own_mean(entry: Entry, yard: Yardstick) -> float:
    """What a model shows over the cells in which it has a score; 0 without any."""
    return average([yard.bare(point) for point in entry.pooled])


def _places(points: Sequence[Point]) -> set[tuple[str, int]]:
    return {(point.task, point.seed) for point in points}
