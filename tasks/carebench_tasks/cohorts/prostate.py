"""Prostate: 502 men with stage 3 or 4 cancer in a randomised trial of oestrogen."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

PROSTATE = Cohort(
    name="prostate",
    dataset="prostate",
    rows=502,
    time_unit="months",
    left_out={"sdate": "the date of entry is calendar time, and tells how long follow-up could be"},
    demographics=("age",),
    treatments=("rx",),
    subgroups=(
        Subgroup(name="stage", column="stage"),
        Subgroup(name="age", column="age", cuts=(70,)),
    ),
)
