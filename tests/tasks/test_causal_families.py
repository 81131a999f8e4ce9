"""How the two causal families fit, ask and score: their own interface, EconML's, and each estimand against its own truth."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from carebench import InvalidAnswer, Split, Unsuited
from carebench_tasks.families import causal, causal_average, treated
from carebench_tasks.families.causal_truth import AverageTruth, EffectTruth

ROWS = 30


class Found(NamedTuple):
    """An average effect."""

    estimate: float = 1.0
    low: float | None = 0.0
    high: float | None = 2.0
    estimand: str = "ATE"


class Plain:
    """An estimator with the family's own interface."""

    def __init__(self, found: Any = None) -> None:
        self.found = found or Found()

    def fit(self, X: Any, y: Any, *, treatment: Any) -> Plain:
        self.seen = treatment
        return self

    def effect(self, X: Any) -> Any:
        return X[:, 0]

    def average_effect(self) -> Any:
        return self.found


class Econ:
    """An estimator with EconML's interface: outcome first, then treatment."""

    def fit(self, Y: Any, T: Any, *, X: Any = None, W: Any = None) -> Econ:
        self.told = (Y, T, X)
        return self

    def effect(self, X: Any) -> Any:
        return X[:, [0]]

    def effect_interval(self, X: Any, *, alpha: float) -> Any:
        return X[:, [0]] - alpha, X[:, [0]] + alpha

    def ate(self, X: Any) -> Any:
        return X[:, 0].mean()

    def ate_interval(self, X: Any, *, alpha: float) -> Any:
        return -alpha, alpha


class WithInstrument(Econ):
    """One that needs an instrument."""

    def fit(self, Y: Any, T: Any, *, Z: Any, X: Any = None) -> Econ:  # type: ignore[override]
        self.instrument = Z
        return self


def split(**reveals: Any) -> Split:
    """Thirty rows to train on and thirty to test on."""
    draw = np.random.default_rng(2)
    told = {"y": draw.normal(size=ROWS), "treatment": np.arange(ROWS) % 2.0, **reveals}
    return Split(train=draw.normal(size=(ROWS, 2)), test=draw.normal(size=(ROWS, 2)), reveals=told)


def effects(effect: Any, **changes: Any) -> EffectTruth:
    """The truth of some effects over outcomes of 0."""
    untreated = np.zeros(len(effect))
    answers = {"effect": effect, "untreated": untreated, "treated": effect}
    return EffectTruth(units=np.arange(len(effect), dtype=np.uint64), answers=answers, **changes)


def averages(**changes: Any) -> AverageTruth:
    """An average of 1, of 3 in the treated, and a spread of 2."""
    told: dict[str, Any] = {"averages": {"ATE": 1.0, "ATT": 3.0}, "sd0": 2.0, "sd_outcome": 2.0, **changes}
    return AverageTruth(units=np.empty(0, np.uint64), answers={}, **told)


def test_own_interface() -> None:
    """Treatment reaches `fit` by name; effects come for test and training rows."""
    cut = split()
    fitted = treated.fit(Plain(), cut)
    arrays = causal.ask(fitted, cut)
    np.testing.assert_array_equal(fitted.seen, cut.reveals["treatment"])
    np.testing.assert_array_equal(arrays["effect"], cut.test[:, 0])
    np.testing.assert_array_equal(arrays["training_effect"], cut.train[:, 0])
    assert set(arrays) == {"effect", "training_effect"}


def test_econml_interface() -> None:
    """Outcome, treatment and inputs in EconML's order; columns become vectors; the level is 95 %."""
    cut = split()
    fitted = treated.fit(Econ(), cut)
    np.testing.assert_array_equal(fitted.told[0], cut.reveals["y"])
    np.testing.assert_array_equal(fitted.told[1], cut.reveals["treatment"])
    arrays = causal.ask(fitted, cut)
    np.testing.assert_allclose(np.asarray(arrays["high"], float) - np.asarray(arrays["low"], float), 0.1)
    average = causal_average.ask(fitted, cut)
    assert [float(average[name][0]) for name in ("low", "high", "estimand")] == pytest.approx(
        [-0.05, 0.05, 0]
    )


def test_what_a_fit_must_take() -> None:
    """Without `treatment` it is invalid; lost outcomes, or a lacking instrument, make a method unsuited."""
    from sklearn.linear_model import LinearRegression

    with pytest.raises(InvalidAnswer, match="take `treatment`"):
        treated.fit(LinearRegression(), split())
    for estimator in (Plain(), Econ()):
        with pytest.raises(Unsuited, match="seen"):
            treated.fit(estimator, split(observed=np.ones(ROWS)))
    with pytest.raises(Unsuited, match="needs an instrument"):
        treated.fit(WithInstrument(), split())
    instrument = np.ones(ROWS)
    assert treated.fit(WithInstrument(), split(instrument=instrument)).instrument is instrument


