"""The mortality task on infants of very low birth weight: death before leaving hospital."""

from __future__ import annotations

import math

from carebench_tasks.cohorts.vlbw import VLBW
from carebench_tasks.horizon import Horizon
from carebench_tasks.horizon_task import SHARED_MODULES, HorizonTask


class DeathInHospital(HorizonTask):
    """Death before discharge among infants of very low birth weight.

    Input: at admission to the nursery, minutes after birth: birth weight (g), gestational age (weeks; taken as age),
    sex, race, twin, born at Duke or brought there, vaginal or abdominal delivery, length of labour (hours,
    missing for 338), Apgar score at one minute, and two declared treatments of the mother, magnesium sulphate and
    tocolysis. 11 columns.

    Answer: probability of death in hospital, whenever it comes.

    Cohort: 617 infants of at most 1,500 g (of the source's 671) at Duke University Medical Center, 1981 to 1987; 107 died.
    The other 510 went home: discharge is an outcome, no loss to follow-up, so nobody is weighted and there is no
    horizon. Infants brought from elsewhere had lived to be brought. One death is recorded on day 3,668, ten years and
    two weeks after birth and most likely a wrong year; it counts as a death, and no other use is made of time.

    Left out: all that is known only after birth (cld, pneumo, pda, ivh, pvh, ipe, vent, lowest pH, platelets),
    some of it missing because the infant died; meth, treatment with betamethasone; the date of birth.

    Source: Dr. Michael O'Shea, Duke University, from Vanderbilt University Department of Biostatistics, through
    SurvSet (data set `vlbw`).

    Access: open; comes with SurvSet.

    Licence: public use (Vanderbilt University Department of Biostatistics); the package SurvSet is GPL-3.

    Citation: O'Shea, Savitz, Hage, Feinstein 1992, Paediatric and Perinatal Epidemiology 6:352-362; Drysdale 2022,
    arXiv:2203.03094.
    """

    name = "mortality/vlbw-in-hospital"
    title = "VLBW: death in hospital at very low birth weight"
    cohort = VLBW.name
    demographics = VLBW.demographics
    modules = (*SHARED_MODULES, "carebench_tasks.cohorts.vlbw", "carebench_tasks.mortality.vlbw")
    flags = (
        "small: 617 infants",
        "fewer than 100 test events: about 21 in each fold",
        "death in hospital only: discharge is an outcome, and all weights are 1",
    )
    source = (
        "Very low birth weight infants, Vanderbilt University Department of Biostatistics "
        "(https://hbiostat.org/data), as packaged by SurvSet; public use; SurvSet is GPL-3"
    )
    citation = (
        "O'Shea M, Savitz DA, Hage ML, Feinstein KA. Prenatal events and the risk of subependymal/intraventricular "
        "haemorrhage in very low birth weight neonates. Paediatric and Perinatal Epidemiology 1992;6:352-362. "
        "Packaged by: Drysdale E. SurvSet. arXiv:2203.03094, 2022."
    )
    population = VLBW
    horizon = Horizon(at=math.inf, events=107, censored=0, censored_are="discharged")
