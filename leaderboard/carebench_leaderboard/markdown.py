"""A board as Markdown text, for a report or a repository; separate from the files for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_leaderboard import figures
from carebench_leaderboard.text import markdown_text

if TYPE_CHECKING:
    from carebench_leaderboard.board import Board, Section
    from carebench_leaderboard.records import Family
    from carebench_leaderboard.standing import Standing
    from carebench_leaderboard.task_scores import TaskScore

DISCLAIMER = "A position on this board is no evidence of clinical readiness."


def standings_markdown(board: Board) -> str:
    """The headline tables of all boards, each with its scores by task."""
    parts = [f"# {markdown_text(board.suite.title or board.suite.name)}\n"]
    parts += [_markdown(section) for section in board.sections]
    return "\n".join([*parts, f"{DISCLAIMER}\n"])


def _markdown(section: Section) -> str:
    family = section.family
    beside = family.beside_metrics
    more = "".join(f"| {markdown_text(metric.label)} " for metric in beside)
    head = (
        f"| Rank | Model | {markdown_text(figures.measure(family))} | 95 % interval | Difference to leader "
        f"{more}| Cells ok | Remarks |"
    )
    return "\n".join(
        [
            f"## {markdown_text(family.title)}\n",
            f"{markdown_text(family.question)}\n",
            f"{_explained(family)}\n",
            head,
            f"| ---: | --- | ---: | :---: | :---: |{' ---: |' * len(beside)} ---: | --- |",
            *(_markdown_row(row) for row in section.standings),
            f"\n{markdown_text(family.primary.label)} by task, with the 95 % interval for these fits:\n",
            *_markdown_scores(section),
            "",
        ]
    )


def _explained(family: Family) -> str:
    label = markdown_text(family.primary.label)
    if family.no_skill is None or family.perfect is None:
        return f"Ordered by {label}, {figures.DIRECTIONS[family.primary.better]}; this board has no anchors, hence no skill."
    return f"Skill is {label} with {family.no_skill:g} as 0 and {family.perfect:g} as 1."


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
    shown = figures.shown(row).replace("<", "&lt;")
    beside = "".join(f"| {figures.number(value)} " for value in row.beside.values())
    return (
        f"| {row.rank} | {markdown_text(row.title)} | {shown} | {figures.bounds(row.interval)} "
        f"| {gap} {beside}| {coverage} | {markdown_text(remarks)} |"
    )