def test_what_an_estimator_must_answer() -> None:
    """Neither effect nor average effect, another shape, or an unknown estimand: each is said by name."""
    with pytest.raises(InvalidAnswer, match=r"effect\(X\)"):
        treated.effect(object(), np.zeros((3, 1)))
    with pytest.raises(InvalidAnswer, match=r"average_effect\(\)"):
        treated.average_effect(object(), np.zeros((3, 1)))
    wide = Plain()
    wide.effect = lambda X: np.zeros((len(X), 2))  # type: ignore[method-assign]
    with pytest.raises(InvalidAnswer, match="one number a row"):
        treated.effect(wide, np.zeros((3, 1)))
    with pytest.raises(InvalidAnswer, match="'LATTE'"):
        causal_average.ask(Plain(Found(estimand="LATTE")), split())


def test_each_estimate_is_held_against_its_own_estimand() -> None:
    """3 is two too many for everybody and exactly right for the treated; there is no LATE here."""

    def scored(code: float) -> Any:
        return causal_average.score(averages(), {"estimate": np.array([3.0]), "estimand": np.array([code])})

    assert scored(0).metrics["standardised_error"] == 1.0
    assert scored(1).metrics["standardised_error"] == 0.0
    assert scored(3).metrics["standardised_error"] is None
    assert "LATE is not defined" in scored(3).undefined["standardised_error"]


def test_coverage_and_width_of_an_interval() -> None:
    """0 to 2 holds 1 and is one sd wide; without an interval neither is defined."""
    arrays = {name: np.array([value]) for name, value in (("estimate", 1.5), ("low", 0.0), ("high", 2.0))}
    scores = causal_average.score(averages(), {**arrays, "estimand": np.zeros(1)})
    assert (scores.metrics["coverage"], scores.metrics["width"]) == (1.0, 1.0)
    assert scores.facts["standard_error"] == pytest.approx(1 / 1.959963984540054)
    bare = causal_average.score(averages(), {"estimate": np.ones(1), "estimand": np.zeros(1)})
    assert bare.metrics["coverage"] is None
    assert bare.undefined["coverage"] == causal_average.NO_INTERVAL


def test_real_data_are_shown_and_not_scored() -> None:
    """Without a truth the estimate is a fact, its E-value too, and every error undefined with the reason."""
    arrays = {
        "estimate": np.array([0.2]),
        "estimand": np.zeros(1),
        "low": np.array([-0.1]),
        "high": np.array([0.5]),
    }
    scores = causal_average.score(averages(averages={}, sd0=None, base_risk=0.4), arrays)
    assert scores.metrics["standardised_error"] is None
    assert scores.undefined["standardised_error"] == causal_average.NO_TRUTH
    assert scores.facts["estimate"] == pytest.approx(0.2)
    assert scores.facts["e_value"] == pytest.approx(1.5 + np.sqrt(0.75))
    assert scores.facts["e_value_interval"] == 1.0


def test_a_larger_outcome_may_be_worse() -> None:
    """With deaths for outcomes, treating those whose risk falls is the best policy, and ranks best."""
    effect = np.array([-0.3, 0.2, -0.1, 0.1])
    for larger_is_better, expected in ((False, 0.0), (True, 0.0)):
        scores = causal.score(effects(effect, larger_is_better=larger_is_better), {"effect": effect})
        assert scores.metrics["policy_regret"] == pytest.approx(expected)
        assert scores.metrics["autoc"] == pytest.approx(1.0)
    worse = causal.score(effects(effect, larger_is_better=False), {"effect": -effect})
    assert worse.metrics["policy_regret"] == pytest.approx(0.7 / 4)


def test_in_sample_error_is_of_the_training_rows() -> None:
    """It is undefined without their true effects."""
    effect = np.array([0.0, 1.0, 2.0])
    arrays = {"effect": effect, "training_effect": np.array([3.0, 5.0])}
    known = causal.score(effects(effect, training_effect=np.array([3.0, 1.0])), arrays)
    assert known.metrics["pehe_in_sample"] == pytest.approx(np.sqrt(8))
    assert causal.score(effects(effect), arrays).undefined["pehe_in_sample"] == causal.NO_TRAINING


def test_metrics_are_those_declared() -> None:
    """Every metric of a family has its measure, and no measure lacks a metric."""
    assert [metric.name for metric in causal.FAMILY.metrics] == list(causal.MEASURES)
    assert [metric.name for metric in causal_average.FAMILY.metrics] == list(causal_average.MEASURES)
