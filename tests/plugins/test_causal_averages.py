"""Average effects: against statsmodels and closed forms, unbiased when they should be, intervals that cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.plugins.causal_data import EFFECT, encouraged, study

from carebench_plugins.causal.adjustment import (
    GComputation,
    GEstimation,
    NaiveDifference,
    OutcomeRegression,
    ProductRegression,
    PropensityRegression,
    Stratification,
)
from carebench_plugins.causal.doubly_robust import (
    AugmentedWeighting,
    Targeted,
    WeightedRegression,
    targeted,
)
from carebench_plugins.causal.instruments import TwoStage
from carebench_plugins.causal.matching import CaliperMatching, NearestNeighbours, greedy_pairs
from carebench_plugins.causal.regressions import Logistic, least_squares, propensities, with_constant
from carebench_plugins.causal.weighting import EntropyBalancing, HorvitzThompson, Weighting, balancing

if TYPE_CHECKING:
    from collections.abc import Callable

REPLICATIONS = 200
ATE = [
    OutcomeRegression,
    GComputation,
    HorvitzThompson,
    lambda: Weighting("inverse"),
    NearestNeighbours,
    WeightedRegression,
    AugmentedWeighting,
    Targeted,
]


def answers(make: Callable[[], Any], repeats: int, rows: int = 500, **curved: bool) -> np.ndarray:
    """Estimate, low and high in each of some replications, shape (repeats, 3)."""
    found = []
    for seed in range(repeats):
        drawn = study(rows, seed, **curved)
        one = make().fit(drawn.X, drawn.y, treatment=drawn.treatment).average_effect()
        found.append((one.estimate, one.low, one.high))
    return np.array(found, dtype=float)


def bias(found: np.ndarray) -> tuple[float, float]:
    """Mean error and its standard error."""
    errors = found[:, 0] - EFFECT
    return float(errors.mean()), float(errors.std(ddof=1) / len(errors) ** 0.5)


@pytest.mark.parametrize("make", ATE)
def test_unbiased_where_every_model_is_right(make: Callable[[], Any]) -> None:
    """Forty replications of 800: the mean error is within four standard errors of nothing; the naive one is not."""
    centre, error = bias(answers(make, 40, rows=800))
    slack = 0.03 if make in (NearestNeighbours, HorvitzThompson, ATE[3]) else 0.0
    assert abs(centre) < 4 * error + slack
    naive, error = bias(answers(NaiveDifference, 40, rows=800))
    assert naive > 10 * error


@pytest.mark.parametrize("make", [AugmentedWeighting, Targeted, WeightedRegression])
def test_doubly_robust(make: Callable[[], Any]) -> None:
    """Unbiased with a wrong outcome model and a right propensity, and the other way round; biased with both wrong."""
    for curved in ({"curved_outcome": True}, {"curved_treatment": True}):
        centre, error = bias(answers(make, 60, rows=1500, **curved))
        assert abs(centre) < 4 * error + 0.02, curved
    centre, error = bias(answers(make, 30, rows=1500, curved_outcome=True, curved_treatment=True))
    assert centre > 0.2


def test_singly_robust() -> None:
    """Weighting fails with a wrong propensity, and g-computation with a wrong outcome model."""
    wrong = {"curved_outcome": True, "curved_treatment": True}
    assert bias(answers(lambda: Weighting("inverse"), 20, rows=1500, **wrong))[0] > 0.2
    assert bias(answers(GComputation, 20, rows=1500, **wrong))[0] > 0.2


@pytest.mark.parametrize("make", [GComputation, AugmentedWeighting, Targeted])
def test_intervals_cover_where_models_are_right(make: Callable[[], Any]) -> None:
    """Over 200 replications 95 % intervals hold the truth in 95 % of them, within Wilson's 99.9 % bounds (89 to 99 %)."""
    found = answers(make, REPLICATIONS)
    covered = np.mean((found[:, 1] <= EFFECT) & (found[:, 2] >= EFFECT))
    assert 0.89 < covered < 0.99
    spread, told = found[:, 0].std(ddof=1), (found[:, 2] - found[:, 1]).mean() / (2 * 1.96)
    assert told == pytest.approx(spread, rel=0.2)


