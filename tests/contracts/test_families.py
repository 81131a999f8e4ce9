"""Every registered family keeps the contract of families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench.testing import FamilyContract, check_names
from tests.contracts.causal import AverageContract, CausalContract
from tests.contracts.defer import DeferContract
from tests.contracts.registry import FAMILIES, complaint
from tests.contracts.shift import DetectionContract, EstimationContract, SequentialContract

if TYPE_CHECKING:
    from numpy.typing import NDArray


class RaterConsensusContract(FamilyContract):
    """Answers of two class probabilities in place of a risk, on the same simulated patients."""

    def perfect_answer(self) -> dict[str, NDArray[Any]]:
        """What happened, for certain."""
        return _two_classes(self.truth().answers["event"].astype(np.float64))

    def no_skill_answer(self) -> dict[str, NDArray[Any]]:
        """The share of events, for everybody."""
        event = self.truth().answers["event"].astype(np.float64)
        return _two_classes(np.full(len(event), event.mean()))

    def ordinary_answer(self) -> dict[str, NDArray[Any]]:
        """A risk that rises with what happened and with chance, rounded."""
        event = self.truth().answers["event"].astype(np.float64)
        draw = np.random.default_rng(7).random(len(event))
        return _two_classes(np.round(0.3 * event + 0.6 * draw + 0.05, 2))

    def _need_risk(self) -> None:
        """The answer is another one."""


def _two_classes(risk: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    return {"class_probability": np.column_stack([1 - risk, risk])}


# A family whose answer holds no `risk` brings a contract of its own: its truth, its perfect and its no-skill answer.
CONTRACTS: dict[str, type[FamilyContract]] = {
    "causal": CausalContract,
    "causal-average": AverageContract,
    "defer": DeferContract,
    "rater-consensus": RaterConsensusContract,
    "shift-detection": DetectionContract,
    "shift-estimation": EstimationContract,
    "shift-sequential": SequentialContract,
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("check", check_names(FamilyContract))
def test_family(name: str, check: str) -> None:
    """This family passes this check."""
    inherited = CONTRACTS.get(name, FamilyContract)
    contract = type("Contract", (inherited,), {"family": FAMILIES[name]})()
    assert complaint(getattr(contract, check)) == ""


def test_mortality_is_among_them() -> None:
    """The registry was not empty."""
    assert "mortality" in FAMILIES
