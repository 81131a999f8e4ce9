"""Geometry of a figure's panels: dots to paths in a square of 100 by 100, and labels that do not overlap.

Separate from the numbers that it draws and from the template that holds the colours and the size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.axis import Axis, covering, through, within_fences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.board import Section
    from carebench_leaderboard.drawings import Dot, Drawing, Panel

HUES = 8
PLAIN = 2
LABELLED_REFERENCES = 3
LABEL_HEIGHT = 6.2
DODGE = 0.45
TICKS = 8
#: So many lines in grey say whose they are; beyond, none does.
MOST_NAMED = 200


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One model of a panel as paths, or a level line; places run from 0 to 100, heights from the top.

    Attributes:
        title: of the model or the line.
        hue: 1 to 8; 0 for a reference.
        path: through its dots.
        spots: the dots.
        bars: the 95 % intervals.
        band: the same as an area, of the first model along its metrics alone: eight areas would hide each other.
        end: height of the last dot.
        at: height of the label, moved so that labels keep apart.
    """

    title: str
    hue: int
    path: str
    spots: str
    bars: str
    end: float
    at: float
    band: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """One panel, ready to draw.

    Attributes:
        title: of the panel.
        said: what it shows, in words.
        x: horizontal axis.
        y: vertical axis.
        curves: of the models in colour, then of the references, then level lines.
        rest: one path for all others: lines, or dots in a scatter.
        others: how many these are.
        unnamed: titles of these, in the order of their lines.
        outside: number of models with a dot beyond the vertical axis.
    """

    title: str
    said: str
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    rest: str
    others: int
    unnamed: tuple[str, ...]
    outside: int


def hues(section: Section) -> dict[str, int]:
    """Colour by model: 1 to 8 for the first entrants of the board who are drawn anywhere, 0 for references.

    An entrant that others name as the plain training of their backbone has a colour too, wherever it stands.
    """
    drawn = {model for drawing in section.drawings for panel in drawing.panels for model in panel.lines}
    rows = [row for row in section.standings if row.model in drawn]
    entrants = [row.model for row in rows if row.role == "entrant"]
    named = {model.reference for model in section.models.values()}
    plain = [model for model in entrants if model in named][:PLAIN]
    first = {*plain, *[model for model in entrants if model not in plain][: HUES - len(plain)]}
    entrants = [model for model in entrants if model in first]
    references = [row.model for row in rows if row.role == "comparator"][:LABELLED_REFERENCES]
    return {model: at + 1 for at, model in enumerate(entrants)} | dict.fromkeys(references, 0)


def chart(section: Section, drawing: Drawing, panel: Panel) -> Chart:
    """The panel as paths: models with a hue each for itself, a little apart, all others as one."""
    colours = hues(section)
    x, y = _axes(drawing, panel, colours)
    shown = [model for model in colours if model in panel.lines]
    others = {model: dots for model, dots in panel.lines.items() if model not in colours}
    scatter = drawing.figure.kind == "scatter"
    ends = [*(y.height(panel.lines[model][-1].y) for model in shown), *map(y.height, panel.levels.values())]
    labels = _spread(ends)
    titles = {model: section.models[model].shown for model in shown}
    curves = [
        _curve(
            (titles[model], colours[model]),
            panel.lines[model],
            (x, y),
            (end, label),
            at - (len(shown) - 1) / 2,
        )
        for at, (model, end, label) in enumerate(zip(shown, ends, labels, strict=False))
    ]
    if drawing.figure.kind == "over-metrics" and shown and colours[shown[0]]:
        curves[0] = replace(curves[0], band=_band(panel.lines[shown[0]], x, y, -DODGE * (len(shown) - 1) / 2))
    curves += [
        _level(name, end, label)
        for name, end, label in zip(panel.levels, ends[len(shown) :], labels[len(shown) :], strict=True)
    ]
    return Chart(
        title=panel.title,
        said=_said(drawing, panel, titles),
        x=x,
        y=y,
        curves=tuple(curves),
        rest="".join(_spots(dots, x, y) if scatter else _path(dots, x, y) for dots in others.values()),
        others=len(others),
        unnamed=tuple(section.models[model].shown for model in [*others][:MOST_NAMED]),
        outside=sum(any(not y.low <= dot.y <= y.high for dot in dots) for dots in panel.lines.values()),
    )