def test_intervals_of_fixed_weights_are_no_narrower() -> None:
    """Weights taken as known give too wide an interval rather than too narrow a one."""
    found = answers(lambda: Weighting("inverse"), REPLICATIONS)
    assert np.mean((found[:, 1] <= EFFECT) & (found[:, 2] >= EFFECT)) > 0.92


def test_least_squares_is_that_of_statsmodels() -> None:
    """Coefficients, standard errors and degrees of freedom, weighted and with a collinear column."""
    import statsmodels.api as sm

    drawn = study(200, 1)
    design, weights = with_constant(drawn.treatment, drawn.X), 1 + drawn.treatment
    theirs = sm.WLS(drawn.y, design, weights=weights).fit()
    ours = least_squares(design, drawn.y, weights)
    np.testing.assert_allclose(ours.coefficients, theirs.params)
    np.testing.assert_allclose(np.sqrt(np.diag(ours.covariance)), theirs.bse)
    twice = least_squares(np.column_stack([design, drawn.X[:, 0]]), drawn.y, weights)
    assert twice.freedom == ours.freedom
    assert twice.coefficients[1] == pytest.approx(ours.coefficients[1])


def test_logistic_regression_is_that_of_statsmodels() -> None:
    """Fitted probabilities to seven digits; weights count."""
    import statsmodels.api as sm

    drawn = study(300, 2)
    theirs = sm.GLM(drawn.treatment, with_constant(drawn.X), family=sm.families.Binomial()).fit()
    np.testing.assert_allclose(propensities(drawn.X, drawn.treatment), theirs.fittedvalues, atol=1e-6)
    whole = np.repeat(np.arange(300), 1 + (np.arange(300) % 2))
    doubled = Logistic().fit(drawn.X[whole], drawn.treatment[whole]).predict(drawn.X)
    weighted = (
        Logistic()
        .fit(drawn.X, drawn.treatment, np.asarray(1 + np.arange(300) % 2, np.float64))
        .predict(drawn.X)
    )
    np.testing.assert_allclose(doubled, weighted, atol=1e-6)


def test_hajek_is_the_robust_weighted_regression_of_statsmodels() -> None:
    """Estimate and HC0 standard error of y on treatment, weighted."""
    import statsmodels.api as sm

    drawn = study(300, 3)
    found = Weighting("inverse").fit(drawn.X, drawn.y, treatment=drawn.treatment)
    design = with_constant(drawn.treatment)
    theirs = sm.WLS(drawn.y, design, weights=found.weights).fit(cov_type="HC0")
    one = found.average_effect()
    assert one.estimate == pytest.approx(theirs.params[1])
    assert one.high is not None
    assert (one.high - one.estimate) / 1.959963984540054 == pytest.approx(theirs.bse[1])


def test_outcome_regression_and_its_robustness_value() -> None:
    """The coefficient of statsmodels; and Cinelli and Hazlett's example: t 4.18 on 783 degrees of freedom gives 13.9 %."""
    import statsmodels.api as sm

    drawn = study(300, 4)
    found = OutcomeRegression().fit(drawn.X, drawn.y, treatment=drawn.treatment)
    theirs = sm.OLS(drawn.y, with_constant(drawn.treatment, drawn.X)).fit()
    assert found.average_effect().estimate == pytest.approx(theirs.params[1])
    f = abs(theirs.tvalues[1]) / theirs.df_resid**0.5
    assert found.robustness_value == pytest.approx(((f**4 + 4 * f**2) ** 0.5 - f**2) / 2)
    f = 4.18 / 783**0.5
    assert ((f**4 + 4 * f**2) ** 0.5 - f**2) / 2 == pytest.approx(0.139, abs=0.0005)


