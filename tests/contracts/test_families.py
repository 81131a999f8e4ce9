"""Every registered family keeps the contract of families."""

from __future__ import annotations

import pytest

from carebench.testing import FamilyContract, check_names
from tests.contracts.causal import AverageContract, CausalContract
from tests.contracts.defer import DeferContract
from tests.contracts.registry import FAMILIES, complaint

# A family whose answer holds no `risk` brings a contract of its own: its truth, its perfect and its no-skill answer.
CONTRACTS: dict[str, type[FamilyContract]] = {
    "causal": CausalContract,
    "causal-average": AverageContract,
    "defer": DeferContract,
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
