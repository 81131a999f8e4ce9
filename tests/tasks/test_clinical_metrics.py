"""Metrics of decisions, groups of risk and smoothed calibration against independent implementations and by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import confusion_matrix

from carebench import Truth
from carebench_tasks.families.mortality import FAMILY, score
from carebench_tasks.metrics import clinical, operating, risk_groups, smooth
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.metrics.ranking import auroc_influence
from carebench_tasks.resampling import ResampledTruth, counts

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Simulated = tuple[Floats, Floats, Floats]

DECLARED = {"operating_point": 0.3, "train_prevalence": 0.25}


def weights(size: int) -> Floats:
    """Weights of which every seventh is 0: an unknown outcome."""
    return np.random.default_rng(8).uniform(0.5, 2, size) * (np.arange(size) % 7 > 0)


def truth_of(event: Floats, **facts: float) -> Truth:
    """A truth with two sexes and one clinic too small to show."""
    rows = np.arange(len(event))
    return Truth(
        units=rows.astype(np.uint64),
        answers={"event": event.astype(np.int8), "weight": np.ones(len(event))},
        groups={
            "sex": np.where(rows % 2, "female", "male"),
            "clinic": np.where(rows < 20, "small", np.where(rows < 40, "", "large")),
        },
        facts=facts,
    )


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5])
def test_rates_and_net_benefit_are_those_of_a_confusion_matrix(
    simulated: Simulated, threshold: float
) -> None:
    """The four rates and the net benefit from scikit-learn's weighted counts; rows of weight 0 left out."""
    event, risk, _ = simulated
    weight = weights(len(event))
    (tn, fp), (fn, tp) = confusion_matrix(event, risk >= threshold, sample_weight=weight)
    for function, expected in (
        (operating.sensitivity, tp / (tp + fn)),
        (operating.specificity, tn / (tn + fp)),
        (operating.positive_predictivity, tp / (tp + fp)),
        (operating.negative_predictivity, tn / (tn + fn)),
    ):
        assert function(event, risk, weight, threshold).share == pytest.approx(expected)
    expected = (tp - fp * threshold / (1 - threshold)) / weight.sum()
    assert operating.net_benefit(event, risk, weight, threshold) == pytest.approx(expected)


def test_net_benefit_of_calling_everybody_is_treat_all_and_of_nobody_nothing(simulated: Simulated) -> None:
    """A risk of 1 for all is the reference line treat-all, a risk of 0 is treat-none."""
    event, _, _ = simulated
    ones = np.ones(len(event))
    assert operating.net_benefit(event, ones, ones, 0.2) == pytest.approx(
        operating.treat_all(event.mean(), 0.2)
    )
    assert operating.net_benefit(event, 0 * ones, ones, 0.2) == 0


@pytest.mark.parametrize(("hits", "size"), [(0, 7), (3, 10), (81, 263), (12, 12)])
def test_wilson_limits_equal_those_of_statsmodels(hits: int, size: int) -> None:
    """An independent implementation, at the ends of the range as well."""
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    expected = proportion.proportion_confint(hits, size, method="wilson")
    assert operating.wilson(operating.Rate(share=hits / size, size=size)) == pytest.approx(
        expected, abs=1e-12
    )


def test_the_size_of_a_rate_is_its_number_of_rows_where_weights_are_equal(simulated: Simulated) -> None:
    """Wilson's n: events for sensitivity; with unequal weights fewer."""
    event, risk, _ = simulated
    ones, threes = np.ones(len(event)), np.where(np.arange(len(event)) % 2, 3.0, 1.0)
    assert operating.sensitivity(event, risk, 2 * ones, 0.3).size == pytest.approx(event.sum())
    assert operating.sensitivity(event, risk, threes, 0.3).size < 0.9 * event.sum()


