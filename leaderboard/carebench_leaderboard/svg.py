"""Figures of a board as SVG files that stand alone, for papers and slides; separate from the page, which draws its own.

Hand-written, without a library: black, greys and eight hues that colour-blind readers can tell apart (Okabe and Ito
2008), text as text, and the numbers in the description.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.axis import Axis, covering, through, within_fences
from carebench_leaderboard.forest import forest_axis
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench_leaderboard.board import Section
    from carebench_leaderboard.drawings import Dot, Drawing, Panel
    from carebench_leaderboard.intervals import Interval

HUES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7a5c00", "#000000")
GREY, LINE = "#777777", "#dddddd"
NAMES, WIDTH, ROW, MARGIN = 210.0, 420.0, 20.0, 34.0
SIZE, LABELS = 330.0, 230.0
MOST = 40
DASHES = ("7 4", "2 3", "12 3 2 3")


@dataclass(frozen=True)
class Frame:
    """A plot's box: left, top, width and height, in pixels."""

    left: float
    top: float
    width: float
    height: float

    def x(self, axis: Axis, value: float) -> float:
        """Where a value lies across."""
        return round(self.left + self.width * axis.place(value) / 100, 2)

    def y(self, axis: Axis, value: float) -> float:
        """Where a value lies upright."""
        return round(self.top + self.height * (1 - axis.place(value) / 100), 2)


def forest_svg(section: Section) -> str:
    """Standings with both intervals: thick on these tasks, thin on tasks like these."""
    rows = [row for row in section.standings if row.shown is not None][:MOST]
    axis, frame = forest_axis(rows), Frame(NAMES, MARGIN, WIDTH, ROW * len(rows))
    parts = _across(axis, frame)
    for at, row in enumerate(rows):
        y = frame.top + ROW * (at + 0.5)
        style = GREY if row.role == "comparator" or not row.rank else HUES[0]
        parts += [
            _text(frame.left - 8, y + 4, row.title, anchor="end"),
            _bar(frame, axis, row.like_these, y, style, 1.2),
            _bar(frame, axis, row.interval, y, style, 4.0),
            f'<circle cx="{frame.x(axis, row.shown or 0.0)}" cy="{y:g}" r="4.5" fill="{style}"/>',
        ]
    title = f"{section.family.title}: {figures.measure(section.family)}"
    said = "; ".join(f"{row.title} {figures.shown(row)} ({figures.bounds(row.interval)})" for row in rows)
    return _document(title, said, parts, frame.left + WIDTH + 20, frame.top + frame.height + MARGIN)


def ranks_svg(section: Section) -> str:
    """Rank ranges, with the groups of those who are not told from their first as bands; empty where none is known."""
    ranges = section.analysis.ranges
    rows = [row for row in section.standings if row.model in ranges][:MOST]
    if not rows:
        return ""
    highest = max(high for _, high in (ranges[row.model] for row in rows))
    axis = through([float(rank) for rank in range(1, highest + 1)], most=20)
    frame = Frame(NAMES, MARGIN, WIDTH, ROW * len(rows))
    parts = []
    for at, row in enumerate(rows):
        if (section.analysis.group_of.get(row.model) or 0) % 2:
            y = frame.top + ROW * at
            parts.append(
                f'<rect x="0" y="{y:g}" width="{frame.left + WIDTH:g}" height="{ROW:g}" fill="#f3f3f3"/>'
            )
    parts += _across(axis, frame)
    for at, row in enumerate(rows):
        y, (low, high) = frame.top + ROW * (at + 0.5), ranges[row.model]
        ends = f'x1="{frame.x(axis, low)}" x2="{frame.x(axis, high)}" y1="{y:g}" y2="{y:g}"'
        parts += [
            _text(frame.left - 8, y + 4, row.title, anchor="end"),
            f'<line {ends} stroke="{HUES[0]}" stroke-width="5" stroke-linecap="round"/>',
            f'<circle cx="{frame.x(axis, float(row.rank))}" cy="{y:g}" r="4" fill="#fff" stroke="{HUES[0]}" stroke-width="2"/>',
        ]
    said = "; ".join(f"{row.title} {figures.ranks(ranges[row.model])}" for row in rows)
    title = f"{section.family.title}: ranks"
    return _document(title, said, parts, frame.left + WIDTH + 20, frame.top + frame.height + MARGIN)


