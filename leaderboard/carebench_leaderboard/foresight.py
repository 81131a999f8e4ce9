"""What a task will be able to tell, before anything is run: from the numbers of units and events alone.

Separate from the power after a run, which measures what is assumed here. Each formula names its assumption; all are for
the paired difference of two good models, and none counts trainings, so that they are lower bounds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from carebench_leaderboard.power import FACTOR

AUROC, TOGETHER = 0.8, 0.8
DISCORDANT = 0.1
APART, SKILL = 0.1, 0.15


@dataclass(frozen=True)
class Foreseen:
    """The smallest detectable difference in a primary metric, and what it rests on; None with the reason without one."""

    detectable: float | None
    assumed: str


def foreseen(metric: str, units: int | None, events: int | None) -> Foreseen:
    """What so many units and events can tell of the primary metric called `metric`: 2.80 standard errors.

    Example:
        >>> found = foreseen("auroc", 1000, 300)
        >>> round(found.detectable or 0, 4)
        0.0294
    """
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
