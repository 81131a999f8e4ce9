"""The files for machines: same bytes for the same answers, and safe in a spreadsheet and in Markdown."""

from __future__ import annotations

import csv
import io
import json
import random
from typing import TYPE_CHECKING

import pytest

from carebench_leaderboard import TableError, read_board, write_board
from carebench_leaderboard.exports import (
    costs_csv,
    scores_csv,
    standings_csv,
    standings_json,
)
from carebench_leaderboard.markdown import standings_markdown
from carebench_leaderboard.records import Cost
from carebench_leaderboard.text import csv_text, markdown_text, visible
from tests.leaderboard.synthetic import AUROC, cell, family, model, realistic, table, write

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "replicates.json",
    "standings.json",
    "standings.csv",
    "scores.csv",
    "standings.md",
    "costs.csv",
    "index.html",
    "app.js",
    "app.css",
}


def test_the_order_of_rows_and_a_second_run_change_no_byte(tmp_path: Path) -> None:
    """Shuffled rows of the same answers, written over the first board, give the same files."""
    directory = realistic(tmp_path)
    write_board(directory)
    shards = {f"data/{path.name}" for path in (directory / "data").iterdir()}
    assert len(shards) == 18
    before = {name: (directory / name).read_bytes() for name in FILES | shards}
    content = json.loads((directory / "results.json").read_text())
    for rows in (content[name] for name in ("families", "tasks", "models", "cells")):
        random.Random(1).shuffle(rows)  # noqa: S311 - an order, no secret
    (directory / "results.json").write_text(json.dumps(content))
    write_board(directory)
    assert {name: (directory / name).read_bytes() for name in FILES | shards} == before
    assert {path.name for path in directory.iterdir()} == FILES | {"results.json", "contributions", "data"}


def test_keys_attempts_and_costs_stay_out_of_the_standings(tmp_path: Path) -> None:
    """A cell key hashes code and environment; the same answers must not differ by it."""
    content = table()
    key = content["cells"][0]["key"]
    write_board(write(tmp_path, content), tmp_path / "out")
    assert not any(key in (tmp_path / "out" / name).read_text() for name in FILES)


def test_a_broken_table_leaves_the_old_board(tmp_path: Path) -> None:
    """Nothing is written unless everything could be computed."""
    write_board(write(tmp_path, table()))
    before = (tmp_path / "standings.json").read_bytes()
    write(tmp_path, table(models=[]))
    with pytest.raises(TableError):
        write_board(tmp_path)
    assert (tmp_path / "standings.json").read_bytes() == before


def test_json_holds_numbers_to_six_decimals_in_canonical_order(tmp_path: Path) -> None:
    """AUROC 2/3 is skill 1/3, written .333333; keys are sorted; the file ends with a new line."""
    text = standings_json(read_board(write(tmp_path, table(cells=[cell("mortality/a", "best", 0, 2 / 3)]))))
    content = json.loads(text)
    assert content["boards"][0]["standings"][0]["skill"] == 0.333333
    assert list(content) == sorted(content)
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")


def test_csv_says_what_json_says(results: Path) -> None:
    """Skill and bounds of every row agree between the two files."""
    board = read_board(results)
    rows = list(csv.DictReader(io.StringIO(standings_csv(board))))
    expected = json.loads(standings_json(board))["boards"][0]["standings"]
    assert [float(row["skill"]) for row in rows] == [row["skill"] for row in expected]
    assert [float(row["skill_low"]) for row in rows] == [row["interval"]["low"] for row in expected]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "  @", "\uff1d"])
def test_a_text_that_starts_a_formula_is_quoted_in_csv(start: str) -> None:
    """A single quote in front makes it text in every spreadsheet."""
    assert csv_text(f"{start}cmd").startswith("'")


def test_a_metric_whose_name_starts_a_formula_is_quoted_in_the_heading(tmp_path: Path) -> None:
    """Names of metrics become columns, so headings are quoted and made visible as cells are."""
    hostile = AUROC | {"name": "=cmd"}
    cells = [cell("mortality/a", "best", 0, 0.8, metrics={"auroc": 0.8, "=cmd": 0.8})]
    content = table(families=[family(metrics=[AUROC, hostile])], models=[model("best")], cells=cells)
    heading, row = csv.reader(io.StringIO(scores_csv(read_board(write(tmp_path, content)))))
    assert heading[-2:] == ["'=cmd", "auroc"]
    assert row[-2:] == ["0.8", "0.8"]


def test_harmless_text_and_numbers_are_untouched_in_csv(tmp_path: Path) -> None:
    """A negative difference stays a number, a hostile title becomes text."""
    models = [model("best", title="=HYPERLINK(1)"), model("other")]
    rows = list(csv.DictReader(io.StringIO(standings_csv(read_board(write(tmp_path, table(models=models)))))))
    assert rows[0]["title"] == "'=HYPERLINK(1)"
    assert rows[1]["title"] == "other"
    assert float(rows[1]["difference"]) == -0.2


def test_costs_keep_nulls_empty() -> None:
    """What was not measured is an empty field, not zero."""
    cost = Cost(key="k", task="t", model="+m", seed=0, status="ok", wall_s=1.25, cpu_s=None, peak_mib=3.0)
    assert costs_csv([cost]).splitlines()[1] == "t,'+m,0,ok,1.25,,3.0,k"


@pytest.mark.parametrize("sign", list("\\`*_[]|~"))
def test_markdown_signs_are_escaped(sign: str) -> None:
    """A back slash takes each sign's meaning."""
    assert markdown_text(f"a{sign}b") == f"a\\{sign}b"


def test_markdown_holds_no_html(tmp_path: Path) -> None:
    """A hostile title stays in its cell of the table."""
    models = [model("best", title="<img src=x>|[a](b)\n"), model("other")]
    text = standings_markdown(read_board(write(tmp_path, table(models=models))))
    assert "<img" not in text
    assert "&lt;img src=x&gt;\\|\\[a\\](b)⟨U+000A⟩" in text


@pytest.mark.parametrize("code", [0x00, 0x1B, 0x7F, 0x85, 0x200B, 0x202E, 0x2066, 0x2028, 0xFEFF, 0xD800])
def test_invisible_characters_are_spelt_out(code: int) -> None:
    """Controls, bidirectional overrides, zero-width signs and lone surrogates are seen."""
    assert visible(f"a{chr(code)}b") == f"a⟨U+{code:04X}⟩b"


def test_letters_of_any_script_stay(results: Path) -> None:
    """Only what cannot be seen is spelt out."""
    assert visible("Müller 模型 ≤ é") == "Müller 模型 ≤ é"
