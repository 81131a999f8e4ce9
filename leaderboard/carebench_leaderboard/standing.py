"""The headline: what each model's scores come to over the tasks of one board, its interval, rank and leader.

Separate from a single task's score: here scores are anchored, failures imputed and models ordered.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from carebench_leaderboard.intervals import Interval, Scale, between_interval
from carebench_leaderboard.pooling import Mean, by_cohort, interval_of
from carebench_leaderboard.records import FAILURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench_leaderboard.records import Role, Status
    from carebench_leaderboard.tally import Entry, Tally
    from carebench_leaderboard.yardstick import Yardstick

#: The phase of an `unsuited` cell that does not exist, by what task and model declare.
PLANNED = "plan"
NOT_COMPARED = Interval.undefined("no model is ranked")
LEADS = "this is the leader"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One row of a board.

    Attributes:
        rank: position from "1"; equal figures share it; empty when the model is unranked.
        model: name.
        title: for people.
        role: `entrant` or `comparator`.
        score: mean over tasks of the primary metric in its own unit, imputed failures among it; None without any.
        skill: the same as anchored skill; None without a score, and on a board without anchors.
        interval: of the skill, or of the score where there is none, on these tasks: patients or replications vary, and
            trainings where two seeds or more tell of them.
        like_these: the same on tasks like these: cohorts vary.
        se_patient: the part of the standard error that is due to patients or replications; None where it is unknown.
        se_seed: the part that is due to trainings; None where seeds cannot tell.
        difference: paired mean difference to the leader, in skill or else in score; None for the leader itself.
        difference_interval: of the difference, from the same patients or replications, and the same seeds.
        ok: number of ok cells.
        planned: number of planned cells, without those for which the model is unsuited.
        unsuited: number of cells that do not exist for the model, or that it declined, with a reason.
        imputed: number of failed cells that count as min(no skill, the model's own mean skill).
        tasks: number of tasks that the mean is over.
        beside: what stands beside the headline: metric to its mean over tasks, its median where nearer to an ideal is
            better, None without any.
        remarks: why it is unranked or its mean incomplete, one phrase each.
        complete: whether every cell that exists for it has a score; only then it is ranked. A cell that the model
            declined exists: nobody gains a rank by leaving a hard task out.
    """

    rank: str = ""
    model: str
    title: str
    role: Role
    score: float | None
    skill: float | None
    interval: Interval
    like_these: Interval
    se_patient: float | None
    se_seed: float | None
    difference: float | None = None
    difference_interval: Interval = NOT_COMPARED
    ok: int
    planned: int
    unsuited: int
    imputed: int
    tasks: int
    beside: Mapping[str, float | None]
    remarks: tuple[str, ...]
    complete: bool

    @property
    def shown(self) -> float | None:
        """What orders the board: skill, or the score where the board has no anchors."""
        return self.score if self.skill is None else self.skill


def stand(tally: Tally) -> tuple[Standing, ...]:
    """Standings of a board: ranked models first, then unranked ones, then comparators."""
    rows = _ranked([_standing(entry, tally) for entry in tally.entries], tally.yard)
    leader = next((row for row in rows if row.rank), None)
    if leader is None:
        return tuple(rows)
    return tuple(_against(row, leader, tally) for row in rows)


def _standing(entry: Entry, tally: Tally) -> Standing:
    name, states = entry.model.name, Counter(cell.status for cell in entry.cells)
    points, shown = tally.counted[name], tally.shown[name]
    mean, anchored = tally.mean(name), tally.yard.anchored
    return Standing(
        model=name,
        title=entry.model.shown,
        role=entry.model.role,
        score=tally.yard.score(mean.value) if mean else None,
        skill=mean.value if mean and anchored else None,
        interval=_interval(mean, tally.yard.scale),
        like_these=between_interval(by_cohort(shown), _plain(tally.yard.scale)),
        se_patient=_root(mean.patient) if mean else None,
        se_seed=_root(mean.training) if mean else None,
        ok=states["ok"],
        planned=len(entry.cells) - states["unsuited"],
        unsuited=states["unsuited"],
        imputed=len(points) - len(entry.points),
        tasks=len(shown),
        beside=entry.beside,
        remarks=_remarks(entry, states, (len(shown), len(tally.tasks)), anchored=anchored),
        complete=_complete(entry, states),
    )


def _complete(entry: Entry, states: Counter[Status]) -> bool:
    """Whether all is scored but what the plan left out, since the task has nothing that the model reads."""
    left_out = sum(cell.status == "unsuited" and cell.phase == PLANNED for cell in entry.cells)
    return len(entry.points) == states["ok"] == len(entry.cells) - left_out


def _remarks(
    entry: Entry, states: Counter[Status], covered: tuple[int, int], *, anchored: bool
) -> tuple[str, ...]:
    """What is not ok or without a score, and over how many tasks the mean is; a comparator says the latter alone."""
    partial = [f"mean over {covered[0]} of {covered[1]} tasks"] if covered[0] < covered[1] else []
    if entry.model.role == "comparator":
        return tuple(partial)
    how = " (imputed)" if anchored else " (not imputed: this board has no score without skill)"
    remarks = [
        f"{count} {status}{how if status in FAILURES else ''}"
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
    return interval_of(mean, _plain(scale))


def _plain(scale: Scale) -> Scale:
    """The scale of a mean, which no logit serves."""
    return replace(scale, low=None) if scale.is_unit else scale


def _root(variance: float | None) -> float | None:
    return None if variance is None else math.sqrt(variance)


def _ranked(rows: Sequence[Standing], yard: Yardstick) -> list[Standing]:
    """Ordered and numbered; figures equal to six decimals share a position."""
    ordered = sorted(rows, key=lambda row: _order(row, yard))
    places = sorted(_place(row, yard) for row in ordered if _rankable(row))
    return [
        replace(row, rank=str(bisect_left(places, _place(row, yard)) + 1)) if _rankable(row) else row
        for row in ordered
    ]


def _order(row: Standing, yard: Yardstick) -> tuple[bool, bool, bool, float, str]:
    return (
        row.role == "comparator",
        not _rankable(row),
        row.shown is None,
        _place(row, yard),
        row.model,
    )


def _rankable(row: Standing) -> bool:
    return row.role == "entrant" and row.complete and row.shown is not None


def _place(row: Standing, yard: Yardstick) -> float:
    return math.inf if row.shown is None else round(yard.distance(row.shown), 6)


def _against(row: Standing, leader: Standing, tally: Tally) -> Standing:
    if row.model == leader.model:
        return replace(row, difference_interval=Interval.undefined(LEADS))
    mean = tally.difference(row.model, leader.model)
    if mean is None:
        return replace(row, difference_interval=Interval.undefined("no cell in common with the leader"))
    return replace(
        row, difference=mean.value, difference_interval=_interval(mean, tally.yard.scale.of_difference)
    )
