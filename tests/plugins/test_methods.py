"""What single built-in methods compute, against hand-worked values and independent formulas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench import Unsuited
from carebench_plugins.calibrated import CrossCalibrated, RecalibratedBoosting, recalibration
from carebench_plugins.linear import PenalisedLogistic, knots_of, restricted_cubic
from carebench_plugins.reference import AgeSex, SupportScore
from carebench_plugins.trees import HistogramBoosting

NO_LABELS = np.empty(0, np.int8)


def test_support_score_is_one_minus_survival() -> None:
    """Nothing is fitted, zero training rows will do, and a missing estimate takes the median of the known."""
    none = pd.DataFrame({"physician": [], "num_surv2m": []}, dtype=float)
    asked = pd.DataFrame({"physician": [0.5] * 4, "num_surv2m": [0.9, np.nan, 0.2, 0.4]})
    risk = SupportScore().fit(none, NO_LABELS).predict_proba(asked)[:, 1]
    np.testing.assert_allclose(risk, [0.1, 0.6, 0.8, 0.6])


def test_support_score_prefers_the_median_of_training_rows() -> None:
    """With training rows, a missing test estimate does not depend on the other test rows."""
    known = pd.DataFrame({"surv2md1": [0.1, 0.3, 0.5]})
    model = SupportScore().fit(known, np.zeros(3, np.int8))
    np.testing.assert_allclose(
        model.predict_proba(pd.DataFrame({"surv2md1": [np.nan, 0.9]}))[:, 1], [0.7, 0.1]
    )


def test_support_score_declines_without_its_column() -> None:
    """A task without the published estimate is declined with the reason."""
    with pytest.raises(Unsuited, match="'surv'"):
        SupportScore().fit(pd.DataFrame({"sofa": [3.0]}), NO_LABELS)


@pytest.mark.parametrize("estimate", [1.5, -0.1, 80.0])
def test_support_score_declines_what_is_no_probability(estimate: float) -> None:
    """A percentage, or anything else outside 0 to 1, is no survival probability."""
    asked = pd.DataFrame({"surv": [0.5, estimate]})
    with pytest.raises(Unsuited, match="between 0 and 1"):
        SupportScore().fit(asked, NO_LABELS).predict_proba(asked)


def test_age_sex_declines_without_columns() -> None:
    """A task that declares neither age nor sex is declined."""
    with pytest.raises(Unsuited, match="age and sex"):
        AgeSex().fit(pd.DataFrame(index=range(3)), np.zeros(3, np.int8))


def test_age_sex_stands_missing_values() -> None:
    """A missing age or sex, in training or test rows, gives a probability all the same."""
    train = pd.DataFrame({"age": [50.0, np.nan, 70, 80], "sex": pd.Categorical(["m", None, "f", "m"])})
    test = pd.DataFrame({"age": [np.nan, 60.0], "sex": pd.Categorical([None, "f"], categories=["f", "m"])})
    risk = AgeSex().fit(train, np.array([0, 0, 1, 1], np.int8)).predict_proba(test)
    np.testing.assert_allclose(risk.sum(axis=1), 1)


def test_penalised_logistic_declines_a_single_event() -> None:
    """With one event no fold can be held out, and the model says so."""
    with pytest.raises(Unsuited, match="two training rows of each class"):
        PenalisedLogistic().fit(np.eye(5), np.array([0, 0, 0, 0, 1], np.int8))


def test_spline_terms_match_the_formula_by_hand() -> None:
    """With knots 0, 1, 2 the one term at 0, 1, 2 and 3 is 0, 1/4, 6/4 and 3 (Harrell's equation 2.25)."""
    terms = restricted_cubic(np.array([-1.0, 0, 1, 2, 3]), np.array([0.0, 1, 2]))
    np.testing.assert_allclose(terms[:, 0], [0, 0, 1 / 4, 6 / 4, 12 / 4], atol=1e-12)


def test_spline_terms_are_linear_beyond_the_knots() -> None:
    """Second differences vanish outside the outer knots and not within."""
    knots = np.array([-1.0, 0, 0.5, 2])
    beyond = restricted_cubic(np.linspace(2, 9, 50), knots)
    np.testing.assert_allclose(np.diff(beyond, 2, axis=0), 0, atol=1e-9)
    assert np.abs(np.diff(restricted_cubic(np.linspace(-1, 2, 50), knots), 2, axis=0)).max() > 1e-3


def test_knots_only_for_continuous_columns() -> None:
    """A 0/1 column has no knots, a uniform one has those at its quantiles, a spike has none."""
    assert len(knots_of(np.array([0.0, 1] * 50))) == 0
    np.testing.assert_allclose(knots_of(np.linspace(0, 1, 101)), [0.05, 0.35, 0.65, 0.95])
    assert len(knots_of(np.concatenate([np.zeros(1000), np.arange(20.0)]))) == 0


def test_histogram_boosting_takes_the_most_frequent_levels() -> None:
    """A category of more levels than its 255 bins is no reason to fail: the rarest count as missing."""
    codes = [f"code {number}" for number in range(300)]
    train = pd.DataFrame(
        {"code": pd.Categorical([*codes, *codes[:255]]), "none": pd.Categorical([None] * 555)}
    )
    model = HistogramBoosting().fit(train, (np.arange(555) % 3 == 0).astype(np.int8))
    asked = pd.DataFrame({"code": pd.Categorical(["code 299", None]), "none": pd.Categorical([None, "x"])})
    asked["once"] = [np.nan, 7.0]
    rare, missing = model.predict_proba(asked)[:, 1]
    assert rare == missing


@pytest.mark.parametrize("model", [CrossCalibrated("sklearn.svm.SVC", {}, "sigmoid"), RecalibratedBoosting()])
def test_calibration_declines_a_single_event(model: CrossCalibrated | RecalibratedBoosting) -> None:
    """With one event nobody can be held out to calibrate on, and the model says so."""
    with pytest.raises(Unsuited, match="hold one out for calibration"):
        model.fit(np.eye(5), np.array([0, 0, 0, 0, 1], np.int8))


def test_recalibration_undoes_risks_that_are_too_extreme() -> None:
    """Log-odds doubled and moved by 1: logit p = (logit r - 1) / 2, slope and intercept within four standard errors."""
    draw = np.random.default_rng(8)
    logits = draw.normal(0, 1, 20_000)
    y = (draw.random(20_000) < 1 / (1 + np.exp(-logits))).astype(np.int8)
    intercept, slope = recalibration(1 / (1 + np.exp(-(2 * logits + 1))), y)
    assert slope == pytest.approx(0.5, abs=4 * 0.009)
    assert intercept == pytest.approx(-0.5, abs=4 * 0.019)


def test_recalibration_never_reverses_a_ranking() -> None:
    """Risks that rank backwards on held-out folds become one risk for all, not their mirror image."""
    y = np.array([0, 1] * 50, np.int8)
    assert recalibration(np.where(y == 1, 0.2, 0.8), y)[1] == 0


def test_platt_keeps_the_order_of_the_margins() -> None:
    """The probabilities of a calibrated machine rank patients as the machine fitted on all rows does."""
    from sklearn.svm import LinearSVC

    draw = np.random.default_rng(9)
    X = draw.normal(size=(300, 4))
    y = (X[:, 0] + draw.logistic(0, 0.5, 300) > 0).astype(np.int8)
    model = CrossCalibrated("sklearn.svm.LinearSVC", {"dual": False}, "sigmoid").fit(X, y)
    margins = LinearSVC(dual=False, random_state=0).fit(X, y).decision_function(X)
    assert np.all(np.diff(model.predict_proba(X)[np.argsort(margins), 1]) >= 0)


def test_calibrated_classifiers_get_seed_and_threads() -> None:
    """What the engine passes reaches the classifier within, and only where its signature has it."""
    forest = CrossCalibrated(
        "sklearn.ensemble.RandomForestClassifier", {}, "isotonic", n_jobs=3, random_state=7
    )
    machine = CrossCalibrated("sklearn.svm.SVC", {"C": 2.0}, "sigmoid", n_jobs=3, random_state=7)
    assert (forest._classifier().n_jobs, forest._classifier().random_state) == (3, 7)
    assert (machine._classifier().C, machine._classifier().random_state) == (2.0, 7)