def drawing_svg(section: Section, drawing: Drawing, panel: Panel) -> str:
    """One panel of a family's figure: eight models in colour, all others in grey."""
    order = [row.model for row in section.standings if row.model in panel.lines]
    dots = [dot for model in order for dot in panel.lines[model]]
    scatter, levels = drawing.figure.kind == "scatter", panel.levels.values()
    places = [dot.x for dot in dots]
    x, y = (
        covering(places, fenced=True) if scatter else through(places),
        covering([*within_fences([dot.y for dot in dots]), *levels])
        if levels
        else covering([dot.y for dot in dots], fenced=True),
    )
    frame = Frame(60, MARGIN, SIZE, SIZE)
    parts = [*_across(x, frame), *_upright(y, frame)]
    parts += [_line(frame, (x, y), panel.lines[model], GREY, 0.35) for model in order[len(HUES) :]]
    for at, model in reversed(list(enumerate(order[: len(HUES)]))):
        parts.append(_line(frame, (x, y), panel.lines[model], HUES[at], 1.0))
        label = frame.top + 10 + 18 * at
        parts.append(f'<circle cx="{frame.left + SIZE + 16:g}" cy="{label:g}" r="4" fill="{HUES[at]}"/>')
        parts.append(_text(frame.left + SIZE + 26, label + 4, section.models[model].shown))
    if len(order) > len(HUES):
        label = frame.top + 14 + 18 * len(HUES)
        parts.append(_text(frame.left + SIZE + 26, label, f"{len(order) - len(HUES)} more in grey"))
    for at, (name, height) in enumerate(panel.levels.items()):
        parts += _level(frame, (y, height), name, at)
    parts.append(_text(frame.left + SIZE / 2, frame.top + SIZE + 34, drawing.figure.x_label, anchor="middle"))
    said = f"{drawing.figure.y_label} against {drawing.figure.x_label}. " + "; ".join(
        f"{section.models[model].shown} {figures.number(panel.lines[model][-1].y)}" for model in order
    )
    said += "".join(f"; line: {name} {figures.number(height)}" for name, height in panel.levels.items())
    title = f"{drawing.figure.title}, {panel.title}: {drawing.figure.y_label}"
    return _document(title, said, parts, frame.left + SIZE + LABELS, frame.top + SIZE + 50)


def svg_files(section: Section) -> dict[str, str]:
    """Every figure of a board by file name, the first panel of each drawing alone."""
    name = section.family.name
    found = {f"{name}-forest.svg": forest_svg(section), f"{name}-ranks.svg": ranks_svg(section)}
    for drawing in section.drawings:
        for at, panel in enumerate(drawing.panels):
            found[f"{name}-{drawing.figure.name}-{at + 1}.svg"] = drawing_svg(section, drawing, panel)
    return {_file(file): text for file, text in found.items() if text}


def _across(axis: Axis, frame: Frame) -> list[str]:
    bottom, parts = frame.top + frame.height, []
    for tick in axis.ticks:
        x = frame.x(axis, tick)
        parts.append(f'<line x1="{x}" x2="{x}" y1="{frame.top:g}" y2="{bottom:g}" stroke="{LINE}"/>')
        parts.append(_text(x, bottom + 16, axis.label(tick), anchor="middle", fill=GREY))
    return parts


def _upright(axis: Axis, frame: Frame) -> list[str]:
    parts = []
    for tick in axis.ticks:
        y = frame.y(axis, tick)
        parts.append(
            f'<line x1="{frame.left:g}" x2="{frame.left + frame.width:g}" y1="{y}" y2="{y}" stroke="{LINE}"/>'
        )
        parts.append(_text(frame.left - 8, y + 4, axis.label(tick), anchor="end", fill=GREY))
    return parts


def _line(frame: Frame, axes: tuple[Axis, Axis], dots: Sequence[Dot], colour: str, opacity: float) -> str:
    x, y = axes
    places = [(frame.x(x, dot.x), frame.y(y, dot.y)) for dot in dots]
    path = "M" + "L".join(f"{across} {up}" for across, up in places)
    bars = "".join(
        f"M{across} {frame.y(y, dot.interval.low)}V{frame.y(y, dot.interval.high)}"
        for (across, _), dot in zip(places, dots, strict=True)
        if dot.interval.low is not None and dot.interval.high is not None and opacity == 1
    )
    spots = "".join(
        f'<circle cx="{across}" cy="{up}" r="3.5" fill="{colour}" stroke="none"/>' for across, up in places
    )
    return f'<g stroke="{colour}" fill="none" opacity="{opacity:g}"><path d="{path}" stroke-width="1.8"/><path d="{bars}"/>{spots}</g>'


def _level(frame: Frame, of: tuple[Axis, float], name: str, at: int) -> list[str]:
    """A dashed line across, and its name beside the models', with its height."""
    y, beside = frame.y(*of), frame.left + frame.width
    label = frame.top + 14 + 18 * (len(HUES) + 1 + at)
    dashes = f'stroke="{GREY}" stroke-width="1.4" stroke-dasharray="{DASHES[at % len(DASHES)]}"'
    return [
        f'<line x1="{frame.left:g}" x2="{beside:g}" y1="{y}" y2="{y}" {dashes}/>',
        f'<line x1="{beside + 8:g}" x2="{beside + 22:g}" y1="{label:g}" y2="{label:g}" {dashes}/>',
        _text(beside + 26, label + 4, f"{name} {figures.number(of[1])}"),
    ]


def _bar(frame: Frame, axis: Axis, interval: Interval, y: float, colour: str, width: float) -> str:
    if interval.low is None or interval.high is None:
        return ""
    ends = f'x1="{frame.x(axis, interval.low)}" x2="{frame.x(axis, interval.high)}" y1="{y:g}" y2="{y:g}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:g}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", fill: str = "#000000") -> str:
    shown = visible(text)
    short = shown if len(shown) <= 34 else f"{shown[:33]}…"
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{fill}">{escape(short)}</text>'


def _document(title: str, said: str, parts: Sequence[str], width: float, height: float) -> str:
    heading = f'<text x="8" y="20" font-weight="bold">{escape(visible(title))}</text>'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="12" role="img">'
    )
    described = f"<title>{escape(visible(title))}</title><desc>{escape(visible(said))}</desc>"
    ground = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join([head, described, ground, heading, *[part for part in parts if part], "</svg>"]) + "\n"


def _file(name: str) -> str:
    """A file name that is one: names of strangers never become paths."""
    stem = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-.") else "-" for sign in name)
    return stem.lstrip(".")[:120]
