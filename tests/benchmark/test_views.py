"""The views of a split: what is kept, what is fitted where, and what happens at the edges."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench.errors import PluginError
from carebench.task import Split
from carebench.views import columns_view, numeric_view, raw_view


def split_of(train: dict[str, Any], test: dict[str, Any]) -> Split:
    """A split from columns, with an index that says where each row came from."""
    tables = [pd.DataFrame(columns) for columns in (train, test)]
    return Split(
        train=tables[0].set_axis(range(100, 100 + len(tables[0]))),
        test=tables[1].set_axis(range(900, 900 + len(tables[1]))),
        reveals={"y": np.zeros(len(tables[0]), np.int8)},
    )


def patients() -> Split:
    """Four training and three test patients with every kind of column."""
    return split_of(
        {
            "age": [40, 50, 60, 90],
            "lactate": [1.0, np.nan, 3.0, 5.0],
            "sex": ["m", "f", "m", None],
            "ventilated": [True, False, True, True],
            "surv": [0.9, 0.8, 0.7, 0.1],
        },
        {
            "age": [50, 60, 70],
            "lactate": [np.nan, 3.0, 1e6],
            "sex": ["f", "x", None],
            "ventilated": [False, False, True],
            "surv": [0.5, 0.5, 0.5],
        },
    )


def test_raw_view_drops_comparators_and_row_names() -> None:
    """A published score is no input, and the index says nothing of where a row came from."""
    view = raw_view(patients(), ["surv"])
    assert list(view.train.columns) == list(view.test.columns) == ["age", "lactate", "sex", "ventilated"]
    assert list(view.train.index) == [0, 1, 2, 3]
    assert list(view.test.index) == [0, 1, 2]


def test_raw_view_keeps_dtypes_and_missing_values() -> None:
    """Whole numbers stay whole, missing stays missing, booleans become 0 and 1."""
    view = raw_view(patients())
    assert view.train["age"].dtype == np.int64
    assert list(view.train["lactate"].isna()) == [False, True, False, False]
    assert view.train["ventilated"].dtype == np.int8
    assert list(view.train["ventilated"]) == [1, 0, 1, 1]


def test_raw_view_learns_levels_from_training_rows() -> None:
    """Text becomes a category with the sorted training levels; a level seen in test only is missing."""
    view = raw_view(patients())
    for part in (view.train, view.test):
        assert list(part["sex"].cat.categories) == ["f", "m"]
    assert list(view.test["sex"].isna()) == [False, True, True]
    assert view.test["sex"].iloc[0] == "f"


def test_raw_view_keeps_a_declared_order() -> None:
    """Levels of a category keep the order that the task declared; unused ones go."""
    stages = pd.CategoricalDtype(["mild", "severe", "dead", "moderate"], ordered=True)
    train = pd.Series(["severe", "mild"], dtype=stages)
    view = raw_view(split_of({"stage": train}, {"stage": pd.Series(["dead"], dtype=stages)}))
    assert list(view.train["stage"].cat.categories) == ["mild", "severe"]
    assert view.test["stage"].isna().all()


def test_raw_view_harmonises_what_differs() -> None:
    """A whole-number column that is missing in some test row is float64 in both parts; nullable dtypes too."""
    view = raw_view(
        split_of(
            {"a": [1, 2], "b": pd.array([1, None], "Int64"), "c": pd.array([True, None], "boolean")},
            {"a": [np.nan, 4.5], "b": pd.array([3, 4], "Int64"), "c": pd.array([False, True], "boolean")},
        )
    )
    assert {str(dtype) for part in (view.train, view.test) for dtype in part.dtypes} == {"float64"}
    np.testing.assert_array_equal(view.train["b"], [1, np.nan])
    np.testing.assert_array_equal(view.test["c"], [0, 1])


def test_raw_view_of_mixed_objects_is_text() -> None:
    """An object column with numbers and text has levels as text, and 1.0 is 1."""
    view = raw_view(split_of({"code": [1, "1", "b"]}, {"code": [1, 2, None]}))
    assert list(view.train["code"]) == ["1", "1", "b"]
    assert list(view.test["code"].isna()) == [False, True, True]


def test_raw_view_without_training_rows_keeps_levels() -> None:
    """Where nothing is trained, the levels are those of the rows to be judged."""
    split = patients()
    view = raw_view(Split(train=split.train[:0], test=split.test, reveals={}))
    assert view.train.shape == (0, 5)
    assert list(view.test["sex"].cat.categories) == ["f", "x"]
    assert list(view.train.dtypes) == list(view.test.dtypes)


def test_raw_view_shares_no_memory() -> None:
    """Writing into a view leaves the task's own table alone."""
    split = patients()
    table = raw_view(split).train
    table.loc[0, "age"] = -1
    assert split.train["age"].iloc[0] == 40


