"""TRACE: 1,878 Danish patients with acute myocardial infarction."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

TRACE = Cohort(
    name="trace",
    dataset="TRACE",
    rows=1878,
    time_unit="years",
    left_out={"vf": "ventricular fibrillation at any time in hospital, after the moment of prediction"},
    demographics=("age", "sex"),
    subgroups=(
        Subgroup(name="sex", column="sex"),
        Subgroup(name="age", column="age", cuts=(65, 80)),
    ),
)
