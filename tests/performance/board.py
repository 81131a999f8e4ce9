"""`board`: from a results table to standings and a page."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carebench_leaderboard import read_board, write_board
from tests.leaderboard import synthetic
from tests.performance.report import Section
from tests.performance.timing import in_turn, median, seconds

if TYPE_CHECKING:
    from tests.performance.timing import Effort

#: Tasks, models and seeds.
SHAPES = ((10, 15, 10), (25, 60, 10))
QUICK = ((2, 3, 5), (3, 10, 5))
PATIENTS = 100


def board(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    return Section(
        name="board",
        title="standings and page from finished results",
        headings=("cells", "standings s", "standings, files and page s", "page MB", "ms a cell"),
        rows=[_row(shape, effort.rounds) for shape in (QUICK if effort.quick else SHAPES)],
        sentences=[
            (
                f"Synthetic results of tasks with {PATIENTS} tested patients a fold, all with contributions to the AUROC. "
                "Standings: reading the table and the contributions, intervals, differences and ranks."
            )
        ],
    )


def _row(shape: tuple[int, int, int], rounds: int) -> list[str]:
    cells = int(np.prod(shape))
    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as name:
        folder = Path(name)
        _write(folder, shape)
        contenders = {
            "standings": functools.partial(seconds, lambda: read_board(folder)),
            "all": functools.partial(seconds, lambda: write_board(folder)),
        }
        found = {name: median(turns) for name, turns in in_turn(contenders, rounds).items()}
        page = (folder / "index.html").stat().st_size / 1e6
    each = 1000 * found["all"] / cells
    return [str(cells), f"{found['standings']:.2f}", f"{found['all']:.2f}", f"{page:.2f}", f"{each:.2f}"]


def _write(folder: Path, shape: tuple[int, int, int]) -> None:
    tasks, models, seeds = shape
    cells = [
        cell for task in range(tasks) for seed in range(seeds) for cell in _cells(folder, task, seed, models)
    ]
    synthetic.write(
        folder,
        synthetic.table(
            tasks=[synthetic.task(_task(number)) for number in range(tasks)],
            models=[synthetic.model(_model(number)) for number in range(models)],
            cells=cells,
        ),
    )


def _cells(folder: Path, task: int, seed: int, models: int) -> list[synthetic.Row]:
    """The cells of one task and seed: better models have smaller numbers."""
    draw = np.random.default_rng([task, seed])
    units = (np.arange(PATIENTS) + PATIENTS * (seed + 1000 * task)).tolist()
    truth = draw.normal(size=PATIENTS)
    event = truth + draw.logistic(scale=0.5, size=PATIENTS) > 0
    found = []
    for number in range(models):
        risk = truth + draw.normal(scale=1 + 3 * number / models, size=PATIENTS)
        row = synthetic.cell(_task(task), _model(number), seed, synthetic.auroc(event, risk))
        influence = synthetic.delong(event, risk).tolist()
        found.append(synthetic.with_units(folder, row, units, influence))
    return found


def _task(number: int) -> str:
    return f"mortality/task-{number:02d}"


def _model(number: int) -> str:
    return f"model-{number:02d}"
