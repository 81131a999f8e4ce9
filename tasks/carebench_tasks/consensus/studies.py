"""Two published rater studies, with the labels that the raters gave and no known truth: published numbers are the check.

Separate from the simulated raters, whose truth is known: these two judge the machinery, and rank nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Task, Truth

if TYPE_CHECKING:
    import pandas as pd

#: Fitness of 45 patients before surgery, 1 to 4: three readings by the first of five anaesthetists, one by each other.
#: Dawid and Skene 1979, table 1.
ANAESTHETISTS = """
    1111111 3334334 1122122 2223121 2223222 2223322 1122111 3333433 2222223
    2322223 4444444 2223343 1111111 2223212 1211111 1112111 1111111 1111111
    2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222
    1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343
    2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""
READINGS = ("1", "1#2", "1#3", "2", "3", "4", "5")
#: How many of 3,859 teeth each pattern of five dentists got, 1 sound and 2 carious, patterns 11111, 11112, 11121, ...
#: Espeland and Handelman 1989.
DENTISTS = (
    *(1880, 789, 43, 75, 23, 63, 8, 22, 188, 191, 17, 67, 15, 85, 8, 56),
    *(12, 26, 6, 14, 1, 20, 2, 17, 2, 20, 6, 27, 3, 72, 1, 100),
)
NO_TRUTH = (
    "nobody knows the truth of these items: shown as facts, held against published numbers, and unranked"
)
TRAINS_ON_ITS_TEST_ROWS = (
    "as published, the model is fitted on the items that it then judges; no label could leak"
)


class Anaesthetists(Task):
    """How fit are 45 patients for anaesthesia, by what five anaesthetists wrote?

    Input: seven readings of each patient's pre-operative records: three by anaesthetist 1, some time apart, and one by
    each of the others; grades 1 to 4. 315 labels, none missing.

    Answer: probability of each of the four grades; class shares and confusion matrices go with it.

    Cohort: 45 patients. Nobody knows their true grade, and all of them are fitted on and judged, as published.

    Left out: nothing.

    Source: Dawid and Skene 1979, table 1; 315 numbers, written into the module.

    Access: open; comes with carebench.

    Licence: a printed table of facts.

    Citation: Dawid, Skene 1979, Applied Statistics 28:20-28.
    """

    name = "rater-consensus/anaesthetists"
    family = "rater-consensus"
    title = "Five anaesthetists grade 45 patients"
    cohort = "anaesthetists"
    design = "fixed"
    modules = ("carebench_tasks.consensus.studies",)
    flags: ClassVar[tuple[str, ...]] = (NO_TRUTH, TRAINS_ON_ITS_TEST_ROWS)
    ranked = False
    source = "Dawid and Skene 1979, table 1"
    citation = (
        "Dawid AP, Skene AM. Maximum likelihood estimation of observer error-rates using the EM algorithm. "
        "Appl Stat 1979;28:20-28."
    )

    def split(self, seed: int) -> Split:
        """All items to fit on, and the same items to judge, for every seed."""
        del seed
        items = self._items()
        return Split(train=items, test=items.copy(), reveals={})

    def truth(self, seed: int) -> Truth:
        """Opaque ids and nothing else."""
        from carebench_tasks.cohorts.declaration import unit_ids

        del seed
        return Truth(units=unit_ids(self.cohort, map(str, range(len(self._items())))), answers={})

    def _items(self) -> pd.DataFrame:
        return readings([list(patient) for patient in ANAESTHETISTS.split()], READINGS)


class Dentists(Anaesthetists):
    """Which of 3,859 teeth are carious, by what five dentists saw on their X-ray images?

    Input: one reading of each tooth by each of five dentists: 1 sound, 2 carious. 19,295 labels, none missing.

    Answer: probability of either state; class shares and confusion matrices go with it.

    Cohort: 3,859 teeth. Nobody knows their true state, and all of them are fitted on and judged, as published.

    Left out: nothing.

    Source: Espeland and Handelman 1989; 32 counts, written into the module.

    Access: open; comes with carebench.

    Licence: a printed table of facts.

    Citation: Espeland, Handelman 1989, Biometrics 45:587-599.
    """

    name = "rater-consensus/dentists"
    title = "Five dentists judge 3,859 teeth"
    cohort = "dentists"
    source = "Espeland and Handelman 1989"
    citation = (
        "Espeland MA, Handelman SL. Using latent class models to characterize and assess relative error in discrete "
        "measurements. Biometrics 1989;45:587-599."
    )

    def _items(self) -> pd.DataFrame:
        patterns = [f"{number:05b}".replace("1", "2").replace("0", "1") for number in range(len(DENTISTS))]
        teeth = [
            list(pattern) for pattern, count in zip(patterns, DENTISTS, strict=True) for _ in range(count)
        ]
        return readings(teeth, tuple(str(rater) for rater in range(1, 6)))


def readings(labels: list[list[str]], columns: tuple[str, ...]) -> pd.DataFrame:
    """One row an item, one column a reading, labels as categories whose levels all columns share."""
    import pandas as pd

    levels = sorted({label for row in labels for label in row})
    return pd.DataFrame(labels, columns=list(columns)).astype(pd.CategoricalDtype(levels))
