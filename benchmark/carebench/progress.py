"""How a run is shown: a live display on a terminal, plain lines elsewhere; separate so that the run draws nothing."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from carebench.jobs import Job
    from carebench.records import Record

_QUIET = frozenset({"ok", "unsuited"})
_LINE_EVERY_SECONDS = 15.0


class LiveReporter:
    """An overall bar, the running cells with their times, and failures as they come."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar = Progress(
            TextColumn("[bold]cells[/bold]"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            expand=True,
        )
        self.cells = self.bar.add_task("cells", total=None)
        self.running: dict[str, float] = {}
        self.counts: Counter[str] = Counter()
        self.live = Live(console=console, get_renderable=self._picture, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()

    def planned(self, total: int, done: int) -> None:
        """So many cells in all, of which so many were done before."""
        self.bar.update(self.cells, total=total, completed=done)
        if done:
            self.said(f"{done} of {total} cells were done before")

    def started(self, job: Job) -> None:
        """A job was handed to the executor."""
        self.running[job.label] = time.monotonic()

    def ended(self, job: Job) -> None:
        """A job came back."""
        self.running.pop(job.label, None)

    def settled(self, record: Record) -> None:
        """A cell has its record."""
        self.counts[record.status] += 1
        self.bar.advance(self.cells)
        if record.status not in _QUIET:
            self.console.print(Text(failure_line(record), style="red"))

    def said(self, line: str) -> None:
        """Something that a person should know."""
        self.console.print(escape(line), style="dim")

    def _picture(self) -> Group:
        now = time.monotonic()
        table = Table.grid(padding=(0, 2))
        for label, began in list(self.running.items()):
            table.add_row(Text(f"{now - began:6.1f} s", style="cyan"), Text(label))
        tally = "  ".join(f"{count} {status}" for status, count in sorted(self.counts.items()))
        return Group(self.bar, table, Text(tally, style="dim"))


class PlainReporter:
    """One line now and then, and one for each failure; for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.total = self.done = 0
        self.spoke = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def planned(self, total: int, done: int) -> None:
        """So many cells in all, of which so many were done before."""
        self.total, self.done = total, done
        self.said(f"{total} cells, {done} done before")

    def started(self, job: Job) -> None:
        """Nothing is said of a start."""

    def ended(self, job: Job) -> None:
        """Nothing is said of an end."""

    def settled(self, record: Record) -> None:
        """A cell has its record."""
        self.done += 1
        if record.status not in _QUIET:
            self.said(failure_line(record))
        if self.done == self.total or time.monotonic() - self.spoke > _LINE_EVERY_SECONDS:
            self.spoke = time.monotonic()
            self.said(f"{self.done} of {self.total} cells done")

    def said(self, line: str) -> None:
        """Something that a person should know."""
        self.console.print(escape(line), soft_wrap=True, highlight=False)


def failure_line(record: Record) -> str:
    """One line that names cell, plugin, phase and cause."""
    phase = f" in {record.phase}" if record.phase else ""
    cell = f"{record.task} x {record.model} x {record.seed}"
    return f"{record.status}: {cell} ({record.plugin}, cell {record.key[:12]}){phase}: {record.reason}"
