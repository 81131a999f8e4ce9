"""Tables that nobody would want, each with a defined board or a message that names the rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from carebench_leaderboard import TableError, read_board, write_board, write_export
from carebench_leaderboard.strict_json import read_json
from carebench_leaderboard.table import read_table
from tests.leaderboard.synthetic import cell, failed, model, table, task, with_units, write

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "tab\there",
    "bell\x07",
    "\u202egnp.exe",
    "back\\slash|pipe",
    "a" * 200,
)


def _scored(directory: Path, models: tuple[str, ...], tasks: int = 1, seeds: int = 1) -> dict[str, Any]:
    """A whole table with contributions."""
    names = [f"mortality/t{at}" for at in range(tasks)]
    cells = [
        with_units(directory, cell(name, each, seed, 0.6 + 0.01 * at), [1, 2], [0.01, 0.001 * at])
        for name in names
        for at, each in enumerate(models)
        for seed in range(seeds)
    ]
    return table(tasks=[task(name) for name in names], models=[model(each) for each in models], cells=cells)


@pytest.mark.parametrize(
    ("models", "tasks", "seeds"),
    [
        (("one",), 1, 1),
        (("one",), 3, 3),
        (("one", "two"), 1, 1),
        (("one", "two"), 1, 4),
        (("one", "two", "three"), 2, 1),
    ],
    ids=["one of everything", "one model", "one task, one seed", "one task", "one seed"],
)
def test_small_tables_have_a_whole_board(
    tmp_path: Path, models: tuple[str, ...], tasks: int, seeds: int
) -> None:
    """Ranks for all, ranges within their number, a group for each, and every file and export."""
    (section,) = write_board(write(tmp_path, _scored(tmp_path, models, tasks, seeds))).sections
    found = section.analysis
    assert [row.rank for row in section.standings] == [str(at + 1) for at in range(len(models))]
    assert all(1 <= low <= high <= len(models) for low, high in found.ranges.values())
    assert set(found.ranges) == set(found.group_of) == set(models)
    assert not found.across.allowed
    assert write_export(tmp_path, "paper", tmp_path / "paper")


def test_a_table_in_which_everything_failed_has_a_board(tmp_path: Path) -> None:
    """No rank, no range, no group; every file is written, and each view says what it has."""
    content = table(cells=[failed("mortality/a", name, 0, "oom") for name in ("best", "other")])
    (section,) = write_board(write(tmp_path, content)).sections
    found = section.analysis
    assert (found.ranges, found.groups, found.neighbours, dict(found.secondary)) == ({}, (), None, {})
    assert {view.name: len(view.tasks) for view in found.views}["common"] == 0
    assert found.sensitivity is not None
    assert write_export(tmp_path, "paper", tmp_path / "paper")


def test_a_table_without_cells_has_a_board(tmp_path: Path) -> None:
    """Nothing to rank, nothing to draw."""
    (section,) = write_board(write(tmp_path, table(cells=[]))).sections
    assert section.analysis.views[0].rows == ()
    assert section.analysis.replicates.values.shape == (0, 1)


def test_a_nan_is_refused_with_its_row(tmp_path: Path) -> None:
    """JSON has no NaN; the message names task, model, seed and metric."""
    content = table()
    content["cells"][1]["metrics"]["auroc"] = float("nan")
    (tmp_path / "results.json").write_text(json.dumps(content))
    with pytest.raises(
        TableError, match=r"NaN is no JSON number, at .cells\[1\] \(mortality/a, other, 0\).metrics.auroc"
    ):
        read_json(tmp_path / "results.json")


def test_a_number_too_large_is_refused_with_its_row(tmp_path: Path) -> None:
    """1e999 would be infinity."""
    text = json.dumps(table()).replace("0.7}", "1e999}")
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(TableError, match=r"too large, at .cells\[1\] \(mortality/a, other, 0\)"):
        read_json(tmp_path / "results.json")


def test_two_versions_of_a_task_are_refused_by_name(tmp_path: Path) -> None:
    """Old and new are never averaged."""
    content = table(tasks=[task(version=1), task(version=2)])
    with pytest.raises(
        TableError, match=r"found mortality/a in versions \[1, 2\]. Keep the rows of one version"
    ):
        read_table(write(tmp_path, content))


def test_a_cell_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    """A cell that says of which version it is, and it is not the table's."""
    cells = [cell("mortality/a", "best", 0, 0.8, version=1), cell("mortality/a", "other", 0, 0.7, version=3)]
    with pytest.raises(TableError, match="found mortality/a / other / seed 0 in version 3"):
        read_table(write(tmp_path, table(cells=cells)))


def test_more_rows_than_can_be_named_are_counted(tmp_path: Path) -> None:
    """Five are named, the rest counted."""
    cells = [cell("mortality/a", "best", seed, 0.8, version=2) for seed in range(9)]
    with pytest.raises(TableError, match="seed 4 in version 2 and 4 more"):
        read_table(write(tmp_path, table(cells=cells)))


@pytest.mark.parametrize("status", ["withheld_contaminated", "suppressed_privacy", "retracted"])
def test_what_is_held_back_is_a_gap_and_no_failure(tmp_path: Path, status: str) -> None:
    """Never imputed, never punished silently: unranked among all, ranked on the common tasks."""
    tasks = [task("mortality/a"), task("mortality/b")]
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/b", "best", 0, status)]
    cells += [cell(name, "other", 0, 0.7) for name in ("mortality/a", "mortality/b")]
    (section,) = read_board(write(tmp_path, table(tasks=tasks, cells=cells))).sections
    row = next(row for row in section.standings if row.model == "best")
    assert row.skill == pytest.approx(0.6)
    assert (row.rank, row.imputed) == ("", 0)
    assert row.remarks[0] == f"1 {status}"
    common = next(view for view in section.analysis.views if view.name == "common")
    assert [(each.model, each.rank) for each in common.rows] == [("best", "1"), ("other", "2")]


def test_hostile_names_are_text_in_every_file(tmp_path: Path) -> None:
    """Markup, formulas, control characters and a very long name: the board loads, and no file holds what they would do."""
    write_board(write(tmp_path, _scored(tmp_path, HOSTILE)))
    names = write_export(tmp_path, "paper", tmp_path / "paper")
    texts = {path.name: path.read_text() for path in tmp_path.glob("standings.*")}
    texts |= {name: (tmp_path / "paper" / name).read_text() for name in names}
    for name, text in texts.items():
        assert "<script>alert" not in text or name.endswith((".json", ".csv")), name
        assert "\x07" not in text, name
        assert "\u202e" not in text, name
    assert "'=HYPERLINK(1)" in texts["standings.csv"]


@pytest.mark.slow
def test_a_hundred_thousand_models_still_load(tmp_path: Path) -> None:
    """One task, one seed: everybody is ranked, the first thousand are compared with each other."""
    names = [f"m{at:05d}" for at in range(100_000)]
    cells = [cell("mortality/a", name, 0, 0.5 + at / 250_000) for at, name in enumerate(names)]
    content = table(models=[model(name) for name in names], cells=cells)
    (section,) = read_board(write(tmp_path, content)).sections
    assert [row.rank for row in section.standings[-2:]] == ["99999", "100000"]
    assert len(section.analysis.secondary) == 1000
