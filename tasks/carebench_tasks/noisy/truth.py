"""What only the scorer sees of a task with wrong labels; separate because family and tasks share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from carebench import Truth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class NoisyTruth(Truth):
    """Clean test answers, and how the training labels went wrong.

    Attributes:
        flipped: shape (n_train,), whether a training label is wrong, in the order of the training rows.
        transition: shape (4,), T00, T01, T10, T11 averaged over the training rows of each true label; None where the
            task reveals it, so that there is nothing to estimate.
        rater_rates: shape (2 R,), sensitivities of the R raters, then specificities; None without raters.
        replicates: shape (n_test, B), weights in bootstrap replicates; None where influences give the intervals.
    """

    flipped: NDArray[np.bool_]
    transition: Floats | None = None
    rater_rates: Floats | None = None
    replicates: Floats | None = None
