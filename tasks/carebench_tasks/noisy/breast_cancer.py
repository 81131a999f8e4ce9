"""The clean question asked of the Wisconsin diagnostic set: is this breast mass malignant?

Separate because it is a diagnosis, without follow-up, and comes with scikit-learn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carebench import CarebenchError, Split, Task, Truth

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Rows = NDArray[np.int64]

ROWS, MALIGNANT = 569, 212


class Malignancy(Task):
    """Is a breast mass malignant, by the nuclei in a fine needle aspirate?

    Input: mean, standard error and worst value of ten measures of the cell nuclei (radius, texture, perimeter, area,
    smoothness, compactness, concavity, concave points, symmetry, fractal dimension). 30 columns, none missing.

    Answer: probability that the mass is malignant.

    Cohort: 569 masses seen at the University of Wisconsin; 212 malignant. Every diagnosis is known.

    Left out: nothing; the identifier is not distributed with scikit-learn.

    Source: Wisconsin Diagnostic Breast Cancer, through scikit-learn (`load_breast_cancer`).

    Access: open; comes with scikit-learn.

    Licence: CC BY 4.0 in the UCI edition (data set 17).

    Citation: Street, Wolberg, Mangasarian 1993, Proc SPIE 1905:861-870.
    """

    name = "noisy-labels/breast-cancer"
    family = "noisy-labels"
    title = "Breast cancer: malignant mass"
    cohort = "wisconsin"
    libraries = ("scikit-learn",)
    modules = (
        "carebench_tasks.folds",
        "carebench_tasks.cohorts.declaration",
        "carebench_tasks.noisy.breast_cancer",
    )
    flags: ClassVar[tuple[str, ...]] = ("fewer than 100 test events: about 42 in each fold",)
    source = "Wisconsin Diagnostic Breast Cancer, as packaged by scikit-learn; CC BY 4.0"
    citation = (
        "Street WN, Wolberg WH, Mangasarian OL. Nuclear feature extraction for breast tumor diagnosis. "
        "Proc SPIE 1993;1905:861-870."
    )

    def split(self, seed: int) -> Split:
        """Train on four folds, test on the fifth."""
        columns, malignant, _ = _masses()
        train, test = self._cut(seed)
        return Split(
            train=columns.iloc[train].reset_index(drop=True),
            test=columns.iloc[test].reset_index(drop=True),
            reveals={"y": malignant[train]},
        )

    def truth(self, seed: int) -> Truth:
        """The diagnosis of the test rows; every weight is 1."""
        import numpy as np

        _, malignant, units = _masses()
        _, test = self._cut(seed)
        return Truth(units=units[test], answers={"event": malignant[test], "weight": np.ones(len(test))})

    def _cut(self, seed: int) -> tuple[Rows, Rows]:
        """Rows to train on and rows to test on, both in a hashed order."""
        import numpy as np

        from carebench_tasks.folds import assign, repeat_and_fold, shuffled

        _, malignant, units = _masses()
        repeat, tested = repeat_and_fold(seed)
        fold = assign(units, malignant, self.name, self.version, repeat=repeat)
        names = (self.name, self.version, seed)
        return (
            shuffled(np.flatnonzero(fold != tested), "training order", *names),
            shuffled(np.flatnonzero(fold == tested), "test order", *names),
        )


def _masses() -> tuple[pd.DataFrame, NDArray[np.int8], NDArray[np.uint64]]:
    """Inputs, malignancy and opaque ids of the 569 masses, in scikit-learn's order, held against their known counts."""
    from sklearn.datasets import load_breast_cancer

    from carebench_tasks.cohorts.declaration import unit_ids

    data = load_breast_cancer(as_frame=True)
    malignant = (data.target == 0).to_numpy("int8")
    if (len(malignant), int(malignant.sum())) != (ROWS, MALIGNANT):
        raise CarebenchError(
            f"scikit-learn's breast cancer data were declared with {ROWS} rows and {MALIGNANT} malignant masses; "
            f"{len(malignant)} and {malignant.sum()} came; check them anew and raise the version of the tasks"
        )
    return data.data, malignant, unit_ids("wisconsin", [str(number) for number in range(ROWS)])
