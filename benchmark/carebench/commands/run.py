"""The command `run`: from the words of the command line to a complete store and a board."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.commands.board import print_board
from carebench.commands.completing import (
    FINE,
    Conditions,
    Outcome,
    carry_out,
    check_words,
    complete,
    say_how_it_ended,
)
from carebench.commands.narrowing import narrowed
from carebench.declared import checked
from carebench.discovery import discover
from carebench.plan import dotted_names, make_plan
from carebench.plugins import named_origin
from carebench.results import write_results
from carebench.store import Store
from carebench.suite import Part, Suite, find_suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from carebench.catalogue import Catalogue
    from carebench.events import JsonReporter
    from carebench.plan import Plan

#: The suite that runs where none is named.
DEFAULT = "quick"


@dataclass(frozen=True, kw_only=True)
class Request(Conditions):
    """What the user asked for, word by word; see `carebench run --help`. Without a suite it is `quick`."""

    suite: str = ""
    tasks: Sequence[str] = ()
    models: Sequence[str] = ()
    seeds: int | None = None
    tune: str | None = None
    out: Path | None = None


def run_suite(request: Request) -> int:
    """Complete the suite and write its board; returns the exit status: 0, 1 when cells are not ok, 130 when stopped."""
    return carry_out(request, lambda console, events: _complete_suite(request, console, events))


def _complete_suite(request: Request, console: Console, events: JsonReporter | None) -> Outcome:
    began = time.monotonic()
    check_words(request)
    plan = planned(request, console)
    store = Store(request.store.resolve())
    store.open_for_writing()
    completion = complete(plan, store, request, console, events, began=began)
    folder = request.out or Path("leaderboards") / plan.suite
    write_results(plan, store, folder)
    print_board(folder, console)
    say_how_it_ended(completion, request, console, time.monotonic() - began)
    summary = completion.summary
    status = 130 if summary.interrupted else 0 if set(summary.counts) <= FINE else 1
    return Outcome(status=status, summary=summary, board=folder, start_up=completion.start_up)


def planned(request: Request, console: Console) -> Plan:
    """The plan of what was asked for."""
    suite = requested_suite(request)
    with console.status("finding plugins"):
        dotted = dotted_names([*suite.every_model, *request.models])
        catalogue = discover(request.plugins, dotted, tuning=_tuned(suite, request))
    return make_plan(_completed(suite, request, catalogue), catalogue)


def _tuned(suite: Suite, request: Request) -> Sequence[str]:
    """Names or patterns that hold all models that would be tuned: what a plugin adds is not known yet."""
    if suite.tune is None:
        return []
    return request.models or (["*"] if request.plugins else list(suite.every_model))


def requested_suite(request: Request) -> Suite:
    """The suite with what the command line changes.

    Chosen tasks or models make another question of it, called `custom`, so that its board overwrites none. Where no
    suite was named they stand in place of its own; a named one is narrowed to them once the catalogue is there. Other
    seeds and limits, and what `--plugin` adds, leave it its name: they join the suite's own board.
    """
    suite = find_suite(request.suite or DEFAULT)
    changed: dict[str, Any] = {}
    if request.tasks or request.models:
        changed["name"] = "custom"
        changed["title"] = "Tasks and models chosen on the command line"
    changed |= _changed_grid(suite, request)
    changed["part"] = [_changed_grid(part, request) for part in suite.part]
    changed["tune"] = request.tune or suite.tune
    limits = suite.limits.model_dump()
    limits |= {"time": request.time_limit} if request.time_limit else {}
    limits |= {"memory": request.memory_limit} if request.memory_limit else {}
    return checked(Suite, suite.model_dump() | changed | {"limits": limits}, "the command line")


def _changed_grid(grid: Suite | Part, request: Request) -> dict[str, Any]:
    """A grid with what was chosen in place of its own; a named suite's keeps its tasks and models until it is narrowed."""
    chosen = ([], []) if request.suite else (list(request.tasks), list(request.models))
    return {
        "tasks": chosen[0] or grid.tasks,
        "models": chosen[1] or grid.models,
        "seeds": request.seeds or grid.seeds,
    }


def _completed(suite: Suite, request: Request, catalogue: Catalogue) -> Suite:
    """The suite with what plugins on the command line add, narrowed to what was chosen of it if it was named."""
    joined = _with_plugins(suite, request, catalogue)
    if request.suite and (request.tasks or request.models):
        return narrowed(joined, request.tasks, request.models, catalogue)
    return joined


def _with_plugins(suite: Suite, request: Request, catalogue: Catalogue) -> Suite:
    """A plugin named on the command line joins the suite with its models and tasks, unless others stand in their place."""
    named = {named_origin(plugin) for plugin in request.plugins}
    chosen = (False, False) if request.suite else (bool(request.tasks), bool(request.models))
    tasks = [] if chosen[0] else [entry.name for entry in catalogue.tasks if entry.origin in named]
    models = [] if chosen[1] else [entry.name for entry in catalogue.models if entry.origin in named]

    def joined(grid: Suite | Part) -> dict[str, Any]:
        return {"models": [*grid.models, *models], "tasks": [*grid.tasks, *tasks]}

    parts = [part.model_copy(update=joined(part)) for part in suite.part]
    return suite.model_copy(update={**joined(suite), "part": parts})