def test_weights_balance_what_they_promise() -> None:
    """Overlap weights balance every mean exactly between the arms; entropy balancing gives the untreated those of the treated."""
    drawn = study(400, 5)
    treated, untreated = drawn.treatment == 1, drawn.treatment == 0
    overlap = Weighting("overlap").fit(drawn.X, drawn.y, treatment=drawn.treatment).weights
    entropy = EntropyBalancing().fit(drawn.X, drawn.y, treatment=drawn.treatment).weights
    for weights in (overlap, entropy):
        means = [np.average(drawn.X[arm], axis=0, weights=weights[arm]) for arm in (treated, untreated)]
        np.testing.assert_allclose(means[0], means[1], atol=1e-5)
    np.testing.assert_allclose(
        np.average(drawn.X[untreated], axis=0, weights=entropy[untreated]),
        drawn.X[treated].mean(axis=0),
        atol=1e-5,
    )
    trimmed = Weighting("trimmed").fit(drawn.X, drawn.y, treatment=drawn.treatment).weights
    score = propensities(drawn.X, drawn.treatment)
    np.testing.assert_array_equal(trimmed == 0, (score < 0.1) | (score > 0.9))


def test_a_level_that_no_untreated_patient_has_spoils_no_balance() -> None:
    """A rare level among the treated alone cannot be balanced; all other covariates still are."""
    drawn = study(400, 12)
    rare = np.zeros(400)
    rare[np.flatnonzero(drawn.treatment == 1)[:2]] = 1
    inputs = np.column_stack([drawn.X, rare, 1 - rare])
    found, plain = (
        EntropyBalancing().fit(columns, drawn.y, treatment=drawn.treatment) for columns in (inputs, drawn.X)
    )
    np.testing.assert_allclose(found.weights, plain.weights, rtol=1e-4)


def test_means_that_no_weights_can_reach_do_not_leave_all_weight_on_one_patient() -> None:
    """Without the penalty the search ends at the one extreme patient; with it weights solve target - mean = .01 S b, S the covariance, b the tilt."""
    rows = np.random.default_rng(3).normal(size=(300, 2)) @ [[1.0, 0.5], [0.0, 1.0]]
    target = np.array([rows[:, 0].max() + 1, 0.0])
    found = balancing(rows, target)
    assert found.sum() == pytest.approx(1)
    tilts = np.linalg.lstsq(np.column_stack([rows, np.ones(300)]), np.log(found), rcond=None)[0][:2]
    np.testing.assert_allclose(target - found @ rows, 0.01 * np.cov(rows.T, ddof=0) @ tilts, atol=1e-4)
    assert found.max() < 0.9
    reachable = np.array([0.3, -0.2])
    np.testing.assert_allclose(balancing(rows, reachable) @ rows, reachable, atol=1e-6)


def test_tmle_solves_its_score_equation() -> None:
    """After targeting, weighted residuals sum to nothing in each arm, and the estimate is the mean difference."""
    drawn = study(400, 6)
    found = Targeted().fit(drawn.X, drawn.y, treatment=drawn.treatment)
    moved, arm = found.nuisances, drawn.treatment
    assert abs(np.sum(arm * (drawn.y - moved.treated) / moved.propensity)) < 1e-6
    assert abs(np.sum((1 - arm) * (drawn.y - moved.untreated) / (1 - moved.propensity))) < 1e-6
    assert found.average_effect().estimate == pytest.approx(np.mean(moved.treated - moved.untreated))
    assert targeted(np.full(4, 0.5), np.array([1.0, 1, 1, 0]), np.ones(4)) == pytest.approx(0.75)


