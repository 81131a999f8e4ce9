"""What a run tells of itself; separate because whoever shows it and whoever does it share nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from carebench.jobs import Job
    from carebench.records import Record


class Reporter(Protocol):
    """Whoever wants to know how the run goes."""

    def planned(self, total: int, done: int) -> None:
        """So many cells in all, of which so many were settled before."""

    def started(self, job: Job) -> None:
        """A job was handed to the executor."""

    def ended(self, job: Job) -> None:
        """A job came back."""

    def settled(self, record: Record) -> None:
        """A cell has its record."""

    def said(self, line: str) -> None:
        """Something that a person should know."""
