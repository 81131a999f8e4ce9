"""The scoring child's bookkeeping: what contributions are paired by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench import Scores, Truth
from carebench.arrays import read_array
from carebench.children.score import _plain
from carebench.errors import PluginError
from carebench_tasks.families.mortality import FAMILY

if TYPE_CHECKING:
    from pathlib import Path

TRUTH = Truth(units=np.arange(3, dtype=np.uint64), answers={})
REPLICATES = np.array([70, 71], dtype=np.uint64)


def scores(contribution: list[float], units: Any = None) -> Scores:
    """Scores with one contribution, by the ids given."""
    return Scores(metrics={"auroc": 0.7}, contributions={"auroc": np.array(contribution)}, units=units)


def test_contributions_of_patients_name_no_units_of_their_own(tmp_path: Path) -> None:
    """By default the truth's units pair them, and no further file is written."""
    assert _plain(scores([0.1, 0.2, 0.3]), FAMILY, TRUTH, "a", tmp_path)["units_file"] == ""
    assert [path.name for path in tmp_path.iterdir()] == ["a.0.npy"]


def test_contributions_of_replicates_bring_their_ids(tmp_path: Path) -> None:
    """Two replicates, two contributions, and their two ids in a file of their own."""
    plain = _plain(scores([0.1, -0.1], REPLICATES), FAMILY, TRUTH, "a", tmp_path)
    assert read_array(tmp_path / plain["units_file"]).tolist() == [70, 71]


@pytest.mark.parametrize(
    ("contribution", "units", "words"),
    [
        ([0.1, 0.2], None, r"shape \(2,\); \(3,\) was expected"),
        ([0.1, 0.2, 0.3], REPLICATES, r"shape \(3,\); \(2,\) was expected"),
        ([0.1, 0.2], np.array([1, 2]), "int64 of shape"),
        ([[0.1, 0.2]], REPLICATES[None], "one dimension of uint64 was expected"),
    ],
)
def test_contributions_without_an_id_each_are_refused(
    tmp_path: Path, contribution: Any, units: Any, words: str
) -> None:
    """One contribution for each id, and ids of 64 bits without sign: anything else is the plugin's error."""
    with pytest.raises(PluginError, match=words):
        _plain(scores(contribution, units), FAMILY, TRUTH, "a", tmp_path)


def test_figures_of_subgroups_are_plain_numbers(tmp_path: Path) -> None:
    """They come back as floats, absent ones as None; what is no finite number is the plugin's error."""
    groups = {"sex": {"female": {"n": 2, "auroc": None}}}
    plain = _plain(Scores(metrics={"auroc": 0.7}, subgroups=groups), FAMILY, TRUTH, "a", tmp_path)
    assert plain["subgroups"] == {"sex": {"female": {"n": 2.0, "auroc": None}}}
    broken = Scores(metrics={"auroc": 0.7}, subgroups={"sex": {"female": {"auroc": np.nan}}})
    with pytest.raises(PluginError, match="auroc of sex female is nan"):
        _plain(broken, FAMILY, TRUTH, "a", tmp_path)
