"""Every registered model keeps the contract of models; one test a check, none a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carebench.testing import ModelContract, check_names
from tests.contracts.registry import MODELS, complaint
from tests.contracts.samples import TRIED, asked_as, hastened, is_slow, sample_for

SEARCH_SPACE = "test_search_space_can_be_drawn_from_and_fitted"
#: Of the models with a search space those whose random points are fitted within seconds; the others are slow tests.
QUICK_SPACES = {
    *("elastic-net", "hist-gradient-boosting", "k-nearest-neighbours", "lightgbm", "naive-bayes"),
    *("co-teaching", "defer-cross-entropy", "dann", "group-dro", "volume-minimisation"),
}


def takes_long(name: str, check: str) -> bool:
    """Whether this check of this model is left to `make test-all`."""
    fits_points = check == SEARCH_SPACE and bool(MODELS[name].search)
    return is_slow(MODELS[name]) or (fits_points and name not in QUICK_SPACES)


CASES = [
    pytest.param(name, check, marks=pytest.mark.slow if takes_long(name, check) else ())
    for check in check_names(ModelContract)
    for name in MODELS
]


@pytest.mark.parametrize(("name", "check"), CASES)
def test_model(name: str, check: str) -> None:
    """This model passes this check in the first of its families, and in those that are tried on the same sample."""
    model = hastened(MODELS[name])
    sample = sample_for(model)
    given: dict[str, Any] = {"model": replace(model, families=asked_as(model)), "inputs": sample}
    given |= {"points": 1} if name in QUICK_SPACES else {}
    if sample is not None and "surv" not in sample.train.columns:
        given |= {"comparators": (), "demographics": ()}
    contract = type("Contract", (ModelContract,), given)()
    assert complaint(getattr(contract, check)) == ""


def test_built_in_and_third_party_models_are_among_them() -> None:
    """The registry was not empty: it holds a reference line, a learner and the third party's model."""
    assert {"prevalence", "ridge-logistic", "spam-naive-bayes", *TRIED} <= set(MODELS)
