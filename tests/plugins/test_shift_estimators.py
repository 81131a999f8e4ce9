"""Estimators of accuracy without labels: exact where their assumption holds, by simulation, and by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from carebench.estimators import resolve
from carebench_plugins.shift.estimators import (
    AverageConfidence,
    ConfidenceTransport,
    LabelShiftAccuracy,
    RegressedConfidences,
    SourceAccuracy,
    ThresholdedConfidence,
    models,
)
from carebench_plugins.shift.estimators_of_inputs import ImportanceAccuracy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MODELS = {model.name: model for model in models()}
ROWS = 4000


def patients(seed: int, rows: int = ROWS, *, mean: float = 0.0, steep: float = 1.0) -> Any:
    """Two inputs, the first normal about `mean`; the event has log-odds 1.5 x, the frozen risk says `steep` times that."""
    draw = np.random.default_rng(seed)
    x = draw.normal(mean, 1, rows)
    event = (draw.random(rows) < expit(1.5 * x)).astype(np.int8)
    table = pd.DataFrame({"x": x, "noise": draw.normal(size=rows)})
    return table, event, expit(1.5 * steep * x)


def right(event: Floats, risk: Floats) -> float:
    """The true accuracy."""
    return float(np.mean((risk >= 0.5) == (event == 1)))


def of(name: str) -> Any:
    """An estimator fitted on 4,000 source patients with calibrated risks."""
    table, event, risk = patients(0)
    return resolve(str(MODELS[name].build))(**MODELS[name].params).fit(table, event, risk=risk)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_without_a_shift_the_source_accuracy_is_expected(name: str) -> None:
    """Over 40 batches of 200 of the source's own law, the mean estimate lies within .02 of the true accuracy.

    The source's own accuracy, of 4,000, has a standard error of .007.
    """
    estimator, told, true = of(name), [], []
    for seed in range(1, 41):
        table, event, risk = patients(seed, 200)
        told.append(estimator.estimate_accuracy(table, risk))
        true.append(right(event, risk))
    assert np.mean(told) == pytest.approx(np.mean(true), abs=0.02)


def test_atc_on_the_source_itself_is_its_accuracy() -> None:
    """By construction of the threshold, to the last patient."""
    table, event, risk = patients(0)
    estimator = ThresholdedConfidence().fit(table, event, risk=risk)
    assert estimator.estimate_accuracy(table, risk) == right(event, risk)


def test_calibrated_confidence_is_unbiased_under_covariate_shift() -> None:
    """Where risks are true, the average confidence of 40,000 patients is their accuracy within 4 standard errors."""
    for mean in (-2.0, 0.5, 2.0):
        table, event, risk = patients(7, 40_000, mean=mean)
        told = AverageConfidence().fit(*patients(0)[:2], risk=patients(0)[2]).estimate_accuracy(table, risk)
        accuracy = right(event, risk)
        assert abs(told - accuracy) < 4 * np.sqrt(accuracy * (1 - accuracy) / 40_000)


def test_recalibration_mends_a_classifier_that_is_too_sure() -> None:
    """Log-odds three times too large: plain confidence is .1 too hopeful under shift, recalibrated within .02."""
    source = patients(0, 20_000, steep=3.0)
    table, event, risk = patients(8, 20_000, mean=0.5, steep=3.0)
    plain, mended = (
        AverageConfidence(calibrated=each).fit(*source[:2], risk=source[2]).estimate_accuracy(table, risk)
        for each in (False, True)
    )
    assert plain > right(event, risk) + 0.08
    assert mended == pytest.approx(right(event, risk), abs=0.02)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_label_weights_are_right_under_label_shift(share: float) -> None:
    """Patients of each answer drawn as in the source, at another share of events: the estimate is within .02."""
    source = patients(0, 20_000, mean=-0.8)
    table, event, risk = patients(9, 40_000, mean=-0.8)
    draw = np.random.default_rng(1)
    rows = np.concatenate(
        [
            draw.choice(np.flatnonzero(event == answer), int(6000 * part))
            for answer, part in ((1, share), (0, 1 - share))
        ]
    )
    estimator = LabelShiftAccuracy().fit(*source[:2], risk=source[2])
    told = estimator.estimate_accuracy(table.iloc[rows], risk[rows])
    assert told == pytest.approx(right(event[rows], risk[rows]), abs=0.02)
    plain = SourceAccuracy().fit(*source[:2], risk=source[2]).estimate_accuracy(table, risk)
    assert abs(told - right(event[rows], risk[rows])) < abs(plain - right(event[rows], risk[rows])) + 1e-9


def test_true_importance_weights_are_unbiased(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the true density ratio of N(.7, 1) to N(0, 1), exp(.7 x - .245), the estimate is within .02."""
    from carebench_plugins.shift import ratios

    source = patients(0, 40_000)
    monkeypatch.setattr(
        ratios,
        "ulsif",
        lambda _source, _batch, _seed: np.exp(0.7 * source[0]["x"].to_numpy() - 0.245),
    )
    table, event, risk = patients(11, 20_000, mean=0.7)
    told = ImportanceAccuracy("ulsif").fit(*source[:2], risk=source[2]).estimate_accuracy(table, risk)
    assert told == pytest.approx(right(event, risk), abs=0.02)


@pytest.mark.parametrize(
    "name",
    [
        "atc",
        "average-confidence",
        "difference-of-confidences",
        "importance-accuracy",
        "regressed-confidences",
    ],
)
def test_a_shift_towards_easy_patients_is_noticed(name: str) -> None:
    """Far from the border nearly everybody is classified rightly: estimates follow, at least half of the way."""
    table, event, risk = patients(12, 1000, mean=1.5)
    source, true = of("source-accuracy").estimate_accuracy(table, risk), right(event, risk)
    assert true > source + 0.05
    assert of(name).estimate_accuracy(table, risk) > (source + true) / 2


def test_transport_cost_by_hand() -> None:
    """Half of the source are events: of risks .9, .8, .4, .1 the first two go to 1: cost (.1 + .2 + .4 + .1) / 4 = .2."""
    table = pd.DataFrame({"x": np.zeros(4)})
    estimator = ConfidenceTransport().fit(table, np.array([1, 0, 1, 0]), risk=np.array([0.9, 0.1, 0.9, 0.1]))
    assert estimator.estimate_accuracy(table, np.array([0.4, 0.9, 0.1, 0.8])) == pytest.approx(0.8)


def test_transport_splits_a_patient_where_shares_do_not_come_out() -> None:
    """The linear programme of scipy over the same costs gives the same."""
    from scipy.optimize import linprog

    risk, share = np.array([0.7, 0.2, 0.6]), 0.5
    cost = np.concatenate([1 - risk, risk])
    totals = np.vstack([np.hstack([np.eye(3), np.eye(3)]), np.repeat([1, 0], 3)[None, :]])
    least = linprog(cost, A_eq=totals, b_eq=[1 / 3, 1 / 3, 1 / 3, share]).fun
    table = pd.DataFrame({"x": np.zeros(2)})
    estimator = ConfidenceTransport().fit(table, np.array([1, 0]), risk=np.array([0.9, 0.1]))
    assert estimator.estimate_accuracy(table, risk) == pytest.approx(1 - least)


def test_the_regressed_slope_finds_that_confidence_falls_too_little() -> None:
    """A classifier whose log-odds are a third of the true ones loses more accuracy than confidence: slope above 1."""
    table, event, risk = patients(0, steep=1 / 3)
    estimator = RegressedConfidences()
    estimator.fit(table, event, risk=risk)
    assert estimator._slope > 1.2
