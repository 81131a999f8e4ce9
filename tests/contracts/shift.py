"""The contracts of the families of shift that ask about batches, told what their truths and answers look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from carebench import Truth
from carebench.testing import FamilyContract
from carebench_tasks.families import shift_sequential as sequential
from carebench_tasks.families.shift_detection import ASKED_P, BATCHES, COLUMNS, NONE, NULLS, SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ONSET = 150


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


class EstimationContract(FamilyContract):
    """Twenty batches of fifteen rows, of which the frozen classifier is right on six to thirteen."""

    def truth(self) -> Truth:
        """300 rows; the source's accuracy is .6."""
        batch, row = np.divmod(np.arange(300), 15)
        return Truth(
            units=np.arange(300, dtype=np.uint64),
            answers={"correct": row < 6 + batch % 8},
            groups={
                "batch": np.array([f"{number:03d}" for number in batch]),
                "shift": np.where(batch % 2 == 0, "none", "older"),
            },
            facts={"source_accuracy": 0.6},
        )

    def perfect_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """The true accuracies."""
        return {"accuracy": (6 + np.arange(20) % 8)[None, :] / 15}

    def no_skill_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """The source's accuracy for every batch."""
        return {"accuracy": np.full((1, 20), 0.6)}

    def ordinary_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """The true accuracies, and noise."""
        noise = np.random.default_rng(0).normal(0, 0.05, (1, 20))
        return {"accuracy": np.clip(self.perfect_answer()["accuracy"].astype(np.float64) + noise, 0, 1)}


class SequentialContract(FamilyContract):
    """Streams of one kind, the first 200 without a shift, in the others one from the 151st row on."""

    def truth(self) -> Truth:
        """290 streams of 400 rows."""
        stream, row = np.divmod(np.arange(sequential.ROWS), sequential.LENGTH)
        late = (stream >= sequential.NULLS) & (row >= ONSET)
        return Truth(
            units=np.arange(sequential.ROWS, dtype=np.uint64),
            answers={"weight": np.ones(sequential.ROWS)},
            groups={
                "stream": np.array([f"{number:03d}" for number in range(sequential.STREAMS)])[stream],
                "shift": np.where(stream < sequential.NULLS, sequential.NONE, "older"),
                "part": np.where(late, sequential.AFTER, sequential.BEFORE),
            },
        )

    def perfect_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """Sure of the shift from its first row on, and certain that nothing shifted before."""
        late = self.truth().groups["part"] == sequential.AFTER
        return {"statistic": late[None, :].astype(np.float64)}

    def no_skill_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """The same number after every row: alarms come at random, one in 400 rows."""
        return {"statistic": np.zeros((1, sequential.ROWS))}

    def ordinary_answer(self) -> Mapping[str, NDArray[np.generic]]:
        """Noise that is larger once it shifted, and a threshold."""
        noise = np.random.default_rng(0).normal(size=(1, sequential.ROWS))
        return {
            "statistic": noise + 1.5 * self.perfect_answer()["statistic"].astype(np.float64),
            "threshold": np.array([3.0]),
        }
