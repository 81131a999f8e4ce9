"""The keys: each declared ingredient changes a cell's key, and nothing else does."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from carebench.catalogue import ModelEntry, TaskEntry
from carebench.records import answer_digest, cell_key, scorer_key, split_key, study_key
from carebench.tuning import Budget, Tuning
from tests.benchmark.entries import MODEL, ORIGIN, TASK, model, task

if TYPE_CHECKING:
    from collections.abc import Mapping

ASKING = "e" * 64
KEY = cell_key(TASK, MODEL, ASKING, 0)


def turned(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The same mapping, written the other way round."""
    return dict(reversed(list(mapping.items())))


TUNING = Tuning(budget=Budget(trials=5), ensemble=False, search={}, judges={"mortality": "0"}, optuna="5.0.0")

#: Fields that decide an answer, with another value.
TASK_INGREDIENTS: dict[str, Any] = {
    "name": "mortality/other",
    "version": 2,
    "code": "0" * 64,
    "data": "0" * 64,
    "libraries": {"numpy": "2.1", "pandas": "2.2"},
    "comparators": [],
    "demographics": ["sex", "age"],
    "static": ["age"],
}
TASK_OTHERS: dict[str, Any] = {
    "family": "shift",
    "title": "Another title",
    "cohort": "other",
    "unit": "cluster",
    "design": "fixed",
    "modalities": ["image"],
    "series": "noise",
    "level": 0.2,
    "ranked": False,
    "oracle": "noisy-labels/x.clean",
    "flags": ["simulated"],
    "source": "elsewhere",
    "citation": "Somebody, 2020",
    "card": "A new comment",
    "missing": ["SurvSet"],
    "origin": replace(ORIGIN, version="1.1"),
}
MODEL_INGREDIENTS: dict[str, Any] = {
    "name": "other",
    "inputs": "raw",
    "build": "sklearn.svm.SVC",
    "code": "0" * 64,
    "params": {"C": 1.0, "penalty": "l1"},
    "libraries": {"scikit-learn": "1.6", "scipy": "1.13"},
    "gpus": 1,
    "origin": replace(ORIGIN, version="1.1"),
    "tuning": TUNING,
}
MODEL_OTHERS: dict[str, Any] = {
    "families": ["mortality", "shift"],
    "title": "Another title",
    "summary": "Better words",
    "citation": "Somebody, 2020",
    "modality": "image",
    "missing": ["lightgbm"],
    "extra": "boost",
    "cpus": 2,
    "memory": 2**30,
    "search": {"C": {"kind": "float", "low": 0.1, "high": 10.0, "log": True}},
    "base": "the-model",
    "reference": "the-plain-one",
}


def test_every_field_is_either_an_ingredient_or_not() -> None:
    """Whoever adds a field to a description decides here whether it changes an answer."""
    assert {*TASK_INGREDIENTS, *TASK_OTHERS} == {field.name for field in fields(TaskEntry)}
    assert {*MODEL_INGREDIENTS, *MODEL_OTHERS} == {field.name for field in fields(ModelEntry)}


@pytest.mark.parametrize("name", TASK_INGREDIENTS)
def test_an_ingredient_of_the_split_changes_both_keys(name: str) -> None:
    """Another split is another cell."""
    changed = replace(TASK, **{name: TASK_INGREDIENTS[name]})
    assert split_key(changed, 0) != split_key(TASK, 0)
    assert cell_key(changed, MODEL, ASKING, 0) != KEY
    assert scorer_key(changed, "f", 0) != scorer_key(TASK, "f", 0)


@pytest.mark.parametrize("name", MODEL_INGREDIENTS)
def test_an_ingredient_of_the_model_changes_the_cells_key(name: str) -> None:
    """Name, view, code, parameters, libraries, device and distribution all count."""
    assert cell_key(TASK, replace(MODEL, **{name: MODEL_INGREDIENTS[name]}), ASKING, 0) != KEY


@pytest.mark.parametrize("name", TASK_OTHERS)
def test_words_about_a_task_change_nothing(name: str) -> None:
    """A better title moves no result, nor does where the code is found: its digest counts."""
    assert cell_key(replace(TASK, **{name: TASK_OTHERS[name]}), MODEL, ASKING, 0) == KEY


@pytest.mark.parametrize("name", MODEL_OTHERS)
def test_words_about_a_model_and_its_resources_change_nothing(name: str) -> None:
    """Titles, cores and expected memory are outside the key, as are host, limits, time and metrics."""
    assert cell_key(TASK, replace(MODEL, **{name: MODEL_OTHERS[name]}), ASKING, 0) == KEY


def test_the_seed_counts() -> None:
    """Each seed is a cell of its own."""
    assert len({cell_key(TASK, MODEL, ASKING, seed) for seed in range(50)}) == 50
    assert len({split_key(TASK, seed) for seed in range(50)}) == 50


def test_the_order_of_mappings_does_not_count() -> None:
    """Libraries and parameters shuffled give the same key."""
    turned_task = task(libraries=turned(TASK.libraries))
    turned_model = model(params=turned(MODEL.params), libraries=turned(MODEL.libraries))
    assert cell_key(turned_task, turned_model, ASKING, 0) == KEY


def test_a_file_is_known_by_its_bytes_and_not_by_its_place() -> None:
    """Moving a single-file plugin changes no key; editing it does."""
    here, there, edited = (
        replace(ORIGIN, kind="file", target=target, digest=digest)
        for target, digest in (("/a/m.py", "1"), ("/b/m.py", "1"), ("/a/m.py", "2"))
    )
    keys = [cell_key(TASK, replace(MODEL, origin=origin), ASKING, 0) for origin in (here, there, edited)]
    assert keys[0] == keys[1] != keys[2]


def test_the_families_code_changes_the_scorer_alone() -> None:
    """A new metric is a re-score, never a re-run."""
    assert scorer_key(TASK, "old", 0) != scorer_key(TASK, "new", 0)


def test_the_code_that_asks_models_changes_the_cells_key() -> None:
    """How a family fits and asks decides the answer as much as the model does."""
    assert cell_key(TASK, MODEL, "another", 0) != KEY


def test_an_answers_digest_speaks_of_names_and_contents() -> None:
    """The order of arrays does not matter; which array holds what does."""
    assert answer_digest({"a": "1", "b": "2"}) == answer_digest({"b": "2", "a": "1"})
    assert answer_digest({"a": "1", "b": "2"}) != answer_digest({"a": "2", "b": "1"})


def test_best_trial_and_ensemble_share_their_trials() -> None:
    """Both variants have one study, which another budget, space, judge or Optuna changes."""
    alone = model(name="m@tuned-5", base="m", tuning=TUNING)
    ensemble = model(name="m@tuned-5+ensemble", base="m", tuning=replace(TUNING, ensemble=True))
    assert (
        study_key(TASK, alone, ASKING, 0)
        == study_key(TASK, ensemble, ASKING, 0)
        != cell_key(TASK, alone, ASKING, 0)
    )
    assert cell_key(TASK, alone, ASKING, 0) != cell_key(TASK, ensemble, ASKING, 0)
    others: list[dict[str, Any]] = [
        {"budget": Budget(trials=6)},
        {"search": {"C": {"kind": "choice", "choices": [1, 2]}}},
        {"judges": {"mortality": "1"}},
        {"optuna": "4.0.0"},
        {"protocol": 0},
    ]
    keys = {study_key(TASK, model(base="m", tuning=replace(TUNING, **other)), ASKING, 0) for other in others}
    assert len(keys | {study_key(TASK, alone, ASKING, 0)}) == 1 + len(others)
