"""A clean question asked with wrong training labels: any task of a yes-or-no outcome, wrapped.

Separate from the grid because this is what every cell of it does. The split is that of the clean task, whose name
and seed alone decide it, so that the same patients are trained and tested on at every kind and rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from carebench import Split, Task
from carebench_tasks.noisy import generators
from carebench_tasks.noisy.generators import Kind, Noise, Recorded, Subjects

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench import Truth
    from carebench_tasks.cohorts.declaration import Subgroup
    from carebench_tasks.noisy.truth import NoisyTruth

ESTIMATED, KNOWN = "noisy-labels", "noisy-labels-known"
MODULES = ("carebench_tasks.noisy.generators", "carebench_tasks.noisy.task", "carebench_tasks.noisy.truth")
#: Each kind of noise in words, with r for the rate.
IN_WORDS = {
    "clean": "none: the reference that the same method reaches on right labels",
    "symmetric": "symmetric, P(1|0) = P(0|1) = r",
    "asymmetric": "asymmetric (under-coding), P(0|1) = r and P(1|0) = 0",
    "instance": "dependent on the inputs, of mean rate r (Xia et al. 2020, adapted to two classes)",
    "boundary": "at the boundary: likelier the nearer the risk is to one half, of mean rate r (Menon et al. 2018)",
    "group": "under-diagnosis of a group, P(0|1) = 1.5 r in it and .5 r elsewhere, P(1|0) = 0",
    "raters": "five raters with P(0|1) = m r and P(1|0) = m r / 2, m from .5 to 1.5; y is the majority's label",
}


@dataclass(frozen=True, kw_only=True)
class Question:
    """A clean task and what noise needs to know of it.

    Attributes:
        name: the middle of its tasks' names.
        clean: the task with right labels.
        groups: the division in which one group is under-diagnosed; None where the data have none.
        underserved: that group.
        kinds: the kinds of noise that it is asked with; none for all.
        rates: the rates of wrong labels; none for all.
    """

    name: str
    clean: Task
    groups: Subgroup | None = None
    underserved: str = ""
    kinds: tuple[Kind, ...] = ()
    rates: tuple[float, ...] = ()


class NoisyTask(Task):
    """A clean question asked with wrong training labels.

    Attributes:
        question: the clean question.
        noise: how labels go wrong.
    """

    question: ClassVar[Question]
    noise: ClassVar[Noise]

    def split(self, seed: int) -> Split:
        """The clean split with recorded labels; raters, groups and, on the known track, T_i go with them."""
        clean = self.question.clean.split(seed)
        recorded = self._recorded(clean, seed)
        reveals: dict[str, NDArray[np.generic]] = {"y": recorded.y}
        if recorded.raters is not None:
            reveals["raters"] = recorded.raters
        if self.noise.kind == "group":
            reveals["group"] = self._underserved(clean.train)
        if self.family == KNOWN:
            reveals["transition"] = recorded.transition
        return Split(train=clean.train, test=clean.test, reveals=reveals)

    def fingerprint(self) -> str:
        """That of the clean data."""
        return self.question.clean.fingerprint()

    def truth(self, seed: int) -> NoisyTruth:
        """The clean truth of the test rows, which training labels are wrong, and the noise that made them so."""
        from carebench_tasks.noisy.truth import NoisyTruth

        clean, truth = self.question.clean.split(seed), self.question.clean.truth(seed)
        recorded, y = self._recorded(clean, seed), clean.reveals["y"]
        flipped = recorded.y != y
        return NoisyTruth(
            units=truth.units,
            answers=truth.answers,
            groups=truth.groups,
            facts={"wrong_labels": float(flipped.mean())} | _of_the_test_rows(truth),
            flipped=flipped,
            transition=None if self.family == KNOWN or recorded.raters is not None else _mean(recorded, y),
            rater_rates=recorded.rater_rates,
            replicates=getattr(truth, "replicates", None),
        )

    def _recorded(self, clean: Split, seed: int) -> Recorded:
        subjects = Subjects(
            y=clean.reveals["y"].astype("int8"),
            inputs=generators.standardised(clean.train.drop(columns=list(self.comparators))),
            underserved=self._underserved(clean.train),
            names=(self.cohort, self.question.name, seed),
        )
        return generators.record(self.noise, subjects)

    def _underserved(self, table: pd.DataFrame) -> NDArray[np.int8]:
        import numpy as np

        from carebench_tasks.cohorts.declaration import labels

        if self.question.groups is None:
            return np.zeros(len(table), np.int8)
        return np.asarray(labels(self.question.groups, table) == self.question.underserved, dtype=np.int8)


def noisy_task(question: Question, noise: Noise, family: str = ESTIMATED) -> NoisyTask:
    """The task of this question, kind and rate; a class of its own, whose docstring is its data card."""
    clean, percent = question.clean, round(100 * noise.rate)
    level = "clean" if noise.kind == "clean" else f"{noise.kind}-{percent}"
    words = "right labels" if noise.kind == "clean" else f"{noise.kind} noise of {percent} %"
    declared = {
        "__doc__": _card(clean, noise),
        "__module__": __name__,
        "name": f"{family}/{question.name}.{level}",
        "family": family,
        "title": f"{clean.title}, {words}",
        "cohort": clean.cohort,
        "unit": clean.unit,
        "design": clean.design,
        "comparators": clean.comparators,
        "demographics": clean.demographics,
        "libraries": tuple(dict.fromkeys((*clean.libraries, "scikit-learn"))),
        "modules": (*clean.modules, *MODULES),
        "flags": clean.flags,
        "series": "" if noise.kind == "clean" else f"{question.name}.{noise.kind}",
        "level": None if noise.kind == "clean" else noise.rate,
        "ranked": noise.kind != "clean",
        "oracle": "" if noise.kind == "clean" else f"{family}/{question.name}.clean",
        "source": clean.source,
        "citation": clean.citation,
        "question": question,
        "noise": noise,
    }
    made: NoisyTask = type("NoisyTask", (NoisyTask,), declared)()
    return made


def _card(clean: Task, noise: Noise) -> str:
    said = IN_WORDS[noise.kind] + ("" if noise.kind == "clean" else f"; r = {noise.rate:g}")
    title, _, rest = clean.card.partition("\n\n")
    return f"{title}\n\nNoise in the training labels: {said}. Test labels are right.\n\n{rest}"


def _of_the_test_rows(truth: Truth) -> dict[str, float]:
    """The clean task's facts, without those that its own family's measures of decisions need."""
    from carebench_tasks.metrics.clinical import DECLARED

    return {name: value for name, value in truth.facts.items() if name not in DECLARED}


def _mean(recorded: Recorded, y: NDArray[np.generic]) -> NDArray[np.float64]:
    """T averaged over the rows of each true label, shape (4,)."""
    import numpy as np

    return np.concatenate([recorded.transition[y == label, label].mean(axis=0) for label in (0, 1)])
