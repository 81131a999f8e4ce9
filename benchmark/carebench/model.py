"""The noun `Model`: a named method and how to build it.

A plain record, separate from any estimator, so that it can be listed, shown and hashed without
importing the library that does the work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Inputs = Literal["raw", "numeric", "comparators", "demographics", "series", "image"]


@dataclass(frozen=True)
class Model:
    """A method that answers the questions of some families.

    Attributes:
        name: by the one rule for names.
        families: names of the families that it answers.
        build: makes the estimator: a callable, or its dotted name such as `sklearn.svm.SVC`, which keeps
            the import out of listings. `random_state` or `seed`, and `n_jobs`, are passed where its
            signature has them.
        inputs: the view of the inputs: `raw` (pandas DataFrame with missing values), `numeric` (float32 matrix:
            imputed, one-hot coded, standardised on the training rows), `demographics` (age and sex), `series` (a
            `carebench.Series`: measurements over time, standardised on those of the training rows), `image` (`carebench.Images`: a
            picture a row, read on demand) or `comparators` (published scores; such a model is a reference line, unranked).
        params: keyword arguments for `build`; plain JSON values.
        search: what tuning may change: name of a keyword argument of `build` to `FloatRange`, `IntRange` or `Choice`.
        title: for people; the name if empty.
        summary: one sentence that says what it does.
        citation: where the method comes from.
        modality: the kind of input: `tabular` by default, `series` or `image` exactly when `inputs` is.
        requires: distributions that it needs beside carebench; their versions are part of the cell's key.
        extra: name of the extra that installs `requires`, for the message when one is missing.
        modules: import names of further modules whose code decides its answers, beside the one of `build`.
        reference: name of the model that trains the same backbone plainly, for the share of the oracle gap; empty for none.
        cpus: cores, and threads, that one cell gets.
        gpus: accelerators that one cell gets.
        memory: resident bytes that one cell is expected to need, or None.

    Example:
        >>> Model("extra-trees", families=["mortality"], build="sklearn.ensemble.ExtraTreesClassifier").inputs
        'numeric'
    """

    name: str
    families: Sequence[str]
    build: Callable[..., Any] | str
    inputs: Inputs = "numeric"
    params: Mapping[str, Any] = field(default_factory=dict)
    search: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    summary: str = ""
    citation: str = ""
    modality: str = "tabular"
    requires: Sequence[str] = ()
    extra: str = ""
    modules: Sequence[str] = ()
    reference: str = ""
    cpus: int = 1
    gpus: float = 0
    memory: int | None = None