def test_rates_without_anybody_to_count_say_why() -> None:
    """Nobody called, everybody called, no event, no non-event."""
    event, risk, ones = np.array([0.0, 1.0]), np.array([0.2, 0.3]), np.ones(2)
    for function, known, threshold, reason in (
        (operating.positive_predictivity, event, 0.9, "nobody is called"),
        (operating.negative_predictivity, event, 0.1, "everybody is called"),
        (operating.sensitivity, 0 * event, 0.1, "no event is known"),
        (operating.specificity, ones, 0.1, "no non-event is known"),
    ):
        with pytest.raises(Undefined, match=reason):
            function(known, risk, ones, threshold)


def test_event1_is_the_lower_of_two_rates_at_the_threshold_that_the_quota_gives(simulated: Simulated) -> None:
    """Distinct scores: the k highest are called, and scikit-learn's counts give both rates."""
    event, _, _ = simulated
    risk = np.random.default_rng(2).permutation(len(event)) / len(event)
    for called in (30, 60, 150):
        threshold = np.sort(risk)[-called]
        (_, fp), (fn, tp) = confusion_matrix(event, risk >= threshold)
        expected = min(tp / (tp + fn), tp / (tp + fp))
        found = operating.event1(event, risk, np.ones(len(event)), called / len(event))
        assert found == pytest.approx(expected)


def test_event1_of_a_constant_score_is_what_random_order_gives(simulated: Simulated) -> None:
    """With the prevalence as quota a constant has the prevalence: the challenge's 'random' entry, .1386 at 13.86 %."""
    event, _, _ = simulated
    found = operating.event1(event, np.full(len(event), 0.2), np.ones(len(event)), event.mean())
    assert found == pytest.approx(event.mean())


def test_event1_with_ties_is_the_mean_over_random_orders(simulated: Simulated) -> None:
    """Breaking ties 4,000 times at random gives the closed form within three standard errors."""
    event, risk, _ = simulated
    coarse, ones, draw = np.round(risk, 1), np.ones(len(event)), np.random.default_rng(5)
    broken = [
        operating.event1(event, coarse + draw.random(len(event)) * 1e-3, ones, 0.25) for _ in range(4000)
    ]
    assert operating.event1(event, coarse, ones, 0.25) == pytest.approx(
        np.mean(broken), abs=float(3 * np.std(broken) / math.sqrt(4000))
    )


def test_event2_by_the_formula_group_by_group(simulated: Simulated) -> None:
    """Distinct risks, ten groups of thirty, each with its own sums."""
    event, risk, _ = simulated
    chance = np.clip(risk + np.random.default_rng(3).random(len(event)) * 1e-4, 0, 1)
    order = np.argsort(chance)
    total, means = 0.0, []
    for rows in np.split(order, 10):
        p, n, seen = chance[rows].mean(), len(rows), event[rows].sum()
        total += (seen - n * p) ** 2 / (n * p * (1 - p) + 0.001)
        means.append(p)
    assert risk_groups.event2(event, chance, np.ones(len(event))) == pytest.approx(
        total / (means[9] - means[0])
    )


def test_event2_and_calibration_error_do_not_depend_on_order(simulated: Simulated) -> None:
    """Rows of equal risk share a group, so that a shuffle changes nothing."""
    event, risk, _ = simulated
    coarse, mixed = np.round(risk, 1), np.random.default_rng(4).permutation(len(event))
    for function in (risk_groups.event2, risk_groups.expected_calibration_error):
        ones = np.ones(len(event))
        assert function(event[mixed], coarse[mixed], ones) == pytest.approx(function(event, coarse, ones))
    with pytest.raises(Undefined, match="one group"):
        risk_groups.event2(event, np.full(len(event), 0.3), np.ones(len(event)))


