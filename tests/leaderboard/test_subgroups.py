"""Figures by subgroup: the worst group, the gap, and what is held back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from carebench_leaderboard import write_board
from carebench_leaderboard.group_tables import group_tables
from tests.leaderboard.kinds import named, only, unanchored
from tests.leaderboard.shards import shard
from tests.leaderboard.synthetic import cell, model

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard import Board, Section


def grouped(directory: Path, levels: dict[str, list[float | None]], **changes: Any) -> Section:
    """A board of one model with its primary metric by group, over seeds."""
    seeds = range(len(next(iter(levels.values()))))
    cells = [
        cell("mortality/a", "best", seed, 0.8, subgroups={
            "sex": {level: {"n": 40.0 + seed, "auroc": values[seed]} for level, values in levels.items()}})
        for seed in seeds
    ]  # fmt: skip
    return only(directory, models=[model("best")], cells=cells, **changes)


def test_worst_group_and_gap_by_hand(tmp_path: Path) -> None:
    """Means .7 and .9 over two seeds: female is worst, the gap is .2, n is 40.5."""
    found = grouped(tmp_path, {"female": [0.6, 0.8], "male": [0.9, 0.9]})
    (score,) = found.tasks[0].scores
    assert score.worst is not None
    assert (score.worst.attribute, score.worst.level) == ("sex", "female")
    assert score.worst.value == pytest.approx(0.7)
    assert score.worst.gap == pytest.approx(0.2)
    assert score.subgroups[0].groups[0].figures["n"] == 40.5
    write_board(tmp_path)
    assert shard(tmp_path, "task-0000")["worst"] == [["sex", "female", 0.7, 0.2]]


def test_the_worst_group_is_the_highest_where_lower_is_better(tmp_path: Path) -> None:
    """An error of .9 is worse than one of .7."""
    found = grouped(tmp_path, {"female": [0.7], "male": [0.9]}, families=[unanchored()])
    worst = found.tasks[0].scores[0].worst
    assert worst is not None
    assert worst.level == "male"


def test_a_group_that_is_held_back_in_one_seed_is_held_back(tmp_path: Path) -> None:
    """A mean over the other seed would be of other patients; one group left has no gap."""
    found = grouped(tmp_path, {"female": [0.6, None], "male": [0.9, 0.9]})
    (score,) = found.tasks[0].scores
    (sex,) = score.subgroups
    assert sex.groups[0].figures["auroc"] is None
    assert (score.worst, sex.gap) == (None, None)


def test_subgroup_tables_say_counts_once(board: Board) -> None:
    """The counts, alike for all models, stand in the headings."""
    found = named(board, "defer")
    tables = [table for part in found.tasks for table in group_tables(part, found.family)]
    assert [table.attribute for table in tables] == ["age", "sex"] * 2
    assert ("over 75", "n 26") in {(level.name, level.said) for table in tables for level in table.levels}


def test_a_level_held_back_for_every_model_has_its_counts_alone(tmp_path: Path) -> None:
    """Beside a level that is shown; the page names it below the table."""
    rates = {"old": {"n": 40.0, "rate": 0.2}, "young": {"n": 12.0, "rate": None}}
    cells = [
        cell("mortality/a", name, 0, 0.8, subgroups={"age": {**rates, "old": {"n": 40.0, "rate": rate}}})
        for name, rate in (("best", 0.2), ("other", 0.3))
    ]
    section = only(tmp_path, models=[model("best"), model("other")], cells=cells)
    (table,) = group_tables(section.tasks[0], section.family)
    assert [(level.name, level.said, level.figures) for level in table.levels] == [
        ("old", "n 40", ("rate",)),
        ("young", "n 12", ()),
    ]
