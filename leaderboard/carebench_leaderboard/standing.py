"""The headline: mean anchored skill of each model over the tasks of one board, its interval, rank and leader.

Separate from a single task's score: here scores are anchored, failures imputed and models ordered.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carebench_leaderboard.influence import Influence
from carebench_leaderboard.intervals import Interval, Scale, interval
from carebench_leaderboard.pooling import Mean, Point, paired, pool
from carebench_leaderboard.records import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from carebench_leaderboard.records import Cell, Family, Model, Role, Status, Task

#: The phase of an `unsuited` cell that does not exist, by what task and model declare.
PLANNED = "plan"
NOT_COMPARED = Interval.undefined("no model is ranked")
NO_CONTRIBUTIONS = "the table has no contributions of units to some of these scores"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One row of a board.

    Attributes:
        rank: position from "1"; equal skills share it; empty when the model is unranked.
        model: name.
        title: for people.
        role: `entrant` or `comparator`.
        skill: mean anchored skill, imputed failures among it; None without any score.
        interval: of the skill: these tasks and these fits, patients vary.
        difference: paired mean difference to the leader in skill; None for the leader itself.
        difference_interval: of the difference, from the same patients.
        ok: number of ok cells.
        planned: number of planned cells, without those for which the model is unsuited.
        unsuited: number of cells that do not exist for the model, or that it declined, with a reason.
        imputed: number of failed cells, which count as min(no skill, the model's own mean skill).
        tasks: number of tasks that the skill is a mean of.
        brier_skill: mean over tasks, or None; where AUROC ranks it says whether the probabilities serve.
        calibration_slope: median over tasks, or None.
        remarks: why it is unranked or its mean incomplete, one phrase each.
        complete: whether every cell that exists for it has a score; only then it is ranked. A cell that the model
            declined exists: nobody gains a rank by leaving a hard task out.
    """

    rank: str = ""
    model: str
    title: str
    role: Role
    skill: float | None
    interval: Interval
    difference: float | None = None
    difference_interval: Interval = NOT_COMPARED
    ok: int
    planned: int
    unsuited: int
    imputed: int
    tasks: int
    brier_skill: float | None
    calibration_slope: float | None
    remarks: tuple[str, ...]
    complete: bool


@dataclass(frozen=True)
class Entry:
    """A model's planned cells on the headline tasks of a board, with the skill of each that has one."""

    model: Model
    cells: Sequence[Cell]
    points: Sequence[Point]
    brier_skills: Sequence[float]
    slopes: Sequence[float]


def anchored(family: Family, points: Iterable[Point]) -> list[Point]:
    """Skill points: (score - no_skill) / (perfect - no_skill), 0 without skill and 1 at perfection, never truncated.

    Source: notes/leaderboard.md, section 1.4.
    """
    span = family.perfect - family.no_skill
    return [
        replace(
            point,
            value=(point.value - family.no_skill) / span,
            influence=point.influence and point.influence.scaled(1 / span),
        )
        for point in points
    ]


def with_failures(cells: Sequence[Cell], points: Sequence[Point], tasks: Sequence[Task]) -> list[Point]:
    """`points` and one for each failed cell, of value min(0, own mean skill), which no unit moves (rule 3)."""
    own = pool(points)
    value = min(0.0, own.value) if own else 0.0
    cohorts = {task.name: task.cohort for task in tasks}
    imputed = [
        Point(
            cohort=cohorts[cell.task], task=cell.task, seed=cell.seed, value=value, influence=Influence.none()
        )
        for cell in cells
        if cell.status in FAILURES
    ]
    return sorted([*points, *imputed], key=lambda point: (point.task, point.seed))


def stand(family: Family, tasks: Sequence[Task], entries: Sequence[Entry]) -> tuple[Standing, ...]:
    """Standings of a board: ranked models first, then unranked ones, then comparators."""
    scale = skill_scale(family)
    pooled = {entry.model.name: _counted(entry, tasks) for entry in entries}
    rows = _ranked([_standing(entry, pooled[entry.model.name], len(tasks), scale) for entry in entries])
    leader = next((row for row in rows if row.rank), None)
    if leader is None:
        return tuple(rows)
    return tuple(_against(row, leader, pooled, scale) for row in rows)


