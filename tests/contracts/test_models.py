"""Every registered model keeps the contract of models; one test a check, none a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carebench.testing import ModelContract, check_names
from tests.contracts.registry import MODELS, complaint
from tests.contracts.samples import TRIED, asked_as, is_slow, sample_for

CASES = [
    pytest.param(name, marks=pytest.mark.slow) if is_slow(model) else name for name, model in MODELS.items()
]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("check", check_names(ModelContract))
def test_model(name: str, check: str) -> None:
    """This model passes this check in the first of its families, and in those that are tried on the same sample."""
    model = MODELS[name]
    sample = sample_for(model)
    given: dict[str, Any] = {"model": replace(model, families=asked_as(model)), "inputs": sample}
    if sample is not None and "surv" not in sample.train.columns:
        given |= {"comparators": (), "demographics": ()}
    contract = type("Contract", (ModelContract,), given)()
    assert complaint(getattr(contract, check)) == ""


def test_built_in_and_third_party_models_are_among_them() -> None:
    """The registry was not empty: it holds a reference line, a learner and the third party's model."""
    assert {"prevalence", "ridge-logistic", "spam-naive-bayes", *TRIED} <= set(MODELS)
