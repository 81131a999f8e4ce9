"""From a plan to a complete store, as a command carries it out: executor, progress, signals, events.

Separate because `run` and `replicate` differ only in what they plan and in what they make of the scores.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rich.console import Console
from rich.markup import escape

from carebench.doctor import leftovers
from carebench.errors import CarebenchError, InfrastructureError, UsageError
from carebench.estimate import took
from carebench.events import JsonReporter, stdout_for_events
from carebench.executors.local import LocalExecutor
from carebench.jobs import Places
from carebench.names import nearest
from carebench.order import longest_first
from carebench.outstanding import QUARANTINED, survey
from carebench.pace import Pace, past_times
from carebench.pinning import cores
from carebench.progress import LiveReporter, PlainReporter
from carebench.records import Status
from carebench.run import Summary, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from carebench.executors import Executor
    from carebench.plan import Plan
    from carebench.store import Store

EXECUTORS = ("ray", "local")
FINE = frozenset({"ok", "unsuited"})


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Under which conditions cells run, word by word as the user asked; see `carebench run --help`."""

    plugins: Sequence[str] = ()
    executor: str = "ray"
    address: str = ""
    cpus: int | None = None
    time_limit: str | None = None
    memory_limit: str | None = None
    retry: Sequence[str] = ()
    store: Path = Path("results")
    json: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command ended: exit status, the run's summary, the board's folder if any, seconds before the first job."""

    status: int
    summary: Summary
    board: Path | None = None
    start_up: float | None = None


@dataclass(frozen=True, kw_only=True)
class Completion:
    """What became of a plan: the run's summary, and seconds before its first job, None when there was none."""

    summary: Summary
    start_up: float | None


def carry_out(conditions: Conditions, work: Callable[[Console, JsonReporter | None], Outcome]) -> int:
    """Do `work`, told to a person or, with `--json`, to a program as well; returns the exit status."""
    if not conditions.json:
        return work(Console(highlight=False), None).status
    with stdout_for_events() as stream:
        return _told_as_events(conditions, work, JsonReporter(stream))


def _told_as_events(
    conditions: Conditions, work: Callable[[Console, JsonReporter | None], Outcome], events: JsonReporter
) -> int:
    """Do `work`; the last event is `finished`, whatever happens."""
    try:
        outcome = work(Console(highlight=False, stderr=True), events)
    except CarebenchError as error:
        events.finished(error.status, store=conditions.store, error=str(error))
        raise
    except BaseException as error:
        stopped = isinstance(error, SystemExit | KeyboardInterrupt)
        status = 130 if stopped else InfrastructureError.status
        events.finished(status, store=conditions.store, error=f"{type(error).__name__}: {error}")
        raise
    events.finished(
        outcome.status,
        store=conditions.store,
        counts=outcome.summary.counts,
        interrupted=outcome.summary.interrupted,
        board=outcome.board,
        start_up=outcome.start_up,
    )
    return outcome.status


def check_words(conditions: Conditions) -> None:
    """Refuse an executor or a status that does not exist, before anything is done.

    Raises:
        UsageError: with the nearest name.
    """
    if conditions.executor not in EXECUTORS:
        raise UsageError(
            f"no executor is called {conditions.executor!r}; {nearest(conditions.executor, EXECUTORS)}"
        )
    _statuses(conditions.retry)


def complete(
    plan: Plan,
    store: Store,
    conditions: Conditions,
    console: Console,
    events: JsonReporter | None,
    *,
    began: float,
) -> Completion:
    """Complete the plan's cells in the store, shown on the console.

    Args:
        plan: what to do.
        store: open for writing.
        conditions: what the user asked for.
        console: for a person.
        events: for a program.
        began: when the command began, by `time.monotonic`.
    """
    places = Places(store=str(store.root), cache=str(store.root / "cache"))
    with (
        _nothing_left_behind(Path(places.cache)),
        _stop_on_signal() as stop,
        _executor(conditions, console) as executor,
    ):
        if conditions.address:
            executor.insist_that_nodes_agree(store.root, plan)
        view = store.read()
        retry = _statuses(conditions.retry)
        found = survey(plan, view, store, capacity=executor.capacity, retry=retry)
        past = past_times(view)
        found = replace(found, groups=longest_first(found.groups, past))
        pace = Pace(found.groups, past, executor.capacity.cpus)
        with _shown(console, pace) as shown:
            reporter = events.told_beside(shown) if events else shown
            summary = run(plan, store, executor, reporter, places=places, view=view, found=found, stop=stop)
    return Completion(summary=summary, start_up=None if pace.first is None else pace.first - began)


def say_how_it_ended(
    completion: Completion, conditions: Conditions, console: Console, seconds: float
) -> None:
    """The tally of cells, where they are kept, how long it took, and what to do about those that are not ok."""
    summary, start_up = completion.summary, completion.start_up
    tally = ", ".join(f"{count} {status}" for status, count in sorted(summary.counts.items()))
    share = "; nothing was left to do" if start_up is None else f", {took(start_up)} of it start-up"
    console.print(
        escape(f"Cells: {tally or 'none'}. Kept in {conditions.store}. The run took {took(seconds)}{share}."),
        soft_wrap=True,
    )
    if summary.interrupted:
        console.print("Stopped. The same command again completes what is missing.")
    elif not set(summary.counts) <= FINE:
        console.print(
            "`carebench show TASK,MODEL,SEED` says why a cell is not ok; `--retry all` tries those again.",
            soft_wrap=True,
        )


def _statuses(wanted: Sequence[str]) -> frozenset[str]:
    known = [*(status for status in get_args(Status) if status != "ok"), QUARANTINED]
    for status in wanted:
        if status not in (*known, "all"):
            raise UsageError(f"--retry {status}: {nearest(status, [*known, 'all'])}")
    return frozenset(set(known) - {QUARANTINED} if "all" in wanted else wanted)


@contextlib.contextmanager
def _nothing_left_behind(cache: Path) -> Iterator[None]:
    """End what killed runs left before this one starts, and what this one left when it ends."""
    _clear(cache)
    try:
        yield
    finally:
        _clear(cache)


def _clear(cache: Path) -> None:
    leftovers.clear(leftovers.leftovers())
    leftovers.clear(leftovers.half_copied(cache))


def _shown(console: Console, pace: Pace) -> LiveReporter | PlainReporter:
    return LiveReporter(console, pace) if console.is_terminal else PlainReporter(console, pace)


@contextlib.contextmanager
def _executor(conditions: Conditions, console: Console) -> Iterator[Executor]:
    with console.status(f"starting the executor {conditions.executor!r}"):
        executor = _start(conditions)
    with contextlib.closing(executor):
        yield executor


def _start(conditions: Conditions) -> Executor:
    if conditions.executor == "local":
        return LocalExecutor(conditions.cpus or cores())
    from carebench.executors.on_ray import RayExecutor

    return RayExecutor(conditions.cpus or cores(), conditions.address)


@contextlib.contextmanager
def _stop_on_signal() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C, SIGTERM or SIGHUP asks for a clean stop; the second ends at once."""
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            sys.exit(130)

    before = {
        number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield lambda: bool(received)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