def test_views_survive_arrow() -> None:
    """Every column, one without any level included, comes back from Arrow with its dtype."""
    split = split_of({"a": [None, None], "b": ["x", None]}, {"a": ["y", None], "b": ["z", "x"]})
    view = raw_view(split)
    back = pa.Table.from_pandas(view.test, preserve_index=False).to_pandas()
    assert list(back["b"].cat.categories) == ["x"]
    assert back["a"].isna().all()


def test_columns_view_selects_in_order() -> None:
    """Only the named columns, as the raw view has them."""
    view = columns_view(patients(), ["sex", "age"])
    assert list(view.test.columns) == ["sex", "age"]
    assert list(view.test["age"]) == [50, 60, 70]
    assert columns_view(patients(), []).train.shape == (4, 0)


def test_numeric_view_by_hand() -> None:
    """Medians, means, deviations, flags and levels worked out by hand from the training rows."""
    view = numeric_view(patients(), ["surv"])
    assert view.names == ("age", "lactate", "lactate missing", "sex=f", "sex=m", "sex missing", "ventilated")
    assert view.train.dtype == view.test.dtype == np.float32
    age = (np.array([40, 50, 60, 90, 50, 60, 70]) - 60) / np.sqrt(350)
    lactate = (np.array([1, 3, 3, 5, 3, 3, 1e6]) - 3) / np.sqrt(2)
    ventilated = (np.array([1, 0, 1, 1, 0, 0, 1]) - 0.75) / np.sqrt(0.1875)
    expected = np.column_stack(
        [
            age,
            lactate,
            [0, 1, 0, 0, 1, 0, 0],
            [0, 1, 0, 0, 1, 0, 0],
            [1, 0, 1, 0, 0, 0, 0],
            [0, 0, 0, 1, 0, 1, 1],
            ventilated,
        ]
    )
    np.testing.assert_allclose(np.vstack([view.train, view.test]), expected, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    ages=st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1, max_size=6),
    wards=st.lists(st.sampled_from(["m", "f", "x", None]), min_size=6, max_size=6),
)
def test_test_rows_never_reach_the_training_matrix(ages: list[float | None], wards: list[str | None]) -> None:
    """Whatever the test rows hold, the training matrix and the columns are the same."""
    usual = numeric_view(patients())
    other = pd.DataFrame(
        {
            "age": np.array(ages, float),
            "lactate": 2.0,
            "sex": pd.Series(wards[: len(ages)], dtype=object),
            "ventilated": True,
            "surv": 0.5,
        }
    )
    view = numeric_view(Split(train=patients().train, test=other, reveals={}))
    assert view.names == usual.names
    np.testing.assert_array_equal(view.train, usual.train)
    assert np.isfinite(view.test).all()


def test_numeric_view_treats_each_test_row_alone() -> None:
    """A test row's numbers do not depend on the other test rows."""
    split = patients()
    alone = numeric_view(Split(train=split.train, test=split.test[1:2], reveals={}))
    np.testing.assert_array_equal(alone.test[0], numeric_view(split).test[1])


