"""What a task will be able to tell, before anything is run: from the numbers of units and events alone.

Separate from the power after a run, which measures what is assumed here. Each formula names its assumption; all are for
the paired difference of two good models. What is assumed was measured on the suite `quick`, where seeds are one to three:

- AUROC, six tasks, ten entrants each against the leader: the median correlation of their influences on a task was .78,
  .78 or .79, .84, .86, .87 and .87, so `TOGETHER` is .8; patients and trainings together had 1.24 to 1.59 times the
  standard error of patients alone, median 1.41. The formula with both gave .8 to 1.5 times what the board measured.
- Brier skill, five tasks of wrong labels and of raters: the standard errors were those of risks that differ by .08, .09, .10,
  .22 and .24 (sd), so `APART` is .1; trainings made them 1.0 to 1.2 times as large on three of four, 3.1 on one.
- Accuracy: two tasks of deferral had 1.1 times with trainings; `DISCORDANT` was not measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from carebench_leaderboard.power import FACTOR

AUROC, TOGETHER = 0.8, 0.8
DISCORDANT = 0.1
APART, SKILL = 0.1, 0.15
#: Standard error of a difference with trainings over that of patients alone.
TRAININGS = {"auroc": 1.4, "accuracy": 1.1, "brier": 1.2}


@dataclass(frozen=True)
class Foreseen:
    """The smallest detectable difference in a primary metric, and what it rests on; None with the reason without one."""

    detectable: float | None
    assumed: str


def foreseen(metric: str, units: int | None, events: int | None, *, trained: bool = True) -> Foreseen:
    """What so many units and events can tell of the primary metric called `metric`: 2.80 standard errors.

    Trainings are counted unless nothing is `trained`.

    Example:
        >>> found = foreseen("auroc", 1000, 300)
        >>> round(found.detectable or 0, 4)
        0.0412
    """
    alone = _of_units(metric, units, events)
    name = next((name for name in TRAININGS if name in metric.rpartition(".")[2]), "")
    if alone.detectable is None or not trained or not name:
        return alone
    factor = TRAININGS[name]
    return Foreseen(
        factor * alone.detectable,
        f"{alone.assumed}; with trainings {factor:g} times the error of patients alone (measured on the suite quick)",
    )


def _of_units(metric: str, units: int | None, events: int | None) -> Foreseen:
    """The same, patients alone."""
    if not units:
        return Foreseen(None, "the test set was not counted")
    name = metric.rpartition(".")[2]
    if "auroc" in name and events and events < units:
        error = math.sqrt(2 * (1 - TOGETHER) * auroc_variance(AUROC, events, units - events))
        return Foreseen(
            FACTOR * error, f"AUROC {AUROC:g} (Hanley and McNeil), correlation of two models {TOGETHER:g}"
        )
    if "accuracy" in name:
        return Foreseen(
            FACTOR * math.sqrt(DISCORDANT / units),
            f"two models decide differently on {DISCORDANT:.0%} of units",
        )
    if "brier" in name and events and events < units:
        rate = events / units
        error = 2 * APART * math.sqrt((1 - SKILL) / (rate * (1 - rate) * units))
        return Foreseen(
            FACTOR * error, f"risks of two models differ by {APART:g} (sd), Brier skill {SKILL:g}"
        )
    return Foreseen(None, "no formula for this score: it is told after a run")


def auroc_variance(auroc: float, events: int, others: int) -> float:
    """Variance of an AUROC A with m events and q others, under exponential risks.

    (A(1 - A) + (m - 1)(A/(2 - A) - A^2) + (q - 1)(2A^2/(1 + A) - A^2)) / (m q). Source: Hanley and McNeil 1982, Radiology
    143, 29-36.
    """
    square = auroc**2
    first, second = auroc / (2 - auroc) - square, 2 * square / (1 + auroc) - square
    return (auroc * (1 - auroc) + (events - 1) * first + (others - 1) * second) / (events * others)
