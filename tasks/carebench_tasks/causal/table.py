"""A researcher's own causal benchmark from a table or arrays: subclass, name the data, and both boards have a task.

Separate from the benchmarks that we read, which are instances of it.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from carebench import CarebenchError, Split, Task, hashed_order
from carebench_tasks.causal.simulated import MODULES as SIMULATED
from carebench_tasks.causal.simulated import average_truth, take
from carebench_tasks.families.causal_truth import AverageTruth, EffectTruth

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = ("carebench_tasks.causal.table", *SIMULATED)


@dataclass(frozen=True, kw_only=True)
class Study:
    """One replication of a benchmark, N rows.

    Attributes:
        columns: covariates, a pandas DataFrame.
        treatment: shape (N,), 0 or 1.
        outcome: shape (N,).
        untreated: shape (N,), expected (or, where these are unknown, simulated) outcome without treatment, or None.
        treated: likewise with treatment.
        test: shape (N,), which rows are tested; None for a fifth by hashing.
    """

    columns: pd.DataFrame
    treatment: Floats
    outcome: Floats
    untreated: Floats | None = None
    treated: Floats | None = None
    test: NDArray[np.bool_] | None = None


def from_table(
    table: pd.DataFrame,
    *,
    treatment: str,
    outcome: str,
    untreated: str = "",
    treated: str = "",
    left_out: tuple[str, ...] = (),
) -> Study:
    """A study from a table whose other columns are covariates.

    Args:
        table: N rows.
        treatment: column of 0 and 1.
        outcome: column of numbers.
        untreated: column of outcomes without treatment, where known.
        treated: column of outcomes with treatment, where known.
        left_out: columns that no model may see.

    Raises:
        CarebenchError: when a column is absent, treatment is not 0 or 1, or an outcome is missing.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"age": [50.0, 60.0], "drug": [0, 1], "kg": [1.0, 2.0]})
        >>> list(from_table(table, treatment="drug", outcome="kg").columns)
        ['age']
    """
    named = [name for name in (treatment, outcome, untreated, treated, *left_out) if name]
    absent = sorted(set(named) - set(table.columns))
    if absent:
        raise CarebenchError(
            f"the table lacks the columns {', '.join(absent)}; it has {', '.join(table.columns)}"
        )
    numbers = {name: np.asarray(table[name], np.float64) for name in named if name not in left_out}
    if not np.isin(numbers[treatment], (0, 1)).all():
        raise CarebenchError(f"the treatment {treatment!r} was expected to be 0 or 1 in every row")
    odd = [name for name, values in numbers.items() if not np.isfinite(values).all()]
    if odd:
        raise CarebenchError(f"{', '.join(odd)} lack values in some rows; give complete outcomes")
    return Study(
        columns=table.drop(columns=named).reset_index(drop=True),
        treatment=numbers[treatment],
        outcome=numbers[outcome],
        untreated=numbers.get(untreated),
        treated=numbers.get(treated),
    )


class StudyTask(Task):
    """A task on a study; `study` gives replication `seed` of it."""

    unit = "replication"
    modules: ClassVar[tuple[str, ...]] = MODULES

    @abstractmethod
    def study(self, seed: int) -> Study:
        """The data of replication `seed`; read the files here."""

    def split(self, seed: int) -> Split:
        """Training rows with treatment and outcome, test rows without."""
        study = self.study(seed)
        train, test = self.rows(study, seed)
        return Split(
            train=take(study.columns, train),
            test=take(study.columns, test),
            reveals={"y": study.outcome[train], "treatment": study.treatment[train]},
        )

    def rows(self, study: Study, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows to train on and rows to test on, the latter in a hashed order."""
        size = len(study.treatment)
        order = np.array(hashed_order("study rows", self.cohort, seed, size=size), np.int64)
        if study.test is None:
            return order[size // 5 :], order[: size // 5]
        return np.flatnonzero(~study.test), order[study.test[order]]


class StudyEffects(StudyTask):
    """The effects of patients in a study whose outcomes with and without treatment are known.

    Attributes:
        larger_is_better: whether a larger outcome is better for the patient.
    """

    family = "causal"
    larger_is_better: ClassVar[bool] = True

    def truth(self, seed: int) -> EffectTruth:
        """Effects and outcomes of the test rows."""
        study = self.study(seed)
        untreated, treated = _known(self.name, study)
        train, test = self.rows(study, seed)
        effect = treated - untreated
        answers = {"effect": effect[test], "untreated": untreated[test], "treated": treated[test]}
        return EffectTruth(
            units=likeness(study.columns)[test],
            answers=dict(answers),
            training_effect=effect[train],
            larger_is_better=self.larger_is_better,
        )


class StudyAverage(StudyTask):
    """The average effect in a study; the truth is that of all its rows, none where potential outcomes are unknown."""

    family = "causal-average"

    def truth(self, seed: int) -> AverageTruth:
        """ATE and ATT over all rows; sd(Y(0)) by `spread_untreated`."""
        study = self.study(seed)
        train, test = self.rows(study, seed)
        averages: dict[str, float] = {}
        sd0 = None
        if study.untreated is not None and study.treated is not None:
            effect = study.treated - study.untreated
            averages = {"ATE": float(effect.mean()), "ATT": float(effect[study.treatment == 1].mean())}
            sd0 = spread_untreated(study)
        return average_truth(
            units=likeness(study.columns)[test],
            averages=averages,
            sd0=sd0,
            training=take(study.columns, train),
            treatment=study.treatment[train],
            outcome=study.outcome[train],
        )


def spread_untreated(study: Study) -> float:
    """sd(Y(0)): sqrt(Var(mu0) + Var(y - mu0 among the untreated)), the second part 0 where outcomes have no noise."""
    expected = np.asarray(study.untreated, np.float64)
    left = (study.outcome - expected)[study.treatment == 0]
    return float(np.sqrt(expected.var() + left.var()))


def likeness(columns: pd.DataFrame) -> NDArray[np.uint64]:
    """An id for each row from its covariates, shape (N,): rows that are alike share one, in every replication."""
    import pandas as pd

    return np.asarray(pd.util.hash_pandas_object(columns, index=False), np.uint64)


def _known(name: str, study: Study) -> tuple[Floats, Floats]:
    if study.untreated is None or study.treated is None:
        raise CarebenchError(
            f"{name}: effects of patients need the outcomes without and with treatment; make it a StudyAverage"
        )
    return study.untreated, study.treated


def with_levels(table: Any) -> Any:
    """The table with its text columns as categories."""
    return table.astype({name: "category" for name in table.columns if table[name].dtype.kind not in "fiub"})