def test_numeric_view_drops_what_says_nothing() -> None:
    """A constant, a column missing throughout training and its constant flag leave nothing behind."""
    view = numeric_view(
        split_of(
            {"same": [0.1, 0.1, 0.1], "none": [np.nan] * 3, "age": [1.0, 2, 3]},
            {"same": [7.0], "none": [5.0], "age": [2.0]},
        )
    )
    assert view.names == ("age",)
    np.testing.assert_allclose(view.test, [[0.0]], atol=1e-7)


@pytest.mark.parametrize("rows", [0, 1])
def test_numeric_view_of_too_few_training_rows_is_empty(rows: int) -> None:
    """With no or one training row no column varies, so none is left; the rows are still counted."""
    split = patients()
    view = numeric_view(Split(train=split.train[:rows], test=split.test, reveals={}))
    assert view.names == ()
    assert view.train.shape == (rows, 0)
    assert view.test.shape == (3, 0)


def test_numeric_view_without_test_rows() -> None:
    """No test rows give a matrix of no rows and all columns."""
    split = patients()
    assert numeric_view(Split(train=split.train, test=split.test[:0], reveals={})).test.shape == (0, 8)


@pytest.mark.parametrize("view", [raw_view, numeric_view])
@pytest.mark.parametrize(("part", "row"), [("train", 1), ("test", 2)])
def test_infinite_values_are_refused_by_name(view: Any, part: str, row: int) -> None:
    """An infinite number is an error that names column, part and row."""
    tables = {"train": [1.0, 2, 3], "test": [1.0, 2, 3]}
    tables[part][row] = -np.inf
    with pytest.raises(PluginError, match=rf"'lactate' holds -inf in {part} row {row}"):
        view(split_of({"lactate": tables["train"]}, {"lactate": tables["test"]}))


@pytest.mark.parametrize(("train", "test"), [([1.0, 2], [1e300]), ([1e300, -1e300], [1.0])])
def test_values_beyond_float32_are_refused_by_name(train: list[float], test: list[float]) -> None:
    """A number that float32 cannot hold after standardising is an error, never an infinity in a matrix."""
    with pytest.raises(PluginError, match=r"'dose' .* row 0 .*float32"):
        numeric_view(split_of({"dose": train}, {"dose": test}))


@pytest.mark.parametrize(
    "values", [pd.to_datetime(["2020-01-01", None]), [1j, 2j], pd.to_timedelta([1, 2], "D")]
)
def test_other_dtypes_are_refused_by_name(values: Any) -> None:
    """Dates, durations and complex numbers are errors that name the column and say what to give."""
    with pytest.raises(PluginError, match=r"column 'admitted' has dtype .* hours since admission"):
        raw_view(split_of({"admitted": values}, {"admitted": values}))


def test_tables_must_match() -> None:
    """A column in one part only, one held twice, one declared and absent, or no table at all is an error."""
    table = pd.DataFrame({"a": [1.0], "b": [2.0]})
    with pytest.raises(PluginError, match=r"\['b'\] are in one of train and test only"):
        raw_view(Split(train=table, test=table[["a"]], reveals={}))
    with pytest.raises(PluginError, match=r"\['a'\] more than once"):
        raw_view(Split(train=table[["a", "a"]], test=table, reveals={}))
    with pytest.raises(PluginError, match=r"\['sofa'\].* it has: a, b"):
        columns_view(Split(train=table, test=table, reveals={}), ["sofa"])
    with pytest.raises(PluginError, match="must be a pandas DataFrame, not ndarray"):
        numeric_view(Split(train=table.to_numpy(), test=table, reveals={}))


def test_records_are_frozen() -> None:
    """A view is a record: nobody replaces its parts."""
    with pytest.raises(FrozenInstanceError):
        raw_view(patients()).train = None  # type: ignore[misc]