def skill_scale(family: Family) -> Scale:
    """Range of the skill that follows from that of the primary metric."""
    span = family.perfect - family.no_skill
    ends = [
        None if end is None else (end - family.no_skill) / span
        for end in (family.primary.low, family.primary.high)
    ]
    return Scale(*(ends if span > 0 else reversed(ends)))


def _counted(entry: Entry, tasks: Sequence[Task]) -> list[Point]:
    if entry.model.role == "comparator":
        return list(entry.points)
    return with_failures(entry.cells, entry.points, tasks)


def _standing(entry: Entry, points: Sequence[Point], n_tasks: int, scale: Scale) -> Standing:
    states = Counter(cell.status for cell in entry.cells)
    mean = pool(points)
    covered = len({point.task for point in points})
    return Standing(
        model=entry.model.name,
        title=entry.model.shown,
        role=entry.model.role,
        skill=mean.value if mean else None,
        interval=_interval(mean, scale),
        ok=states["ok"],
        planned=len(entry.cells) - states["unsuited"],
        unsuited=states["unsuited"],
        imputed=len(points) - len(entry.points),
        tasks=covered,
        brier_skill=statistics.fmean(entry.brier_skills) if entry.brier_skills else None,
        calibration_slope=statistics.median(entry.slopes) if entry.slopes else None,
        remarks=_remarks(entry, states, covered, n_tasks),
        complete=_complete(entry, states),
    )


def _complete(entry: Entry, states: Counter[Status]) -> bool:
    """Whether all is scored but what the plan left out, since the task has nothing that the model reads."""
    left_out = sum(cell.status == "unsuited" and cell.phase == PLANNED for cell in entry.cells)
    return len(entry.points) == states["ok"] == len(entry.cells) - left_out


def _remarks(entry: Entry, states: Counter[Status], covered: int, n_tasks: int) -> tuple[str, ...]:
    """What is not ok or without a score, and over how many tasks the mean is; a comparator says the latter alone."""
    partial = [f"mean over {covered} of {n_tasks} tasks"] if covered < n_tasks else []
    if entry.model.role == "comparator":
        return tuple(partial)
    remarks = [
        f"{count} {status}{' (imputed)' if status in FAILURES else ''}"
        for status, count in sorted(states.items())
        if status != "ok"
    ]
    undefined = states["ok"] - len(entry.points)
    if undefined:
        remarks.append(f"{undefined} with an undefined score")
    return (*remarks, *partial)


def _interval(mean: Mean | None, scale: Scale) -> Interval:
    if mean is None:
        return Interval.undefined("no score")
    if mean.variance is None:
        return Interval.undefined(mean.reason or NO_CONTRIBUTIONS)
    plain = replace(scale, low=None) if scale.is_unit else scale
    return interval(mean.value, mean.variance, plain)


def _ranked(rows: Sequence[Standing]) -> list[Standing]:
    """Ordered and numbered; skills equal to six decimals share a position."""
    ordered = sorted(rows, key=_order)
    skills = [_rounded(row) for row in ordered if _rankable(row)]
    return [
        replace(row, rank=str(skills.index(_rounded(row)) + 1)) if _rankable(row) else row for row in ordered
    ]


def _order(row: Standing) -> tuple[bool, bool, bool, float, str]:
    return (row.role == "comparator", not _rankable(row), row.skill is None, -_rounded(row), row.model)


def _rankable(row: Standing) -> bool:
    return row.role == "entrant" and row.complete and row.skill is not None


def _rounded(row: Standing) -> float:
    return round(row.skill or 0.0, 6)


def _against(row: Standing, leader: Standing, pooled: dict[str, list[Point]], scale: Scale) -> Standing:
    if row.model == leader.model:
        return replace(row, difference_interval=Interval.undefined("this is the leader"))
    mean = pool(paired(pooled[row.model], pooled[leader.model]))
    if mean is None:
        return replace(row, difference_interval=Interval.undefined("no cell in common with the leader"))
    widest = None if scale.low is None or scale.high is None else scale.high - scale.low
    bounds = Scale(widest and -widest, widest)
    return replace(row, difference=mean.value, difference_interval=_interval(mean, bounds))
