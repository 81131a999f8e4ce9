"""`short`: cells of about 15 ms; what a cell costs beyond its own work, beside what others charge for less."""

from __future__ import annotations

import functools
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.performance import benchopt_folder
from tests.performance.busy import finish
from tests.performance.contenders import SLOTS
from tests.performance.report import Section
from tests.performance.timing import in_turn, median, surroundings
from tests.performance.work import Workload, write_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.performance.contenders import Finish
    from tests.performance.timing import Effort

FULL = Workload(kind="short", tasks=5, models=20, seeds=20)
QUICK = Workload(kind="short", tasks=5, models=6, seeds=2)
START = Workload(kind="short", tasks=2, models=4, seeds=1)
FRESH = Workload(kind="short", tasks=2, models=12, seeds=1)
GIVES = {
    "plain": "one process, one loop",
    "joblib": "used processes",
    "ray": "used workers",
    "ray-fresh": "a new worker a cell (max_calls=1)",
    "benchopt": "used processes, a results table at the end",
    "carebench-local": "a process, limits and a durable record a cell",
    "carebench-ray": "likewise, placed by Ray",
}
HEADINGS = ("contender", "cells", "ms a cell", "slot-ms over plain", f"{START.size} cells s", "mean AUROC")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """How a contender did with hardly any cells, how long that took from nothing, and how it did with all."""

    start: Finish
    start_wall_s: float
    whole: Finish


def short(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    workload = QUICK if effort.quick else FULL
    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as folder:
        write_data(Path(folder), workload)
        contenders = {
            name: functools.partial(_measure, name, Path(folder), _workload_of(name, workload))
            for name in GIVES
            if name != "benchopt" or benchopt_folder.version()
        }
        found = in_turn(contenders, effort.rounds)
    costs = {
        name: median([_cost(each, _workload_of(name, workload)) for each in turns])
        for name, turns in found.items()
    }
    return Section(
        name="short",
        title=f"{workload.size} cells of scikit-learn on five data sets, {SLOTS} at a time",
        headings=HEADINGS,
        rows=[_row(name, turns[0], costs, _workload_of(name, workload)) for name, turns in found.items()],
        sentences=_sentences(),
    )


def _sentences() -> list[str]:
    return [
        (
            f"A cell's cost is the wall time of a run less that of one of {START.size} cells, divided by the cells "
            "between them: start-up and imports drop out, and are in the column before the last. Its "
            "slots' time is that cost times the number of slots; what remains of it without the plain loop's cost is "
            "overhead."
        ),
        (
            "All do the same fits on the same matrices: 400 training rows, 8 columns, one thread; equal mean AUROC "
            "shows it. carebench also cuts every split, scores in a process of its own, and forces answers, "
            "scores and records to the disk; its second look at one cell of each model is switched off."
        ),
        "Each cell gets, of " + "; ".join(f"{name}: {gives}" for name, gives in GIVES.items()) + ".",
        _about_benchopt(),
    ]


def _about_benchopt() -> str:
    known = benchopt_folder.version()
    if not known:
        return "benchopt is not installed; the extra `bench` brings it."
    return f"benchopt {known} runs the same cells as a benchmark of its own, without cache and plots, on its loky workers."


def _workload_of(name: str, workload: Workload) -> Workload:
    """A new worker a cell is so slow that fewer cells must do."""
    return FRESH if name == "ray-fresh" else workload


def _measure(name: str, data: Path, workload: Workload) -> Measured:
    """How a contender does with hardly any cells, and with all."""
    act: Callable[[Workload], Finish] = (
        functools.partial(_benchopt, data) if name == "benchopt" else functools.partial(finish, name, data)
    )
    began = time.perf_counter()
    start = act(START)
    return Measured(start=start, start_wall_s=time.perf_counter() - began, whole=act(workload))


def _benchopt(data: Path, workload: Workload) -> Finish:
    with tempfile.TemporaryDirectory(prefix="carebench-benchopt-") as folder:
        benchopt_folder.write_folder(Path(folder), data, workload)
        return benchopt_folder.run_folder(Path(folder), workload, surroundings())


def _cost(measured: Measured, workload: Workload) -> float:
    """Milliseconds a cell."""
    return 1000 * (measured.whole.cells_s - measured.start.cells_s) / (workload.size - START.size)


def _row(name: str, measured: Measured, costs: dict[str, float], workload: Workload) -> list[str]:
    slots = 1 if name == "plain" else SLOTS
    over = "" if name == "plain" else f"{costs[name] * slots - costs['plain']:.1f}"
    return [
        name,
        str(workload.size),
        f"{costs[name]:.1f}",
        over,
        f"{measured.start_wall_s:.1f}",
        f"{measured.whole.mean:.6f}",
    ]
