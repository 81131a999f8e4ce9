"""`busy`: cells of about a second; how near a whole run comes to the time that its models compute."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.performance.contenders import SLOTS, Finish
from tests.performance.report import Section
from tests.performance.timing import in_process, in_turn, median
from tests.performance.work import Workload, write_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.performance.timing import Effort

FULL = Workload(kind="burn", tasks=5, models=10, seeds=2)
QUICK = Workload(kind="glow", tasks=2, models=6, seeds=1)
CONTENDERS = ("joblib", "carebench-local", "carebench-ray")
STARTING = ("discovery", "executor", "first split")
HEADINGS = ("contender", "wall s", "computed s", "ratio", "to joblib", "plugins s", "executor s", "split s")


def busy(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    workload = QUICK if effort.quick else FULL
    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as folder:
        write_data(Path(folder), workload)
        contenders = {name: functools.partial(finish, name, Path(folder), workload) for name in CONTENDERS}
        found = in_turn(contenders, effort.rounds)
    reference = median([each.cells_s for each in found["joblib"]])
    loops = "ten million" if workload is FULL else "three million"
    return Section(
        name="busy",
        title=f"{workload.size} cells of {loops} passes of a Python loop each, {SLOTS} at a time",
        headings=HEADINGS,
        rows=[_row(name, each, reference) for name, each in found.items()],
        sentences=[
            (
                "Wall: from the first cell's start to the last score, with splits, records on the disk and scores. "
                f"Computed: the seconds that the children spent in fit and predict. Ratio: wall over computed by {SLOTS} slots; "
                "the aim is 1.15."
            ),
            (
                "A child that has to share its core computes longer, which flatters that ratio; joblib's wall time "
                "for the same fits, without isolation or records, is the harder comparison: `to joblib`."
            ),
            (
                "Start-up is apart: finding plugins, start of the executor, and the first split, with the "
                "start of the templates in it."
            ),
        ],
    )


def finish(name: str, folder: Path, workload: Workload) -> Finish:
    """How a contender does in a process of its own."""
    return Finish(**in_process("contenders", name, str(folder), workload.text))


def _row(name: str, found: Sequence[Finish], reference: float) -> list[str]:
    wall = median([each.cells_s for each in found])
    row = [name, f"{wall:.2f}"]
    if not found[0].parts:
        return [*row, "", "", f"{wall / reference:.2f}", *[""] * len(STARTING)]
    computed = median([each.parts["computed"] for each in found])
    ratio = median([each.cells_s * SLOTS / each.parts["computed"] for each in found])
    starting = [f"{median([each.parts[part] for each in found]):.2f}" for part in STARTING]
    return [*row, f"{computed:.2f}", f"{ratio:.3f}", f"{wall / reference:.2f}", *starting]
