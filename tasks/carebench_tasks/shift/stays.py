"""Generalisation on intensive-care data that a user brings: new regions, new kinds of unit, later years.

Separate from the tasks on embedded cohorts: patients are stays with summaries of their first 48 hours, and domains are
attributes of the stays that no model is told.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from carebench_tasks.families.shift_generalisation import DOMAIN, IN, OUT, PART
from carebench_tasks.icu.stay_task import STAY_MODULES, StayTask
from carebench_tasks.mortality import eicu, mimic_iv, physionet2012

if TYPE_CHECKING:
    from carebench import Split, Truth
    from carebench_tasks.icu.stays import Stays
    from carebench_tasks.shift.generalisation import Folds

HERE = ("carebench_tasks.families.shift_generalisation", "carebench_tasks.shift.stays")
BROUGHT = ("needs a data set that the user brings",)


class NewDomainStays(StayTask):
    """Death in hospital among stays of domains that nobody was trained on.

    Attributes:
        attribute: of the stays, whose labels are the domains.
        trained: labels trained on.
        tested: labels of the new domains.
        dropped: inputs that name the domain.
    """

    family = "shift-generalisation"
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "fixed"
    modalities: ClassVar[tuple[str, ...]] = ("tabular",)
    subgroups: ClassVar[tuple[str, ...]] = ()
    attribute: ClassVar[str]
    trained: ClassVar[tuple[str, ...]]
    tested: ClassVar[tuple[str, ...]]
    dropped: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def load(self) -> Stays:
        """All stays."""

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Four fifths of the patients of the domains trained on; their other fifth and all of the new domains."""
        import numpy as np

        from carebench_tasks.folds import assign

        del seed
        stays = self.load()
        domains = stays.groups[self.attribute]
        source = np.isin(domains, self.trained)
        held = assign(stays.patients, stays.died, self.cohort, "domains", repeat=0) == 0
        test = np.isin(domains, self.tested) | (source & held)
        train = source & ~np.isin(stays.patients, stays.patients[test])
        return self._both(stays.take(np.flatnonzero(train)), stays.take(np.flatnonzero(test)))

    def split(self, seed: int) -> Split:
        """As for mortality, without inputs that name the domain; the domain of each training row is revealed as an integer."""
        import numpy as np

        train, _ = self.parts(seed)
        codes = np.unique(train.groups[self.attribute], return_inverse=True)[1].astype(np.int16)
        split = super().split(seed)
        tables = [table.drop(columns=list(self.dropped)) for table in (split.train, split.test)]
        return replace(
            split, train=tables[0], test=tables[1], reveals={"y": split.reveals["y"], "domain": codes}
        )

    def truth(self, seed: int) -> Truth:
        """Death, domain and part of the test rows, in their order."""
        import numpy as np

        _, test = self.parts(seed)
        domains = test.groups[self.attribute]
        inside = np.isin(domains, self.trained)
        groups = {
            DOMAIN: np.where(inside, "", domains).astype(np.str_),
            PART: np.where(inside, IN, OUT).astype(np.str_),
        }
        return replace(super().truth(seed), groups=groups)

    def inner_folds(self, split: Split, seed: int) -> Folds | None:
        """Tuning leaves one training domain out in turn."""
        from carebench_tasks.shift.generalisation import leave_one_domain_out

        del seed
        return leave_one_domain_out(split)

    def _both(self, train: Stays, test: Stays) -> tuple[Stays, Stays]:
        return self.in_order(train, "training order"), self.in_order(test, "test order")


class Regions(NewDomainStays):
    """Death in hospital in regions of the United States whose hospitals nobody was trained on.

    Input: as `mortality/eicu-in-hospital`, tabular: admission, APACHE form and summaries of the first 48 hours. `domain` holds
    the region of the training rows.

    Answer: probability of death in hospital.

    Cohort: as there: first unit stays of at least 48 hours. Trained on the hospitals of Midwest and South, a fifth of whose
    patients are kept for the in-domain figure; tested on West and Northeast. Stays of no known region take no part. The demo
    has 370 stays to train or hold (50 died), 136 of the West (15) and 59 of the Northeast (10): there the task is unranked.

    Left out: as there; hospital and region.

    Source: eICU-CRD 2.0, or the demo 2.0.1, in the original layout (csv.gz).

    Access: credentialed (PhysioNet); the demo is open: `carebench data list`.

    Licence: PhysioNet Credentialed Health Data License; the demo: Open Database License 1.0.

    Citation: Pollard et al. 2018, Sci Data 5:180178; Goldberger et al. 2000, Circulation 101:e215-e220.
    """

    name = "shift-generalisation/eicu-region"
    title = "eICU: death in hospital, regions that nobody was trained on"
    cohort = "eicu"
    modules = (
        *STAY_MODULES,
        *HERE,
        *(f"carebench_tasks.icu.{name}" for name in ("eicu", "kept", "measured", "tables")),
    )
    flags: ClassVar[tuple[str, ...]] = BROUGHT
    source = eicu.SOURCE
    citation = eicu.CITATION
    attribute = "region"
    trained = ("Midwest", "South")
    tested = ("Northeast", "West")

    def __init__(self) -> None:
        from carebench_tasks.icu import eicu as data

        if data.is_demo():
            self.__dict__.update(ranked=False, flags=(*self.flags, *eicu.DEMO))

    def fingerprint(self) -> str:
        """What identifies the tables; empty where there are none."""
        from carebench_tasks.icu import eicu as data

        return data.fingerprint()

    def load(self) -> Stays:
        """All stays of the data base, or of its demo."""
        from carebench_tasks.icu import eicu as data

        return data.load()


