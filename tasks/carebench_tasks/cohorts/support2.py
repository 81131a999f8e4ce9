"""SUPPORT2: 9,105 seriously ill adults in five US hospitals, as they stood on study day 3."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

SUPPORT2 = Cohort(
    name="support",
    dataset="support2",
    rows=9105,
    time_unit="days",
    left_out={
        "dnr": "orders against resuscitation are written during the stay, after day 3",
        "sfdm2": "disability at two months; its level '<2 mo. follow-up' means early death",
        "adlp": "the patient's own report: 46 % of those without it die by day 60 against 16 %, so missingness tells the outcome",
        "adls": "the surrogate's report of the same: with it one could tell again who gave none of their own",
        "fac_num_co": "doubles num_num_co, the number of comorbidities",
    },
    comparators=("surv2m", "surv6m", "sps"),
    demographics=("age", "sex"),
    subgroups=(
        Subgroup(name="sex", column="sex"),
        Subgroup(name="age", column="age", cuts=(50, 65, 80)),
        Subgroup(name="dzgroup", column="dzgroup"),
        Subgroup(name="race", column="race", suppressed=("asian",)),
    ),
    unit_key="age-and-sex",
)