def test_the_smoothed_curve_equals_that_of_statsmodels(simulated: Simulated) -> None:
    """Cleveland's lowess without robustness, at every distinct risk; ICI is its mean distance from the diagonal."""
    smoothers = pytest.importorskip("statsmodels.nonparametric.smoothers_lowess")
    event, risk, _ = simulated
    expected = smoothers.lowess(event, risk, frac=smooth.SPAN, it=0, return_sorted=False)
    ones = np.ones(len(event))
    np.testing.assert_allclose(smooth.smoothed(event, risk, ones), expected, atol=1e-6)
    found = smooth.integrated_calibration_index(event, risk, ones)
    assert found == pytest.approx(np.abs(expected - risk).mean(), abs=1e-6)


def test_the_curve_between_its_knots_is_close(simulated: Simulated) -> None:
    """With 5,000 distinct risks, 200 knots give the index of an independent exact smoother within 1e-4."""
    smoothers = pytest.importorskip("statsmodels.nonparametric.smoothers_lowess")
    draw = np.random.default_rng(6)
    risk = draw.beta(1, 4, 5000)
    event = (draw.random(5000) < risk**1.3).astype(float)
    expected = smoothers.lowess(event, risk, frac=smooth.SPAN, it=0, return_sorted=False)
    found = smooth.integrated_calibration_index(event, risk, np.ones(5000))
    assert found == pytest.approx(np.abs(expected - risk).mean(), abs=1e-4)


@pytest.mark.parametrize(
    "function",
    [smooth.integrated_calibration_index, risk_groups.event2, risk_groups.expected_calibration_error],
)
def test_unknown_outcomes_count_for_nothing(
    simulated: Simulated, function: Callable[[Floats, Floats, Floats], float]
) -> None:
    """Rows of weight 0 might as well not be there; with nobody known there is no value."""
    event, risk, _ = simulated
    weight = weights(len(event))
    known = weight > 0
    assert function(event, risk, weight) == pytest.approx(function(event[known], risk[known], weight[known]))
    with pytest.raises(Undefined, match="no row has a known outcome"):
        function(event, risk, 0 * weight)


def test_a_paired_difference_has_delongs_variance(simulated: Simulated) -> None:
    """Influences of two models subtract to DeLong's z, here from Sun and Xu's midranks, which share no code with ours."""
    event, first, second = simulated
    m, n = int(event.sum()), int((event == 0).sum())
    v10, v01 = [], []
    for each in (first, second):
        ranked = np.concatenate([each[event == 1], each[event == 0]])
        pooled = midranks(ranked)
        v10.append((pooled[:m] - midranks(ranked[:m])) / n)
        v01.append(1 - (pooled[m:] - midranks(ranked[m:])) / m)
    areas = np.mean(v10, axis=1)
    covariance = np.cov(v10) / m + np.cov(v01) / n
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    ones = np.ones(len(event))
    moved = auroc_influence(event, first, ones) - auroc_influence(event, second, ones)
    found = [score(truth_of(event), {"risk": each}).metrics["auroc"] for each in (first, second)]
    assert found == pytest.approx(areas.tolist())
    assert np.sum(moved**2) == pytest.approx(variance, rel=1e-10)
    assert np.sum(moved**2) < 0.9 * (covariance[0, 0] + covariance[1, 1])


def midranks(values: Floats) -> Floats:
    """Ranks from 1 on, ties at their mean: by counting, after Sun and Xu 2014, IEEE Signal Processing Letters 21."""
    return np.array([np.sum(values < each) + (np.sum(values == each) + 1) / 2 for each in values])


def test_measures_without_a_declaration_say_what_is_missing(simulated: Simulated) -> None:
    """A third party's task that declares nothing has the other metrics all the same."""
    event, risk, _ = simulated
    found = score(truth_of(event), {"risk": risk})
    needs = {"sensitivity", "specificity", "ppv", "npv", "net_benefit", "event1"}
    assert set(found.undefined) == needs | {"set_coverage", "set_size"}
    assert found.undefined["ppv"] == "the task declares no operating point"
    assert found.undefined["event1"].startswith("the task says of no training row")
    assert "sensitivity_low" not in found.facts


