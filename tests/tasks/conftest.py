"""What several test modules of the tasks share: every task, cut once, and a folder of raw data if there is one."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import carebench_tasks
from carebench_tasks.estimated_task import EstimatedTask
from carebench_tasks.horizon_task import HorizonTask
from carebench_tasks.mortality.support2_hospital import DeathInHospital

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from carebench import Split, Truth

    Floats = NDArray[np.float64]

TASKS = {
    task.name: task
    for task in carebench_tasks.carebench_tasks()
    if isinstance(task, HorizonTask)
    and task.family == "mortality"
    and not isinstance(task, EstimatedTask | DeathInHospital)
}
FOLDED = sorted(name for name, task in TASKS.items() if task.design == "folds")


@pytest.fixture(scope="session")
def tasks() -> dict[str, HorizonTask]:
    """Every mortality task by name."""
    return TASKS


@pytest.fixture(scope="session")
def cut() -> Callable[[str, int], tuple[Split, Truth]]:
    """Split and truth of a task and seed, each cut once: tests only read them."""
    return cache(lambda name, seed: (TASKS[name].split(seed), TASKS[name].truth(seed)))


@pytest.fixture(params=sorted(TASKS))
def task(request: pytest.FixtureRequest) -> HorizonTask:
    """Each task in turn."""
    return TASKS[request.param]


@pytest.fixture(params=FOLDED)
def folded(request: pytest.FixtureRequest) -> HorizonTask:
    """Each cross-validated task in turn."""
    return TASKS[request.param]


@pytest.fixture
def raw_data() -> Path:
    """The folder of raw data that CAREBENCH_DATA names."""
    folder = os.environ.get("CAREBENCH_DATA")
    if not folder:
        pytest.skip("CAREBENCH_DATA is not set: it names the folder that holds support2/ and rhc/")
    return Path(folder)


@pytest.fixture
def simulated() -> tuple[Floats, Floats, Floats]:
    """300 patients: outcome, a good model's risk with ties, and another model's risk."""
    draw = np.random.default_rng(20240517)
    logit = draw.normal(-0.8, 1.2, 300)
    event = (draw.random(300) < 1 / (1 + np.exp(-logit))).astype(float)
    good, poor = (1 / (1 + np.exp(-(logit + draw.normal(0, noise, 300)))) for noise in (0.5, 1.5))
    return event, np.round(good, 2).clip(0.01, 0.99), np.round(poor, 2).clip(0.01, 0.99)
