"""WHAS500: 461 patients of Worcester hospitals who left alive after myocardial infarction."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

WHAS500 = Cohort(
    name="whas500",
    dataset="whas500",
    rows=461,
    time_unit="days",
    left_out={
        "year": "the cohort's calendar year sets how long follow-up could be",
        "week": "the calendar week of admission",
    },
    demographics=("age", "gender"),
    subgroups=(
        Subgroup(name="gender", column="gender"),
        Subgroup(name="age", column="age", cuts=(65, 80)),
    ),
)
