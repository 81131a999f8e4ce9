"""Figures by subgroup of one model on one task, over its seeds; separate because groups are neither pooled nor ranked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard.centres import centre
from carebench_leaderboard.yardstick import Yardstick

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.records import Cell, Family, OverSeeds


@dataclass(frozen=True)
class Group:
    """One level of an attribute, for instance `female` of `sex`.

    Attributes:
        level: its name.
        figures: figure to its centre over seeds; None where any seed does not show it.
    """

    level: str
    figures: Mapping[str, float | None]


@dataclass(frozen=True)
class Attribute:
    """What patients are grouped by.

    Attributes:
        name: for instance `sex`.
        groups: by level.
        worst: level with the worst primary metric; empty where fewer than two groups show it.
        worst_value: the primary metric there.
        gap: largest less smallest primary metric over groups, at least 0.
    """

    name: str
    groups: tuple[Group, ...]
    worst: str = ""
    worst_value: float | None = None
    gap: float | None = None


@dataclass(frozen=True)
class Worst:
    """The group in which a model does worst, over all attributes of a task, and its widest gap within one of them."""

    attribute: str
    level: str
    value: float
    gap: float


Values = dict[str, list[float | None]]


def by_subgroup(family: Family, ok: Sequence[Cell]) -> tuple[Attribute, ...]:
    """The figures of `ok`, the ok cells of one task and model, attribute by attribute, sorted by name.

    A figure that is a metric of the family is pooled over seeds as that metric is, any other by its mean.
    """
    how = {metric.name: metric.over_seeds for metric in family.metrics}
    return tuple(
        _attribute(
            family,
            attribute,
            [
                Group(
                    level,
                    {
                        name: _over_seeds(values, len(ok), how.get(name, "mean"))
                        for name, values in sorted(figures.items())
                    },
                )
                for level, figures in sorted(levels.items())
            ],
        )
        for attribute, levels in sorted(_gathered(ok).items())
    )


def worst_of(family: Family, attributes: Sequence[Attribute]) -> Worst | None:
    """The worst group by the primary metric; None where no attribute shows it in two groups."""
    yard = Yardstick.of(family)
    found = [
        Worst(attribute.name, attribute.worst, attribute.worst_value, attribute.gap)
        for attribute in attributes
        if attribute.worst_value is not None and attribute.gap is not None
    ]
    if not found:
        return None
    worst = max(found, key=lambda each: yard.distance(yard.show(each.value)))
    return replace(worst, gap=max(each.gap for each in found))


def _gathered(ok: Sequence[Cell]) -> dict[str, dict[str, Values]]:
    """Values over cells, by attribute, level and figure."""
    found: dict[str, dict[str, Values]] = {}
    for cell in ok:
        for attribute, levels in cell.subgroups.items():
            for level, figures in levels.items():
                group = found.setdefault(attribute, {}).setdefault(level, {})
                for name, value in figures.items():
                    group.setdefault(name, []).append(value)
    return found


def _over_seeds(values: Sequence[float | None], seeds: int, how: OverSeeds) -> float | None:
    """The centre, or None where a seed holds it back: a mean over the others would be of other patients."""
    shown = np.array([value for value in values if value is not None])
    return float(centre(shown, how)) if shown.size == seeds else None


def _attribute(family: Family, name: str, groups: Sequence[Group]) -> Attribute:
    yard, primary = Yardstick.of(family), family.primary.name
    shown = {group.level: value for group in groups if (value := group.figures.get(primary)) is not None}
    if len(shown) < 2:
        return Attribute(name, tuple(groups))
    worst = max(shown, key=lambda level: (yard.distance(yard.show(shown[level])), level))
    return Attribute(
        name,
        tuple(groups),
        worst=worst,
        worst_value=shown[worst],
        gap=max(shown.values()) - min(shown.values()),
    )
