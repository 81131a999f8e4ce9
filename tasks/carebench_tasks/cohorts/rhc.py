"""RHC: the 5,735 SUPPORT patients in intensive care whose first day was abstracted for a study of catheters."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

RHC = Cohort(
    name="support",
    dataset="rhc",
    rows=5735,
    time_unit="days",
    left_out={
        "aps1": "a published severity score (APACHE) of the first day's measurements, which stay",
        "adld3p": "the patient's own report on day 3: 42 % of those without it die against 8 %, so missingness tells the outcome",
        "dnr1": "an order against resuscitation anticipates death",
        "swang1": "the treatment under study, decided within the first 24 hours: kept for causal questions",
    },
    comparators=("surv2md1",),
    demographics=("age", "sex"),
    zero_is_missing=("wtkilo1",),
    subgroups=(
        Subgroup(name="sex", column="sex"),
        Subgroup(name="age", column="age", cuts=(50, 65, 80)),
        Subgroup(name="race", column="race"),
    ),
    unit_key="age-and-sex",
)
