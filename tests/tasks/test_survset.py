"""Tables of SurvSet: plain names, real missing values, and what is said when there is none."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from carebench import CarebenchError
from carebench_tasks.data import survset


def test_prefixes_go_unless_two_columns_would_share_a_name() -> None:
    """A clash of two short names, or with a name of SurvSet's own, keeps the long ones."""
    names = survset.plain_names(
        ["pid", "event", "time", "num_sample_yr", "fac_sample_yr", "fac_sex", "num_time"]
    )
    assert names == {
        "num_sample_yr": "num_sample_yr",
        "fac_sample_yr": "fac_sample_yr",
        "fac_sex": "sex",
        "num_time": "num_time",
    }


def test_missing_levels_become_missing_values() -> None:
    """Blank, blanks, "missing" and NaN are missing; other levels are sorted text."""
    column = survset.factor(pd.Series(["b", "", " ", "missing", None, "a"], index=[5, 4, 3, 2, 1, 0]))
    assert column.isna().tolist() == [False, True, True, True, True, False]
    assert list(column.cat.categories) == ["a", "b"]
    assert column.index.tolist() == [5, 4, 3, 2, 1, 0]


def test_support2_keeps_its_published_missing_values() -> None:
    """Income is missing for 2,982 patients and race for 42, as published; no level says "missing"."""
    table = survset.load("support2")
    assert table.columns.isna().sum()[["income", "race", "edu"]].tolist() == [2982, 42, 1634]
    assert "missing" not in table.columns["income"].cat.categories
    assert table.event.sum() == 6201
    assert np.array_equal(table.columns.index, np.arange(9105))


def test_absent_survset_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SurvSet the message says what to install."""
    monkeypatch.setitem(sys.modules, "SurvSet.data", None)
    with pytest.raises(CarebenchError, match="pip install 'SurvSet"):
        survset.load("support2")


def test_unknown_data_set_is_said_plainly() -> None:
    """A name that SurvSet does not have is named."""
    with pytest.raises(CarebenchError, match="'support3'"):
        survset.load("support3")
