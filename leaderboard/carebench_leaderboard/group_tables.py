"""Figures by subgroup laid out for reading: one table an attribute, a row a model, columns by level.

Separate from the figures themselves, which the exports hold model by model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench_leaderboard import figures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.board import TaskSection
    from carebench_leaderboard.records import Family
    from carebench_leaderboard.subgroups import Attribute
    from carebench_leaderboard.task_scores import TaskScore


@dataclass(frozen=True)
class Level:
    """The columns of one level: what is the same for every model is said once, in the heading."""

    name: str
    said: str
    figures: tuple[str, ...]


@dataclass(frozen=True)
class GroupTable:
    """One attribute of one task.

    Attributes:
        attribute: its name.
        levels: in order.
        rows: model to its texts, one for each figure of each level.
        extremes: model to its worst group and the gap between groups, where the primary metric is among the figures.
    """

    attribute: str
    levels: tuple[Level, ...]
    rows: Mapping[str, tuple[str, ...]]
    extremes: Mapping[str, str]


def group_tables(part: TaskSection, family: Family) -> list[GroupTable]:
    """The tables of one task, by attribute; none where no model has figures by subgroup."""
    names = sorted({attribute.name for score in part.scores for attribute in score.subgroups})
    return [_table(name, part.scores, family) for name in names]


def _table(name: str, scores: Sequence[TaskScore], family: Family) -> GroupTable:
    found = {
        score.model: attribute for score in scores for attribute in score.subgroups if attribute.name == name
    }
    levels = _levels(found, family)
    metrics = {metric.name for metric in family.metrics}
    rows = {}
    for model, attribute in found.items():
        groups = {group.level: group.figures for group in attribute.groups}
        rows[model] = tuple(
            figures.amount(groups.get(level.name, {}).get(figure), figure, metrics)
            for level in levels
            for figure in level.figures
        )
    extremes = {
        model: f"{attribute.worst} {figures.number(attribute.worst_value)}, gap {figures.number(attribute.gap)}"
        for model, attribute in found.items()
        if attribute.worst
    }
    return GroupTable(name, levels, rows, extremes)


def _levels(found: Mapping[str, Attribute], family: Family) -> tuple[Level, ...]:
    metrics = [metric.name for metric in family.metrics]
    values: dict[str, dict[str, set[float | None]]] = {}
    for attribute in found.values():
        for group in attribute.groups:
            level = values.setdefault(group.level, {})
            for name, value in group.figures.items():
                level.setdefault(name, set()).add(value)
    return tuple(_level(level, values[level], metrics) for level in sorted(values))


def _level(name: str, values: Mapping[str, set[float | None]], metrics: Sequence[str]) -> Level:
    """A level whose counts are the same for every model has them in its heading, and metrics first in its columns.

    A level that is held back for every model has its counts alone, and no columns.
    """
    common = {
        figure: next(iter(values[figure]))
        for figure in sorted(values)
        if figure not in metrics and len(values[figure]) == 1
    }
    order = {metric: at for at, metric in enumerate(metrics)}
    columns = sorted(set(values) - set(common), key=lambda figure: (order.get(figure, len(order)), figure))
    shown = [figure for figure, value in common.items() if columns or value is not None]
    said = ", ".join(f"{figure} {figures.amount(common[figure], figure, ())}" for figure in shown)
    return Level(name, said, tuple(columns))
