"""Rotterdam: 2,982 women with primary breast cancer in the Rotterdam tumour bank."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

ROTT2 = Cohort(
    name="rotterdam",
    dataset="rott2",
    rows=2982,
    time_unit="months",
    left_out={"recent": "surgery before or after 1988: a binned year, which stays"},
    demographics=("age",),
    treatments=("hormon", "chemo"),
    subgroups=(
        Subgroup(name="age", column="age", cuts=(50, 65)),
        Subgroup(name="grade", column="grade"),
    ),
)
