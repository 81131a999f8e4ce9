"""What only the scorer sees of a causal task; separate because both causal families and all their tasks share it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Estimands by the number that stands for them in an answer; "trimmed" is the ATE of patients with a propensity of .1 to .9.
ESTIMANDS = ("ATE", "ATT", "ATO", "LATE", "ATM", "trimmed")


def no_rows() -> Floats:
    """The effects of no training row."""
    return np.empty(0)


@dataclass(frozen=True, kw_only=True)
class EffectTruth(Truth):
    """The truth of effects of patients: `effect`, `untreated` and `treated` (expected outcomes) are its answers.

    Where the test rows are a randomised trial, `outcome` and `treatment` are answers too.

    Attributes:
        training_effect: shape (n_train,), the true effect of each training row; empty where it is unknown.
        larger_is_better: whether a larger outcome is better for the patient.
    """

    training_effect: Floats = field(default_factory=no_rows)
    larger_is_better: bool = True


@dataclass(frozen=True, kw_only=True)
class AverageTruth(Truth):
    """The truth of average effects, which belong to the whole cohort and not to rows.

    Attributes:
        averages: estimand to its true value; empty where no truth is known.
        sd0: standard deviation of the outcome without treatment; None where no truth is known.
        base_risk: mean outcome of the untreated training rows, for outcomes of 0 or 1; else None.
        sd_outcome: standard deviation of the outcome of the training rows.
        training: the training inputs, a pandas DataFrame of n_train rows: for balance.
        treatment: shape (n_train,).
    """

    averages: Mapping[str, float]
    sd0: float | None
    base_risk: float | None = None
    sd_outcome: float | None = None
    training: Any = None
    treatment: Floats = field(default_factory=no_rows)
