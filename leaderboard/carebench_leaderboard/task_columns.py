"""One task as plain columns: everybody's metrics and every cell, loaded when somebody opens it.

Separate from the board's columns, which the page needs at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench_leaderboard import figures
from carebench_leaderboard.figures import rounded
from carebench_leaderboard.group_tables import group_tables
from carebench_leaderboard.tuned import tuned_cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.board import Section, TaskSection
    from carebench_leaderboard.group_tables import GroupTable
    from carebench_leaderboard.intervals import Interval
    from carebench_leaderboard.records import Attempt, Attempts, Cell, Cost, Family
    from carebench_leaderboard.task_scores import TaskScore

#: Groups that are points of a curve: tenths of patients by risk, and bands of risk by outcome.
CURVES = ("risk tenth", "risk band")
#: Facts that say what treating everybody is worth at a threshold, in per cent.
TREAT_ALL = "treat_all_"
FACTS = {"n": "Tested in each seed", "n_train": "Trained in each seed", "events": "Events in each seed"}


def task_of(section: Section, part: TaskSection, cells: Sequence[Cell]) -> dict[str, Any]:
    """The card, scores, subgroups and `cells` of one task; models are numbered as on the board."""
    task, family = part.task, section.family
    models = [row.model for row in section.standings]
    labels = FACTS | {fact: label for figure in family.figures for label, fact in figure.lines}
    return {
        "card": task.card,
        "source": task.source,
        "citation": task.citation,
        "version": task.version,
        "design": task.design,
        "resampled": part.resampled,
        "facts": [[labels.get(name, name), figures.spread(limits)] for name, limits in part.facts.items()],
        "own": {name: [rounded(score.facts.get(name)) for score in part.scores] for name in part.own_facts},
        **_scores(family, part.scores),
        "curves": {name: _curve(part.scores, name) for name in CURVES},
        "treat_all": {
            name.removeprefix(TREAT_ALL): rounded(sum(limits) / 2)
            for name, limits in part.facts.items()
            if name.startswith(TREAT_ALL)
        },
        "groups": [_groups(table, models) for table in group_tables(part, family)],
        "cells": _cells(cells, family, {name: at for at, name in enumerate(models)}),
    }


def runs_of(cells: Sequence[Cell], costs: Mapping[str, Cost], attempts: Attempts) -> dict[str, Any]:
    """What each of `cells` took and printed, in their order; apart from the scores, since it differs from run to run."""
    found = [costs.get(cell.key) for cell in cells]
    runs = [attempts.cells.get(cell.key) for cell in cells]
    kept = sorted({run.environment for run in runs if run})
    return {
        **{
            name: [getattr(cost, name) if cost else None for cost in found]
            for name in ("wall_s", "cpu_s", "peak_mib")
        },
        "environments": [dict(attempts.environments[number]) for number in kept],
        "attempts": {
            str(at): _run(run, kept.index(run.environment)) for at, run in enumerate(runs) if run is not None
        },
    }


def _run(run: Attempt, environment: int) -> list[Any]:
    return [run.tries, run.plugin, run.output, run.traceback, environment]


def _scores(family: Family, scores: Sequence[TaskScore]) -> dict[str, Any]:
    return {
        "values": {
            metric.name: [rounded(score.values.get(metric.name)) for score in scores]
            for metric in family.metrics
        },
        "undefined": _sparse(scores, lambda score: dict(score.undefined)),
        "notes": _sparse(scores, lambda score: list(score.notes)),
        "rates": _sparse(
            scores,
            lambda score: {
                name: [figures.bounds(found), figures.rate(score, name)]
                for name, found in score.rates.items()
            },
        ),
        "errors": _sparse(
            scores, lambda score: {name: rounded(error) for name, error in score.errors.items()}
        ),
        "fits": _intervals([score.fits for score in scores]),
        "method": _intervals([score.method for score in scores]),
        "worst": [
            [score.worst.attribute, score.worst.level, rounded(score.worst.value), rounded(score.worst.gap)]
            if score.worst
            else None
            for score in scores
        ],
    }


def _curve(scores: Sequence[TaskScore], name: str) -> dict[str, list[dict[str, float | None]]]:
    """The figures of each level in order, by number of the model."""
    found = {}
    for at, score in enumerate(scores):
        levels = [attribute.groups for attribute in score.subgroups if attribute.name == name]
        if levels:
            found[str(at)] = [
                {figure: rounded(value) for figure, value in group.figures.items()} for group in levels[0]
            ]
    return found


def _sparse(scores: Sequence[TaskScore], found: Any) -> dict[str, Any]:
    """What some models have, by number."""
    return {str(at): value for at, score in enumerate(scores) if (value := found(score))}


def _intervals(intervals: Sequence[Interval]) -> dict[str, Any]:
    return {
        "low": [rounded(each.low) for each in intervals],
        "high": [rounded(each.high) for each in intervals],
        "reason": _coded([each.reason for each in intervals]),
    }


def _groups(table: GroupTable, models: Sequence[str]) -> dict[str, Any]:
    place = {name: at for at, name in enumerate(models)}
    return {
        "attribute": table.attribute,
        "levels": [[level.name, level.said, list(level.figures)] for level in table.levels],
        "rows": [
            [place[name], list(texts), table.extremes.get(name, "")] for name, texts in table.rows.items()
        ],
    }


def _cells(cells: Sequence[Cell], family: Family, place: Mapping[str, int]) -> dict[str, Any]:
    return {
        "model": [place.get(cell.model, -1) for cell in cells],
        "seed": [cell.seed for cell in cells],
        "key": [cell.key for cell in cells],
        "answer": [cell.answer for cell in cells],
        "split": _coded([cell.split for cell in cells]),
        "status": _coded([cell.status for cell in cells]),
        "phase": _coded([cell.phase for cell in cells]),
        "reason": _coded([cell.reason for cell in cells]),
        "tuned": {str(at): _tuned(cell) for at, cell in enumerate(cells) if cell.tuned},
        "metrics": {
            metric.name: [rounded(cell.metrics.get(metric.name)) for cell in cells]
            for metric in family.metrics
        },
    }


def _tuned(cell: Cell) -> list[Any]:
    """Settings, first and best value, number of trials and of those that went wrong, and the path of the best so far."""
    (found,) = tuned_cells([cell], {cell.task})
    values = (rounded(found.first), rounded(found.best))
    return [found.settings, *values, found.trials, found.failed, found.path]


def _coded(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Texts as `words`, each once, and `at`, the place of each among them."""
    words = sorted(set(texts))
    place = {word: at for at, word in enumerate(words)}
    return {"words": words, "at": [place[text] for text in texts]}
