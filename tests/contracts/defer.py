"""What the family `defer` brings to its contract: a truth, and answers that are perfect, without skill, and between.

Separate because what it scores needs an expert beside the risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Truth
from carebench.testing import FamilyContract, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ROWS = 300


class DeferContract(FamilyContract):
    """Who of 300 simulated patients died, and what an expert said who is right in about three of four."""

    def truth(self) -> Truth:
        """Events, a reference model that knows the true risk, and one expert."""
        cohort = simulate(ROWS)
        right = np.random.default_rng(6).random(ROWS) < 0.75
        answers: dict[str, NDArray[Any]] = {
            "event": cohort.died,
            "weight": np.ones(ROWS),
            "reference": (cohort.risk > 0.5).astype(np.int8),
            "expert_0": np.where(right, cohort.died, 1 - cohort.died).astype(np.int8),
        }
        sexes = np.asarray(cohort.inputs["sex"].astype(str))
        return Truth(units=np.arange(ROWS, dtype=np.uint64), answers=answers, groups={"sex": sexes})

    def perfect_answer(self) -> Mapping[str, NDArray[Any]]:
        """Always right alone, and handing over those whom the expert gets right."""
        answers = self.truth().answers
        event = answers["event"].astype(float)
        return {"risk": event, "defer": (answers["expert_0"] == event).astype(float)}

    def no_skill_answer(self) -> Mapping[str, NDArray[Any]]:
        """The commoner class for everybody, and the same score."""
        event = self.truth().answers["event"].astype(float)
        return {"risk": np.full(ROWS, event.mean()), "defer": np.zeros(ROWS)}

    def ordinary_answer(self) -> Mapping[str, NDArray[Any]]:
        """The true risk, rounded, with ties in what is handed over, and a chance of the expert being right."""
        risk = np.clip(np.round(simulate(ROWS).risk, 1), 0.05, 0.95)
        return {"risk": risk, "defer": 0.75 - np.maximum(risk, 1 - risk), "human_right": 0.5 + risk / 4}
