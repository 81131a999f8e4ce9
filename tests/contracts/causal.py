"""What the two causal families bring to their contract: a truth, and answers that are perfect, without skill, and between.

Separate because their answers hold no `risk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench.testing import FamilyContract
from carebench_tasks.families.causal_truth import AverageTruth, EffectTruth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]

ROWS = 200


class CausalContract(FamilyContract):
    """Effects of 200 simulated patients in a trial."""

    replicated = True

    def truth(self) -> EffectTruth:
        """Effects from -1 to 2 with expected outcomes between 0 and 1 without treatment."""
        draw = np.random.default_rng(11)
        untreated, effect = draw.random(ROWS), draw.uniform(-1, 2, ROWS)
        answers = {
            "effect": effect,
            "untreated": untreated,
            "treated": untreated + effect,
            "outcome": (draw.random(ROWS) < 0.5).astype(float),
            "treatment": (draw.random(ROWS) < 0.5).astype(float),
        }
        return EffectTruth(units=np.arange(ROWS, dtype=np.uint64), answers=answers)

    def perfect_answer(self) -> Arrays:
        """The true effects."""
        return {"effect": self.truth().answers["effect"].astype(np.float64)}

    def no_skill_answer(self) -> Arrays:
        """The true average for everybody."""
        return {"effect": np.full(ROWS, self.truth().answers["effect"].astype(np.float64).mean())}

    def ordinary_answer(self) -> Arrays:
        """Half the effect, rounded, with an interval."""
        effect = np.round(self.perfect_answer()["effect"] / 2, 1)
        return {"effect": effect, "low": effect - 1, "high": effect + 1}


class AverageContract(FamilyContract):
    """The average effect in 200 simulated patients."""

    replicated = True

    def truth(self) -> AverageTruth:
        """An average effect of 1 in all, of 2 in the treated."""
        return AverageTruth(
            units=np.arange(ROWS, dtype=np.uint64),
            answers={},
            averages={"ATE": 1.0, "ATT": 2.0},
            sd0=2.0,
            sd_outcome=2.0,
        )

    def perfect_answer(self) -> Arrays:
        """The true effect in the treated, declared as such."""
        return {"estimate": np.array([2.0]), "estimand": np.array([1.0])}

    def ordinary_answer(self) -> Arrays:
        """Half a unit too much, with an interval."""
        one = {"estimate": 1.5, "low": 0.5, "high": 2.5, "estimand": 0.0}
        return {name: np.array([value]) for name, value in one.items()}
