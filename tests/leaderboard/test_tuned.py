"""What the board says of tuning: the history as it was, the parameters that answer, and nothing where nobody tuned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from carebench_leaderboard import write_board
from carebench_leaderboard.errors import TableError
from carebench_leaderboard.table import read_table
from carebench_leaderboard.tuned import best_so_far, tuned_cells
from tests.leaderboard.shards import shard
from tests.leaderboard.synthetic import cell, model, table, write

if TYPE_CHECKING:
    from pathlib import Path

VALUES = [0.5, None, 0.8, 0.7]
ALONE = {"members": [{"trial": 2, "weight": 1.0, "params": {"C": 0.25, "kernel": "rbf"}}], "values": VALUES}
BOTH = {
    "members": [
        {"trial": 0, "weight": 0.4, "params": {}},
        {"trial": 2, "weight": 0.6, "params": {"C": 0.25}},
    ],
    "values": VALUES,
}


def tuned_board(folder: Path) -> Path:
    """A board of a model, its best trial and its ensemble, and one that declares no search space."""
    names = ("best", "best@tuned-4", "best@tuned-4+ensemble", "other")
    models = [
        model("best"),
        model("best@tuned-4", base="best", tuning="tuned, 4 trials"),
        model("best@tuned-4+ensemble", base="best", tuning="tuned, 4 trials"),
        model("other", tuning="runs at its defaults: it declares no search space"),
    ]
    told: list[Any] = [{}, ALONE, BOTH, {}]
    cells = [cell("mortality/a", name, 0, 0.7, tuned=tuned) for name, tuned in zip(names, told, strict=True)]
    return write(folder, table(models=models, cells=cells))


def test_the_best_so_far_never_falls() -> None:
    """By hand; a trial that did not end well changes nothing, and before the first value there is none."""
    assert best_so_far(VALUES) == [0.5, 0.5, 0.8, 0.8]
    assert best_so_far([None, None]) == [None, None]
    assert best_so_far([]) == []


def test_history_and_parameters_are_those_of_the_table(tmp_path: Path) -> None:
    """Counts, first and best value, and the settings of each member with its share."""
    alone, both = tuned_cells(read_table(tuned_board(tmp_path)).cells, {"mortality/a"})
    assert (alone.trials, alone.failed, alone.first, alone.best) == (4, 1, 0.5, 0.8)
    assert alone.settings == "C 0.25, kernel rbf"
    assert both.settings == "40% defaults; 60% C 0.25"
    assert alone.path == "M0.00 18.00H33.33V18.00H66.67V2.00H100.00V2.00"


def test_the_page_shows_tuning_only_where_there_is_some(tmp_path: Path) -> None:
    """The history goes with its cell, and a model without a search space says that it runs at its defaults."""
    folder = tuned_board(tmp_path / "tuned")
    write_board(folder)
    told = shard(folder, "task-0000")["cells"]["tuned"]
    assert len(told) == 2
    assert "C 0.25, kernel rbf" in {settings for settings, *_ in told.values()}
    notes = shard(folder, "board-0")["models"]["tuning"]
    assert notes.count("runs at its defaults: it declares no search space") == 1
    write_board(write(tmp_path / "plain", table()))
    assert shard(tmp_path / "plain", "task-0000")["cells"]["tuned"] == {}


def test_parameters_with_markup_are_text(tmp_path: Path) -> None:
    """They are somebody else's words: no tag stands in the shard, and the script sets them as text."""
    evil = {
        "members": [{"trial": 0, "weight": 1.0, "params": {"x": "<script>alert(1)</script>"}}],
        "values": [0.5],
    }
    write_board(write(tmp_path, table(cells=[cell("mortality/a", "best", 0, 0.7, tuned=evil)])))
    assert "<" not in (tmp_path / "data" / "task-0000.js").read_text(encoding="utf-8")
    (told,) = shard(tmp_path, "task-0000")["cells"]["tuned"].values()
    assert told[0] == "x <script>alert(1)</script>"


def test_a_history_that_cannot_be_read_names_the_row(tmp_path: Path) -> None:
    """As any other field of the table."""
    folder = write(
        tmp_path, table(cells=[cell("mortality/a", "best", 0, 0.7, tuned={"members": 3, "values": []})])
    )
    with pytest.raises(TableError, match="mortality/a, best, 0"):
        read_table(folder)
