"""Survival models at a horizon, curves of recalibration, conformal sets and the super learner, each against an oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from carebench import Unsuited
from carebench.testing import cut
from carebench_plugins import calibrated, conformal, recalibration, stacking
from carebench_plugins.survival import cox, follow_up, forest, hazards
from carebench_tasks.horizon import survival_curve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HORIZON = 1.0


def followed(rows: int, seed: int, lost: float) -> tuple[Floats, Floats, NDArray[np.int8], Floats]:
    """Exponential deaths with hazard .5 exp(x) and losses with hazard `lost`: inputs, times, events, true risks."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 2))
    death = draw.exponential(1 / (0.5 * np.exp(x[:, 0])))
    loss = draw.exponential(1 / lost, rows) if lost else np.full(rows, 10.0)
    event = (death <= loss).astype(np.int8)
    return x, np.minimum(death, loss), event, 1 - np.exp(-0.5 * np.exp(x[:, 0]))


def given(time: Floats, event: NDArray[np.int8], x: Floats) -> dict[str, Floats | NDArray[np.int8]]:
    """What a task reveals: the known rows with their follow-up, and those lost before the horizon apart."""
    known = (time >= HORIZON) | (event == 1)
    y = ((event == 1) & (time <= HORIZON)).astype(np.int8)
    return {
        "X": x[known],
        "y": y[known],
        "time": time[known],
        "event": event[known],
        "horizon": np.full(int(known.sum()), HORIZON),
        "X_unlabelled": x[~known],
        "unlabelled_time": time[~known],
    }


MAKERS: list[Callable[[], follow_up.AtHorizon]] = [
    cox.CoxAtHorizon,
    forest.SurvivalForestAtHorizon,
    hazards.DiscreteTimeHazard,
]


def tried(make: Callable[[], follow_up.AtHorizon]) -> follow_up.AtHorizon:
    """A new estimator, skipped where scikit-survival is absent."""
    if make is not hazards.DiscreteTimeHazard:
        pytest.importorskip("sksurv")
    return make()


@pytest.mark.parametrize("make", MAKERS)
def test_without_inputs_the_risk_is_that_of_kaplan_and_meier(make: Callable[[], follow_up.AtHorizon]) -> None:
    """A constant column leaves the curve of the whole cohort; 40 % lost, and complete cases would give a third more."""
    x, time, event, _ = followed(1500, 1, lost=0.6)
    x = 0 * x
    reveals = given(time, event, x)
    estimator = tried(make)
    estimator.fit(**reveals)  # type: ignore[arg-type]
    risk = estimator.predict_proba(x[:3])[:, 1]  # type: ignore[attr-defined]
    truth = 1 - float(survival_curve(time, event).at(HORIZON))
    assert np.ptp(risk) < 1e-6
    assert risk[0] == pytest.approx(truth, abs=0.03)
    assert reveals["y"].mean() > truth + 0.08


@pytest.mark.parametrize("make", MAKERS)
def test_risks_follow_the_truth_of_a_simulator(make: Callable[[], follow_up.AtHorizon]) -> None:
    """On patients of another draw: correlation with the true risk over .9, and less than half the error of a constant."""
    x, time, event, _ = followed(1500, 2, lost=0.3)
    fresh, _, _, truth = followed(500, 3, lost=0.3)
    estimator = tried(make)
    estimator.fit(**given(time, event, x))  # type: ignore[arg-type]
    risk = estimator.predict_proba(fresh)[:, 1]  # type: ignore[attr-defined]
    assert np.corrcoef(risk, truth)[0, 1] > 0.9
    assert np.abs(risk - truth).mean() < np.abs(truth - truth.mean()).mean() / 2


def test_the_cox_risk_is_the_survival_function_at_the_horizon() -> None:
    """Our reading of Breslow's baseline equals scikit-survival's own survival function."""
    pytest.importorskip("sksurv")
    x, time, event, _ = followed(300, 4, lost=0.3)
    estimator = cox.CoxAtHorizon().fit(**given(time, event, x))  # type: ignore[arg-type]
    own = [1 - function(function.x[-1]) for function in estimator._fitted.predict_survival_function(x[:20])]
    np.testing.assert_allclose(estimator.predict_proba(x[:20])[:, 1], own, atol=1e-12)


