"""The command `run`: from the words of the command line to a complete store and a board."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from rich.console import Console
from rich.markup import escape

from carebench.commands.board import print_board
from carebench.discovery import discover
from carebench.doctor import leftovers
from carebench.errors import CarebenchError, InfrastructureError, UsageError
from carebench.estimate import took
from carebench.events import JsonReporter, stdout_for_events
from carebench.executors.local import LocalExecutor
from carebench.jobs import Places
from carebench.names import nearest
from carebench.outstanding import QUARANTINED, survey
from carebench.pace import Pace
from carebench.pinning import cores
from carebench.plan import Plan, dotted_names, make_plan
from carebench.plugins import named_origin
from carebench.progress import LiveReporter, PlainReporter
from carebench.records import Status
from carebench.results import write_results
from carebench.run import Summary
from carebench.run import run as complete
from carebench.store import Store
from carebench.suite import Suite, check_suite, find_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from carebench.catalogue import Catalogue
    from carebench.executors import Executor

EXECUTORS = ("ray", "local")
FINE = frozenset({"ok", "unsuited"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the user asked for, word by word; see `carebench run --help`."""

    suite: str = "quick"
    tasks: Sequence[str] = ()
    models: Sequence[str] = ()
    plugins: Sequence[str] = ()
    seeds: int | None = None
    executor: str = "ray"
    address: str = ""
    cpus: int | None = None
    time_limit: str | None = None
    memory_limit: str | None = None
    retry: Sequence[str] = ()
    tune: str | None = None
    store: Path = Path("results")
    out: Path | None = None
    json: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the command ended: the run's summary, the folder of the board, and seconds before the first job."""

    summary: Summary
    board: Path
    start_up: float | None

    @property
    def status(self) -> int:
        """The exit status: 0, 1 when cells are not ok, 130 when stopped."""
        if self.summary.interrupted:
            return 130
        return 0 if set(self.summary.counts) <= FINE else 1


def run_suite(request: Request) -> int:
    """Complete the suite and write its board; returns the exit status, see `Outcome.status`."""
    if not request.json:
        return _carry_out(request, Console(highlight=False)).status
    with stdout_for_events() as stream:
        return _told_as_events(request, JsonReporter(stream))


def _told_as_events(request: Request, events: JsonReporter) -> int:
    """Carry out the request; the last event is `finished`, whatever happens."""
    try:
        outcome = _carry_out(request, Console(highlight=False, stderr=True), events)
    except CarebenchError as error:
        events.finished(error.status, store=request.store, error=str(error))
        raise
    except BaseException as error:
        stopped = isinstance(error, SystemExit | KeyboardInterrupt)
        status = 130 if stopped else InfrastructureError.status
        events.finished(status, store=request.store, error=f"{type(error).__name__}: {error}")
        raise
    summary = outcome.summary
    events.finished(
        outcome.status,
        store=request.store,
        counts=summary.counts,
        interrupted=summary.interrupted,
        board=outcome.board,
        start_up=outcome.start_up,
    )
    return outcome.status


def _carry_out(request: Request, console: Console, events: JsonReporter | None = None) -> Outcome:
    began = time.monotonic()
    if request.executor not in EXECUTORS:
        raise UsageError(
            f"no executor is called {request.executor!r}; {nearest(request.executor, EXECUTORS)}"
        )
    retry = _statuses(request.retry)
    suite = requested_suite(request)
    with console.status("finding plugins"):
        catalogue = discover(request.plugins, dotted_names(suite.models))
    plan = make_plan(_with_plugins(suite, request, catalogue), catalogue)
    store = Store(request.store.resolve())
    store.open_for_writing()
    summary, pace = _complete(plan, store, request, retry, console, events)
    folder = request.out or Path("leaderboards") / plan.suite
    write_results(plan, store, folder)
    print_board(folder, console)
    start_up = None if pace.first is None else pace.first - began
    _say_how_it_ended(summary, request, console, time.monotonic() - began, start_up)
    return Outcome(summary=summary, board=folder, start_up=start_up)


