"""The registry of published numbers: every mistake in a file is met with file, id, key and the nearest valid name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from carebench.commands.replicate import Request, replicate
from carebench.discovery import discover
from carebench.errors import UsageError
from carebench.published import check_names, find_published, read_published
from carebench.records import Cell

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[published]]
id = "X1"
what = "AUROC of a model"
task = "mortality/rhc-30d"
model = "ridge-logistic"
quantity = "auroc"
published = 0.8
tolerance = 0.01
protocol = "five folds"
source = "a paper"
status = "seen"
"""
AGAIN = GOOD.replace("of a model", "of another")


def written(folder: Path, content: str | bytes, name: str = "mine.toml") -> Path:
    """A file of published numbers."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_least_entry_is_one_seed_and_its_mean(tmp_path: Path) -> None:
    """Seeds, pooling and uncertainty may be left out; a whole number is a number."""
    (entry,) = read_published(written(tmp_path, GOOD.replace("0.8", "1")))
    assert (entry.seeds, entry.over_seeds, entry.uncertainty, entry.published) == ([0], "mean", "", 1.0)
    assert entry.cells == [Cell("mortality/rhc-30d", "ridge-logistic", 0)]


def test_seeds_are_a_number_or_a_list_and_cells_are_counted_once(tmp_path: Path) -> None:
    """Three seeds are 0, 1 and 2; a seed named twice is one cell."""
    numbered, listed = (
        read_published(written(tmp_path, GOOD + f"seeds = {seeds}"))[0] for seeds in ("3", "[7, 3, 7]")
    )
    assert [cell.seed for cell in numbered.cells] == [0, 1, 2]
    assert [cell.seed for cell in listed.cells] == [3, 7]


def test_line_breaks_of_a_long_text_are_spaces(tmp_path: Path) -> None:
    """A protocol may be written over several lines."""
    (entry,) = read_published(written(tmp_path, GOOD.replace('"five folds"', '"""\nfive\n  folds\n"""')))
    assert entry.protocol == "five folds"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD + "tolerence = 1", "'X1': unknown key 'tolerence'; did you mean 'tolerance'"),
        (GOOD + 'file = "x"', "'X1': unknown key 'file'"),
        (GOOD.replace("tolerance", "#"), "'X1': the key 'tolerance' is missing"),
        (GOOD.replace("id =", "#"), "entry 1: the key 'id' is missing"),
        (GOOD + AGAIN.replace("source", "#"), "'X1': the key 'source' is missing"),
        (GOOD.replace('"seen"', '"sene"'), "'X1': key 'status': .*'seen', 'run' or 'unverified'"),
        (GOOD.replace("0.8", '"0.8"'), "'X1': key 'published': .*valid number"),
        (GOOD.replace("0.8", "nan"), "'X1': key 'published': .*finite"),
        (GOOD.replace("0.8", "true"), "'X1': key 'published': .*valid number"),
        (GOOD.replace("0.01", "-0.01"), "'X1': key 'tolerance': .*greater than or equal to 0"),
        (GOOD.replace("0.01", "inf"), "'X1': key 'tolerance': .*finite"),
        (GOOD.replace('"a paper"', '" "'), "'X1': key 'source': some text was expected"),
        (GOOD.replace("X1", "X 1"), "key 'id': a letter and up to 31 letters"),
        (GOOD.replace("X1", "x.toml/../y"), "key 'id': a letter and up to 31 letters"),
        (GOOD + "seeds = []", "'X1': key 'seeds'"),
        (GOOD + "seeds = [-1]", r"'X1': key 'seeds\.0'"),
        (GOOD + 'over_seeds = "average"', "'X1': key 'over_seeds': .*'mean', 'median'"),
        (GOOD + 'over_seeds = "standard-error"', "needs two seeds or more"),
        (GOOD + 'over_seeds = "standard-error"\nseeds = [3, 3]', "needs two seeds or more"),
        (GOOD.replace("[[published]]", "[[publishd]]"), "unknown key 'publishd'; did you mean 'published'"),
        ("", "the key 'published' is missing"),
        ("published = []", "key 'published': .*at least 1 item"),
        ("published = [1]", r"key 'published\.0'"),
        ("[[published", "mine.toml"),
        (b"x = '\xff'", "can't decode"),
    ],
    ids=lambda value: repr(value)[-40:],
)
def test_a_mistake_is_named_with_file_id_and_key(tmp_path: Path, content: str | bytes, words: str) -> None:
    """Wrong keys get the nearest, missing ones are named, wrong values are shown with what was expected."""
    path = written(tmp_path, content)
    with pytest.raises(UsageError, match=words) as caught:
        read_published(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_a_number_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """In one file or in two: nobody could tell the two apart."""
    one = written(tmp_path, GOOD + GOOD, "one.toml")
    with pytest.raises(UsageError, match="'X1', 'AUROC of a model', is there twice"):
        find_published([str(one)])
    one, two = written(tmp_path, GOOD, "one.toml"), written(tmp_path, GOOD, "two.toml")
    with pytest.raises(UsageError, match=r"one\.toml, .*two\.toml"):
        find_published([str(one), str(two)])


def test_words_choose_ids_and_files(tmp_path: Path) -> None:
    """An id gives all its numbers, a file all that is in it, both together both, nothing all that ship."""
    path = written(tmp_path, GOOD + AGAIN + GOOD.replace("X1", "X10") + GOOD.replace("X1", "X9"))
    assert [entry.id for entry in find_published([str(path)])] == ["X1", "X1", "X9", "X10"]
    assert {entry.id for entry in find_published(["M1", str(path)])} == {"M1", "X1", "X9", "X10"}
    assert {entry.id for entry in find_published(["M1"])} == {"M1"}
    shipped = {entry.id for entry in find_published([])}
    assert "M1" in shipped
    assert "X1" not in shipped


def test_a_shipped_file_may_be_named_by_its_path() -> None:
    """Its entries are then not there twice."""
    (file,) = {entry.file for entry in find_published(["M1"])}
    assert "M1" in {entry.id for entry in find_published([file])}


def test_an_id_that_is_not_there_gets_the_nearest() -> None:
    """And the way to name a file."""
    with pytest.raises(UsageError, match=r"'m1'; did you mean 'M1'.*ending in \.toml"):
        find_published(["m1"])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("mortality/rhc-30d", "mortality/rhc-30", "no task is called .*did you mean 'mortality/rhc-30d'"),
        ("ridge-logistic", "ridge-logistik", "no model is called .*did you mean 'ridge-logistic'"),
        (
            "mortality/rhc-30d",
            "mortality/support2-180d.all-rows",
            "'ridge-logistic' does not answer the task",
        ),
    ],
)
def test_names_that_are_not_registered_are_refused_before_anything_runs(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    """With file, id and the nearest name; no store is made."""
    path = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(UsageError, match=words) as caught:
        replicate(
            Request(words=[str(path)], executor="local", store=tmp_path / "store", out=tmp_path / "out")
        )
    assert f"{path}, 'X1'" in str(caught.value)
    assert [found.name for found in tmp_path.iterdir()] == ["mine.toml"]


def test_all_that_ships_names_only_what_is_registered() -> None:
    """Every task and model of every shipped entry is there, and the one answers the other."""
    entries = find_published([])
    assert entries
    check_names(entries, discover())
