"""Mortality tasks on the PhysioNet/CinC Challenge 2012: its own protocol, cross-validation over set A, and score checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from carebench_tasks.icu.stay_task import STAY_MODULES, StayTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carebench_tasks.icu.stays import Stays

SCORES = ("SAPS-I", "SOFA")
STATIC = ("age", "sex", "height", "unit", "weight at admission")
SOURCE = (
    "PhysioNet/CinC Challenge 2012, version 1.0.0 (https://physionet.org/content/challenge-2012/), ODC-By 1.0"
)
CITATION = (
    "Silva I, Moody G, Scott DJ, Celi LA, Mark RG. Predicting in-hospital mortality of ICU patients: the PhysioNet/Computing "
    "in Cardiology Challenge 2012. Comput Cardiol 2012;39:245-248. Goldberger AL et al. Circulation 2000;101:e215-e220."
)


class Challenge(StayTask):
    """Death in hospital from the first 48 hours of intensive care: learned on set A, tested on set C.

    Input: in the tabular modality, age, sex, height, weight at admission and kind of unit, and of each of 37 variables measured at irregular
    times over 48 hours its first, last, smallest, largest and mean value and how often it was measured. 227 columns. In the modality
    series, the measurements themselves, in 37 channels, beside the five columns of admission. -1 is missing, and so are
    values that no body can have (limits in `carebench_tasks.icu.plausible`).

    Answer: probability of death in hospital.

    Cohort: adults in the ICUs of one Boston hospital who stayed at least 48 hours (from MIMIC-II). Set A: 4,000 stays, 554
    died; set C: 4,000 stays, 585 died. Two stays of C and three of A have no measurement at all and stay in. Comparators: the
    scores SAPS-I and SOFA, where they are known.

    Left out: record id, length of stay and survival, which are outcomes.

    Source: PhysioNet, Challenge 2012, sets A and C.

    Access: open; `carebench data fetch physionet2012` brings it.

    Licence: Open Data Commons Attribution License 1.0.

    Citation: Silva et al. 2012, Comput Cardiol 39:245-248; Goldberger et al. 2000, Circulation 101:e215-e220.
    """

    name = "mortality/physionet2012"
    title = "PhysioNet 2012: death in hospital, set A to set C"
    cohort = "physionet2012"
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "fixed"
    static = STATIC
    comparators = SCORES
    modules = (
        *STAY_MODULES,
        *(
            "carebench_tasks.icu.kept",
            "carebench_tasks.icu.physionet2012",
            "carebench_tasks.icu.physionet2012_files",
            "carebench_tasks.mortality.physionet2012",
        ),
    )
    flags: ClassVar[tuple[str, ...]] = (
        "needs a data set that is fetched or brought",
        "one hospital, 2001 to 2008",
    )
    source = SOURCE
    citation = CITATION
    tested: ClassVar[str] = "c"

    def fingerprint(self) -> str:
        """What identifies the sets; empty where one is absent."""
        from carebench_tasks.icu import physionet2012

        return physionet2012.fingerprint("a", self.tested)

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Set A and the set that is tested, whole."""
        from carebench_tasks.icu import physionet2012

        del seed
        train, test = physionet2012.load("a"), physionet2012.load(self.tested)
        return self.in_order(train, "training order"), self.in_order(test, "test order")


class ChallengeSetB(Challenge):
    """The same tested on set B, the challenge's open test set; unranked, since it asks of other patients what set C asks.

    Input: as `mortality/physionet2012`, in both modalities.

    Answer: probability of death in hospital.

    Cohort: learned on set A; set B: 4,000 stays, 568 died, seven without a measurement.

    Left out: record id, length of stay and survival, which are outcomes.

    Source: PhysioNet, Challenge 2012, sets A and B.

    Access: open; `carebench data fetch physionet2012` brings it.

    Licence: Open Data Commons Attribution License 1.0.

    Citation: Silva et al. 2012, Comput Cardiol 39:245-248; Goldberger et al. 2000, Circulation 101:e215-e220.
    """

    name = "mortality/physionet2012.set-b"
    title = "PhysioNet 2012: death in hospital, set A to set B"
    ranked = False
    tested = "b"


class ChallengeFolds(Challenge):
    """The same by five-fold cross-validation over set A, as much of the literature does; unranked beside the challenge's own cut.

    Input: as `mortality/physionet2012`, in both modalities.

    Answer: probability of death in hospital.

    Cohort: set A: 4,000 stays, 554 died, three without a measurement; a seed is a fold.

    Left out: record id, length of stay and survival, which are outcomes.

    Source: PhysioNet, Challenge 2012, set A.

    Access: open; `carebench data fetch physionet2012` brings it.

    Licence: Open Data Commons Attribution License 1.0.

    Citation: Silva et al. 2012, Comput Cardiol 39:245-248; protocol: Che et al. 2018, Sci Rep 8:6085.
    """

    name = "mortality/physionet2012.folds"
    title = "PhysioNet 2012: death in hospital, five folds of set A"
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "folds"
    ranked = False
    tested = "a"

    def fingerprint(self) -> str:
        """What identifies set A; empty where it is absent."""
        from carebench_tasks.icu import physionet2012

        return physionet2012.fingerprint("a")

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Four fifths of set A and the other fifth."""
        from carebench_tasks.icu import physionet2012

        return self.folded(physionet2012.load("a"), seed)


class ScoreCheck(Challenge):
    """How well a severity score ranks death in one set, as it stands in the outcome file: nothing is trained; unranked.

    Input: the columns of `mortality/physionet2012`; no training rows. Comparator: the score.

    Answer: probability of death in hospital.

    Cohort: the stays of one set whose score is known (in set A all but 190 for SAPS-I and all but 144 for SOFA).

    Left out: stays without the score; record id, length of stay and survival, which are outcomes.

    Source: PhysioNet, Challenge 2012.

    Access: open; `carebench data fetch physionet2012` brings it.

    Licence: Open Data Commons Attribution License 1.0.

    Citation: Silva et al. 2012, Comput Cardiol 39:245-248.
    """

    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "all-rows"
    modalities: ClassVar[tuple[str, ...]] = ("tabular",)
    ranked = False

    def __init__(self, score: str, tested: str) -> None:
        word = score.lower().replace("-i", "")
        self.__dict__.update(
            name=f"mortality/physionet2012.{word}-{tested}",
            title=f"PhysioNet 2012: the score {score} in set {tested.upper()}",
            comparators=(score,),
            tested=tested,
        )

    def fingerprint(self) -> str:
        """What identifies the set; empty where it is absent."""
        from carebench_tasks.icu import physionet2012

        return physionet2012.fingerprint(self.tested)

    def parts(self, seed: int) -> tuple[Stays, Stays]:
        """Nobody, and the stays with the score."""
        import numpy as np

        from carebench_tasks.icu import physionet2012

        del seed
        stays = physionet2012.load(self.tested)
        known = np.flatnonzero(stays.scores[list(self.comparators)].notna().all(axis=1))
        return stays.take(np.empty(0, np.int64)), self.in_order(stays.take(known), "test order")


def tasks() -> Iterator[StayTask]:
    """All tasks on these data."""
    yield Challenge()
    yield ChallengeSetB()
    yield ChallengeFolds()
    for score in SCORES:
        for tested in "abc":
            yield ScoreCheck(score, tested)
