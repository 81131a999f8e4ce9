"""Packs of a results folder, written by the engine and read by the leaderboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import packs
from carebench.packs import write_packs
from carebench_leaderboard.contributions import Arrays
from tests.leaderboard.synthetic import store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ARRAYS = {"u": np.array([1, 2], dtype=np.uint64), "a": np.array([0.5, 1]), "b": np.array([2.0, 3])}


def _write(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Two cells of one task that share their units; returns the folder and the digest of each array."""
    named = {name: store(tmp_path / "from", array) for name, array in ARRAYS.items()}
    cells: list[dict[str, Any]] = [
        {"task": "t", "units": named["u"], "contributions": {"auroc": named[name]}} for name in ("a", "b")
    ]
    folder = tmp_path / "to" / "contributions"
    folder.mkdir(parents=True, exist_ok=True)
    write_packs(cells, lambda digest: tmp_path / "from" / "contributions" / f"{digest}.npy", folder)
    return folder, named


def test_what_is_packed_is_read_again(tmp_path: Path) -> None:
    """One pack of units, one of the metric, and every array as it was; what an earlier table left is gone."""
    old = tmp_path / "to" / "contributions" / f"{'0' * 64}.npy"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"old")
    folder, named = _write(tmp_path)
    assert len(list(folder.glob("*.pack"))) == 2
    assert not old.exists()
    found = Arrays.of(tmp_path / "to")
    assert found.read([named["u"]], np.uint64, {})[0].tolist() == [1, 2]
    assert [found.read([named[name]], np.float64, {})[0].tolist() for name in "ab"] == [[0.5, 1], [2, 3]]


def test_the_same_cells_leave_their_packs_alone(tmp_path: Path) -> None:
    """A second run writes no pack again."""
    folder, _ = _write(tmp_path)
    before = {path.name: path.stat().st_ino for path in folder.glob("*.pack")}
    _write(tmp_path)
    assert {path.name: path.stat().st_ino for path in folder.glob("*.pack")} == before


def test_a_full_pack_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for one array in a pack, three arrays are three packs."""
    monkeypatch.setattr(packs, "FULL", 1)
    folder, named = _write(tmp_path)
    assert len(list(folder.glob("*.pack"))) == 3
    assert Arrays.of(tmp_path / "to").read([named["b"]], np.float64, {})[0].tolist() == [2, 3]
