"""What tuning found: for each tuned cell the parameters that answer and how its trials went; separate as pure arithmetic.

Values are the family's objective on inner splits of the training rows, so they say nothing of the test rows.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from carebench_leaderboard.records import Cell, Member

WIDTH, HEIGHT = 100.0, 20.0


@dataclass(frozen=True, kw_only=True)
class TunedCell:
    """One tuned cell to show.

    Attributes:
        task: name.
        model: name.
        seed: number.
        settings: parameters of each member with its share, as text.
        first: value of the first trial, the model as it stands; None when it did not end well.
        best: the largest value.
        trials: number of trials.
        failed: number of those that did not end well.
        path: best value so far against trial, as SVG path data in a box of 100 by 20; empty for fewer than two values.
    """

    task: str
    model: str
    seed: int
    settings: str
    first: float | None
    best: float | None
    trials: int
    failed: int
    path: str


def tuned_cells(cells: Iterable[Cell], tasks: Collection[str]) -> tuple[TunedCell, ...]:
    """The tuned cells among those of some tasks, in their order."""
    return tuple(_shown(cell) for cell in cells if cell.task in tasks and cell.tuned is not None)


def best_so_far(values: Sequence[float | None]) -> list[float | None]:
    """The largest value up to each trial; None before the first one.

    Example:
        >>> best_so_far([None, 0.5, 0.4, 0.7])
        [None, 0.5, 0.5, 0.7]
    """

    def larger(before: float | None, value: float | None) -> float | None:
        return value if before is None else before if value is None else max(before, value)

    return list(itertools.accumulate(values, larger))


def _shown(cell: Cell) -> TunedCell:
    assert cell.tuned is not None  # noqa: S101 - such cells were chosen
    values = cell.tuned.values
    known = [value for value in values if value is not None]
    return TunedCell(
        task=cell.task,
        model=cell.model,
        seed=cell.seed,
        settings="; ".join(
            _settings(member, alone=len(cell.tuned.members) == 1) for member in cell.tuned.members
        ),
        first=values[0] if values else None,
        best=max(known, default=None),
        trials=len(values),
        failed=len(values) - len(known),
        path=_path(best_so_far(values)),
    )


def _settings(member: Member, *, alone: bool) -> str:
    told = ", ".join(f"{name} {_plain(value)}" for name, value in sorted(member.params.items()))
    share = "" if alone else f"{member.weight:.0%} "
    return f"{share}{told or 'defaults'}"


def _plain(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _path(reached: Sequence[float | None]) -> str:
    points = [(at, value) for at, value in enumerate(reached) if value is not None]
    if len(points) < 2:
        return ""
    low, high = points[0][1], points[-1][1]
    span = (high - low) or 1.0
    places = [
        (WIDTH * at / (len(reached) - 1), HEIGHT - 2 - (HEIGHT - 4) * (value - low) / span)
        for at, value in points
    ]
    steps = [f"H{x:.2f}V{y:.2f}" for x, y in places[1:]]
    return f"M{places[0][0]:.2f} {places[0][1]:.2f}{''.join(steps)}"
