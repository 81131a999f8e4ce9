"""The grid of tasks with wrong labels: questions x kinds of noise x rates, on two tracks.

Separate so that what is asked stands in one table. Each question has one task with right labels, shared by all kinds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_tasks.cohorts.declaration import Subgroup
from carebench_tasks.mortality import flchain, physionet2012, rott2, support2, trace
from carebench_tasks.noisy import breast_cancer, diabetes130, framingham
from carebench_tasks.noisy.generators import Kind, Noise
from carebench_tasks.noisy.task import ESTIMATED, KNOWN, NoisyTask, Question, noisy_task

if TYPE_CHECKING:
    from collections.abc import Iterator

RATES = (0.1, 0.2, 0.3, 0.4)
KINDS: tuple[Kind, ...] = ("symmetric", "asymmetric", "instance", "boundary", "group", "raters")
#: Kinds whose matrix is the same for a whole class or group of patients, so that it could be known.
KNOWABLE: tuple[Kind, ...] = ("symmetric", "asymmetric", "group")
SEX, OLD = Subgroup(name="sex", column="sex"), Subgroup(name="age", column="age", cuts=(65,))
GENDER = Subgroup(name="sex", column="gender")
#: What is asked of data that a user has to bring: two rates, and no raters.
FEWER: tuple[Kind, ...] = ("symmetric", "asymmetric", "instance", "boundary", "group")
FEWER_RATES = (0.2, 0.4)


def questions() -> tuple[Question, ...]:
    """The clean questions; women, and in Rotterdam the old, are the group that is under-diagnosed.

    Framingham codes women 2; in TRACE those coded 0, fewer and older, seem to be the women (see its card).
    """
    return (
        Question(name="support2-180d", clean=support2.Death180Days(), groups=SEX, underserved="female"),
        Question(name="breast-cancer", clean=breast_cancer.Malignancy()),
        Question(
            name="framingham-chd-10y", clean=framingham.CoronaryDisease10Years(), groups=SEX, underserved="2"
        ),
        Question(name="flchain-5y", clean=flchain.Death5Years(), groups=SEX, underserved="F"),
        Question(name="trace-1y", clean=trace.Death1Year(), groups=SEX, underserved="0"),
        Question(name="rott2-5y", clean=rott2.Death5Years(), groups=OLD, underserved="65 and over"),
        Question(
            name="physionet2012",
            clean=physionet2012.Challenge(),
            groups=SEX,
            underserved="female",
            kinds=FEWER,
            rates=FEWER_RATES,
        ),
        Question(
            name="diabetes130",
            clean=diabetes130.Readmission(),
            groups=GENDER,
            underserved="Female",
            kinds=FEWER,
            rates=FEWER_RATES,
        ),
    )


def tasks() -> Iterator[NoisyTask]:
    """Every task of both tracks."""
    for question in questions():
        for family, kinds in ((ESTIMATED, KINDS), (KNOWN, KNOWABLE)):
            yield noisy_task(question, Noise(kind="clean", rate=0.0), family)
            for kind in kinds:
                if asked(question, kind):
                    rates = question.rates or RATES
                    yield from (noisy_task(question, Noise(kind=kind, rate=rate), family) for rate in rates)


def asked(question: Question, kind: Kind) -> bool:
    """Whether the question is asked with this kind of noise."""
    return (kind != "group" or question.groups is not None) and kind in (question.kinds or KINDS)
