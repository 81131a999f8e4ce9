"""The field's estimators are built and asked as they stand, and what is no plain number is refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from carebench import fit_with_extras, positive_class_answer
from carebench.errors import InvalidAnswer, PluginError
from carebench.estimators import build, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

INPUTS = np.zeros((3, 2))
TABLE = np.array([[0.9, 0.1], [0.4, 0.6], [0.25, 0.75]])
POSITIVE = [0.1, 0.6, 0.75]


def takes(*names: str) -> Callable[..., dict[str, Any]]:
    """A maker whose signature has these names and which returns what it was given."""
    space: dict[str, Any] = {}
    exec(f"def maker({', '.join(f'{name}=None' for name in names)}): return dict(locals())", space)  # noqa: S102
    maker: Callable[..., dict[str, Any]] = space["maker"]
    return maker


@pytest.mark.parametrize(
    ("names", "params", "given"),
    [
        ((), {}, {}),
        (("random_state",), {}, {"random_state": 7}),
        (("seed",), {}, {"seed": 7}),
        (("random_state", "seed"), {}, {"random_state": 7, "seed": None}),
        (("n_jobs",), {}, {"n_jobs": 2}),
        (("random_state", "n_jobs", "C"), {"C": 0.5}, {"random_state": 7, "n_jobs": 2, "C": 0.5}),
        (("random_state",), {"random_state": 1}, {"random_state": 1}),
        (("n_jobs",), {"n_jobs": 1}, {"n_jobs": 1}),
    ],
)
def test_seed_and_threads_are_passed_where_the_signature_has_them(
    names: tuple[str, ...], params: dict[str, Any], given: dict[str, Any]
) -> None:
    """One of `random_state` and `seed`, and `n_jobs`; what the model says itself comes first."""
    assert build(takes(*names), params, seed=7, threads=2) == given


def test_a_dotted_name_is_imported_when_it_is_built() -> None:
    """The estimator is of the class that the name says, with parameters and seed."""
    forest = build("sklearn.ensemble.RandomForestClassifier", {"n_estimators": 3}, seed=7, threads=1)
    assert (type(forest).__name__, forest.n_estimators, forest.random_state, forest.n_jobs) == (
        "RandomForestClassifier",
        3,
        7,
        1,
    )


@pytest.mark.parametrize("dotted", ["sklearn.svm.SVX", "no_such_module.Thing", "SVC", "math.pi", ""])
def test_what_cannot_be_built_is_refused(dotted: str) -> None:
    """A wrong module, a wrong attribute and a number are named."""
    with pytest.raises(PluginError, match=repr(dotted)):
        resolve(dotted)


def asked(answer: Any, **attributes: Any) -> dict[str, Any]:
    """What an estimator's `predict_proba` becomes, as lists."""
    estimator = SimpleNamespace(predict_proba=lambda _: answer, **attributes)
    return {name: values.tolist() for name, values in positive_class_answer(estimator, INPUTS).items()}


@pytest.mark.parametrize(
    ("answer", "attributes"),
    [
        (TABLE, {}),
        (TABLE, {"classes_": np.array([0, 1])}),
        (TABLE[:, ::-1], {"classes_": np.array([1, 0])}),
        (TABLE, {"classes_": np.array([-1, 1])}),
        (TABLE, {"classes_": [False, True]}),
        (TABLE.tolist(), {}),
        (np.asfortranarray(TABLE), {}),
        (TABLE[:, 1], {}),
        (TABLE[:, 1].tolist(), {"classes_": [1, 0]}),
        (pd.DataFrame(TABLE), {}),
        (pd.Series(TABLE[:, 1]), {}),
    ],
)
def test_the_probability_of_the_larger_class_is_the_risk(answer: Any, attributes: dict[str, Any]) -> None:
    """Whatever the order of `classes_` and the container; one dimension is the risk as it stands."""
    assert asked(answer, **attributes) == {"risk": POSITIVE}


