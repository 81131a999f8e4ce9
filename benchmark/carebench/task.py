"""The nouns `Task`, `Split` and `Truth`: a question, what a model may see of it, and what it may not.

Separate from the families because a task is somebody's data and cohort, while its family says what is
asked of it. A split never holds a test answer; only the scoring child calls `Task.truth`.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from carebench.images import Images
    from carebench.series import Series

    Folds = Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]


@dataclass(frozen=True, kw_only=True)
class Split:
    """What a model may see of one cut of the data.

    Attributes:
        train: training inputs. From a tabular task a pandas DataFrame, one row a unit, with true dtypes
            and real missing values; a model gets them in the view it asked for.
        test: test inputs, same columns, never with an answer.
        reveals: named arrays that a model may see, `y` (training answers, shape (n_train,)) among them; one whose name
            begins with `unlabelled_` has a row for each row of `unlabelled`, any other for each training row.
        unlabelled: inputs without answers that a family may hand to `fit`, same columns, or None; a model gets them
            in its own view. No row of them is tested, unless the task says so.
        train_series: measurements over time of the training rows, in their order, or None. A model of the modality
            `series` gets them in place of the table.
        test_series: likewise of the test rows; same channels and window.
        train_images: a picture of each training row, in their order, or None. A model of the modality `image` gets them in
            place of the table.
        test_images: likewise of the test rows; same size.
        unlabelled_images: likewise of the rows of `unlabelled`.
    """

    train: Any
    test: Any
    reveals: Mapping[str, NDArray[np.generic]]
    unlabelled: Any = None
    train_series: Series | None = None
    test_series: Series | None = None
    train_images: Images | None = None
    test_images: Images | None = None
    unlabelled_images: Images | None = None


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What only the scorer sees, in the order of the split's test rows.

    Attributes:
        units: shape (n_test,), unsigned 64-bit opaque ids of the units of inference; equal ids are one
            unit (a patient with several rows, or the same patient in two tasks of one cohort).
        answers: named arrays, shape (n_test,), for instance `event` and `weight`.
        groups: named subgroup labels, shape (n_test,), for worst-group figures.
        facts: plain numbers about the test set that go with every score of it.
    """

    units: NDArray[np.uint64]
    answers: Mapping[str, NDArray[np.generic]]
    groups: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    facts: Mapping[str, float] = field(default_factory=dict)


class Task(ABC):
    """One question of a family. Subclass it; the docstring is the task's data card.

    A data card says: input, answer, cohort with counts, what was left out and why, source, access,
    licence, citation.

    Attributes:
        name: `family/name`, by the one rule for names.
        version: raise it when an answer could change its meaning: old and new are never averaged.
        family: name of the family.
        title: for people.
        cohort: tasks that share patients share it; they are averaged first and count once.
        unit: the unit of inference.
        design: `folds` when a seed is one fold of repeated cross-validation, `fixed` when the test set is the
            same for every seed, `all-rows` when nothing is trained and every row is tested.
        modalities: what it gives, which decides, with the family, who can enter: `tabular` for one table row a unit, `series`
            for measurements over time beside it, `image` for a picture beside it. Models of either answer the same rows and
            stand on one board.
        comparators: columns with a published score or a physician's estimate: reference lines, never inputs.
        demographics: the columns that hold age and sex.
        static: the columns of the table that a model of series sees beside the measurements.
        libraries: distributions whose version can change the data or the split.
        modules: import names of further modules whose code decides data, split or truth.
        flags: remarks shown with the task, for instance "fewer than 100 test events".
        series: tasks of one series ask the same at several levels, for instance of noise; empty for none.
        level: where this task stands in its series, in the unit of the figure that draws it.
        ranked: False for a task that is shown outside headline mean and ranks: a diagnostic, a smoke test.
        oracle: name of the task that tests the same rows after training on right labels, or on as many rows of the target:
            what its plain model reaches there is the diagnostic reference of the share of the oracle gap; empty for none.
        source: where the data come from, with licence.
        citation: how to cite the data.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    family: ClassVar[str]
    title: ClassVar[str]
    cohort: ClassVar[str]
    unit: ClassVar[Literal["patient", "cluster", "replication", "batch"]] = "patient"
    design: ClassVar[Literal["folds", "fixed", "all-rows"]] = "folds"
    modalities: ClassVar[tuple[str, ...]] = ("tabular",)
    comparators: ClassVar[tuple[str, ...]] = ()
    demographics: ClassVar[tuple[str, ...]] = ()
    static: ClassVar[tuple[str, ...]] = ()
    libraries: ClassVar[tuple[str, ...]] = ()
    modules: ClassVar[tuple[str, ...]] = ()
    flags: ClassVar[tuple[str, ...]] = ()
    series: ClassVar[str] = ""
    level: ClassVar[float | None] = None
    ranked: ClassVar[bool] = True
    oracle: ClassVar[str] = ""
    source: ClassVar[str] = ""
    citation: ClassVar[str] = ""

    @abstractmethod
    def split(self, seed: int) -> Split:
        """Cut the data for `seed`; runs in the preparing child."""

    @abstractmethod
    def truth(self, seed: int) -> Truth:
        """The test answers of the same cut, in the order of its test rows; runs in the scoring child."""

    def inner_folds(self, split: Split, seed: int) -> Folds | None:  # noqa: ARG002 - for those that override it
        """Where tuning fits and where it judges: pairs of training rows, cut by the task's own rule.

        None, as it stands, for three folds dealt in a hashed order, stratified by the training answers `y`. Override it
        where rows of one patient, site or time must stay together, or where a split of its own is kept for selection.

        Args:
            split: what `split(seed)` gave.
            seed: of the cell.

        Returns:
            Pairs of row numbers into `split.train`: those to fit on, and those to judge on.
        """
        return None

    def fingerprint(self) -> str:
        """What identifies the data without preparing them; by default the versions of `libraries`.

        A task that reads a user's files returns their SHA-256. Where they are absent it returns the empty string,
        and `split` raises `DataAbsent`, saying how to get them.
        """
        return ""

    @property
    def card(self) -> str:
        """The data card: the docstring of the task's class."""
        return inspect.getdoc(type(self)) or ""
