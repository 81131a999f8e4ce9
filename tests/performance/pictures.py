"""`pictures`: what reading a folder of WILDS's camelyon17 needs, as it grows: memory should not grow with it.

Separate from the benchmarks of the runner: here one folder is read, in a process of its own.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.performance.report import Section
from tests.performance.timing import in_process, in_turn, median, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.performance.timing import Effort

SIZES, QUICK_SIZES = (500, 3_000), (50, 200)


def pictures(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    from tests.tasks.wilds_layout import write_camelyon17

    sizes = QUICK_SIZES if effort.quick else SIZES
    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as name:
        contenders = {}
        for size in sizes:
            root = Path(name, str(size))
            root.mkdir()
            write_camelyon17(root, patches=size // 5)
            for how in ("loader", "patches"):
                contenders[f"{how}, {size:,} patches"] = functools.partial(
                    in_process, "pictures", how, str(root)
                )
        found = in_turn(contenders, effort.rounds)
    return Section(
        name="pictures",
        title="a folder of patches, read to its end",
        headings=("what", "s", "patches a second", "peak MiB over the opened folder"),
        rows=[_row(what, turns) for what, turns in found.items()],
        sentences=[
            "A process each, one thread. `loader`: WILDS's evaluation loader in batches of 64; `patches`: what the task keeps, pixels and 38 numbers a patch.",
            "All the patches of the larger folder would take six times the memory of the smaller one's, 26 KiB each, were they kept.",
        ],
    )


def _row(what: str, turns: Sequence[dict[str, Any]]) -> list[str]:
    spent, rate, peak = (median([turn[name] for turn in turns]) for name in ("seconds", "rate", "mib"))
    return [what, f"{spent:.2f}", f"{rate:.0f}", f"{peak:.1f}"]


def loader(dataset: Any) -> None:
    """What a WILDS user writes: batches of tensors, each let go."""
    import numpy as np
    import torch
    from wilds.common.data_loaders import get_eval_loader

    def tensor(picture: Any) -> Any:
        return torch.from_numpy(np.array(picture, np.float32)).permute(2, 0, 1)

    for name in ("train", "id_val", "val", "test"):
        for x, _, _ in get_eval_loader("standard", dataset.get_subset(name, transform=tensor), batch_size=64):
            x.mean()


def patches(dataset: Any) -> None:
    """What the task keeps."""
    from carebench_tasks.shift.camelyon17 import write_patches

    with tempfile.TemporaryDirectory(prefix="carebench-speed-") as folder:
        write_patches(dataset, Path(folder))


def _read(how: str, root: str) -> dict[str, float]:
    import resource

    from carebench_tasks.wilds_adapter import open_dataset

    dataset = open_dataset("camelyon17", Path(root))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = seconds(lambda: {"loader": loader, "patches": patches}[how](dataset))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": spent, "rate": len(dataset) / spent, "mib": (peak - before) / 1024}


if __name__ == "__main__":
    print(json.dumps(_read(sys.argv[1], sys.argv[2])))  # noqa: T201 - what the parent reads
