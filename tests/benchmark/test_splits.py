"""A split on disk: what is written is read, in every view, and what lies beside the two tables as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from carebench import Split, splits
from carebench.errors import PluginError
from carebench.testing import cut, simulate

if TYPE_CHECKING:
    from pathlib import Path


def test_unlabelled_rows_come_in_every_view(tmp_path: Path) -> None:
    """They are coded as the test rows are: by what was learned on the training rows, whichever table they stand in."""
    split = replace(
        cut(),
        unlabelled=simulate(40, seed=9).inputs,
        train_series=None,
        test_series=None,
        train_images=None,
        test_images=None,
    )
    swapped = replace(split, test=split.unlabelled, unlabelled=split.test)
    for folder, each in (("plain", split), ("swapped", swapped)):
        (tmp_path / folder).mkdir()
        splits.write(tmp_path / folder, each, ("surv",), ("age", "sex"))
    for view in ("raw", "numeric", "comparators", "demographics"):
        plain, other = splits.read(tmp_path / "plain", view), splits.read(tmp_path / "swapped", view)
        pd.testing.assert_frame_equal(pd.DataFrame(plain.unlabelled), pd.DataFrame(other.test))
        pd.testing.assert_frame_equal(pd.DataFrame(plain.test), pd.DataFrame(other.unlabelled))
        pd.testing.assert_frame_equal(pd.DataFrame(plain.train), pd.DataFrame(other.train))


def test_a_split_without_them_has_none(tmp_path: Path) -> None:
    """No file is written, and nothing is read, where a task gives no unlabelled rows."""
    splits.write(tmp_path, cut(), ("surv",), ("age", "sex"))
    assert splits.read(tmp_path, "numeric").unlabelled is None
    assert not list(tmp_path.glob("*unlabelled*"))


def test_unlabelled_rows_need_the_same_columns(tmp_path: Path) -> None:
    """Other columns are refused by name of the part."""
    split = Split(
        train=pd.DataFrame({"age": [1.0, 2.0]}),
        test=pd.DataFrame({"age": [3.0]}),
        reveals={"y": np.array([0, 1], np.int8)},
        unlabelled=pd.DataFrame({"weight": [3.0]}),
    )
    with pytest.raises(PluginError, match="train and unlabelled have different columns"):
        splits.write(tmp_path, split, (), ())
