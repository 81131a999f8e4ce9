"""Every built-in classifier keeps what its registration claims; one test a promise, none a model."""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import carebench_plugins
from carebench import Model, Split, positive_class_answer
from carebench.estimators import build
from carebench.names import is_word
from carebench.views import columns_view, numeric_view, raw_view
from carebench_plugins import severity, survival

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALL = list(carebench_plugins.carebench_models())
#: What is tried here answers `fit(X, y)` with a risk; points, methods of other families, and of series, have tests of their own.
MODELS = {
    model.name: model
    for model in ALL
    if "mortality" in model.families
    and model.modality == "tabular"
    and model not in survival.models()
    and model.build is not severity.SeverityPoints
}
#: Left to `make test-all`: they take seconds, or are variants of one that is tried.
SLOW = {
    *("explainable-boosting-machine", "super-learner", "forest-beta", "forest-platt", "forest-temperature"),
    *("hist-gradient-boosting-beta", "hist-gradient-boosting-isotonic"),
}
#: Published risks, for those that read them and for nobody else.
COMPARATORS = ["surv", "prg", "APACHE IVa"]
HEAVY = (
    "sklearn",
    "torch",
    "lightgbm",
    "xgboost",
    "catboost",
    "interpret",
    "sksurv",
    "pandas",
    "numpy",
    "scipy",
)


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in MODELS]
)
def model(request: pytest.FixtureRequest) -> Model:
    """Each built-in model, skipped where a library that it needs is absent."""
    found = MODELS[request.param]
    installed = {each.name.lower() for each in importlib.metadata.distributions()}
    absent = sorted(set(found.requires) - installed)
    if absent:
        pytest.skip(f"{found.name} needs {', '.join(absent)}")
    return found


def patients(rows: int, share: float, seed: int) -> tuple[pd.DataFrame, NDArray[np.int8]]:
    """A table in which `share` of the patients die: men, the old and those with a high lactate above all."""
    draw = np.random.default_rng(seed)
    age, male, lactate = draw.normal(65, 12, rows), draw.random(rows) < 0.5, draw.lognormal(0.7, 0.5, rows)
    danger = (age - 65) / 12 + male + 2 * np.log(lactate) + draw.logistic(0, 0.5, rows)
    died = np.zeros(rows, np.int8)
    died[np.argsort(danger)[rows - round(share * rows) :]] = 1
    table = {
        "age": age,
        "sex": pd.Categorical(np.where(male, "male", "female")),
        'lac"tate, [mmol/l]': np.where(draw.random(rows) < 0.2, np.nan, lactate),
        "visits": draw.integers(0, 4, rows),
        "ward": pd.Series(draw.choice(["a", "b", "c"], rows)).where(draw.random(rows) < 0.9),
        "never measured": np.nan,
        "surv": np.where(draw.random(rows) < 0.1, np.nan, 1 / (1 + np.exp(danger))),
        "prg": np.where(draw.random(rows) < 0.1, np.nan, 1 / (1 + np.exp(danger + draw.normal(0, 1, rows)))),
        "APACHE IVa": np.where(draw.random(rows) < 0.1, np.nan, 1 / (1 + np.exp(-danger))),
    }
    return pd.DataFrame(table), died


def cut(rows: int, share: float = 0.4) -> tuple[Split, NDArray[np.int8]]:
    """Training rows, and 200 test rows of which the first has a ward that no training row has."""
    (train, y), (test, truth) = patients(rows, share, seed=1), patients(200, 0.4, seed=2)
    test.loc[0, "ward"] = "unseen"
    return Split(train=train, test=test, reveals={"y": y}), truth


def viewed(split: Split, inputs: str) -> Split:
    """The split in the view that a model asks for."""
    columns = {"comparators": COMPARATORS, "demographics": ["age", "sex"]}
    if inputs == "numeric":
        matrices = numeric_view(split, COMPARATORS)
        return Split(train=matrices.train, test=matrices.test, reveals=split.reveals)
    view = columns_view(split, columns[inputs]) if inputs in columns else raw_view(split, COMPARATORS)
    return Split(train=view.train, test=view.test, reveals=split.reveals)


