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
    from carebench_tasks.families import (
        causal,
        causal_average,
        defer,
        mortality,
        noisy_labels,
        rater_consensus,
        shift,
        shift_boards,
        shift_detection,
        shift_estimation,
        shift_sequential,
    )

    yield mortality.FAMILY
    yield defer.FAMILY
    yield causal.FAMILY
    yield causal_average.FAMILY
    yield noisy_labels.ESTIMATED
    yield noisy_labels.KNOWN
    yield rater_consensus.FAMILY
    yield shift.FAMILY
    yield shift_boards.GENERALISATION
    yield shift_boards.ADAPTATION
    yield shift_detection.FAMILY
    yield shift_sequential.FAMILY
    yield shift_estimation.FAMILY


@hookimpl
def carebench_tasks() -> Iterator[Task]:
    """The questions that ship with carebench."""
    from carebench_tasks.mortality import (
        eicu,
        flchain,
        mimic_iv,
        physicians,
        physionet2012,
        prostate,
        rhc,
        rott2,
        support2,
        support2_hospital,
        trace,
        vlbw,
        whas500,
    )

    yield support2.Death60Days()
    yield support2.Death180Days()
    yield support2.Death180DaysAllRows()
    yield physicians.PhysiciansAndModel()
    yield physicians.PhysiciansAndModel60Days()
    yield rhc.Death30Days()
    yield prostate.Death36Months()
    yield trace.Death1Year()
    yield whas500.Death1Year()
    yield rott2.Death5Years()
    yield flchain.Death5Years()
    yield vlbw.DeathInHospital()
    yield from physionet2012.tasks()
    yield support2_hospital.DeathInHospital()
    yield mimic_iv.InHospital()
    yield eicu.InHospital()
    yield eicu.DemoApache()
    yield from _deferral()
    yield from _causal_tasks()
    yield from _noisy()
    yield from _shift_tasks()


def _deferral() -> Iterator[Task]:
    """The questions of the family `defer`."""
    from carebench_tasks.defer import flchain, physicians, realisable, rott2, support2, trace

    yield support2.SpecialistReader()
    yield support2.SpecialistFewDecisions()
    yield support2.BiasedReader()
    yield support2.ScoreReader()
    yield support2.Panel()
    yield trace.SteadyReader()
    yield trace.TiredReader()
    yield rott2.BayesianReader()
    yield flchain.Geriatrician()
    yield realisable.RealisableLinear()
    yield realisable.RealisablePlane()
    yield physicians.Physician2Months()
    yield physicians.Physician6Months()
    yield physicians.Physician6MonthsWithScore()


def _causal_tasks() -> Iterator[Task]:
    from carebench_tasks.causal import (
        acic2016,
        binary_surfaces,
        hidden_surfaces,
        ihdp,
        nhefs_surfaces,
        real,
        rhc_surfaces,
    )
    from carebench_tasks.causal.simulated import AverageTask, both, laid_over

    yield from both(rhc_surfaces.SURFACES)
    yield from both(binary_surfaces.SURFACES)
    yield from both(nhefs_surfaces.SURFACES)
    yield from both(hidden_surfaces.SURFACES)
    yield laid_over(hidden_surfaces.INSTRUMENT, AverageTask)
    yield from real.TASKS
    yield from ihdp.TASKS
    yield from acic2016.TASKS


def _noisy() -> Iterator[Task]:
    """The questions of `noisy-labels`, `noisy-labels-known` and `rater-consensus`."""
    from carebench_tasks.consensus import simulated, studies
    from carebench_tasks.noisy import grid

    yield from grid.tasks()
    yield studies.Anaesthetists()
    yield studies.Dentists()
    yield from simulated.tasks()


def _shift_tasks() -> Iterator[Task]:
    from carebench_tasks import shift

    yield from shift.tasks()
