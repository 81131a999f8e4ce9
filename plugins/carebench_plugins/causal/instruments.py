"""Average effects from an instrument; separate because they answer for those who comply, and need a task that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model, Unsuited
from carebench_plugins.causal.average import AverageEffect, with_error
from carebench_plugins.causal.entries import average
from carebench_plugins.causal.regressions import RANK, with_constant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODULES = ("carebench_plugins.causal.average", "carebench_plugins.causal.regressions")


def models() -> tuple[Model, ...]:
    """The models of this module."""
    return (
        average(
            "wald",
            build=TwoStage,
            params={"adjusted": False},
            title="Wald estimator",
            summary="Difference of outcomes by instrument over difference of treatments by instrument (LATE).",
            citation="Angrist JD, Imbens GW, Rubin DB. J Am Stat Assoc 1996;91:444-455.",
            modules=MODULES,
        ),
        average(
            "two-stage-least-squares",
            build=TwoStage,
            title="Two-stage least squares",
            summary="Outcome regressed on the treatment that instrument and covariates predict (LATE).",
            citation="Angrist JD, Imbens GW. J Am Stat Assoc 1995;90:431-442.",
            modules=MODULES,
        ),
    )


class TwoStage:
    """Linear instrumental variables with one instrument: sum z~ y / sum z~ a, z~ the instrument's residual on the covariates.

    Without covariates it is Wald's ratio. The standard error is robust (HC0).

    Args:
        adjusted: whether covariates are in both stages.
    """

    def __init__(self, *, adjusted: bool = True) -> None:
        self.adjusted = adjusted

    def fit(self, X: Any, y: Floats, *, treatment: Floats, instrument: Floats | None = None) -> TwoStage:
        """Fit on n patients.

        Raises:
            Unsuited: without an instrument.
        """
        import numpy as np

        if instrument is None:
            raise Unsuited("it needs an instrument, and this task has none")
        design = with_constant(X) if self.adjusted else np.ones((len(y), 1))
        inverse = np.linalg.pinv(design, rcond=RANK)
        left = instrument - design @ (inverse @ instrument)
        strength = float(left @ treatment)
        effect = float(left @ y) / strength
        rest = y - effect * treatment
        rest = rest - design @ (inverse @ rest)
        self._found = with_error(effect, float(np.sqrt(np.sum((left * rest) ** 2))) / abs(strength), "LATE")
        return self

    def average_effect(self) -> AverageEffect:
        """The average effect in those who comply with the instrument."""
        return self._found
