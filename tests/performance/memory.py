"""`memory`: what a driver needs to plan many cells, and to find that a finished store leaves nothing to do."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.performance.report import Section
from tests.performance.timing import in_process, in_turn, median

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.performance.timing import Effort

SIZES = (100, 1_000, 10_000, 100_000)
FINISHED = 10_000
QUICK_SIZES = (100, 1_000)
QUICK_FINISHED = 300


def memory(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    sizes, finished = (QUICK_SIZES, QUICK_FINISHED) if effort.quick else (SIZES, FINISHED)
    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as name:
        empty, full = Path(name, "empty"), Path(name, "full")
        in_process("planning", "fill", str(finished), str(full))
        contenders = {
            f"plan {cells}": functools.partial(_survey, cells, empty, settled=0) for cells in sizes
        } | {f"resume {finished}, all done": functools.partial(_survey, finished, full, settled=finished)}
        found = in_turn(contenders, effort.rounds)
    smallest = median([turn["mib"] for turn in found[f"plan {sizes[0]}"]])
    return Section(
        name="memory",
        title="the driver before its first job",
        headings=("what", "s", "peak MiB", "MiB over the smallest"),
        rows=[_row(what, turns, smallest) for what, turns in found.items()],
        sentences=[
            (
                "A process each: a plan of ten tasks, ten models and as many seeds as it takes, compared with a store, "
                "and an executor that does nothing."
            ),
            (
                "The finished store has a segment for every record and for every batch of ten scores, and all arrays; "
                "every checksum is verified."
            ),
        ],
    )


def _survey(cells: int, folder: Path, *, settled: int) -> dict[str, Any]:
    said = in_process("planning", "survey", str(cells), str(folder))
    if said["done"] != settled:
        raise RuntimeError(f"{said['done']} cells were taken as done; {settled} were expected")
    return said


def _row(what: str, turns: Sequence[dict[str, Any]], smallest: float) -> list[str]:
    spent, peak = (median([turn[name] for turn in turns]) for name in ("seconds", "mib"))
    return [what, f"{spent:.2f}", f"{peak:.1f}", f"{peak - smallest:.1f}"]
