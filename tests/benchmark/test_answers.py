"""An answer is checked against its family's declaration: names, shape, numbers, range."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carebench.answers import check_answer
from carebench.errors import InvalidAnswer
from carebench.family import Answer

ROWS = {"test": 4, "train": 6, "one": 1}


def entry(name: str, **fields: Any) -> Answer:
    """A declared array: one column of test rows without limits, unless said otherwise."""
    declared: dict[str, Any] = {"rows": "test", "columns": None, "low": None, "high": None, "optional": False}
    return Answer(name=name, meaning="", **(declared | fields))


RISK = entry("risk", low=0, high=1)
INTERVAL = entry("interval", columns=2, optional=True)
QUALITY = entry("quality", rows="train", optional=True)
EFFECT = entry("effect", rows="one", optional=True)
RATES = entry("rates", rows="one", columns="any", optional=True)
DECLARED = [RISK, INTERVAL, QUALITY, EFFECT]
GOOD = np.array([0.0, 0.25, 1.0, -0.0])


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"interval": np.zeros((4, 2))},
        {"quality": np.arange(6.0)},
        {"effect": np.array([-1e300])},
        {"effect": np.array([5e-324])},
    ],
)
def test_an_answer_that_keeps_the_contract_passes(more: dict[str, Any]) -> None:
    """The ends of a range, negative zero, subnormals, huge finite numbers and optional arrays are fine."""
    check_answer({"risk": GOOD, **more}, DECLARED, ROWS)


@pytest.mark.parametrize("columns", [1, 10, 256])
def test_any_number_of_columns_will_do_where_it_is_declared(columns: int) -> None:
    """From 1 to 256 columns pass, one row."""
    check_answer({"rates": np.zeros((1, columns))}, [RATES], ROWS)


@pytest.mark.parametrize("shape", [(1,), (1, 0), (1, 257), (2, 3), (1, 1, 1)])
def test_any_number_of_columns_is_no_other_shape(shape: tuple[int, ...]) -> None:
    """One dimension, no column, too many, other rows or three dimensions are refused."""
    with pytest.raises(InvalidAnswer, match="rates has shape"):
        check_answer({"rates": np.zeros(shape)}, [RATES], ROWS)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({}, "arrays named nothing; some of risk, interval, quality, effect were expected"),
        ({"risk": GOOD, "label": GOOD}, "arrays named label, risk"),
        ({"quality": np.zeros(6)}, "the answer lacks risk"),
        ({"risk": GOOD[:3]}, r"risk has shape \(3,\); \(4,\) was expected, one row for each test row"),
        ({"risk": np.empty(0)}, r"shape \(0,\)"),
        ({"risk": GOOD[:, None]}, r"shape \(4, 1\); \(4,\)"),
        ({"risk": np.array(0.5)}, r"shape \(\)"),
        ({"risk": GOOD, "interval": np.zeros((4, 3))}, r"shape \(4, 3\); \(4, 2\)"),
        ({"risk": GOOD, "interval": np.zeros((2, 4))}, r"shape \(2, 4\); \(4, 2\)"),
        (
            {"risk": GOOD, "quality": np.zeros(4)},
            r"shape \(4,\); \(6,\) was expected, one row for each train",
        ),
        ({"risk": GOOD, "effect": np.zeros(4)}, r"shape \(4,\); \(1,\)"),
        ({"risk": np.array([0, np.nan, 1, np.nan])}, "NaN or infinite in 2 of 4 rows, first in row 1"),
        ({"risk": np.array([0, 1, 0, -np.inf])}, "NaN or infinite in 1 of 4 rows, first in row 3"),
        (
            {"risk": GOOD, "interval": np.array([[0, 0], [0, 0], [np.inf, np.nan], [0, 0]])},
            "NaN or infinite in 1 of 4 rows, first in row 2",
        ),
        ({"risk": np.array([0, 1, 0.5, 1 + 1e-9])}, "risk runs from 0 to 1; 0 to 1 was expected"),
        ({"risk": np.array([-1e-300, 1, 0.5, 0])}, "risk runs from -1e-300 to 1"),
        ({"risk": np.array([0, 100, 50, 0])}, "risk runs from 0 to 100; 0 to 1 was expected"),
    ],
)
def test_a_broken_contract_is_named(arrays: dict[str, Any], words: str) -> None:
    """Both what came and what was expected are said, with counts and the first row."""
    with pytest.raises(InvalidAnswer, match=words):
        check_answer(arrays, DECLARED, ROWS)


def test_an_empty_test_set_is_answered_by_an_empty_array() -> None:
    """No rows, no numbers, no complaint."""
    check_answer({"risk": np.empty(0)}, [RISK], {"test": 0})