class UnitTypes(NewDomainStays):
    """Death in hospital in cardiac units, learned in medical and surgical ones.

    Input: as `mortality/physionet2012`, tabular, without the kind of unit. `domain` holds it for the training rows.

    Answer: probability of death in hospital.

    Cohort: trained on the 2,549 stays of set A in medical (1,481, 275 died) and surgical intensive care (1,068, 155); tested on
    all 4,000 of set C: those of the same kinds in domain, coronary care and cardiac surgery recovery as new domains.

    Left out: record id, length of stay and survival, which are outcomes; the kind of unit.

    Source: PhysioNet, Challenge 2012, sets A and C.

    Access: open; `carebench data fetch physionet2012` brings it.

    Licence: Open Data Commons Attribution License 1.0.

    Citation: Silva et al. 2012, Comput Cardiol 39:245-248; Goldberger et al. 2000, Circulation 101:e215-e220.
    """

    name = "shift-generalisation/physionet2012-unit"
    title = "PhysioNet 2012: death in hospital, cardiac units never trained on"
    cohort = "physionet2012"
    modules = (
        *STAY_MODULES,
        *HERE,
        *(f"carebench_tasks.icu.{name}" for name in ("kept", "physionet2012", "physionet2012_files")),
    )
    flags: ClassVar[tuple[str, ...]] = (
        *BROUGHT,
        "fewer than 100 deaths in each new domain",
    )
    source = physionet2012.SOURCE
    citation = physionet2012.CITATION
    attribute = "unit"
    trained = ("medical", "surgical")
    tested = ("cardiac surgery recovery", "coronary care")
    dropped = ("unit",)

    def fingerprint(self) -> str:
        """What identifies the sets; empty where one is absent."""
        from carebench_tasks.icu import physionet2012 as data

        return data.fingerprint("a", "c")

    def load(self) -> Stays:
        """Set A, of which some are trained on."""
        from carebench_tasks.icu import physionet2012 as data

        return data.load("a")

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Set A in the units trained on, and set C whole."""
        import numpy as np

        from carebench_tasks.icu import physionet2012 as data

        del seed
        stays = self.load()
        rows = np.flatnonzero(np.isin(stays.groups[self.attribute], self.trained))
        return self._both(stays.take(rows), data.load("c"))


class Years(NewDomainStays):
    """Death in hospital in later years, learned in earlier ones of the same hospital.

    Input: as `mortality/mimic-iv-in-hospital`, tabular. `domain` holds the first possible year of the training rows.

    Answer: probability of death in hospital.

    Cohort: as there: adults' first ICU stays of at least 48 hours. MIMIC-IV tells three calendar years in which a stay may have
    been: trained on stays that were by 2013 for certain, a fifth of whose patients are kept for the in-domain figure; tested on
    those from 2014 on for certain, each three years by their first. The demo has 53 stays: there the task is unranked.

    Left out: as there; the years.

    Source: MIMIC-IV 2.2, 3.0 or 3.1, or the demo 2.2, in the original layout (hosp/, icu/).

    Access: credentialed (PhysioNet); the demo is open: `carebench data list`.

    Licence: PhysioNet Credentialed Health Data License; the demo: Open Database License 1.0.

    Citation: Johnson et al. 2023, Sci Data 10:1; Goldberger et al. 2000, Circulation 101:e215-e220.
    """

    name = "shift-generalisation/mimic-iv-year"
    title = "MIMIC-IV: death in hospital, later years never trained on"
    cohort = "mimic-iv"
    modules = (
        *STAY_MODULES,
        *HERE,
        *(
            f"carebench_tasks.icu.{name}"
            for name in ("items", "kept", "measured", "meds", "mimic_iv", "tables")
        ),
    )
    flags: ClassVar[tuple[str, ...]] = (*BROUGHT, "one hospital")
    source = mimic_iv.InHospital.source
    citation = mimic_iv.InHospital.citation
    attribute = "years"
    trained = ("2008 to 2010", "2009 to 2011", "2010 to 2012", "2011 to 2013")
    tested = ("2014 to 2016", "from 2017 on")

    def __init__(self) -> None:
        from carebench_tasks.icu import mimic_iv as data

        if data.is_demo():
            self.__dict__.update(ranked=False, flags=(*self.flags, *mimic_iv.DEMO))

    def fingerprint(self) -> str:
        """What identifies the tables; empty where there are none."""
        from carebench_tasks.icu import mimic_iv as data

        return data.fingerprint()

    def load(self) -> Stays:
        """All stays, with the years in which each may have been."""
        import numpy as np

        from carebench_tasks.icu import mimic_iv as data

        stays = data.load()
        labels = np.array([years(int(first)) for first in stays.groups["year"]], np.str_)
        return replace(stays, groups={**stays.groups, self.attribute: labels})


def years(first: int) -> str:
    """The domain of a stay by the first of its three possible years; from 2014 on several firsts are one domain.

    Example:
        >>> years(2009), years(2012), years(2020)
        ('2009 to 2011', '2012 to 2014', 'from 2017 on')
    """
    if first >= 2017:
        return "from 2017 on"
    low = min(2014, first)
    return f"{low} to {low + 2}"


TASKS = (Regions, UnitTypes, Years)
