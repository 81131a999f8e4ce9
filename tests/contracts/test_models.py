"""Every registered model keeps the contract of models; one test a check, none a model."""

from __future__ import annotations

import pytest

from carebench.testing import ModelContract, check_names
from tests.contracts.registry import MODELS, complaint
from tests.contracts.samples import sample_for


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("check", check_names(ModelContract))
def test_model(name: str, check: str) -> None:
    """This model passes this check."""
    given = {"model": MODELS[name], "inputs": sample_for(MODELS[name])}
    contract = type("Contract", (ModelContract,), given)()
    assert complaint(getattr(contract, check)) == ""


def test_built_in_and_third_party_models_are_among_them() -> None:
    """The registry was not empty: it holds a reference line, a learner and the third party's model."""
    assert {"prevalence", "ridge-logistic", "spam-naive-bayes"} <= set(MODELS)
