"""The figures that a family declares, laid out for the page's script: paths, ticks and the numbers behind them.

Separate from the geometry, which knows nothing of the page, and from the script, which only puts paths in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_leaderboard.chart import chart
from carebench_leaderboard.figures import rounded

if TYPE_CHECKING:
    from carebench_leaderboard.axis import Axis
    from carebench_leaderboard.board import Section
    from carebench_leaderboard.chart import Chart, Curve
    from carebench_leaderboard.drawings import Dot, Drawing, Panel


def pictures_of(section: Section) -> list[dict[str, Any]]:
    """Every figure of a board with its panels; models are numbered as on the board."""
    place = {row.model: at for at, row in enumerate(section.standings)}
    return [_picture(section, drawing, place) for drawing in section.drawings]


def _picture(section: Section, drawing: Drawing, place: dict[str, int]) -> dict[str, Any]:
    figure = drawing.figure
    return {
        "name": figure.name,
        "title": figure.title,
        "kind": figure.kind,
        "x": figure.x_label,
        "y": figure.y_label,
        "panels": [
            {**_view(chart(section, drawing, panel)), **_numbers(panel, place)} for panel in drawing.panels
        ],
    }


def _view(view: Chart) -> dict[str, Any]:
    return {
        "title": view.title,
        "said": view.said,
        "across": [[view.x.place(tick), view.x.label(tick)] for tick in view.x.ticks],
        "up": _ticks(view.y),
        "curves": [_curve(curve) for curve in view.curves],
        "rest": view.rest,
        "others": view.others,
        "unnamed": list(view.unnamed) if view.others == len(view.unnamed) else [],
        "outside": view.outside,
    }


def _ticks(axis: Axis) -> list[list[Any]]:
    return [[axis.height(tick), axis.label(tick)] for tick in axis.ticks]


def _curve(curve: Curve) -> dict[str, Any]:
    kept = ("title", "hue", "path", "spots", "bars", "band", "end", "at")
    return {name: getattr(curve, name) for name in kept}


def _numbers(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    return {
        "tasks": list(panel.tasks),
        "lines": [[place[model], [_dot(dot) for dot in dots]] for model, dots in panel.lines.items()],
        "slopes": [
            [place[model], rounded(slope.value), rounded(slope.interval.low), rounded(slope.interval.high)]
            for model, slope in panel.slopes.items()
        ],
        "levels": [[label, rounded(height)] for label, height in panel.levels.items()],
    }


def _dot(dot: Dot) -> list[float | None]:
    """x, y, and the bounds of each: first of y, then of x."""
    bounds = (dot.interval.low, dot.interval.high, dot.x_interval.low, dot.x_interval.high)
    return [rounded(value) for value in (dot.x, dot.y, *bounds)]
