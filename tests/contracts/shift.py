"""The contract of the family of shift detection, told what its truth and its answers look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import Truth
from carebench.testing import FamilyContract
from carebench_tasks.families.shift_detection import ASKED_P, BATCHES, COLUMNS, NONE, NULLS, SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class DetectionContract(FamilyContract):
    """One test row stands for each batch: of each size those that did not shift come first."""

    def truth(self) -> Truth:
        """1,000 batches of each size that did not shift, and 180 that did."""
        kinds = np.array(([NONE] * NULLS + ["older"] * (BATCHES - NULLS)) * len(SIZES))
        return Truth(
            units=np.arange(COLUMNS, dtype=np.uint64),
            answers={"weight": np.ones(COLUMNS)},
            groups={"batch": np.array([f"{number:05d}" for number in range(COLUMNS)]), "shift": kinds},
        )

    def perfect_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """Whether it shifted."""
        return {"statistic": (self.truth().groups["shift"] != NONE)[None, :].astype(np.float64)}

    def no_skill_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """The same number for every batch: it is rejected as often as chance has it."""
        return {"statistic": np.zeros((1, COLUMNS))}

    def ordinary_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """Noise that is larger where a batch shifted, with p-values."""
        noise = np.random.default_rng(0).normal(size=(1, COLUMNS))
        return {
            "statistic": noise + 1.5 * self.perfect_answer()["statistic"].astype(np.float64),
            "p_value": np.random.default_rng(1).random((1, COLUMNS // ASKED_P)),
        }