def _axes(drawing: Drawing, panel: Panel, colours: Mapping[str, int]) -> tuple[Axis, Axis]:
    dots = [dot for line in panel.lines.values() for dot in line]
    bounds = [
        bound
        for model in colours
        for dot in panel.lines.get(model, ())
        for bound in (dot.interval.low, dot.interval.high)
        if bound is not None
    ]
    heights, levels = [*(dot.y for dot in dots), *bounds], panel.levels.values()
    y = (
        covering([*within_fences(heights), *levels], TICKS)
        if levels
        else covering(heights, TICKS, fenced=True)
    )
    places = [dot.x for dot in dots]
    return (covering(places, TICKS, fenced=True) if drawing.figure.kind == "scatter" else through(places)), y


def _curve(
    name: tuple[str, int],
    dots: Sequence[Dot],
    axes: tuple[Axis, Axis],
    label: tuple[float, float],
    dodge: float,
) -> Curve:
    x, y = axes
    aside = DODGE * dodge if len(dots) > 1 else 0.0
    return Curve(
        title=name[0],
        hue=name[1],
        path=_path(dots, x, y, aside) if len(dots) > 1 else "",
        spots=_spots(dots, x, y, aside),
        bars="".join(_bar(dot, x, y, aside) for dot in dots),
        end=min(max(label[0], 0.0), 100.0),
        at=label[1],
    )


def _band(dots: Sequence[Dot], x: Axis, y: Axis, aside: float) -> str:
    """The area between the bounds of neighbouring dots; nothing where some dot has none."""
    known = [(dot.x, dot.interval.low, dot.interval.high) for dot in dots]
    lower = [f"{x.share(at) + aside:g} {y.height(low):g}" for at, low, _ in known if low is not None]
    upper = [f"{x.share(at) + aside:g} {y.height(high):g}" for at, _, high in known if high is not None]
    if min(len(lower), len(upper)) < len(dots):
        return ""
    return f"M{'L'.join(lower + upper[::-1])}Z"


def _level(name: str, height: float, label: float) -> Curve:
    return Curve(title=name, hue=0, path=f"M0 {height:g}H100", spots="", bars="", end=height, at=label)


def _path(dots: Sequence[Dot], x: Axis, y: Axis, aside: float = 0.0) -> str:
    return "M" + "L".join(f"{x.share(dot.x) + aside:g} {y.height(dot.y):g}" for dot in dots)


def _spots(dots: Sequence[Dot], x: Axis, y: Axis, aside: float = 0.0) -> str:
    """Lines of no length, which a round cap makes dots of one size however the plot is stretched."""
    return "".join(f"M{x.share(dot.x) + aside:g} {y.height(dot.y):g}h0" for dot in dots)


def _bar(dot: Dot, x: Axis, y: Axis, aside: float) -> str:
    """The interval upright, and in a scatter across too."""
    path = ""
    low, high = dot.interval.low, dot.interval.high
    if low is not None and high is not None:
        path += f"M{x.share(dot.x) + aside:g} {y.height(low):g}V{y.height(high):g}"
    low, high = dot.x_interval.low, dot.x_interval.high
    if low is not None and high is not None:
        path += f"M{x.share(low):g} {y.height(dot.y):g}H{x.share(high):g}"
    return path


def _spread(ends: Sequence[float]) -> list[float]:
    """Heights of labels, each as near to its end as `LABEL_HEIGHT` between neighbours and the plot allow."""
    order = sorted(range(len(ends)), key=lambda at: ends[at])
    places: list[float] = []
    for at in order:
        places.append(max(min(max(ends[at], 0.0), 100.0), places[-1] + LABEL_HEIGHT if places else 0.0))
    limit = 100.0
    for back in range(len(places) - 1, -1, -1):
        places[back] = min(places[back], limit)
        limit = places[back] - LABEL_HEIGHT
    found = dict(zip(order, places, strict=True))
    return [round(found[at], 2) for at in range(len(ends))]


def _said(drawing: Drawing, panel: Panel, titles: Mapping[str, str]) -> str:
    """What a reader who does not see the panel is told: each coloured model's last dot."""
    last = {model: panel.lines[model][-1] for model in titles}
    if drawing.figure.kind == "scatter":
        words = [
            f"{titles[model]} {figures.number(dot.x)}, {figures.number(dot.y)}" for model, dot in last.items()
        ]
        return f"{len(panel.lines)} models, horizontally then vertically: {'; '.join(words)}"
    words = [f"{titles[model]} {figures.number(dot.y)}" for model, dot in last.items()]
    lines = "".join(f"; line: {name} {figures.number(height)}" for name, height in panel.levels.items())
    return f"{len(panel.lines)} models; at the right end: {'; '.join(words)}{lines}"
