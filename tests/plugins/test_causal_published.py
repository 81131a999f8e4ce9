"""Textbook numbers again, without the runner: What If's regression with a product, and IHDP against stored predictions."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from carebench_plugins.causal.adjustment import ProductRegression
from carebench_plugins.causal.learners import SLearner, TLearner
from carebench_plugins.causal.weighting import CensoringWeighting, Weighting
from carebench_tasks.causal import ihdp, real
from carebench_tasks.metrics import effects


def test_what_if_regression_with_product() -> None:
    """Hernan and Robins, program 13.1: 2.56 for quitting and 0.047 for its product with cigarettes a day."""
    columns, told = real.SmokingCessation().data()
    found = ProductRegression("smokeintensity").fit(columns, told["y"], treatment=told["treatment"])
    assert found.coefficients == pytest.approx([2.56, 0.047], abs=0.0005)


def test_what_if_weights() -> None:
    """Program 12.2: weights of mean 2.00, from 1.05 to 16.7; stabilised ones of mean .999."""
    columns, told = real.SmokingCessation().data()
    coded = pd.get_dummies(columns, dtype="float64").to_numpy("float64")
    inputs = (coded - coded.mean(axis=0)) / coded.std(axis=0)
    arm = told["treatment"]
    weights = Weighting("inverse").fit(inputs, told["y"], treatment=arm).weights
    assert weights.mean() == pytest.approx(2.00, abs=0.005)
    assert (weights.min(), weights.max()) == pytest.approx((1.05, 16.70), abs=0.005)
    stabilised = weights * np.where(arm == 1, arm.mean(), 1 - arm.mean())
    assert stabilised.mean() == pytest.approx(0.999, abs=0.0005)


def test_losses_are_weighted_for_on_the_whole_cohort() -> None:
    """Program 12.7: those without an outcome have no weight, and the estimate is 3.5 (2.5 to 4.5)."""
    columns, told = real.SmokingCessationAll().data()
    coded = pd.get_dummies(columns, dtype="float64").to_numpy("float64")
    inputs = (coded - coded.mean(axis=0)) / coded.std(axis=0)
    found = CensoringWeighting().fit(
        inputs, told["y"], treatment=told["treatment"], observed=told["observed"]
    )
    assert int(np.sum(found.weights == 0)) == 63
    one = found.average_effect()
    assert [round(each or 0.0, 1) for each in (one.estimate, one.low, one.high)] == [3.5, 2.5, 4.5]


@pytest.mark.parametrize(("make", "stored"), [(SLearner, "OLS1"), (TLearner, "OLS2")])
def test_ihdp_predictions_equal_those_stored(make: type[SLearner | TLearner], stored: str) -> None:
    """Linear S- and T-learners on replications 1 to 50 give the Vector Institute's test predictions to ten digits."""
    if not os.environ.get("CAREBENCH_DATA"):
        pytest.skip("CAREBENCH_DATA is not set: it names the folder that holds ihdp/")
    archive = Path(os.environ["CAREBENCH_DATA"]) / "ihdp" / "reference_predictions_ihdp100_test.npz"
    with np.load(archive) as kept:
        theirs = [kept[f"{stored}_y{arm}"] for arm in (0, 1)]
    for seed in range(50):
        part = ihdp.replication(ihdp.TRAIN, 672, seed)
        learner = make().fit(part["x"], part["yf"], treatment=part["t"])
        ours = learner.potential_outcomes(ihdp.replication(ihdp.TEST, 75, seed)["x"])
        for arm in (0, 1):
            np.testing.assert_allclose(ours[arm], theirs[arm][:, seed], rtol=1e-8, atol=1e-8)


#: Mean, standard error and median of sqrt(PEHE), and mean error of the average effect, over 100 replications.
STORED = {
    "OLS1": (5.730, 0.89, 2.531, 0.784),
    "OLS2": (2.409, 0.40, 1.023, 0.269),
    "RF1": (3.39, 0.58, 1.19, 0.665),
    "RF2": (2.70, 0.44, 1.14, 0.333),
    "NN1": (1.58, 0.24, 0.81, 0.329),
    "NN2": (1.66, 0.18, 1.06, 0.389),
}


@pytest.mark.parametrize("stored", list(STORED))
def test_stored_predictions_have_their_errors_by_our_metrics(stored: str) -> None:
    """The Vector Institute's stored predictions for 100 test parts of IHDP, scored by PEHE and error of the average."""
    if not os.environ.get("CAREBENCH_DATA"):
        pytest.skip("CAREBENCH_DATA is not set: it names the folder that holds ihdp/")
    with np.load(
        Path(os.environ["CAREBENCH_DATA"]) / "ihdp" / "reference_predictions_ihdp100_test.npz"
    ) as kept:
        found = kept[f"{stored}_y1"] - kept[f"{stored}_y0"]
    parts = [ihdp.replication(ihdp.TEST, 75, seed) for seed in range(100)]
    pairs = [(found[:, seed].astype(float), part["mu1"] - part["mu0"]) for seed, part in enumerate(parts)]
    errors = np.array([effects.pehe(*pair) for pair in pairs])
    average = np.mean([effects.average_error(*pair) for pair in pairs])
    mean, error, median, of_average = STORED[stored]
    assert errors.mean() == pytest.approx(mean, abs=0.006)
    assert errors.std(ddof=1) / 10 == pytest.approx(error, abs=0.006)
    assert np.median(errors) == pytest.approx(median, abs=0.006)
    assert average == pytest.approx(of_average, abs=0.0006)
