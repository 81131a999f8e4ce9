"""VLBW: 617 infants of very low birth weight at Duke University Medical Center, 1981 to 1987."""

from __future__ import annotations

from carebench_tasks.cohorts.declaration import Cohort, Subgroup

AFTER_BIRTH = "known only after birth, and lived to be known"

VLBW = Cohort(
    name="vlbw",
    dataset="vlbw",
    rows=617,
    time_unit="days",
    left_out={
        "birth": "the date of birth is calendar time",
        "lowph": "the lowest pH of the first four days, after the moment of prediction",
        "pltct": "a platelet count after the moment of prediction; 33 % of those without one die against 16 %",
        "cld": f"chronic lung disease at 30 days: {AFTER_BIRTH}; 92 % of those without an entry die against 13 %",
        "ivh": f"intraventricular haemorrhage: {AFTER_BIRTH}",
        "pvh": f"periventricular haemorrhage: {AFTER_BIRTH}",
        "ipe": f"intraparenchymal echodensity: {AFTER_BIRTH}",
        "pda": f"patent ductus arteriosus: {AFTER_BIRTH}",
        "pneumo": f"pneumothorax: {AFTER_BIRTH}",
        "vent": f"assisted ventilation: {AFTER_BIRTH}",
        "meth": "treatment with betamethasone, which PROTOCOL counts among what follows birth",
    },
    demographics=("gest", "sex"),
    treatments=("magsulf", "toc"),
    subgroups=(
        Subgroup(name="sex", column="sex"),
        Subgroup(name="birth-weight", column="bwt", cuts=(1000,)),
        Subgroup(name="race", column="race", suppressed=("native American", "oriental")),
    ),
)
