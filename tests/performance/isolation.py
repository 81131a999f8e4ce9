"""`isolation`: what a process of its own costs an answer that does nothing, by the two ways to start one."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from carebench.jobs import AnswerJob, Places, Prepared, PrepareJob
from carebench.store import Store
from carebench.workers.answering import answer
from carebench.workers.preparing import prepare
from carebench.workers.slot import Slot
from tests.performance.report import Section
from tests.performance.timing import in_turn, median, seconds
from tests.performance.whole_run import planned
from tests.performance.work import Workload, one_cell, write_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.performance.timing import Effort

IDLE = Workload(kind="idle", tasks=1, models=1, seeds=1)
TURNS = 30


def isolation(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as folder:
        found = _measure(Path(folder), 3 if effort.quick else TURNS)
    reference = found["joblib"]
    return Section(
        name="isolation",
        title="one answer that does nothing",
        headings=("how", "ms", "more than joblib"),
        rows=[
            [name, f"{1000 * spent:.1f}", f"{1000 * (spent - reference):.1f}"]
            for name, spent in found.items()
        ],
        sentences=[
            (
                "One at a time, medians after a warm-up. The children's answers are checked and published with a "
                "record, forced to the disk; joblib's warm loky worker returns a number."
            )
        ],
    )


def _measure(folder: Path, rounds: int) -> dict[str, float]:
    from joblib import Parallel, delayed

    write_data(folder, IDLE)
    job, warm, cold = _job(folder), Slot(), Slot(warm=False)
    with Parallel(n_jobs=2) as pool:
        (cell,) = IDLE.cells()
        contenders: dict[str, Callable[[], object]] = {
            "joblib": lambda: pool([delayed(one_cell)(folder, *cell)]),
            "forked from a template": lambda: answer(job, _never, warm),
            "exec'd": lambda: answer(job, _never, cold),
        }
        timed = {name: functools.partial(seconds, act) for name, act in contenders.items()}
        in_turn(timed, 2)
        found = in_turn(timed, rounds)
    warm.close()
    return {name: median(turns) for name, turns in found.items()}


def _job(folder: Path) -> AnswerJob:
    """The one cell, with its split prepared."""
    plan, places = planned(IDLE), Places(store=str(folder / "store"), cache=str(folder / "cache"))
    Store(folder / "store").open_for_writing()
    ((_, task, model),) = plan.cells()
    split = prepare(
        PrepareJob(task=task, seed=0, limits=plan.limits, places=places), _never, Slot(warm=False)
    )
    assert isinstance(split, Prepared)
    return AnswerJob(
        task=task,
        model=model,
        family=plan.families[0],
        seed=0,
        split=split,
        limits=plan.limits,
        places=places,
    )


def _never() -> bool:
    return False
