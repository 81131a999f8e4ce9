"""Tasks whose test patients are not those that were trained on: groups, domains, targets, corruptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carebench import Task


def tasks() -> Iterator[Task]:
    """The tasks of all families of shift."""
    from carebench_tasks.shift import (
        camelyon17,
        civilcomments,
        detection,
        diabetes130,
        estimation_tasks,
        flchain,
        framingham,
        rhc,
        sequential,
        stays,
        support2,
        support2_corruptions,
        support2_targets,
    )

    yield support2.Diagnosis()
    yield support2.SexAndAge()
    yield framingham.CoronaryDisease()
    yield rhc.NewDiseases()
    yield flchain.LateYears()
    yield support2_corruptions.ChangedUnits()
    yield support2_corruptions.MissingPanel()
    yield support2_corruptions.ChangedCoding()
    yield support2_corruptions.SensorDrift()
    yield diabetes130.EmergencyAdmissions()
    yield diabetes130.EmergencyAdmissionsTableShift()
    yield flchain.LateYearsAdapted()
    yield support2_targets.LabelShift()
    yield support2_targets.CovariateShift()
    yield support2_targets.LabelShiftFromTarget()
    yield support2_targets.LabelShiftSourceSameN()
    yield support2_targets.CovariateShiftFromTarget()
    yield support2_targets.CovariateShiftSourceSameN()
    yield support2_targets.LabelShiftTold()
    yield flchain.LateYearsTold()
    yield flchain.LateYearsFromTarget()
    yield flchain.LateYearsSourceSameN()
    yield rhc.NewDiseasesFromTarget()
    yield rhc.NewDiseasesSourceSameN()
    yield from (question() for question in stays.TASKS)
    yield camelyon17.NewHospital()
    yield civilcomments.ToxicComments()
    yield detection.Support2Batches()
    yield sequential.Support2Streams()
    yield sequential.FlchainStreams()
    yield from (question() for question in estimation_tasks.TASKS)