def test_single_precision_becomes_double() -> None:
    """The nearest float64 of each float32, no rounding on top."""
    assert asked(TABLE.astype(np.float32)) == {"risk": [float(np.float32(value)) for value in POSITIVE]}


@pytest.mark.parametrize(("seen", "risk"), [(0, 0.0), (1, 1.0)])
def test_one_class_in_training_gives_its_certainty(seen: int, risk: float) -> None:
    """A model that saw only survivors says risk 0, one that saw only deaths says 1."""
    assert asked(np.ones((3, 1)), classes_=[seen]) == {"risk": [risk] * 3}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (TABLE[:, 1:], r"shape \(3, 1\)"),
        (np.hstack([TABLE, TABLE]), r"shape \(3, 4\)"),
        (TABLE[None], r"shape \(1, 3, 2\)"),
        (0.5, r"shape \(\)"),
        (None, "dtype object"),
        (TABLE.astype(object), "dtype object"),
        (TABLE.astype(str), "dtype <U"),
        (TABLE + 0j, "dtype complex128"),
        (TABLE > 0.5, "dtype bool"),
        (["yes", "no", "yes"], "dtype <U3"),
        (np.ma.masked_less(TABLE, 0.5), "masked array"),
        (np.ma.array(TABLE[:, 1]), "masked array"),
        (pd.Series(TABLE[:, 1]).iloc[::-1], "index is not the test rows"),
        (pd.Series(TABLE[:, 1], index=["a", "b", "c"]), "index is not the test rows"),
        (pd.DataFrame(TABLE, index=[1, 2, 3]), "index is not the test rows"),
    ],
)
def test_an_answer_that_could_be_misread_is_refused(answer: Any, words: str) -> None:
    """A single column, other shapes, no real numbers, masks and foreign indices are never taken by position."""
    with pytest.raises(InvalidAnswer, match=words):
        asked(answer)


def test_a_decision_function_ranks() -> None:
    """Without `predict_proba`, the decision function is a score and no risk."""
    estimator = SimpleNamespace(decision_function=lambda _: np.array([-1, 0, 2]))
    answer = positive_class_answer(estimator, INPUTS)
    assert {name: values.tolist() for name, values in answer.items()} == {"score": [-1.0, 0.0, 2.0]}


def test_a_decision_function_of_two_columns_is_refused() -> None:
    """One number for each row, or nothing."""
    estimator = SimpleNamespace(decision_function=lambda _: TABLE)
    with pytest.raises(InvalidAnswer, match=r"decision_function gave shape \(3, 2\)"):
        positive_class_answer(estimator, INPUTS)


def test_an_estimator_that_only_labels_is_refused() -> None:
    """`predict` alone is not enough, and the message says what would be."""
    estimator = SimpleNamespace(predict=lambda _: np.ones(3))
    with pytest.raises(InvalidAnswer, match="neither predict_proba"):
        positive_class_answer(estimator, INPUTS)


def test_the_answer_is_memory_of_its_own() -> None:
    """A model that changes its array afterwards changes nothing that was handed over."""
    table = TABLE.copy()
    answer = positive_class_answer(SimpleNamespace(predict_proba=lambda _: table), INPUTS)
    table[:] = 0
    assert answer["risk"].tolist() == POSITIVE


def test_a_fit_gets_only_the_extras_that_it_names() -> None:
    """A plain estimator enters as it stands, and one that names an extra gets it."""
    seen: dict[str, Any] = {}

    class Plain:
        def fit(self, X: Any, y: Any) -> None:
            seen["plain"] = (X, y)

    class Team:
        def fit(self, X: Any, y: Any, *, expert: Any) -> None:
            seen["team"] = (X, y, expert)

    extras = {"expert": "experts", "domain": "domains"}
    assert isinstance(fit_with_extras(Plain(), "inputs", "answers", extras), Plain)
    fit_with_extras(Team(), "inputs", "answers", extras)
    assert seen == {"plain": ("inputs", "answers"), "team": ("inputs", "answers", "experts")}
