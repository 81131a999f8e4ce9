"""Every registered model keeps the contract of models; one test a check, none a model."""

from __future__ import annotations

import pytest

from carebench.testing import ModelContract, check_names
from tests.contracts.causal import treated_sample, with_losses
from tests.contracts.registry import MODELS, complaint

# Samples for models that need more than inputs and outcomes, by model or by the first of their families.
SAMPLES = {
    "causal": treated_sample(),
    "causal-average": treated_sample(),
    "ipw-censoring": with_losses(treated_sample()),
}
# Causal methods that fit forests, boosting or networks a dozen times a check: left to `make test-all`.
SLOW = (
    "boosting",
    "causal-forest",
    "cross",
    "dml",
    "dr-learner",
    "forest-dr",
    "orthogonal",
    "policy",
    "net",
    "cfr",
)


def is_slow(name: str) -> bool:
    """Whether a causal model takes seconds for one fit."""
    causal = MODELS[name].families[0].startswith("causal")
    return causal and any(part in name for part in (*SLOW, "learner-forest"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if is_slow(name) else ()) for name in MODELS]
)
@pytest.mark.parametrize("check", check_names(ModelContract))
def test_model(name: str, check: str) -> None:
    """This model passes this check."""
    sample = SAMPLES.get(name) or SAMPLES.get(MODELS[name].families[0])
    contract = type("Contract", (ModelContract,), {"model": MODELS[name], "inputs": sample})()
    assert complaint(getattr(contract, check)) == ""


def test_built_in_and_third_party_models_are_among_them() -> None:
    """The registry was not empty: it holds a reference line, a learner and the third party's model."""
    assert {"prevalence", "ridge-logistic", "spam-naive-bayes"} <= set(MODELS)
