"""`board`: from a results table to standings and a page."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from carebench.packs import write_packs
from tests.leaderboard import synthetic
from tests.performance.board_browser import available, browse
from tests.performance.report import Section
from tests.performance.timing import in_process, median

if TYPE_CHECKING:
    from tests.performance.timing import Effort

#: Tasks, models and seeds.
SHAPES = ((10, 15, 10), (25, 60, 10), (100, 100, 10))
QUICK = ((2, 3, 5), (3, 10, 5))
PATIENTS = 100
BROWSED = ("ready", "models", "tasks")


def board(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    return Section(
        name="board",
        title="standings and page from finished results, and the page in a browser",
        headings=(
            *("cells", "standings s", "standings, files and page s", "peak MiB", "page MB"),
            *("ready s", "filter of models ms", "filter of tasks ms", "ms a cell"),
        ),
        rows=[_row(shape, effort.rounds) for shape in (QUICK if effort.quick else SHAPES)],
        sentences=[
            (
                f"Synthetic results of tasks with {PATIENTS} tested patients a fold, all with contributions to the AUROC, packed as a run packs them. "
                "Standings: reading the table and the contributions, intervals, differences, ranks, ties and replicates. "
                "Page: everything beside `index.html` that a reader may load; a visit loads the overview's part. Ready, "
                "and filters: in headless Chromium, from the address to the overview, and from a letter to the new layout."
            )
        ],
    )


def _row(shape: tuple[int, int, int], rounds: int) -> list[str]:
    cells = int(np.prod(shape))
    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as name:
        folder = Path(name)
        _write(folder, shape)
        turns = [in_process("board_once", name) for _ in range(rounds)]
        found = {key: median([turn[key] for turn in turns]) for key in turns[0]}
        page = sum(path.stat().st_size for path in [folder / "index.html", *folder.rglob("*.js")]) / 1e6
        seen = browse(folder, rounds) if available() else {}
    return [
        *(f"{cells:,}", f"{found['standings']:.2f}", f"{found['all']:.2f}", f"{found['peak_mib']:.0f}"),
        *(f"{page:.1f}", f"{seen['ready']:.2f}" if seen else "no browser"),
        *(f"{seen[key]:.0f}" if seen else "-" for key in BROWSED[1:]),
        f"{1000 * found['all'] / cells:.2f}",
    ]


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
    write_packs(cells, lambda digest: folder / "contributions" / f"{digest}.npy", folder / "contributions")


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
    return f"mortality/task-{number:03d}"


def _model(number: int) -> str:
    return f"model-{number:03d}"
