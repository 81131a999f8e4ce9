"""Samples and contracts for families that ask for more than one risk a patient; separate since each family has its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import Truth
from carebench.testing import FamilyContract, cut, simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench import Model, Split

ROWS = 300


def sample_for(model: Model) -> Split | None:
    """What a model is tried on: None for the simulated cohort as it stands."""
    return with_experts(cut()) if "defer" in model.families else None


def with_experts(split: Split) -> Split:
    """The split with two experts: one better among the old, some of whose decisions are not known, and a steady one."""
    draw = np.random.default_rng(5)
    y = split.reveals["y"]
    home = split.train["age"].to_numpy() > 65
    right = draw.random((len(y), 2)) < np.column_stack([np.where(home, 0.9, 0.6), np.full(len(y), 0.75)])
    expert = np.where(right, y[:, None], 1 - y[:, None]).astype(np.int8)
    expert[draw.random(len(y)) < 0.2, 0] = -1
    ones = np.ones((len(y), 2))
    return replace(
        split, reveals={**split.reveals, "expert": expert, "cost": 0.02 * ones, "capacity": 0.5 * ones}
    )


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
