"""The page for reading: one self-contained HTML file that opens from a folder, without a script or a network.

Separate from the exports, which are for machines. Templates lie in `templates/`; everything that they
print is escaped, and invisible characters are spelt out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from carebench_leaderboard import figures
from carebench_leaderboard.exports import DISCLAIMER
from carebench_leaderboard.forest import skill_axis
from carebench_leaderboard.records import FAILURES
from carebench_leaderboard.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.board import Board, Section, TaskSection
    from carebench_leaderboard.records import Cell, Metric

DEEPEST = 26
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
    )
    return text.rstrip() + "\n"


def shades(section: Section) -> Mapping[tuple[str, str], int]:
    """Depth of shade by task and model: 0 for the worst score of the task, `DEEPEST` per cent for the best."""
    span = section.family.perfect - section.family.no_skill
    found: dict[tuple[str, str], int] = {}
    for task in section.tasks:
        values = {score.model: score.values[section.family.primary.name] for score in task.scores}
        skills = {model: value / span for model, value in values.items() if value is not None}
        low, high = min(skills.values(), default=0.0), max(skills.values(), default=0.0)
        width = high - low or 1.0
        found |= {
            (task.task.name, model): round(DEEPEST * (at - low) / width) for model, at in skills.items()
        }
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


def count_tested(section: TaskSection) -> str:
    """How many units were tested: distinct ones over all seeds, or in each seed where only the facts tell."""
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
        "difference": figures.difference,
        "direction": direction,
        "number": figures.number,
        "shades": shades,
        "skill": figures.skill,
        "skill_axis": skill_axis,
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
