"""What is refused of a results directory, and that each message names the row and what to do."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench_leaderboard import TableError, read_board
from carebench_leaderboard.contributions import Arrays
from carebench_leaderboard.strict_json import read_json
from carebench_leaderboard.table import read_costs, read_table
from tests.leaderboard.synthetic import cell, family, model, store, table, task, with_units, write

if TYPE_CHECKING:
    from pathlib import Path


def without(row: dict[str, Any], field: str) -> dict[str, Any]:
    """`row` less one field."""
    return {key: value for key, value in row.items() if key != field}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"format": "carebench-results/2"},
            "expected format 'carebench-results/1'; found 'carebench-results/2'",
        ),
        ({"tasks": None}, "expected a list under 'tasks'"),
        (
            {"tasks": [task(), task()]},
            "tasks: expected every row once; these stand more than once: mortality/a",
        ),
        (
            {"tasks": [without(task(), "cohort")]},
            r"tasks\[0\] \(mortality/a\): field 'cohort': Field required",
        ),
        ({"tasks": [task(design="loops")]}, "field 'design'.*found 'loops'"),
        (
            {"tasks": [task(family="moon")]},
            "tasks: field 'family' names what the table does not list: 'moon'",
        ),
        ({"tasks": []}, "cells: field 'task' names what the table does not list: 'mortality/a'"),
        ({"models": [model("best")]}, "cells: field 'model' names what the table does not list: 'other'"),
        ({"models": ["best"]}, r"models\[0\]"),
        ({"families": [family(perfect=0.5)]}, "no skill can be computed"),
        ({"families": [family(metrics=[])]}, "field 'metrics'"),
        ({"suite": "quick"}, "suite"),
        ({"cells": [cell("mortality/a", "best", 0, 0.8)] * 2}, "mortality/a / best / seed 0"),
        ({"cells": [cell("mortality/a", "best", 0, 0.8, status="great")]}, "field 'status'.*found 'great'"),
        ({"cells": [cell("mortality/a", "best", 0, metrics={})]}, "absent: auroc"),
        ({"cells": [cell("mortality/a", "best", 0, 1.2)]}, "auroc is 1.2; its declared range is 0.0 to 1.0"),
        ({"cells": [cell("mortality/a", "best", 0, 0.8) | {"seed": "0"}]}, "field 'seed'.*found '0'"),
        ({"cells": [cell("mortality/a", "best", 0, 10**400)]}, "metrics.auroc"),
        ({"cells": [cell("mortality/a", "best", 0, 0.8, units="../../etc/passwd")]}, "field 'units"),
        ({"cells": [cell("mortality/a", "best", 0, 0.8, contributions={"auroc": "0" * 64})]}, "no units"),
    ],
)
def test_a_broken_table_is_refused_by_name(tmp_path: Path, content: dict[str, Any], words: str) -> None:
    """Each fault raises a `TableError` that names the row and the field."""
    with pytest.raises(TableError, match=words):
        read_table(write(tmp_path, table(**content)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": -Infinity}', "-Infinity is no JSON number"),
        ('{"a": 1e999}', "too large"),
        ("[1]", "expected one JSON object; found a list"),
        ("[" * 100_000, "expected strict JSON"),
        ("{", "expected strict JSON"),
    ],
)
def test_loose_json_is_refused(tmp_path: Path, text: str, words: str) -> None:
    """Only one strict, shallow JSON object is read."""
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(TableError, match=words):
        read_json(tmp_path / "results.json")


def test_bytes_that_are_no_utf8_are_refused(tmp_path: Path) -> None:
    """UTF-16 is not guessed."""
    (tmp_path / "results.json").write_bytes('{"a": 1}'.encode("utf-16"))
    with pytest.raises(TableError, match="UTF-8"):
        read_json(tmp_path / "results.json")


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    """The size is checked before anything is read."""
    (tmp_path / "results.json").write_text(" " * 100)
    with pytest.raises(TableError, match="100 bytes; at most 10 are read"):
        read_json(tmp_path / "results.json", max_bytes=10)


def test_a_link_is_refused(tmp_path: Path) -> None:
    """A link to a device would never end."""
    (tmp_path / "results.json").symlink_to("/dev/zero")
    with pytest.raises(TableError, match="expected a regular file; found a link"):
        read_json(tmp_path / "results.json")


def test_unknown_fields_are_left_out_with_a_warning(tmp_path: Path) -> None:
    """A field of a later version does not stop the board; it is listed with its count."""
    content = table(tasks=[task(colour="blue")], extra=1)
    content["models"] = [row | {"mood": "good"} for row in content["models"]]
    board = read_board(write(tmp_path, content))
    assert board.warnings == (
        "unknown field 'extra' left out (1 times)",
        "unknown field 'models.mood' left out (2 times)",
        "unknown field 'tasks.colour' left out (1 times)",
    )


def test_digests_for_auditors_are_known_fields(tmp_path: Path) -> None:
    """The engine also writes the digests of answer and split; they bring no warning."""
    row = cell("mortality/a", "best", 0, 0.8, answer="ab", split="cd")
    assert read_board(write(tmp_path, table(cells=[row]))).warnings == ()


def test_an_array_comes_back_as_it_was_stored(tmp_path: Path) -> None:
    """Round trip through a file that is found by its digest."""
    values = np.array([0.25, -1.5])
    assert _read(tmp_path, store(tmp_path, values)).tolist() == [0.25, -1.5]


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.0], dtype=np.float32),
        np.array([1.0], dtype=">f8"),
        np.array([[1.0]]),
        np.array(1.0),
        np.array([1], dtype=np.uint64),
    ],
    ids=["float32", "big-endian", "two-dimensional", "scalar", "uint64"],
)
def test_an_array_of_another_kind_is_refused(tmp_path: Path, array: np.ndarray[Any, Any]) -> None:
    """Type and shape are checked in the header."""
    with pytest.raises(TableError, match="expected one dimension of float64"):
        _read(tmp_path, store(tmp_path, array))


def _read(directory: Path, digest: str) -> np.ndarray[Any, Any]:
    return Arrays.of(directory).read([digest], np.float64, {})[0]


def _named(directory: Path, data: bytes) -> str:
    """Store bytes under their digest."""
    digest = hashlib.sha256(data).hexdigest()
    (directory / "contributions").mkdir()
    (directory / "contributions" / f"{digest}.npy").write_bytes(data)
    return digest


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    """An object array is refused by its header; its content is never loaded."""
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(TableError, match="found object"):
        _read(tmp_path, _named(tmp_path, stream.getvalue()))


@pytest.mark.parametrize("data", [b"", b"text", b"\x93NUMPY\x09\x00"], ids=["empty", "text", "version 9"])
def test_a_file_that_is_no_array_is_refused(tmp_path: Path, data: bytes) -> None:
    """A wrong magic or version is named."""
    with pytest.raises(TableError, match="expected a NumPy file"):
        _read(tmp_path, _named(tmp_path, data))


def test_a_header_that_promises_more_than_the_file_holds_is_refused(tmp_path: Path) -> None:
    """The size must match, so that no memory is taken on a promise."""
    stream = io.BytesIO()
    np.save(stream, np.zeros(4))
    with pytest.raises(TableError, match="found float64 of shape"):
        _read(tmp_path, _named(tmp_path, stream.getvalue()[:-8]))


def test_content_that_does_not_match_its_name_is_refused(tmp_path: Path) -> None:
    """A changed byte changes the digest."""
    digest = store(tmp_path, np.array([0.5]))
    path = tmp_path / "contributions" / f"{digest}.npy"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(TableError, match="another digest than its name"):
        _read(tmp_path, digest)


def test_a_name_that_is_no_digest_reaches_no_file(tmp_path: Path) -> None:
    """A path in place of a digest is refused before the disk is asked."""
    with pytest.raises(TableError, match="64 hex digits"):
        _read(tmp_path, "../results")


def test_an_absent_array_is_named(tmp_path: Path) -> None:
    """The message holds the path that was looked for."""
    with pytest.raises(TableError, match=r"0000\.npy: expected a regular file"):
        _read(tmp_path, "0" * 64)


def _pack(directory: Path, arrays: list[np.ndarray[Any, Any]]) -> tuple[Path, list[str]]:
    """Move arrays into a pack; returns it and their digests."""
    digests = [store(directory, array) for array in arrays]
    folder = directory / "contributions"
    data = [(folder / f"{digest}.npy").read_bytes() for digest in digests]
    pack = folder / f"{'a' * 64}.pack"
    pack.write_bytes(b"".join(data))
    listed = [[digest, len(each)] for digest, each in zip(digests, data, strict=True)]
    _index(directory, {pack.name: listed})
    for digest in digests:
        (folder / f"{digest}.npy").unlink()
    return pack, digests


def _index(directory: Path, packs: dict[str, Any], **changes: str) -> None:
    content = {"format": "carebench-contributions/1", "packs": packs} | changes
    (directory / "contributions").mkdir(exist_ok=True)
    (directory / "contributions" / "index.json").write_text(json.dumps(content))


def test_arrays_are_found_in_a_pack_and_beside_it(tmp_path: Path) -> None:
    """Each by its digest, wherever it lies."""
    _, digests = _pack(tmp_path, [np.array([0.5, 1.0]), np.array([2.0])])
    alone = store(tmp_path, np.array([3.0]))
    found = [_read(tmp_path, digest).tolist() for digest in (*digests, alone)]
    assert found == [[0.5, 1.0], [2.0], [3.0]]


def test_a_changed_byte_in_a_pack_is_refused(tmp_path: Path) -> None:
    """Each array in it is checked by its own digest; those before it are whole."""
    pack, digests = _pack(tmp_path, [np.array([0.5]), np.array([2.0])])
    pack.write_bytes(pack.read_bytes()[:-1] + b"\x01")
    assert _read(tmp_path, digests[0]).tolist() == [0.5]
    with pytest.raises(TableError, match=r"aaa\.pack: its content has another digest than its name"):
        _read(tmp_path, digests[1])


def test_an_index_that_names_a_path_reaches_no_file(tmp_path: Path) -> None:
    """Names of packs are digests, lengths are counts, and the format is stated."""
    pack = f"{'a' * 64}.pack"
    odd: list[dict[str, Any]] = [{"../results.json": []}, {pack: [["0" * 64, -1]]}, {pack: [["x", 1]]}]
    for packs in odd:
        _index(tmp_path, packs)
        with pytest.raises(TableError, match="expected names of packs, each with digests and lengths"):
            Arrays.of(tmp_path)
    _index(tmp_path, {}, format="other/1")
    with pytest.raises(TableError, match="expected format 'carebench-contributions/1'; found 'other/1'"):
        Arrays.of(tmp_path)


@pytest.mark.parametrize(
    ("values", "words"),
    [([0.1], "one number for each of 2 units; found 1"), ([0.1, float("nan")], "expected finite numbers")],
)
def test_contributions_that_do_not_fit_their_units_are_refused(
    tmp_path: Path, values: list[float], words: str
) -> None:
    """Length and finiteness are checked for each cell."""
    row = with_units(tmp_path, cell("mortality/a", "best", 0, 0.8), [1, 2], values)
    with pytest.raises(TableError, match=words):
        read_board(write(tmp_path, table(cells=[row])))


def test_costs_are_optional_and_sorted(tmp_path: Path) -> None:
    """Without the file there are none; with it they are sorted by name, and nulls stay."""
    assert read_costs(tmp_path) == []
    rows = [
        {
            "key": "",
            "task": "t",
            "model": name,
            "seed": 0,
            "status": "ok",
            "wall_s": 1.5,
            "cpu_s": None,
            "peak_mib": 7,
        }
        for name in ("b", "a")
    ]
    (tmp_path / "costs.json").write_text(json.dumps({"format": "carebench-costs/1", "cells": rows}))
    assert [(cost.model, cost.cpu_s, cost.peak_mib) for cost in read_costs(tmp_path)] == [
        ("a", None, 7),
        ("b", None, 7),
    ]
