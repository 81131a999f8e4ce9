"""The page for reading: one self-contained HTML file that opens from a folder, without a script or a network.

Separate from the exports, which are for machines. Templates lie in `templates/`; everything that they
print is escaped, and invisible characters are spelt out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from carebench_leaderboard import figures
from carebench_leaderboard.axis import within_fences
from carebench_leaderboard.chart import chart
from carebench_leaderboard.forest import forest_axis, mark
from carebench_leaderboard.group_tables import group_tables
from carebench_leaderboard.markdown import DISCLAIMER
from carebench_leaderboard.records import FAILURES
from carebench_leaderboard.text import visible
from carebench_leaderboard.yardstick import Yardstick

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.board import Board, Section, TaskSection
    from carebench_leaderboard.records import Cell, Family, Metric

DEEPEST = 26
LONGEST = 25
FACTS = {"n": "Tested in each seed", "n_train": "Trained in each seed", "events": "Events in each seed"}


def page(board: Board) -> str:
    """The page of `board`, a whole HTML document."""
    environment = _environment()
    style, _, _ = (
        environment.loader.get_source(environment, "style.css") if environment.loader else ("", "", "")
    )
    text = environment.get_template("index.html").render(
        board=board,
        # Our own file, and the only text that is not escaped.
        style=Markup(style),  # noqa: S704
        disclaimer=DISCLAIMER,
        headings=FACTS,
        failures=FAILURES,
        directions=figures.DIRECTIONS,
        longest=LONGEST,
    )
    return text.rstrip() + "\n"


def shades(section: Section) -> Mapping[tuple[str, str], int]:
    """Depth of shade by task and model: 0 for the worst score of the task, `DEEPEST` per cent for the best.

    What lies far out is as pale as the worst of the others, so that these can be told apart.
    """
    yard, primary = Yardstick.of(section.family), section.family.primary.name
    found: dict[tuple[str, str], int] = {}
    for task in section.tasks:
        values = {score.model: score.values[primary] for score in task.scores}
        far = {model: yard.distance(yard.show(value)) for model, value in values.items() if value is not None}
        near = within_fences(list(far.values())) or [0.0]
        best, worst = min(near), max(near)
        width = worst - best or 1.0
        found |= {
            (task.task.name, model): round(DEEPEST * min(max(worst - at, 0.0) / width, 1.0))
            for model, at in far.items()
        }
    return found


def by_series(tasks: Sequence[TaskSection]) -> list[tuple[str, list[TaskSection]]]:
    """`tasks` in their order, those of one series together under its name, any other alone under none."""
    found = []
    for _, group in groupby(tasks, key=lambda part: part.task.series or part.task.name):
        parts = list(group)
        found.append((parts[0].task.series if len(parts) > 1 else "", parts))
    return found


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Cells of one task and model that are not ok for the same reason."""

    task: str
    model: str
    seeds: tuple[int, ...]
    status: str
    phase: str
    reason: str


def troubles(cells: Sequence[Cell]) -> list[Trouble]:
    """`cells`, each sorted by task, model and seed, with seeds of one status and reason taken together."""
    seeds: dict[tuple[str, str, str, str, str], list[int]] = {}
    for cell in cells:
        seeds.setdefault((cell.task, cell.model, cell.status, cell.phase, cell.reason), []).append(cell.seed)
    return [
        Trouble(task=task, model=model, seeds=tuple(found), status=status, phase=phase, reason=reason)
        for (task, model, status, phase, reason), found in seeds.items()
    ]


def direction(metric: Metric) -> str:
    """Which way a metric is better, as a sign behind its heading."""
    return {"higher": "↑", "lower": "↓", "nearer": f"→ {metric.ideal:g}"}[metric.better]


def labels(family: Family) -> dict[str, str]:
    """What people call each metric of `family`, by name."""
    return {metric.name: metric.label for metric in family.metrics}


def count_tested(section: TaskSection) -> str:
    """How many units were tested: distinct ones over all seeds, or in each seed where only the facts tell.

    Where seeds are replications, they are what is counted.
    """
    if section.task.replicated:
        return f"{section.seeds:,} replication{'' if section.seeds == 1 else 's'}"
    if section.units:
        return f"{section.units:,} {section.task.unit}s tested"
    if "n" in section.facts:
        return f"{figures.spread(section.facts['n'])} {section.task.unit}s tested in each seed"
    return ""


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("carebench_leaderboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "bounds": figures.bounds,
        "by_series": by_series,
        "chart": chart,
        "difference": figures.difference,
        "direction": direction,
        "forest_axis": forest_axis,
        "group_tables": group_tables,
        "labels": labels,
        "mark": mark,
        "measure": figures.measure,
        "number": figures.number,
        "shades": shades,
        "rate": figures.rate,
        "shown": figures.shown,
        "spread": figures.spread,
        "tested": count_tested,
        "troubles": troubles,
    }
    return environment


def _shown(value: Any) -> Any:
    """What a template prints: markup and numbers as they are, texts with invisible characters spelt out."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, keep="\n")
    return value
