"""How a run is told to a program: one JSON object a line; separate because it draws nothing and needs no terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import IO, TYPE_CHECKING, Any, Self

from carebench.canonical import dump
from carebench.pace import work_of
from carebench.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from carebench.jobs import Job
    from carebench.records import Record
    from carebench.reporter import Reporter

FORMAT = "carebench-events/1"


class JsonReporter:
    """Writes every event of a run as one line of canonical JSON, and tells a person as well.

    Every line has `format`, `event`, and `at`: seconds since the command began. The events, in
    the order in which they may come:

    * `said`: `line`, a sentence for people. May come at any time.
    * `planned`: `cells` in all, and how many were `done_before`. At most once.
    * `started` and `ended`: a job with its `label`, `kind` (`prepare`, `answer`, `score`, or, when a model is
      tuned, `trial` or `select`), `task`, `seed` and `model`, which is null for `prepare` and `score`; `repeat` says that the cell was answered before and
      is answered again to see whether it can be reproduced.
    * `settled`: a cell has its record: `key`, `task`, `model`, `seed`, `status`, `reason`, `phase`, `plugin`,
      and `wall_s`, null when it was never started.
    * `compared`, of `carebench replicate` alone: a published number and ours, as in `replications.json`.
    * `finished`: always the last, whatever happened: the exit `status`; `counts`, cells by status, those
      done before included; whether it was `interrupted`; path of the `board`, null when none was
      written; path of the `store`; `start_up_s`, seconds before the first job, null when there was none; and
      `error`, empty unless one ended the run.

    Fields may be added; a change of meaning changes `format`. A reader that goes away stops no run.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.beside: Reporter | None = None
        self._stream: IO[bytes] | None = stream
        self._began = time.monotonic()

    def told_beside(self, reporter: Reporter) -> Self:
        """Pass every event on to `reporter` as well, which shows it to a person."""
        self.beside = reporter
        return self

    def planned(self, total: int, done: int) -> None:
        """So many cells in all, of which so many were done before."""
        self._tell("planned", cells=total, done_before=done)
        if self.beside:
            self.beside.planned(total, done)

    def started(self, job: Job) -> None:
        """A job was handed to the executor."""
        self._tell("started", **_job(job))
        if self.beside:
            self.beside.started(job)

    def ended(self, job: Job) -> None:
        """A job came back."""
        self._tell("ended", **_job(job))
        if self.beside:
            self.beside.ended(job)

    def settled(self, record: Record) -> None:
        """A cell has its record."""
        kept = ("key", "task", "model", "seed", "status", "reason", "phase", "plugin")
        fields = {name: getattr(record, name) for name in kept}
        self._tell("settled", **fields, wall_s=record.cost.get("wall_s"))
        if self.beside:
            self.beside.settled(record)

    def said(self, line: str) -> None:
        """Something that a person should know."""
        self._tell("said", line=printable(line))
        if self.beside:
            self.beside.said(line)

    def compared(self, comparison: Mapping[str, Any]) -> None:
        """A published number was compared with ours."""
        self._tell("compared", **comparison)

    def finished(
        self,
        status: int,
        *,
        store: Path,
        counts: Mapping[str, int] | None = None,
        interrupted: bool = False,
        board: Path | None = None,
        start_up: float | None = None,
        error: str = "",
    ) -> None:
        """The command ends with this exit status; nothing comes after."""
        self._tell(
            "finished",
            status=status,
            counts=dict(counts or {}),
            interrupted=interrupted,
            board=None if board is None else str(board.resolve()),
            store=str(store.resolve()),
            start_up_s=None if start_up is None else round(start_up, 3),
            error=printable(error),
        )

    def _tell(self, event: str, **fields: Any) -> None:
        line = dump(
            {"format": FORMAT, "event": event, "at": round(time.monotonic() - self._began, 3), **fields}
        )
        try:
            if self._stream is not None:
                self._stream.write(line + b"\n")
                self._stream.flush()
        except BrokenPipeError:
            self._stream = None


@contextlib.contextmanager
def stdout_for_events() -> Iterator[IO[bytes]]:
    """The standard output for events alone: what anybody else writes there, native code included, goes to stderr."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "wb", buffering=0) as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _job(job: Job) -> dict[str, Any]:
    work = work_of(job)
    return {
        "label": job.label,
        "kind": work.kind,
        "task": work.task,
        "seed": job.seed,
        "model": work.model or None,
        "repeat": getattr(job, "repeat", False),
    }
