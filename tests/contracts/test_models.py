"""Every registered model keeps the contract of models; one test a check, none a model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from carebench import Split
from carebench.testing import ModelContract, check_names, simulate
from tests.contracts.registry import MODELS, complaint


def rated() -> Split:
    """120 items to fit on and 40 to judge, each read by three raters of whom one is often wrong and one often absent."""
    import pandas as pd

    draw = np.random.default_rng(3)
    truth = draw.random(160) < 0.4
    columns = {}
    for rater, (error, seen) in enumerate([(0.05, 1.0), (0.3, 1.0), (0.1, 0.6)], 1):
        said = np.where(draw.random(160) < error, ~truth, truth).astype(int).astype(str).astype(object)
        columns[str(rater)] = pd.Series(said).where(draw.random(160) < seen)
    table = pd.DataFrame(columns).astype(pd.CategoricalDtype(["0", "1"]))
    return Split(train=table[:120], test=table[120:].reset_index(drop=True), reveals={})


def noisy() -> Split:
    """The simulated cohort with three raters' labels, of which a tenth are wrong, and a group of every patient."""
    train, test = simulate(160, seed=1), simulate(60, seed=2)
    draw = np.random.default_rng(4)
    raters = np.where(draw.random((160, 3)) < 0.1, 1 - train.died[:, None], train.died[:, None]).astype(
        np.int8
    )
    reveals = {
        "y": raters[:, 0],
        "raters": raters,
        "group": (train.inputs["sex"] == "female").to_numpy("int8"),
        "transition": np.tile([[0.9, 0.1], [0.1, 0.9]], (160, 1, 1)),
    }
    return Split(train=train.inputs, test=test.inputs, reveals=reveals)


#: What a family reveals that the simulated cohort lacks.
SAMPLES = {"rater-consensus": rated, "noisy-labels": noisy, "noisy-labels-known": noisy}
#: Of the many that share one training loop, those that are always tried: one of each class and each kind of objective.
TRIED = {
    *(
        "erm-network",
        "bi-tempered",
        "co-teaching",
        "volume-minimisation",
        "forward",
        "importance-reweighting",
    ),
    *("group-correction", "confident-prune", "self-ensembling", "raykar", "crowdlab", "elkan-noto"),
    *("bagged-networks", "savage-boosting"),
}
CASES = [
    pytest.param(name, marks=pytest.mark.slow)
    if "noisy-labels" in model.families[:1] and name not in TRIED
    else name
    for name, model in MODELS.items()
]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("check", check_names(ModelContract))
def test_model(name: str, check: str) -> None:
    """This model passes this check, in the first of its families: the others ask no less of `fit`, and no more."""
    model = MODELS[name]
    made = SAMPLES.get(model.families[0])
    given: dict[str, Any] = {
        "model": replace(model, families=model.families[:1]),
        "inputs": made() if made else None,
    }
    if made is rated:
        given |= {"comparators": (), "demographics": ()}
    contract = type("Contract", (ModelContract,), given)()
    assert complaint(getattr(contract, check)) == ""


def test_built_in_and_third_party_models_are_among_them() -> None:
    """The registry was not empty: it holds a reference line, a learner and the third party's model."""
    assert {"prevalence", "ridge-logistic", "spam-naive-bayes"} <= set(MODELS)
