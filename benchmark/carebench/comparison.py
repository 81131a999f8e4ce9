"""Published against ours: from the rows of a results table to a verdict on each published number.

Separate from the registry, which knows no result, and from the command, which only shows what is decided here.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from carebench.names import nearest
from carebench.records import NEVER_BEGUN
from carebench.results import NOT_RUN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from carebench.published import OverSeeds, Published
    from carebench.records import Cell

    Rows = Mapping[Cell, Mapping[str, Any]]

Verdict = Literal["within", "outside", "unverified", "failed", "not run"]
_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What became of one published number.

    Attributes:
        entry: the number and how it was obtained.
        verdict: `within` or `outside` the tolerance; `unverified` when the entry decides nothing; `failed` when
            there is no number of ours though there should be one; `not run` when something that it needs is not
            on this machine, or the run was stopped.
        ours: the number obtained here, None when there is none.
        reason: why there is none; empty otherwise.
    """

    entry: Published
    verdict: Verdict
    ours: float | None = None
    reason: str = ""

    @property
    def difference(self) -> float | None:
        """Ours minus the published number, to 12 decimals, so that binary fractions decide nothing."""
        return None if self.ours is None else round(self.ours - self.entry.published, _DIGITS)

    @property
    def spoils(self) -> bool:
        """Whether the exit status must not be 0 for it."""
        return self.entry.gates and self.verdict in ("outside", "failed")


def compare(entry: Published, rows: Rows) -> Comparison:
    """The verdict on one published number.

    Args:
        entry: the published number.
        rows: of the results table, by cell: `status`, `reason`, `phase`, `metrics`, `undefined` and `facts`.
    """
    for cell in entry.cells:
        row = rows[cell]
        if row["status"] != "ok" and _nobody_failed(row):
            return Comparison(entry=entry, verdict="not run", reason=row["reason"])
        if row["status"] != "ok":
            reason = f"{cell.label}: {row['status']}: {row['reason']}"
            return Comparison(entry=entry, verdict="failed", reason=reason)
        if _value(entry.quantity, row) is None:
            return Comparison(entry=entry, verdict="failed", reason=_why_no_value(entry.quantity, cell, row))
    values = [_value(entry.quantity, rows[cell]) for cell in entry.cells]
    ours = pooled([value for value in values if value is not None], entry.over_seeds)
    found = Comparison(entry=entry, verdict="unverified", ours=ours)
    if not entry.gates:
        return found
    close = found.difference is not None and abs(found.difference) <= entry.tolerance
    return Comparison(entry=entry, verdict="within" if close else "outside", ours=ours)


def pooled(values: Sequence[float], over_seeds: OverSeeds) -> float:
    """One number from those of n seeds.

    Args:
        values: one number a seed, at least one; at least two for the standard error.
        over_seeds: `mean`, `median`, `root-mean-square`, sqrt(mean of squares), or `standard-error` of the mean,
            s / sqrt(n) with s the standard deviation with n - 1 in the denominator.

    Example:
        >>> [round(pooled([1, 2, 6], way), 6) for way in ("mean", "median", "standard-error", "root-mean-square")]
        [3.0, 2, 1.527525, 3.696846]
    """
    if over_seeds == "mean":
        return statistics.fmean(values)
    if over_seeds == "median":
        return statistics.median(values)
    if over_seeds == "standard-error":
        return statistics.stdev(values) / math.sqrt(len(values))
    return math.sqrt(statistics.fmean(value * value for value in values))


def _nobody_failed(row: Mapping[str, Any]) -> bool:
    """Whether a cell that is not ok was stopped, or could not begin for want of something on this machine."""
    stopped = row["status"] == "cancelled" or row["reason"] == NOT_RUN
    return stopped or (row["status"] == "unavailable" and row["phase"] in NEVER_BEGUN)


def _value(quantity: str, row: Mapping[str, Any]) -> float | None:
    """The metric of this name, else the fact."""
    value = row["metrics"].get(quantity, row["facts"].get(quantity))
    return None if value is None else float(value)


def _why_no_value(quantity: str, cell: Cell, row: Mapping[str, Any]) -> str:
    known = [*row["metrics"], *row["facts"]]
    if quantity in known:
        return (
            f"{cell.label}: {quantity} is undefined: {row['undefined'].get(quantity, 'no reason is given')}"
        )
    return f"{cell.label} has no metric or fact {quantity!r}; {nearest(quantity, known)}"
