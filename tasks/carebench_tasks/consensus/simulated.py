"""Simulated raters of real patients: what is true of each, when only five fallible raters say it?

Separate from the published studies because here the truth is known, so that methods can be ranked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Task
from carebench_tasks.noisy.generators import Noise, Subjects, record
from carebench_tasks.noisy.grid import RATES, asked, questions
from carebench_tasks.noisy.truth import NoisyTruth

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.noisy.generators import Recorded
    from carebench_tasks.noisy.task import Question

MODULES = (
    "carebench_tasks.consensus.simulated",
    "carebench_tasks.noisy.generators",
    "carebench_tasks.noisy.grid",
    "carebench_tasks.noisy.truth",
)


class RatedPatients(Task):
    """A clean question whose answers five simulated raters give, each with error rates of its own.

    Attributes:
        question: the clean question.
        rate: mean P(0|1) of the raters; their mean P(1|0) is half of it.
    """

    question: ClassVar[Question]
    rate: ClassVar[float]

    def split(self, seed: int) -> Split:
        """The raters' labels of the patients of four folds to fit on, and of the fifth to judge."""
        clean, truth = self.question.clean.split(seed), self.question.clean.truth(seed)
        known = truth.answers["weight"] != 0
        return Split(
            train=_table(self._rated(clean.reveals["y"], seed, "train")),
            test=_table(self._rated(truth.answers["event"][known], seed, "test")),
            reveals={},
        )

    def truth(self, seed: int) -> NoisyTruth:
        """What is true of the patients to judge, and the raters' sensitivities and specificities."""
        import numpy as np

        clean = self.question.clean.truth(seed)
        known = clean.answers["weight"] != 0
        event = clean.answers["event"][known]
        return NoisyTruth(
            units=clean.units[known],
            answers={"event": event, "weight": np.ones(len(event))},
            groups={name: labels[known] for name, labels in clean.groups.items()},
            flipped=np.zeros(0, np.bool_),
            rater_rates=self._rated(event, seed, "test").rater_rates,
        )

    def _rated(self, y: NDArray[np.generic], seed: int, part: str) -> Recorded:
        import numpy as np

        subjects = Subjects(
            y=y.astype("int8"),
            inputs=np.empty((len(y), 0)),
            underserved=np.zeros(len(y), np.int8),
            names=(self.cohort, self.question.name, seed, part),
        )
        return record(Noise(kind="raters", rate=self.rate), subjects)


def tasks() -> Iterator[RatedPatients]:
    """One task for each rate of each question that raters are asked."""
    for question in questions():
        if asked(question, "raters"):
            yield from (_task(question, rate) for rate in RATES)


def _task(question: Question, rate: float) -> RatedPatients:
    clean, percent = question.clean, round(100 * rate)
    declared = {
        "__doc__": _card(clean, rate),
        "__module__": __name__,
        "name": f"rater-consensus/{question.name}.raters-{percent}",
        "family": "rater-consensus",
        "title": f"{clean.title}, by five raters who miss {percent} % on average",
        "cohort": clean.cohort,
        "unit": clean.unit,
        "design": clean.design,
        "libraries": clean.libraries,
        "modules": (*clean.modules, *MODULES),
        "flags": clean.flags,
        "series": question.name,
        "level": rate,
        "source": clean.source,
        "citation": clean.citation,
        "question": question,
        "rate": rate,
    }
    made: RatedPatients = type("RatedPatients", (RatedPatients,), declared)()
    return made


def _card(clean: Task, rate: float) -> str:
    """The clean task's card with other inputs."""
    title, _, rest = clean.card.partition("\n\n")
    _, _, kept = rest.partition("Answer:")
    return (
        f"{title}\n\nInput: what five simulated raters say of each patient, each of six patients in ten: rater r has "
        f"P(0|1) = m r and P(1|0) = m r / 2 with m from .5 to 1.5 and r = {rate:g}, whatever else is known of the patient. "
        f"Patients whose outcome is unknown have no rater.\n\nAnswer:{kept}"
    )


def _table(recorded: Recorded) -> pd.DataFrame:
    import pandas as pd

    raters = recorded.raters
    assert raters is not None  # noqa: S101 - this kind of noise has raters
    levels = pd.CategoricalDtype(["0", "1"])
    return pd.DataFrame(
        {
            str(rater + 1): pd.Categorical.from_codes(raters[:, rater], dtype=levels)
            for rater in range(raters.shape[1])
        }
    )