def test_limits_and_treat_all_are_among_the_facts(simulated: Simulated) -> None:
    """Each rate lies within Wilson's limits; treating all is worth what the prevalence gives."""
    event, risk, _ = simulated
    found = score(truth_of(event, **DECLARED), {"risk": risk})
    for name, _, _, _ in clinical.RATES:
        value = found.metrics[name]
        assert value is not None
        assert found.facts[f"{name}_low"] < value < found.facts[f"{name}_high"]
    assert found.facts["treat_all"] == pytest.approx(event.mean() - (1 - event.mean()) * 3 / 7)
    assert found.facts["treat_all_50"] == pytest.approx(2 * event.mean() - 1)


def test_subgroups_are_figures_of_their_rows_alone(simulated: Simulated) -> None:
    """One sex scored by itself has the same figures; a small group shows counts, a nameless one nothing."""
    event, risk, _ = simulated
    found = score(truth_of(event, **DECLARED), {"risk": risk}).subgroups
    rows = np.arange(len(event)) % 2 == 1
    alone = score(truth_of(event[rows], **DECLARED), {"risk": risk[rows]}).metrics
    female = found["sex"]["female"]
    shared = set(female) & {metric.name for metric in FAMILY.metrics}
    assert len(shared) == 15
    assert {name: female[name] for name in shared} == pytest.approx({name: alone[name] for name in shared})
    assert set(found["clinic"]) == {"small", "large"}
    assert set(found["clinic"]["small"]) == {"n", "events"}


def test_bounds_of_groups_are_simultaneous(simulated: Simulated) -> None:
    """Two groups: DeLong's standard error times the quantile of the larger of two independent |z|; replicates agree."""
    event, risk, _ = simulated
    truth = truth_of(event)
    found = score(truth, {"risk": risk}).subgroups["sex"]["male"]
    rows = np.arange(len(event)) % 2 == 0
    error = np.sqrt(np.sum(auroc_influence(event[rows], risk[rows], np.ones(rows.sum())) ** 2))
    larger = np.abs(np.random.default_rng(1).normal(size=(400_000, 2))).max(axis=1)
    half = np.quantile(larger, 0.95) * error
    assert half > norm.ppf(0.975) * error
    assert found["auroc"] is not None
    assert found["auroc_low"] == pytest.approx(found["auroc"] - half, abs=1e-3)
    drawn = counts(truth.units).astype(float)
    again = ResampledTruth(units=truth.units, answers=truth.answers, groups=truth.groups, replicates=drawn)
    resampled = score(again, {"risk": risk}).subgroups["sex"]["male"]["auroc_low"]
    assert resampled == pytest.approx(found["auroc_low"], abs=0.02)


def test_the_calibration_curve_and_the_bands_add_up(simulated: Simulated) -> None:
    """Tenths hold all patients and all events; shares of each outcome over the bands sum to 1."""
    event, risk, _ = simulated
    found = score(truth_of(event), {"risk": risk}).subgroups
    tenths = found["risk tenth"].values()
    assert sum(each["n"] or 0 for each in tenths) == len(event)
    assert sum((each["n"] or 0) * (each["frequency"] or 0) for each in tenths) == pytest.approx(event.sum())
    assert sum((each["n"] or 0) * (each["mean_risk"] or 0) for each in tenths) == pytest.approx(risk.sum())
    for name in ("of_events", "of_non_events"):
        assert sum(each[name] or 0 for each in found["risk band"].values()) == pytest.approx(1)
    few = score(truth_of(event[:60]), {"risk": risk[:60]}).subgroups["risk tenth"]
    assert all(set(each) == {"n"} for each in few.values() if (each["n"] or 0) < 10)
    assert any((each["n"] or 0) < 10 for each in few.values())


def test_the_decision_curve_draws_metrics_that_there_are() -> None:
    """Each point of the figure is a metric of the family at that threshold."""
    names = {metric.name for metric in FAMILY.metrics}
    assert all(name in names and name.endswith(f"_{at:02.0f}") for at, name in clinical.DECISION_CURVE.points)
