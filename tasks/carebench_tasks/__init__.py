"""The built-in families and tasks: an ordinary plugin package that happens to live here.

The hooks import what they list only when they are called, so that importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carebench import Family, Task


@hookimpl
def carebench_families() -> Iterator[Family]:
    """The kinds of question that ship with carebench."""
    from carebench_tasks.families import mortality, noisy_labels, rater_consensus

    yield mortality.FAMILY
    yield noisy_labels.ESTIMATED
    yield noisy_labels.KNOWN
    yield rater_consensus.FAMILY


@hookimpl
def carebench_tasks() -> Iterator[Task]:
    """The questions that ship with carebench."""
    from carebench_tasks.consensus import simulated, studies
    from carebench_tasks.mortality import flchain, prostate, rhc, rott2, support2, trace, vlbw, whas500
    from carebench_tasks.noisy import grid

    yield support2.Death60Days()
    yield support2.Death180Days()
    yield support2.Death180DaysAllRows()
    yield rhc.Death30Days()
    yield prostate.Death36Months()
    yield trace.Death1Year()
    yield whas500.Death1Year()
    yield rott2.Death5Years()
    yield flchain.Death5Years()
    yield vlbw.DeathInHospital()
    yield from grid.tasks()
    yield studies.Anaesthetists()
    yield studies.Dentists()
    yield from simulated.tasks()
