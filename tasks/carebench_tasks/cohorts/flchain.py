"""FLCHAIN: 7,874 residents of Olmsted County aged 50 or more, half of those in a study of serum free light chains."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

FLCHAIN = Cohort(
    name="flchain",
    dataset="flchain",
    rows=7874,
    time_unit="days",
    left_out={
        "chapter": "the cause of death: known only of the dead",
        "num_sample_yr": "the calendar year of the blood sample sets how long follow-up could be",
        "fac_sample_yr": "the same year a second time",
        "flc_grp": "tenths of kappa plus lambda, both of which stay",
    },
    demographics=("age", "sex"),
    subgroups=(
        Subgroup(name="sex", column="sex"),
        Subgroup(name="age", column="age", cuts=(65, 80)),
    ),
)
