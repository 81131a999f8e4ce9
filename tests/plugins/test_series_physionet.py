"""The networks on series on real intensive-care stays: set A to set C of PhysioNet 2012, where the files are at hand."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import rankdata

from carebench.estimators import build
from carebench.series_view import SeriesPair, series_view
from carebench_plugins.series import models
from carebench_tasks.mortality.physionet2012 import Challenge

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        "CAREBENCH_DATA" not in os.environ, reason="CAREBENCH_DATA names no folder of raw data"
    ),
]
MODELS = {model.name: model for model in models()}


@pytest.fixture(scope="module")
def stays() -> tuple[SeriesPair, NDArray[Any], NDArray[Any]]:
    """Set A and set C as models get them, with who died."""
    task = Challenge()
    split, truth = task.split(0), task.truth(0)
    pair = series_view(split, task.static)
    assert pair is not None
    return pair, split.reveals["y"], truth.answers["event"]


def auroc(event: NDArray[Any], risk: NDArray[np.float64]) -> float:
    """From the sum of mid-ranks of those who died."""
    died = int(event.sum())
    over = rankdata(risk)[event == 1].sum() - died * (died + 1) / 2
    return float(over / (died * (len(event) - died)))


@pytest.mark.parametrize("name", ["grid-logistic", "gru-d", "mtand"])
def test_reaches_what_the_field_reports(
    name: str, stays: tuple[SeriesPair, NDArray[Any], NDArray[Any]]
) -> None:
    """An AUROC of at least .82 on set C: a floor, under the .84 to .86 of the literature."""
    pair, y, event = stays
    fitted = build(MODELS[name].build, MODELS[name].params, seed=1, threads=1).fit(pair.train, y)
    assert auroc(event, fitted.predict_proba(pair.test)[:, 1]) >= 0.82


@pytest.mark.parametrize("name", [name for name in MODELS if name != "grid-logistic"])
def test_learns_something_from_few_stays(
    name: str, stays: tuple[SeriesPair, NDArray[Any], NDArray[Any]]
) -> None:
    """Three epochs on a thousand stays rank better than chance, which would reach .6 once in a million times."""
    pair, y, event = stays
    some, asked = np.arange(1000), np.arange(1500)
    fitted = build(MODELS[name].build, {"epochs": 3}, seed=1, threads=1).fit(pair.train.take(some), y[some])
    assert auroc(event[asked], fitted.predict_proba(pair.test.take(asked))[:, 1]) >= 0.6
