"""`sequences`: one epoch of each network on series, beside plain PyTorch on tensors that are there already.

Separate from `training` because here it is also timed how measurements become tensors, batch by batch.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import sys
from typing import TYPE_CHECKING, Any

from tests.performance.report import Section
from tests.performance.timing import in_process, in_turn, median, seconds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carebench import Series
    from tests.performance.timing import Effort

UNITS, CHANNELS, MEASUREMENTS, HOURS, HIDDEN, BATCH = 4000, 37, 430, 48, 64, 64
PLAIN = "plain PyTorch, a GRU"


def sequences(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    from carebench_plugins.series import models

    names = [PLAIN, *(model.name for model in models() if "torch" in model.requires)]
    units = 200 if effort.quick else UNITS
    found = in_turn({name: functools.partial(_seconds, name, units) for name in names}, effort.rounds)
    plain = median(found[PLAIN])
    return Section(
        name="sequences",
        title="one epoch of each network on series",
        headings=("network", "seconds", "times plain PyTorch"),
        rows=[
            [name, f"{median(turns):.2f}", f"{median(turns) / plain:.2f}"] for name, turns in found.items()
        ],
        sentences=[
            (
                f"{units:,} simulated stays of {HOURS} hours, {MEASUREMENTS} measurements each in {CHANNELS} channels, as in set A of "
                f"PhysioNet 2012 when they are {UNITS:,}. One thread, batches of {BATCH}, default settings."
            ),
            (
                "Each after one epoch on few stays to warm up. Plain PyTorch gets its tensors ready-made; ours makes them of the "
                "measurements, batch by batch, and judges a validation cut. On PhysioNet 2012 about ten epochs are trained."
            ),
        ],
    )


def stays(units: int) -> Series:
    """Measurements at random."""
    import numpy as np

    from carebench import Series

    draw = np.random.default_rng(0)
    hours = np.sort(draw.uniform(0, HOURS, (units, MEASUREMENTS)), axis=1)
    return Series(
        names=tuple(f"channel {number}" for number in range(CHANNELS)),
        window=float(HOURS),
        starts=np.arange(units + 1, dtype=np.int64) * MEASUREMENTS,
        hours=hours.astype(np.float32).ravel(),
        channels=draw.integers(0, CHANNELS, units * MEASUREMENTS).astype(np.int16),
        values=draw.normal(size=units * MEASUREMENTS).astype(np.float32),
        static=draw.normal(size=(units, 8)).astype(np.float32),
    )


def plain_torch(inputs: Any, y: NDArray[np.int64]) -> None:
    """The loop that one would write: shuffled batches of tensors, a GRU, cross-entropy, Adam."""
    import torch
    from torch import nn

    recurrent, last = nn.GRU(inputs.shape[2], HIDDEN, batch_first=True), nn.Linear(HIDDEN, 1)
    optimiser = torch.optim.Adam([*recurrent.parameters(), *last.parameters()], lr=1e-3)
    events = torch.from_numpy(y).float()
    for rows in torch.split(torch.randperm(len(events)), BATCH):
        optimiser.zero_grad()
        logits = last(recurrent(inputs[rows])[1][0])[:, 0]
        loss: Any = nn.functional.binary_cross_entropy_with_logits(logits, events[rows])
        loss.backward()
        optimiser.step()


def _seconds(name: str, units: int) -> float:
    return float(in_process("sequences", name, str(units))["seconds"])


def _timed(name: str, units: int) -> float:
    import numpy as np
    import torch

    torch.set_num_threads(1)
    series, y = stays(units), np.arange(units) % 2
    if name == PLAIN:
        inputs = torch.randn(units, HOURS, 3 * CHANNELS)
        plain_torch(inputs[:128], y[:128])
        return seconds(lambda: plain_torch(inputs, y))
    with contextlib.redirect_stdout(io.StringIO()):
        _epoch(name, series.take(np.arange(128)), y[:128])
        return seconds(lambda: _epoch(name, series, y))


def _epoch(name: str, series: Series, y: NDArray[np.int64]) -> None:
    from carebench.estimators import build
    from carebench_plugins.series import models

    model = next(model for model in models() if model.name == name)
    build(model.build, {"epochs": 1}, seed=0, threads=1).fit(series, y)


if __name__ == "__main__":
    print(json.dumps({"seconds": _timed(sys.argv[1], int(sys.argv[2]))}))  # noqa: T201 - what the parent reads
