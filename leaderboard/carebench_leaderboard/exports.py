"""A board as JSON and CSV, and costs as CSV, for machines; separate from the page and from Markdown, which are for reading.

The same answers give the same bytes: no time, host or attempt count, rows in the board's order,
numbers rounded to six decimals.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from typing import TYPE_CHECKING, Any

from carebench_leaderboard.analysis_json import analysis_json, interval_json, oracle_json, secondary_json
from carebench_leaderboard.figures import rounded
from carebench_leaderboard.records import MEANINGS
from carebench_leaderboard.text import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from carebench_leaderboard.board import Board, Section, TaskSection
    from carebench_leaderboard.drawings import Dot, Drawing, Panel
    from carebench_leaderboard.records import Cost, Family
    from carebench_leaderboard.standing import Standing
    from carebench_leaderboard.subgroups import Attribute
    from carebench_leaderboard.task_scores import TaskScore

FORMAT = "carebench-standings/1"
AT_ONCE = 100_000
CSV_COLUMNS = (
    *(
        "board",
        "rank",
        "rank_low",
        "rank_high",
        "group",
        "model",
        "title",
        "role",
        "skill",
        "skill_low",
        "skill_high",
    ),
    *("measure", "score", "score_low", "score_high"),
    *("like_these_low", "like_these_high", "se_patient", "se_seed"),
    *("difference", "difference_low", "difference_high", "ok", "planned", "unsuited", "imputed", "tasks"),
)
SCORE_COLUMNS = (
    *("board", "task", "model", "score", "fits_low", "fits_high", "method_low", "method_high"),
    *("ok", "planned"),
)
COST_COLUMNS = ("task", "model", "seed", "status", "wall_s", "cpu_s", "peak_mib", "key")


def standings_json(board: Board) -> str:
    """Everything the board says, for machines."""
    content = {
        "format": FORMAT,
        "suite": board.suite.model_dump(),
        "states": dict(board.states),
        "meanings": dict(MEANINGS),
        "boards": [_section(section) for section in board.sections],
        "not_ok": [
            cell.model_dump(include={"task", "model", "seed", "status", "phase", "reason"})
            for cell in board.not_ok
        ],
        "warnings": list(board.warnings),
    }
    return _indented(content) + "\n"


def _indented(content: dict[str, Any]) -> str:
    """What `json.dumps` gives, joined piece by piece: all its parts at once take several times the room of the text."""
    encoder = json.JSONEncoder(sort_keys=True, ensure_ascii=True, allow_nan=False, indent=1)
    parts = encoder.iterencode(content)
    return "".join(iter(lambda: "".join(itertools.islice(parts, AT_ONCE)), ""))


def standings_csv(board: Board) -> str:
    """The headline rows of all boards, safe to open in a spreadsheet."""
    beside = sorted({name for section in board.sections for name in section.family.beside})
    rows = [_csv_row(section, row, beside) for section in board.sections for row in section.standings]
    return _csv((*CSV_COLUMNS, *beside, "remarks"), rows)


def scores_csv(board: Board) -> str:
    """Primary score of every model on every task with both intervals, then all metrics by name."""
    names = sorted({metric.name for section in board.sections for metric in section.family.metrics})
    rows = [
        _score_row(section.family, score, names)
        for section in board.sections
        for part in section.tasks
        for score in part.scores
    ]
    return _csv((*SCORE_COLUMNS, *names), rows)


def costs_csv(costs: Iterable[Cost]) -> str:
    """What each cell took; apart from the standings, since it differs from run to run."""
    return _csv(COST_COLUMNS, [[getattr(cost, column) for column in COST_COLUMNS] for cost in costs])


def _section(section: Section) -> dict[str, Any]:
    family = section.family
    return {
        "family": family.name,
        "title": family.title,
        "primary": family.primary.name,
        "measure": _measure(family),
        "no_skill": rounded(family.no_skill),
        "perfect": rounded(family.perfect),
        "rope": rounded(family.rope),
        "standings": [_standing(row, section) for row in section.standings],
        "analysis": analysis_json(section.analysis),
        "tasks": [_task(task) for task in section.tasks],
        "figures": [_drawing(drawing) for drawing in section.drawings],
        "declined": list(section.declined),
    }


def _measure(family: Family) -> str:
    """In what the interval and the difference of a standing are: skill, or the primary metric by name."""
    return family.primary.name if family.no_skill is None else "skill"


def _drawing(drawing: Drawing) -> dict[str, Any]:
    figure = drawing.figure
    return {
        "name": figure.name,
        "kind": figure.kind,
        "metrics": list(figure.metrics),
        "panels": [_panel(panel) for panel in drawing.panels],
    }


def _panel(panel: Panel) -> dict[str, Any]:
    return {
        "title": panel.title,
        "tasks": list(panel.tasks),
        "lines": {model: [_dot(dot) for dot in dots] for model, dots in panel.lines.items()},
        "slopes": {
            model: {"slope": rounded(slope.value), "interval": interval_json(slope.interval)}
            for model, slope in panel.slopes.items()
        },
        "levels": {label: rounded(height) for label, height in panel.levels.items()},
    }


def _dot(dot: Dot) -> list[float | None]:
    """x, y and the bounds of y."""
    return [rounded(value) for value in (dot.x, dot.y, dot.interval.low, dot.interval.high)]


def _standing(row: Standing, section: Section) -> dict[str, Any]:
    analysis = section.analysis
    return {
        "rank": row.rank,
        "rank_range": list(analysis.ranges[row.model]) if row.model in analysis.ranges else None,
        "group": analysis.group_of.get(row.model),
        "p_leader": rounded(analysis.apart.get(row.model)),
        "oracle": oracle_json(section.oracle.get(row.model)),
        "secondary": secondary_json(analysis.secondary.get(row.model)),
        "model": row.model,
        "title": row.title,
        "role": row.role,
        "score": rounded(row.score),
        "skill": rounded(row.skill),
        "interval": interval_json(row.interval),
        "interval_tasks_like_these": interval_json(row.like_these),
        "se_patient": rounded(row.se_patient),
        "se_seed": rounded(row.se_seed),
        "difference": rounded(row.difference),
        "difference_interval": interval_json(row.difference_interval),
        "ok": row.ok,
        "planned": row.planned,
        "unsuited": row.unsuited,
        "imputed": row.imputed,
        "tasks": row.tasks,
        "beside": {name: rounded(value) for name, value in row.beside.items()},
        "remarks": list(row.remarks),
    }


def _task(section: TaskSection) -> dict[str, Any]:
    task = section.task
    return {
        "task": task.name,
        "version": task.version,
        "cohort": task.cohort,
        "design": task.design,
        "unit": task.unit,
        "flags": task.flags,
        "series": task.series,
        "level": task.level,
        "headline": section.headline,
        "facts": {name: [rounded(low), rounded(high)] for name, (low, high) in section.facts.items()},
        "units": section.units,
        "resampled": section.resampled,
        "scores": [_score(score) for score in section.scores],
    }


def _score(score: TaskScore) -> dict[str, Any]:
    return {
        "model": score.model,
        "metrics": {name: rounded(value) for name, value in score.values.items()},
        "undefined": dict(score.undefined),
        "facts": {name: rounded(value) for name, value in score.facts.items()},
        "rates": {name: interval_json(found) for name, found in score.rates.items()},
        "standard_errors": dict(score.errors),
        "subgroups": {attribute.name: _attribute(attribute) for attribute in score.subgroups},
        "interval_these_fits": interval_json(score.fits),
        "interval_method": interval_json(score.method),
        "ok": score.ok,
        "planned": score.planned,
        "gaps": dict(score.gaps),
        "notes": list(score.notes),
    }


def _attribute(attribute: Attribute) -> dict[str, Any]:
    return {
        "groups": {
            group.level: {name: rounded(value) for name, value in group.figures.items()}
            for group in attribute.groups
        },
        "worst": attribute.worst,
        "worst_value": rounded(attribute.worst_value),
        "gap": rounded(attribute.gap),
    }


def _csv_row(section: Section, row: Standing, beside: Sequence[str]) -> list[str | float | None]:
    family, found = section.family, section.analysis
    bounds: tuple[float | None, float | None] = (row.interval.low, row.interval.high)
    nothing = (None, None)
    skill, score = (bounds, nothing) if family.no_skill is not None else (nothing, bounds)
    return [
        *(family.name, row.rank and int(row.rank), *(found.ranges.get(row.model) or nothing)),
        *(found.group_of.get(row.model), row.model, row.title, row.role),
        *(row.skill, *skill, _measure(family), row.score, *score),
        *(row.like_these.low, row.like_these.high, row.se_patient, row.se_seed),
        *(row.difference, row.difference_interval.low, row.difference_interval.high),
        *(row.ok, row.planned, row.unsuited, row.imputed, row.tasks),
        *(row.beside.get(name) for name in beside),
        "; ".join(row.remarks),
    ]


def _score_row(family: Family, score: TaskScore, names: Sequence[str]) -> list[str | float | None]:
    return [
        *(family.name, score.task, score.model, score.values.get(family.primary.name)),
        *(score.fits.low, score.fits.high, score.method.low, score.method.high),
        *(score.ok, score.planned),
        *(score.values.get(name) for name in names),
    ]


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str | float | None]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([csv_text(column) for column in columns])
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return stream.getvalue()


def _csv_cell(value: str | float | None) -> str | float | None:
    if isinstance(value, str):
        return csv_text(value)
    return rounded(value) if isinstance(value, float) else value
