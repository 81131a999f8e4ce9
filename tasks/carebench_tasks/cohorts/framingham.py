"""Framingham: 4,699 adults of the Framingham Heart Study, free of coronary heart disease at the examination."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

FRAMINGHAM = Cohort(
    name="framingham",
    dataset="Framingham",
    rows=4699,
    time_unit="days",
    left_out={"month": "the calendar month of the examination"},
    demographics=("age", "sex"),
    subgroups=(
        Subgroup(name="sex", column="sex"),
        Subgroup(name="age", column="age", cuts=(50,)),
    ),
)