def test_a_task_without_follow_up_is_unsuited() -> None:
    """Outcomes alone are not enough, and neither are patients of whom nobody died."""
    x, time, event, _ = followed(40, 5, lost=0.3)
    with pytest.raises(Unsuited, match="follow-up times"):
        hazards.DiscreteTimeHazard().fit(x, event)
    nobody = given(time, event, x) | {"event": np.zeros(0, np.int8)}
    nobody["event"] = np.zeros(len(nobody["y"]), np.int8)
    with pytest.raises(Unsuited, match="no training row has any"):
        hazards.DiscreteTimeHazard().fit(**nobody)  # type: ignore[arg-type]


def test_person_periods_by_hand() -> None:
    """Limits 1, 2, 3: dead at 1.5; lost at 1.4, before the middle; lost at 1.6, beyond it; alive at 3; dead at 3."""
    known = follow_up.FollowUp(
        inputs=np.zeros((5, 1)),
        time=np.array([1.5, 1.4, 1.6, 3.0, 3.0]),
        died=np.array([True, False, False, False, True]),
    )
    found = hazards.person_periods(known, np.array([1.0, 2.0, 3.0]))
    survived = [[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 1, 0]]
    died = [[0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert found[..., 0].tolist() == survived
    assert found[..., 1].tolist() == died


def test_intervals_hold_equal_numbers_of_deaths_and_end_with_follow_up() -> None:
    """Quartiles of eight deaths; deaths on one day leave fewer intervals."""
    times, died = np.append(np.arange(1.0, 9.0), 10.0), np.append(np.ones(8, bool), False)
    known = follow_up.FollowUp(inputs=np.zeros((9, 1)), time=times, died=died)
    assert follow_up.limits(known, 4).tolist() == [3, 5, 7, 10]
    one_day = follow_up.FollowUp(inputs=np.zeros((9, 1)), time=np.where(died, 2.0, 10.0), died=died)
    assert follow_up.limits(one_day, 4).tolist() == [2, 10]


def distorted(
    seed: int, distort: Callable[[Floats], Floats], rows: int = 4000
) -> tuple[Floats, NDArray[np.int8], Floats]:
    """Risks that a known curve would make right: the risks, outcomes, and what is right."""
    draw = np.random.default_rng(seed)
    risk = draw.beta(1.5, 3, rows).clip(0.001, 0.999)
    right = distort(risk)
    return risk, (draw.random(rows) < right).astype(np.int8), right


def test_platt_is_an_unpenalised_logistic_regression_on_the_logit() -> None:
    """Intercept and slope equal scikit-learn's without penalty, and the curve that made the outcomes comes back."""
    risk, y, right = distorted(1, lambda p: expit(0.5 + 0.6 * logit(p)))
    found = recalibration.Platt().fit(risk, y)
    oracle = LogisticRegression(C=np.inf, tol=1e-10).fit(logit(risk)[:, None], y)
    assert (found.intercept_, found.slope_) == pytest.approx(
        (oracle.intercept_[0], oracle.coef_[0, 0]), abs=1e-3
    )
    assert np.abs(found.predict(risk) - right).max() < 0.05


def test_isotonic_is_the_one_of_scikit_learn() -> None:
    """The same steps, and no order reversed."""
    risk, y, _ = distorted(2, np.square)
    found = recalibration.Isotonic().fit(risk, y).predict(np.sort(risk))
    np.testing.assert_allclose(found, IsotonicRegression().fit(risk, y).predict(np.sort(risk)))
    assert (np.diff(found) >= 0).all()


def test_beta_calibration_recovers_the_curve_that_made_the_outcomes() -> None:
    """With a 2, b .5, c .3: coefficients within .15, risks within .03; the unpenalised regression gives the same."""
    risk, y, right = distorted(3, lambda p: expit(0.3 + 2 * np.log(p) - 0.5 * np.log1p(-p)), rows=40_000)
    found = recalibration.Beta().fit(risk, y)
    assert (*found.coefficients_, found.intercept_) == pytest.approx((2, 0.5, 0.3), abs=0.15)
    assert np.abs(found.predict(risk) - right).max() < 0.03
    columns = np.column_stack([np.log(risk), -np.log1p(-risk)])
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(columns, y)
    assert found.coefficients_ == pytest.approx(oracle.coef_[0], abs=2e-3)


def test_beta_calibration_never_reverses_an_order() -> None:
    """Where a free fit would turn one coefficient negative, it is 0 and the other is fitted again without it."""
    risk, y, _ = distorted(4, lambda p: expit(-2 + 3 * np.log(p) + 0.8 * np.log1p(-p) + 4))
    found = recalibration.Beta().fit(risk, y)
    assert found.coefficients_[1] == 0
    alone = LogisticRegression(C=np.inf, tol=1e-10).fit(np.log(risk)[:, None], y)
    assert found.coefficients_[0] == pytest.approx(alone.coef_[0, 0], abs=2e-3)
    assert (np.diff(found.predict(np.sort(risk))) >= 0).all()


def test_temperature_recovers_the_number_that_sharpened_the_risks() -> None:
    """Log-odds twice too large have T 2; the log loss is least there, and one half stays one half."""
    risk, y, _ = distorted(5, lambda p: expit(logit(p) / 2))
    found = recalibration.Temperature().fit(risk, y)
    assert found.temperature_ == pytest.approx(2, abs=0.15)
    losses = [
        np.logaddexp(0, np.where(y == 1, -1, 1) * logit(risk) / (found.temperature_ * by)).mean()
        for by in (0.99, 1, 1.01)
    ]
    assert losses[1] == min(losses)
    assert found.predict(np.array([0.5])).tolist() == [0.5]


def test_the_generic_platt_is_the_model_that_was_there_before() -> None:
    """Histogram boosting with Platt's curve gives what `calibrated-hist-gradient-boosting` gives."""
    split = cut()
    inputs, y = split.train.drop(columns="surv", errors="ignore"), split.reveals["y"]
    old = calibrated.RecalibratedBoosting(random_state=3).fit(inputs, y)
    new = recalibration.recalibrated_boosting("platt", random_state=3).fit(inputs, y)
    np.testing.assert_allclose(new.predict_proba(inputs), old.predict_proba(inputs), atol=1e-12)


def test_conformal_sets_hold_either_outcome_as_often_as_promised() -> None:
    """Over six draws at a prevalence near .25: on average 90 % to 95 % of events and of others, within two points."""
    covered = np.array([_coverage(seed) for seed in range(6)]).mean(axis=0)
    assert (covered > 0.88).all()
    assert (covered < 0.95).all()


def _coverage(seed: int) -> Floats:
    """The coverage of non-events and of events on 600 fresh patients."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(1200, 3))
    y = (draw.random(1200) < expit(-1.5 + 1.2 * x[:, 0])).astype(np.int8)
    estimator = conformal.ConformalForest(min_samples_leaf=20, random_state=seed)
    estimator.fit(x[:600], y[:600])
    sets, truth = estimator.predict_set(x[600:]), y[600:]
    return np.array([sets[truth == each, each].mean() for each in (0, 1)])


def test_the_super_learner_is_at_least_as_good_as_its_library_where_it_was_weighed() -> None:
    """Weights are convex; their mean has a held-out Brier score no worse than the best method's, within rounding up."""
    draw = np.random.default_rng(7)
    truth = draw.beta(2, 5, 2000)
    y = (draw.random(2000) < truth).astype(np.int64)
    risks = np.column_stack(
        [np.clip(truth + draw.normal(0, noise, 2000), 0, 1) for noise in (0.1, 0.15, 0.4)]
    )
    weights = stacking.convex_weights(risks, y)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert weights[0] > weights[1] > weights[2]
    each = ((risks - y[:, None]) ** 2).mean(axis=0)
    assert ((risks @ weights - y) ** 2).mean() < each.min()


@pytest.mark.slow
def test_the_super_learner_fits_what_it_weighs() -> None:
    """On a linear truth the ridge and spline regressions carry the weight, and few patients are no reason to fail."""
    draw = np.random.default_rng(8)
    x = draw.normal(size=(600, 4))
    y = (draw.random(600) < expit(x @ np.array([1.5, -1.0, 0.5, 0.0]))).astype(np.int8)
    estimator = stacking.SuperLearner(random_state=1).fit(x, y)
    assert estimator.weights_[1] + estimator.weights_[2] > 0.5
    assert len(estimator._fitted) == int((estimator.weights_ > 0).sum())
    with pytest.raises(Unsuited, match="at least three"):
        stacking.SuperLearner().fit(x[:40], np.r_[np.ones(2), np.zeros(38)].astype(np.int8))