def test_g_estimation_leaves_nothing_of_treatment() -> None:
    """Y - psi A is orthogonal to A - e; its interval covers in a constant-effect study."""
    drawn = study(400, 7)
    psi = GEstimation().fit(drawn.X, drawn.y, treatment=drawn.treatment).average_effect().estimate
    score = propensities(drawn.X, drawn.treatment)
    assert abs((drawn.y - psi * drawn.treatment) @ (drawn.treatment - score)) < 1e-6


def test_propensity_regression_and_product_by_statsmodels() -> None:
    """Least squares on treatment and propensity; and with a product, psi + c mean(v)."""
    import pandas as pd
    import statsmodels.api as sm

    drawn = study(300, 8)
    arm, score = drawn.treatment, propensities(drawn.X, drawn.treatment)
    theirs = sm.OLS(drawn.y, with_constant(arm, score)).fit()
    ours = PropensityRegression().fit(drawn.X, drawn.y, treatment=arm).average_effect().estimate
    assert ours == pytest.approx(theirs.params[1])
    table = pd.DataFrame(drawn.X, columns=["a", "b", "c"])
    theirs = sm.OLS(drawn.y, with_constant(arm, arm * drawn.X[:, 0], drawn.X)).fit()
    found = ProductRegression("a").fit(table, drawn.y, treatment=arm).average_effect()
    assert found.estimate == pytest.approx(theirs.params[1] + theirs.params[2] * drawn.X[:, 0].mean())


def test_stratification_by_hand() -> None:
    """Five groups of twenty, more of them treated in each than in the last: the mean of effects 1 to 5."""
    group = np.repeat(np.arange(5.0), 20)
    arm = np.concatenate([(np.arange(20) < treated).astype(float) for treated in (4, 7, 10, 13, 16)])
    y = 10 * group + arm * (1 + group)
    found = Stratification().fit(group[:, None], y, treatment=arm).average_effect()
    assert found.estimate == pytest.approx(3.0)


def test_greedy_pairs_by_hand() -> None:
    """The largest score chooses first; whom nobody is near enough to stays without."""
    score, arm = np.array([3.0, 1.0, 2.9, 0.8, 9.0]), np.array([1.0, 1, 0, 0, 1])
    assert greedy_pairs(score, arm, 0.5).tolist() == [[0, 2], [1, 3]]


def test_matching_finds_the_effect_in_the_treated() -> None:
    """Near the true effect in the treated, 1 + .5 mean(x0 | treated)."""
    drawn = study(4000, 9)
    truth = 1 + 0.5 * drawn.X[drawn.treatment == 1, 0].mean()
    found = CaliperMatching().fit(drawn.X, drawn.y, treatment=drawn.treatment).average_effect()
    assert found.estimand == "ATT"
    assert found.estimate == pytest.approx(truth, abs=0.15)


def test_instruments() -> None:
    """Wald's ratio by hand, two stages by hand; both find the effect that adjustment misses."""
    drawn, instrument = encouraged(4000, 1)
    on, off = instrument == 1, instrument == 0
    ratio = (drawn.y[on].mean() - drawn.y[off].mean()) / (
        drawn.treatment[on].mean() - drawn.treatment[off].mean()
    )
    wald = TwoStage(adjusted=False).fit(drawn.X, drawn.y, treatment=drawn.treatment, instrument=instrument)
    assert wald.average_effect().estimate == pytest.approx(ratio)
    design = with_constant(instrument, drawn.X)
    predicted = least_squares(design, drawn.treatment).predict(design)
    second = least_squares(with_constant(predicted, drawn.X), drawn.y).coefficients[1]
    stages = (
        TwoStage().fit(drawn.X, drawn.y, treatment=drawn.treatment, instrument=instrument).average_effect()
    )
    assert stages.estimate == pytest.approx(second)
    assert stages.estimate == pytest.approx(1.0, abs=0.25)
    naive = OutcomeRegression().fit(drawn.X, drawn.y, treatment=drawn.treatment).average_effect()
    assert naive.estimate > 2
