"""The noun `Family`: a kind of question, with what a model answers and how answers are scored.

Separate from tasks because many tasks ask the same kind of question, and because a board compares
only answers of one family. Everything here is plain data or a pure function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from carebench.task import Split, Truth

    Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One named array of an answer, checked before anything reads it.

    Attributes:
        name: the array's name, for instance `risk`.
        meaning: one sentence with units and direction.
        rows: how many rows it has: those of the test set, of the training set, or one.
        columns: None for a one-dimensional array, else the number of columns, or `any` where it differs by task, from
            1 to 256: the family's `score` then holds it against the truth.
        low: smallest allowed value, or None.
        high: largest allowed value, or None.
        optional: whether a model may leave it out.
    """

    name: str
    meaning: str
    rows: Literal["test", "train", "one"] = "test"
    columns: int | Literal["any"] | None = None
    low: float | None = None
    high: float | None = None
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number that says how good an answer is; its function's docstring has formula and source.

    Attributes:
        name: key in results, for instance `auroc`.
        label: what people call it, for instance `AUROC`.
        better: `higher`, `lower`, or `nearer` to `ideal`.
        low: smallest possible value, or None when unbounded.
        high: largest possible value, or None when unbounded.
        ideal: the value of a perfect answer.
        summary: one sentence with formula or source, for column headings.
        over_seeds: how the values of a task's seeds become one: their mean, median or root mean square.
    """

    name: str
    label: str
    better: Literal["higher", "lower", "nearer"]
    low: float | None
    high: float | None
    ideal: float
    summary: str
    over_seeds: Literal["mean", "median", "root-mean-square"] = "mean"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One drawing of a board, declared as data; the leaderboard draws it from metrics alone.

    Attributes:
        name: by the one rule for names, unique within the family.
        title: for people.
        kind: `over-metrics`: a line per model through several metrics of one answer, for instance accuracy at
            each budget; `over-levels`: a line per model through the tasks of one series, for instance skill against
            noise rate; `scatter`: a dot per model.
        x_label: of the horizontal axis, with unit.
        y_label: of the vertical axis, with unit.
        points: of `over-metrics`: horizontal position and name of the metric there, from left to right.
        metric: of the other kinds: the metric on the vertical axis.
        x_metric: of `scatter`: the metric on the horizontal axis.
        lines: of `over-metrics`: label and name of a fact that is the same for every model, drawn level across, for
            instance the accuracy of a human alone. A panel whose tasks do not all state it goes without.
        oracle_at: of `over-levels`: the level at which the tasks' `oracle` asks the same question, for instance a
            noise rate of 0; every series that names one begins (or ends) there. None where it is no level of them.
    """

    name: str
    title: str
    kind: Literal["over-metrics", "over-levels", "scatter"]
    x_label: str
    y_label: str
    points: tuple[tuple[float, str], ...] = ()
    metric: str = ""
    x_metric: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    oracle_at: float | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of all metrics that it draws."""
        named = (*(name for _, name in self.points), self.metric, self.x_metric)
        return tuple(name for name in named if name)


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What a family says of one answer.

    Attributes:
        metrics: metric name to value; None where the metric is undefined, never NaN.
        undefined: metric name to the reason why it is None.
        contributions: metric name to one number per test row, shape (n_test,), in the order of
            `Truth.units`: its influence on the metric, so that, summed within units, the variance of the
            metric is the sum of squares and the covariance of two models' metrics the sum of products.
        facts: plain numbers about the test set, for instance `n` and `events`.
        notes: remarks for the reader, for instance "ranks only: no probabilities".
        units: what contributions are paired by. None: those of the truth. Else unsigned 64-bit ids, shape (B,), of
            bootstrap replicates: each metric then has one contribution a replicate, shape (B,), so scaled that the
            same sums give the bootstrap variance and covariance. All tasks of a cohort take the same way, and
            replicate b draws the same units in each of them.
        subgroups: attribute (for instance `sex`) to level (`female`) to figure (`n`, `auroc`) to value; what is not
            shown for want of patients is None, or left out.
    """

    metrics: Mapping[str, float | None]
    undefined: Mapping[str, str] = field(default_factory=dict)
    contributions: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    units: NDArray[np.uint64] | None = None
    subgroups: Mapping[str, Mapping[str, Mapping[str, float | None]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Family:
    """A kind of question.

    Attributes:
        name: one word, also the first half of its tasks' names.
        title: for people.
        question: one sentence: what is asked of whom, and what is answered.
        contract: two or three sentences for model authors: what `fit` and the answer look like.
        answers: the named arrays of an answer.
        metrics: all metrics, the primary one first.
        no_skill: value of the primary metric without skill: skill 0. Fixed, independent of entrants. None, with
            `perfect`, for a board without anchors, which is ordered by the primary metric in its own unit.
        perfect: value of the primary metric at perfection: skill 1.
        rope: half-width of the region of practical equivalence, in units of the primary metric.
        fit: fits an estimator, in the answering child: (estimator, split) to what is asked afterwards.
        ask: asks what `fit` returned for the test rows: (fitted, split) to arrays. Two steps, so that
            time, failures and limits are put to the right one.
        score: scores an answer against the truth, in the scoring child: (truth, arrays) to `Scores`.
        modules: import names of the modules whose code decides the scores; their digest keys them.
        asking: import names of further modules that `fit` and `ask` use, beside those that hold them. The code of
            all of these is in the key of every cell, so that an edit asks every model anew; keep metrics out of them.
        figures: what the board draws beside the tables.
        beside: names of the metrics that stand beside the headline, so that it is never read alone.
        objective: what tuning maximises, in a child without any test answer: (inner split, what its held-out rows
            reveal, arrays) to a number, larger is better. None: models of this family are not tuned.
    """

    name: str
    title: str
    question: str
    contract: str
    answers: tuple[Answer, ...]
    metrics: tuple[Metric, ...]
    no_skill: float | None
    perfect: float | None
    rope: float
    fit: Callable[[Any, Split], Any]
    ask: Callable[[Any, Split], Arrays]
    score: Callable[[Truth, Arrays], Scores]
    modules: tuple[str, ...]
    asking: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    beside: tuple[str, ...] = ()
    objective: Callable[[Split, Arrays, Arrays], float] | None = None

    @property
    def primary(self) -> Metric:
        """The metric that ranks, the first of `metrics`."""
        return self.metrics[0]