def fitted(model: Model, split: Split, seed: int = 4_000_000_000) -> Any:
    """The model, built as the engine builds it and fitted on a split in its view."""
    return build(model.build, model.params, seed=seed, threads=1).fit(split.train, split.reveals["y"])


def risk_of(estimator: Any, inputs: Any) -> NDArray[np.float64]:
    """Its risks, as the family asks for them."""
    return positive_class_answer(estimator, inputs)["risk"]


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A model fitted on 300 patients and asked of 200: what it was given, before and now, and what it said."""

    before: tuple[pd.DataFrame, ...]
    split: Split
    truth: NDArray[np.int8]
    estimator: Any
    risk: NDArray[np.float64]


@functools.cache
def tried(name: str) -> Tried:
    """One fit of a model, on which several tests look."""
    raw, truth = cut(rows=300)
    split = viewed(raw, MODELS[name].inputs)
    before = tuple(pd.DataFrame(part).copy() for part in (split.train, split.test, split.reveals["y"]))
    estimator = fitted(MODELS[name], split)
    risk = risk_of(estimator, split.test)
    return Tried(before=before, split=split, truth=truth, estimator=estimator, risk=risk)


def auroc(y: NDArray[np.int8], risk: NDArray[np.float64]) -> float:
    """Share of pairs of one dead and one alive in which the dead has the higher risk; ties count half."""
    difference = risk[y == 1][:, None] - risk[y == 0]
    return float(np.mean((difference > 0) + (difference == 0) / 2))


def test_learns_a_signal_and_gives_probabilities(model: Model) -> None:
    """One probability a test row, which tells the dead from the living where there is something to learn."""
    found = tried(model.name)
    risk, truth = found.risk, found.truth
    assert risk.shape == truth.shape
    assert np.all((risk >= 0) & (risk <= 1))
    if model.name == "prevalence":
        np.testing.assert_allclose(risk, found.split.reveals["y"].mean())
    else:
        assert auroc(truth, risk) > 0.6


def test_is_a_function_of_rows_and_seed(model: Model) -> None:
    """The same seed gives the same bits, and neither order nor company of the test rows moves a row's answer."""
    found = tried(model.name)
    split, estimator, risk = found.split, found.estimator, found.risk
    np.testing.assert_array_equal(risk, risk_of(fitted(model, split), split.test))
    backwards = (
        split.test[::-1].reset_index(drop=True) if model.inputs != "numeric" else split.test[::-1].copy()
    )
    np.testing.assert_allclose(risk_of(estimator, backwards)[::-1], risk, rtol=0, atol=1e-6)
    np.testing.assert_allclose(risk_of(estimator, split.test[:3]), risk[:3], rtol=0, atol=1e-6)


def test_leaves_its_inputs_alone(model: Model) -> None:
    """Fitting and asking change neither inputs nor labels in place."""
    found = tried(model.name)
    parts = (found.split.train, found.split.test, found.split.reveals["y"])
    for part, kept in zip(parts, found.before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(part), kept)


@pytest.mark.parametrize("rows", [60, 200])
def test_survives_few_events(model: Model, rows: int) -> None:
    """One death in twenty among few training rows is little, and no reason to fail."""
    raw, _ = cut(rows=rows, share=0.05)
    split = viewed(raw, model.inputs)
    assert np.isfinite(risk_of(fitted(model, split), split.test)).all()


def test_is_described_for_people(model: Model) -> None:
    """A name by the rule, a title, and a summary of one sentence."""
    assert is_word(model.name)
    assert model.title
    assert model.summary.endswith(".")
    assert "\n" not in model.summary


def test_listing_imports_nothing_heavy() -> None:
    """The hook lists all models without the libraries that do the work."""
    program = (
        "import sys, carebench_plugins; names = [m.name for m in carebench_plugins.carebench_models()]; "
        f"print(len(names), sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert out.strip() == f"{len(ALL)} []"


def test_names_are_unique() -> None:
    """No two built-in models share a name."""
    assert len({model.name for model in ALL}) == len(ALL)
