"""Updates of a logistic regression by few answers of the target, against the likelihood and shifts that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from carebench import Split, Unsuited
from carebench_plugins.shift.logistic_updates import Updated, recalibration_intercept, recalibration_line
from carebench_tasks.families import shifted


def drawn(rows: int, intercept: float, slope: float, seed: int) -> tuple[Any, Any]:
    """One normal input x, and an event whose log-odds are a + b x."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=rows)
    return x[:, None], (draw.random(rows) < expit(intercept + slope * x)).astype(np.int8)


def loss(line: Any, odds: Any, event: Any) -> float:
    """The negative log-likelihood of a + b z."""
    z = line[0] + line[1] * odds
    return float(np.sum(np.logaddexp(0, z) - event * z))


def test_updates_maximise_the_likelihood() -> None:
    """Both against a general minimiser on 60 rows."""
    odds, event = drawn(60, 0.8, 0.5, 1)
    both = minimize(loss, [0.0, 1.0], args=(odds[:, 0], event), tol=1e-10).x
    np.testing.assert_allclose(recalibration_line(odds[:, 0], event), both, atol=1e-3)
    one = minimize(lambda a: loss([a[0], 1.0], odds[:, 0], event), [0.0], tol=1e-10).x
    assert recalibration_intercept(odds[:, 0], event) == pytest.approx(one[0], abs=1e-4)


@pytest.mark.parametrize(("update", "slope"), [("intercept", 1.5), ("slope", 0.6)])
def test_updates_find_the_targets_risks(update: Any, slope: float) -> None:
    """Source log-odds -1 + 1.5 x, in the target 1 + b x: mean error of the risk within .05, and .2 or more without."""
    (x, y), (other, told), (asked, _) = (
        drawn(6000, -1, 1.5, 2),
        drawn(3000, 1, slope, 3),
        drawn(2000, 1, slope, 4),
    )
    true = expit(1 + slope * asked[:, 0])
    model = Updated(update, C=1e3).fit(x, y, X_target=other, y_target=told)
    assert np.abs(model.predict_proba(asked)[:, 1] - true).mean() < 0.05
    assert np.abs(model._model.predict_proba(asked)[:, 1] - true).mean() > 0.2


def test_prevalence_gives_the_weights_of_label_shift() -> None:
    """Normal inputs of mean -1 and 1 by answer, prevalence 1/3 and then 2/3: weights .5 and 2, the mean risk 2/3."""
    draw = np.random.default_rng(5)
    parts = []
    for prevalence in (1 / 3, 2 / 3, 2 / 3):
        label = (draw.random(6000) < prevalence).astype(np.int8)
        parts.append((draw.normal(2 * label - 1.0, 1)[:, None], label))
    (x, y), (other, told), (asked, _) = parts
    model = Updated("prevalence", C=1e3).fit(x, y, X_target=other, y_target=told)
    np.testing.assert_allclose(model.label_weights_, [0.5, 2], rtol=0.05)
    assert model.predict_proba(asked)[:, 1].mean() == pytest.approx(2 / 3, abs=0.02)


def test_only_rows_that_are_told_count() -> None:
    """The rows marked -1 could be anything; the family hands both over by name."""
    (x, y), (other, told) = drawn(500, 0, 1, 6), drawn(80, 1, 1, 7)
    marked = np.where(np.arange(80) < 50, told, -1).astype(np.int8)
    split = Split(train=x, test=x, reveals={"y": y, "unlabelled_y": marked}, unlabelled=other)
    fitted = shifted.fit(Updated("slope"), split)
    alone = Updated("slope").fit(x, y, X_target=other[:50], y_target=told[:50])
    np.testing.assert_array_equal(fitted.predict_proba(x), alone.predict_proba(x))


@pytest.mark.parametrize("told", [None, np.full(30, -1), np.r_[np.full(20, -1), np.ones(10)]])
def test_without_answers_of_both_kinds_it_declines(told: Any) -> None:
    """As on the tasks that tell none."""
    (x, y), (other, _) = drawn(100, 0, 1, 8), drawn(30, 0, 1, 9)
    with pytest.raises(Unsuited, match="answers of the target"):
        Updated().fit(x, y, X_target=other, y_target=told)