def requested_suite(request: Request) -> Suite:
    """The suite with what the command line changes; a changed grid is called `custom`."""
    suite = find_suite(request.suite)
    changed: dict[str, Any] = {}
    if request.tasks or request.models:
        changed["name"] = "custom"
        changed["title"] = "Tasks and models chosen on the command line"
    changed["tasks"] = list(request.tasks) or suite.tasks
    changed["models"] = list(request.models) or suite.models
    changed["seeds"] = request.seeds or suite.seeds
    changed["tune"] = request.tune or suite.tune
    limits = suite.limits.model_dump()
    limits |= {"time": request.time_limit} if request.time_limit else {}
    limits |= {"memory": request.memory_limit} if request.memory_limit else {}
    return check_suite(suite.model_dump() | changed | {"limits": limits}, "the command line")


def _with_plugins(suite: Suite, request: Request, catalogue: Catalogue) -> Suite:
    """A plugin named on the command line joins the suite with its models and tasks, unless these were chosen."""
    named = {named_origin(plugin) for plugin in request.plugins}
    models = [] if request.models else [entry.name for entry in catalogue.models if entry.origin in named]
    tasks = [] if request.tasks else [entry.name for entry in catalogue.tasks if entry.origin in named]
    return suite.model_copy(update={"models": [*suite.models, *models], "tasks": [*suite.tasks, *tasks]})


def _statuses(wanted: Sequence[str]) -> frozenset[str]:
    known = [*(status for status in get_args(Status) if status != "ok"), QUARANTINED]
    for status in wanted:
        if status not in (*known, "all"):
            raise UsageError(f"--retry {status}: {nearest(status, [*known, 'all'])}")
    return frozenset(set(known) - {QUARANTINED} if "all" in wanted else wanted)


def _complete(
    plan: Plan,
    store: Store,
    request: Request,
    retry: frozenset[str],
    console: Console,
    events: JsonReporter | None,
) -> tuple[Summary, Pace]:
    places = Places(store=str(store.root), cache=str(store.root / "cache"))
    with _nothing_left_behind(), _stop_on_signal() as stop, _executor(request, console) as executor:
        _insist_that_nodes_agree(executor, request, plan, store)
        view = store.read()
        found = survey(plan, view, store, capacity=executor.capacity, retry=retry)
        pace = Pace(found.groups, view, executor.capacity.cpus)
        with _shown(console, pace) as shown:
            reporter = events.told_beside(shown) if events else shown
            summary = complete(
                plan, store, executor, reporter, places=places, view=view, found=found, stop=stop
            )
    return summary, pace


@contextlib.contextmanager
def _nothing_left_behind() -> Iterator[None]:
    """End what killed runs left before this one starts, and what this one left when it ends."""
    leftovers.clear(leftovers.leftovers())
    try:
        yield
    finally:
        leftovers.clear(leftovers.leftovers())


def _shown(console: Console, pace: Pace) -> LiveReporter | PlainReporter:
    return LiveReporter(console, pace) if console.is_terminal else PlainReporter(console, pace)


@contextlib.contextmanager
def _executor(request: Request, console: Console) -> Iterator[Executor]:
    with console.status(f"starting the executor {request.executor!r}"):
        executor = _start(request)
    with contextlib.closing(executor):
        yield executor


def _start(request: Request) -> Executor:
    if request.executor == "local":
        return LocalExecutor(request.cpus or cores())
    from carebench.executors.on_ray import RayExecutor

    return RayExecutor(request.cpus or cores(), request.address)


def _insist_that_nodes_agree(executor: Executor, request: Request, plan: Plan, store: Store) -> None:
    if request.address:
        origins = [*(task.origin for task in plan.tasks), *(model.origin for model in plan.models)]
        files = sorted({origin.target for origin in origins if origin.kind == "file"})
        executor.insist_that_nodes_agree(store.root, files)


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


def _say_how_it_ended(
    summary: Summary, request: Request, console: Console, seconds: float, start_up: float | None
) -> None:
    tally = ", ".join(f"{count} {status}" for status, count in sorted(summary.counts.items()))
    share = "; nothing was left to do" if start_up is None else f", {took(start_up)} of it start-up"
    console.print(
        escape(f"Cells: {tally or 'none'}. Kept in {request.store}. The run took {took(seconds)}{share}."),
        soft_wrap=True,
    )
    if summary.interrupted:
        console.print("Stopped. The same command again completes what is missing.")
    elif not set(summary.counts) <= FINE:
        console.print(
            "`carebench show TASK,MODEL,SEED` says why a cell is not ok; `--retry all` tries those again.",
            soft_wrap=True,
        )
