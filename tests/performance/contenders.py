"""Those who do the same cells: a plain loop, joblib, Ray, carebench. Run as a module, one at a time, in a fresh process.

`python -m tests.performance.contenders NAME FOLDER WORKLOAD` ends with one line of JSON; see `Finish`.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.performance.work import Workload, one_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLOTS = 2
#: Cells that are done before the clock starts, of every kind of short model.
WARM_UP = 4


@dataclass(frozen=True, kw_only=True)
class Finish:
    """How a contender did.

    Attributes:
        cells_s: seconds from the first cell's start to the end; start-up and warm-up are not in it.
        mean: mean AUROC, which shows that all did the same work.
        parts: seconds of single parts, where they are known.
    """

    cells_s: float
    mean: float
    parts: dict[str, float] = field(default_factory=dict)


def plain(folder: Path, workload: Workload) -> Finish:
    """One cell after the other in this process."""
    for cell in workload.cells()[:WARM_UP]:
        one_cell(folder, *cell)
    began = time.monotonic()
    found = [one_cell(folder, *cell) for cell in workload.cells()]
    return Finish(cells_s=time.monotonic() - began, mean=statistics.mean(found))


def joblib(folder: Path, workload: Workload) -> Finish:
    """Joblib's own processes."""
    from joblib import Parallel, delayed

    with Parallel(n_jobs=SLOTS) as pool:
        pool(delayed(one_cell)(folder, *cell) for cell in SLOTS * workload.cells()[:WARM_UP])
        began = time.monotonic()
        found = pool(delayed(one_cell)(folder, *cell) for cell in workload.cells())
    return Finish(cells_s=time.monotonic() - began, mean=statistics.mean(found))


def ray(folder: Path, workload: Workload, **options: Any) -> Finish:
    """One Ray task a cell, with workers that are used again."""
    with _ray() as module:
        remote = module.remote(max_retries=0, **options)(one_cell)
        module.get([remote.remote(folder, *cell) for cell in SLOTS * workload.cells()[:WARM_UP]])
        began = time.monotonic()
        found = module.get([remote.remote(folder, *cell) for cell in workload.cells()])
        return Finish(cells_s=time.monotonic() - began, mean=statistics.mean(found))


def ray_fresh(folder: Path, workload: Workload) -> Finish:
    """One Ray task a cell, with a new worker for each."""
    return ray(folder, workload, max_calls=1)


def carebench_ray(_folder: Path, workload: Workload) -> Finish:
    """Carebench on Ray."""
    return _carebench("ray", workload)


def carebench_local(_folder: Path, workload: Workload) -> Finish:
    """Carebench without Ray."""
    return _carebench("local", workload)


def _carebench(executor: str, workload: Workload) -> Finish:
    from tests.performance.whole_run import whole_run

    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as folder:
        return whole_run(executor, workload, Path(folder))


@contextlib.contextmanager
def _ray() -> Iterator[Any]:
    """A Ray instance with nothing but two slots."""
    os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0"}
    import ray as module

    with tempfile.TemporaryDirectory(prefix="cb-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        module.init(address="local", num_cpus=SLOTS, include_dashboard=False, _temp_dir=folder, **quiet)
        yield module
        module.shutdown()


CONTENDERS: dict[str, Callable[[Path, Workload], Finish]] = {
    "plain": plain,
    "joblib": joblib,
    "ray": ray,
    "ray-fresh": ray_fresh,
    "carebench-ray": carebench_ray,
    "carebench-local": carebench_local,
}

if __name__ == "__main__":
    finish = CONTENDERS[sys.argv[1]](Path(sys.argv[2]), Workload(**json.loads(sys.argv[3])))
    print(json.dumps(asdict(finish)))  # noqa: T201 - read by whoever started this process
