"""A board as JSON, CSV and Markdown text, and costs as CSV; separate from the page, which is for reading.

The same answers give the same bytes: no time, host or attempt count, rows in the board's order,
numbers rounded to six decimals.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from carebench_leaderboard import figures
from carebench_leaderboard.figures import rounded
from carebench_leaderboard.text import csv_text, markdown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from carebench_leaderboard.board import Board, Section, TaskSection
    from carebench_leaderboard.intervals import Interval
    from carebench_leaderboard.records import Cost, Family
    from carebench_leaderboard.standing import Standing
    from carebench_leaderboard.task_scores import TaskScore

FORMAT = "carebench-standings/1"
CSV_COLUMNS = (
    *("board", "rank", "model", "title", "role", "skill", "skill_low", "skill_high"),
    *("difference", "difference_low", "difference_high", "ok", "planned", "unsuited", "imputed", "tasks"),
    *("brier_skill", "calibration_slope", "remarks"),
)
SCORE_COLUMNS = (
    *("board", "task", "model", "score", "fits_low", "fits_high", "method_low", "method_high"),
    *("ok", "planned"),
)
COST_COLUMNS = ("task", "model", "seed", "status", "wall_s", "cpu_s", "peak_mib", "key")
DISCLAIMER = "A position on this board is no evidence of clinical readiness."


def standings_json(board: Board) -> str:
    """Everything the board says, for machines."""
    content = {
        "format": FORMAT,
        "suite": board.suite.model_dump(),
        "states": dict(board.states),
        "boards": [_section(section) for section in board.sections],
        "not_ok": [
            cell.model_dump(include={"task", "model", "seed", "status", "phase", "reason"})
            for cell in board.not_ok
        ],
        "warnings": list(board.warnings),
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=True, allow_nan=False, indent=1) + "\n"


def standings_csv(board: Board) -> str:
    """The headline rows of all boards, safe to open in a spreadsheet."""
    rows = [_csv_row(section.family.name, row) for section in board.sections for row in section.standings]
    return _csv(CSV_COLUMNS, rows)


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


def standings_markdown(board: Board) -> str:
    """The headline tables of all boards, each with its scores by task."""
    parts = [f"# {markdown_text(board.suite.title or board.suite.name)}\n"]
    parts += [_markdown(section) for section in board.sections]
    return "\n".join([*parts, f"{DISCLAIMER}\n"])


def costs_csv(costs: Iterable[Cost]) -> str:
    """What each cell took; apart from the standings, since it differs from run to run."""
    return _csv(COST_COLUMNS, [[getattr(cost, column) for column in COST_COLUMNS] for cost in costs])


def _section(section: Section) -> dict[str, Any]:
    family = section.family
    return {
        "family": family.name,
        "title": family.title,
        "primary": family.primary.name,
        "no_skill": rounded(family.no_skill),
        "perfect": rounded(family.perfect),
        "rope": rounded(family.rope),
        "standings": [_standing(row) for row in section.standings],
        "tasks": [_task(task) for task in section.tasks],
    }


def _standing(row: Standing) -> dict[str, Any]:
    return {
        "rank": row.rank,
        "model": row.model,
        "title": row.title,
        "role": row.role,
        "skill": rounded(row.skill),
        "interval": _interval(row.interval),
        "difference": rounded(row.difference),
        "difference_interval": _interval(row.difference_interval),
        "ok": row.ok,
        "planned": row.planned,
        "unsuited": row.unsuited,
        "imputed": row.imputed,
        "tasks": row.tasks,
        "brier_skill": rounded(row.brier_skill),
        "calibration_slope": rounded(row.calibration_slope),
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
        "interval_these_fits": _interval(score.fits),
        "interval_method": _interval(score.method),
        "ok": score.ok,
        "planned": score.planned,
        "notes": list(score.notes),
    }


def _interval(interval: Interval) -> dict[str, Any]:
    return {"low": rounded(interval.low), "high": rounded(interval.high), "reason": interval.reason}


def _csv_row(board: str, row: Standing) -> list[str | float | None]:
    return [
        *(board, row.rank and int(row.rank), row.model, row.title, row.role),
        *(row.skill, row.interval.low, row.interval.high),
        *(row.difference, row.difference_interval.low, row.difference_interval.high),
        *(row.ok, row.planned, row.unsuited, row.imputed, row.tasks, row.brier_skill, row.calibration_slope),
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


def _markdown(section: Section) -> str:
    family = section.family
    head = (
        "| Rank | Model | Mean skill | 95 % interval | Difference to leader "
        "| Brier skill | Calibration slope | Coverage | Remarks |"
    )
    return "\n".join(
        [
            f"## {markdown_text(family.title)}\n",
            f"{markdown_text(family.question)}\n",
            f"Skill is {markdown_text(family.primary.label)} with {family.no_skill:g} as 0 and {family.perfect:g} as 1.\n",
            head,
            "| ---: | --- | ---: | :---: | :---: | ---: | ---: | ---: | --- |",
            *(_markdown_row(row) for row in section.standings),
            f"\n{markdown_text(family.primary.label)} by task, with the 95 % interval for these fits:\n",
            *_markdown_scores(section),
            "",
        ]
    )


def _markdown_scores(section: Section) -> list[str]:
    """One row a model and one column a task."""
    primary = section.family.primary.name
    by_task = [{score.model: score for score in part.scores} for part in section.tasks]
    heads = " | ".join(markdown_text(part.task.name) for part in section.tasks)
    lines = [f"| Model | {heads} |", f"| --- |{' :---: |' * len(by_task)}"]
    for row in section.standings:
        cells = [_markdown_score(scores.get(row.model), primary) for scores in by_task]
        lines.append(f"| {markdown_text(row.title)} | {' | '.join(cells)} |")
    return lines


def _markdown_score(score: TaskScore | None, primary: str) -> str:
    if score is None:
        return figures.ABSENT
    between = figures.bounds(score.fits)
    return figures.number(score.values.get(primary)) + (f" ({between})" if between else "")


def _markdown_row(row: Standing) -> str:
    between = figures.bounds(row.difference_interval)
    gap = "" if row.difference is None else f"{figures.difference(row.difference)} ({between})"
    coverage = "" if row.role == "comparator" else f"{row.ok}/{row.planned}"
    remarks = "; ".join(("reference line", *row.remarks) if row.role == "comparator" else row.remarks)
    skill = figures.skill(row.skill).replace("<", "&lt;")
    return (
        f"| {row.rank} | {markdown_text(row.title)} | {skill} | {figures.bounds(row.interval)} "
        f"| {gap} | {figures.number(row.brier_skill)} | {figures.number(row.calibration_slope, 2)} | {coverage} | {markdown_text(remarks)} |"
    )
