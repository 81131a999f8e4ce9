"""How a run is shown: a live display on a terminal, plain lines elsewhere; separate so that the run draws nothing."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from carebench.jobs import TrialJob
from carebench.pace import Pace
from carebench.text import one_line, printable

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from carebench.jobs import Job
    from carebench.records import Record

_QUIET = frozenset({"ok", "unsuited"})
_LINE_EVERY_SECONDS = 15.0
_OTHER_LINES = 6


class LiveReporter:
    """An overall bar, the running cells with their times and what they said last, and failures above as they come."""

    def __init__(self, console: Console, pace: Pace | None = None) -> None:
        self.console = console
        self.pace = pace or Pace()
        self.bar = Progress(
            TextColumn("[bold]cells[/bold]"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            console=console,
            expand=True,
        )
        self.cells = self.bar.add_task("cells", total=None, left="")
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
        self.pace.started(job)

    def ended(self, job: Job) -> None:
        """A job came back."""
        self.pace.ended(job)

    def settled(self, record: Record) -> None:
        """A cell has its record."""
        self.pace.settled(record)
        self.counts[record.status] += 1
        self.bar.advance(self.cells)
        if record.status not in _QUIET:
            self.console.print(Text(failure_line(record), style="red"))

    def said(self, line: str) -> None:
        """Something that a person should know."""
        self.console.print(Text(printable(line), style="dim"))

    def _picture(self) -> Group:
        """The bar, a line for each running job as far as the screen goes, and the tally."""
        left = self.pace.left()
        self.bar.update(self.cells, left=left.words() if left else "")
        tally = "  ".join(f"{count} {status}" for status, count in sorted(self.counts.items()))
        shown = Text(tally, style="dim", no_wrap=True, overflow="ellipsis")
        return Group(self.bar, self._running(max(self.console.height - _OTHER_LINES, 1)), shown)

    def _running(self, lines: int) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", no_wrap=True, min_width=8)
        table.add_column(no_wrap=True, overflow="ellipsis")
        running = self.pace.running()
        for label, seconds in running[:lines]:
            shown = Text(one_line(label), overflow="ellipsis").append(
                f"  {self.pace.line(label)}", style="dim"
            )
            table.add_row(Text(f"{seconds:6.1f} s", style="cyan"), shown)
        if len(running) > lines:
            table.add_row("", Text(f"and {len(running) - lines} more", style="dim"))
        return table


class PlainReporter:
    """One line now and then, and one for each failure; for logs and pipes."""

    def __init__(self, console: Console, pace: Pace | None = None) -> None:
        self.console = console
        self.pace = pace or Pace()
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
        """Of a trial it is said now and then, with the best value so far, and of what is asked again once all is done."""
        self.pace.started(job)
        again = getattr(job, "repeat", False) and self.done == self.total
        if isinstance(job, TrialJob) and time.monotonic() - self.spoke > _LINE_EVERY_SECONDS:
            self.spoke = time.monotonic()
            self.said(one_line(job.label, 300))
        elif again:
            self.said(one_line(f"asked again, whether the answer is the same: {job.label}", 300))

    def ended(self, job: Job) -> None:
        """Nothing is said of an end."""
        self.pace.ended(job)

    def settled(self, record: Record) -> None:
        """A cell has its record."""
        self.pace.settled(record)
        self.done += 1
        if record.status not in _QUIET:
            self.said(failure_line(record))
        if self.done == self.total or time.monotonic() - self.spoke > _LINE_EVERY_SECONDS:
            self.spoke = time.monotonic()
            self.said(self._how_far())

    def said(self, line: str) -> None:
        """Something that a person should know."""
        self.console.print(Text(printable(line)), soft_wrap=True, highlight=False)

    def _how_far(self) -> str:
        left = self.pace.left() if self.done < self.total else None
        estimate = f"; {left.words()}" if left else ""
        return f"{self.done} of {self.total} cells done{estimate}"


def failure_line(record: Record) -> str:
    """One line that names cell, plugin, phase and cause."""
    phase = f" in {record.phase}" if record.phase else ""
    cell = f"{record.task} x {record.model} x {record.seed}"
    return one_line(
        f"{record.status}: {cell} ({record.plugin}, cell {record.key[:12]}){phase}: {record.reason}", 1_000
    )
