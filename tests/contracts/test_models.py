"""Every registered model keeps the contract of models; one test a check, none a model."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from carebench.testing import ModelContract, check_names
from tests.contracts.registry import MODELS, complaint
from tests.contracts.samples import TRIED, asked_as, hastened, is_slow, sample_for

if TYPE_CHECKING:
    from carebench import Family, Split

SEARCH_SPACE = "test_search_space_can_be_drawn_from_and_fitted"
#: Of the models with a search space those whose random points are fitted within seconds; the others are slow tests.
QUICK_SPACES = {
    *("elastic-net", "hist-gradient-boosting", "k-nearest-neighbours", "lightgbm", "naive-bayes"),
    *("co-teaching", "defer-cross-entropy", "dann", "group-dro", "volume-minimisation"),
}
#: Checks that fit on the sample as it stands, and look at nothing but answers.
ASKING = {
    "test_answers_as_its_family_declares",
    "test_order_of_test_rows_does_not_matter",
    "test_company_of_test_rows_does_not_matter",
    "test_missing_values_and_unseen_levels_are_survived",
}


def takes_long(name: str, check: str) -> bool:
    """Whether this check of this model is left to `make test-all`."""
    fits_points = check == SEARCH_SPACE and bool(MODELS[name].search)
    return is_slow(MODELS[name]) or (fits_points and name not in QUICK_SPACES)


CASES = [
    pytest.param(name, check, marks=pytest.mark.slow if takes_long(name, check) else ())
    for name in MODELS
    for check in check_names(ModelContract)
]


def contract_of(name: str, base: type[ModelContract] = ModelContract) -> ModelContract:
    """The contract of a model in the first of its families, and in those that are tried on the same sample."""
    model = hastened(MODELS[name])
    sample = sample_for(model)
    given: dict[str, Any] = {"model": replace(model, families=asked_as(model)), "inputs": sample}
    given |= {"points": 1} if name in QUICK_SPACES else {}
    if sample is not None and "surv" not in sample.train.columns:
        given |= {"comparators": (), "demographics": ()}
    made: ModelContract = type("Contract", (base,), given)()
    return made


@functools.lru_cache(maxsize=4)
def fitted(name: str, family: str) -> Any:
    """One fit of a model, for all checks that only ask it."""
    contract = contract_of(name)
    return next(contract._fit(each, split) for each, split in contract._cases() if each.name == family)


class Asked(ModelContract):
    """The contract, for checks that ask a model which was fitted before on the same rows."""

    def _fit(self, family: Family, split: Split) -> Any:
        del split
        return fitted(self.model.name, family.name)


@pytest.mark.parametrize(("name", "check"), CASES)
def test_model(name: str, check: str) -> None:
    """This model passes this check."""
    contract = contract_of(name, Asked if check in ASKING else ModelContract)
    assert complaint(getattr(contract, check)) == ""


def test_built_in_and_third_party_models_are_among_them() -> None:
    """The registry was not empty: it holds a reference line, a learner and the third party's model."""
    assert {"prevalence", "ridge-logistic", "spam-naive-bayes", *TRIED} <= set(MODELS)
