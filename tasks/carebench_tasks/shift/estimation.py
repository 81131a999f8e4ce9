"""What all tasks of performance estimation do alike: a classifier is frozen, labelled source rows and batches get its risks.

Separate from detection, whose batches are told from the reference; here it is known that they differ, not what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from carebench import Split, Truth, derive_seed, hashed_order, numeric_view
from carebench_tasks.families.shift_estimation import BATCH, RISK, SOURCE_ACCURACY
from carebench_tasks.horizon_task import HorizonTask, take
from carebench_tasks.shift.adaptation import uniforms

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from carebench_tasks.cohorts.declaration import Patients
    from carebench_tasks.horizon import Outcome
    from carebench_tasks.horizon_task import Rows

ESTIMATION_MODULES = (
    "carebench_tasks.families.shift_estimation",
    "carebench_tasks.shift.adaptation",
    "carebench_tasks.shift.estimation",
)
#: Shares of the source: those that the classifier learns from, and those up to which rows are given with their outcome.
TAUGHT, GIVEN = 0.4, 0.6
NO_SHIFT = "none"
UNIT = "intervals from a bootstrap of batches"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Patients asked about together.

    Attributes:
        kind: how they differ from the source, or `NO_SHIFT`.
        rows: of the cohort, shape (size,).
        table: their inputs, as they are or as they were corrupted, one row each.
    """

    kind: str
    rows: Rows
    table: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """Everything that a seed makes: source rows and batches, with what the frozen classifier says of them."""

    source: pd.DataFrame
    source_event: NDArray[np.int8]
    test: pd.DataFrame
    event: NDArray[np.int8]
    units: NDArray[np.uint64]
    kinds: NDArray[np.str_]


class EstimationTask(HorizonTask):
    """The accuracy of a frozen classifier of an event by a horizon, on batches without outcomes.

    Two fifths of the source teach the classifier, a fifth is given with outcomes, batches are drawn from the others, a
    patient on one side alone. Patients whose outcome is not known take no part.

    Attributes:
        classifier: what is frozen: gradient boosting, which is too sure of itself, or a logistic regression.
        dropped: columns that are no inputs.
    """

    family = "shift-estimation"
    unit = "batch"
    libraries = ("SurvSet", "scikit-learn")
    classifier: ClassVar[Literal["boosting", "logistic"]] = "boosting"
    dropped: ClassVar[tuple[str, ...]] = ()

    def batches(
        self, seed: int, patients: Patients, outcome: Outcome, pool: Rows, inputs: pd.DataFrame
    ) -> Iterator[Batch]:
        """The batches, in an order of the task's own; they are numbered in a hashed one.

        Args:
            seed: of the cell.
            patients: the cohort.
            outcome: what became of it.
            pool: rows of the cohort that the source does not hold, with known outcomes.
            inputs: the columns of all rows that a model may see.
        """
        raise NotImplementedError

    def split(self, seed: int) -> Split:
        """The labelled source rows, and the rows of all batches mixed, each with its risk and the number of its batch."""
        made = self._made(seed)
        return Split(train=made.source, test=made.test, reveals={"y": made.source_event})

    def truth(self, seed: int) -> Truth:
        """Whether the frozen classifier is right on each test row, and the kind of its batch."""
        import numpy as np

        made = self._made(seed)
        right = (made.source[RISK].to_numpy() >= 0.5) == (made.source_event == 1)
        return Truth(
            units=made.units,
            answers={"correct": (made.test[RISK].to_numpy() >= 0.5) == (made.event == 1)},
            groups={
                "batch": np.array([f"{number:03d}" for number in made.test[BATCH]], np.str_),
                "shift": made.kinds,
            },
            facts={SOURCE_ACCURACY: float(right.mean())},
        )

    def in_source(self, patients: Patients) -> NDArray[np.bool_]:
        """Who may be of the source, shape (n,); the others are asked about alone."""
        import numpy as np

        return np.ones(len(patients.units), np.bool_)

    def parts(self, seed: int, patients: Patients, outcome: Outcome) -> tuple[Rows, Rows, Rows]:
        """Rows that teach the classifier, rows given with their outcome, and rows that batches are drawn from."""
        import numpy as np

        place = uniforms(patients.units, self.cohort, "estimation", seed)
        source, known = self.in_source(patients), outcome.known
        taught, given = source & known & (place < TAUGHT), source & known & (place >= TAUGHT)
        given &= place < GIVEN
        elsewhere = ~np.isin(patients.units, patients.units[taught | given])
        pool = known & elsewhere
        return np.flatnonzero(taught), np.flatnonzero(given), np.flatnonzero(pool)

    def drawing(self, seed: int, kind: str, number: int) -> np.random.Generator:
        """The random numbers of one batch, a function of cohort, seed, kind and number alone."""
        import numpy as np

        return np.random.default_rng(derive_seed("estimation", self.cohort, seed, kind, number))

    def _made(self, seed: int) -> Frozen:
        import numpy as np
        import pandas as pd

        patients, outcome = self._patients()
        taught, given, pool = self.parts(seed, patients, outcome)
        inputs = patients.columns.drop(columns=[*self._other_comparators(), *self.dropped])
        drawn = list(self.batches(seed, patients, outcome, pool, inputs))
        drawn = [drawn[place] for place in hashed_order("kinds of batches", self.name, seed, size=len(drawn))]
        rows = np.concatenate([batch.rows for batch in drawn])
        asked = pd.concat([take(inputs, given), *(batch.table for batch in drawn)], ignore_index=True)
        risk = self._risk(take(inputs, taught), outcome.event[taught], asked)
        table = asked.assign(**{RISK: risk})
        sizes = [len(batch.rows) for batch in drawn]
        test = table.iloc[len(given) :].assign(**{BATCH: np.repeat(np.arange(len(drawn)), sizes)})
        order = np.array(hashed_order("rows of batches", self.name, seed, size=len(rows)))
        return Frozen(
            source=table.iloc[: len(given)].assign(**{BATCH: -1}),
            source_event=outcome.event[given],
            test=take(test, order),
            event=outcome.event[rows][order],
            units=patients.units[rows][order],
            kinds=np.repeat([batch.kind for batch in drawn], sizes)[order].astype(np.str_),
        )

    def _risk(self, table: pd.DataFrame, event: NDArray[np.int8], asked: pd.DataFrame) -> NDArray[np.float64]:
        """Fit the classifier on the rows that teach it, and ask it about all others."""
        view = numeric_view(Split(train=table, test=asked, reveals={}))
        model = _classifier(self.classifier).fit(view.train, event)
        return model.predict_proba(view.test)[:, 1]  # type: ignore[no-any-return]


def _classifier(kind: str) -> Any:
    if kind == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=0.05, max_iter=1000)
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(early_stopping=False, random_state=0)
