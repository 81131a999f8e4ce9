"""The doctor at a store: whatever is damaged is named with a remedy, and repair loses nothing at any failing step."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from typing import TYPE_CHECKING

import pytest

from carebench.canonical import dump
from carebench.doctor.repair import repair
from carebench.doctor.stored import QUARANTINE, findings, inspect
from carebench.errors import StoreError
from carebench.store import Store
from tests.benchmark.test_store import FailingDisk, a_record, opened

if TYPE_CHECKING:
    from pathlib import Path

STEPS = 45


def told(folder: Path) -> list[tuple[str, str]]:
    """Level and sentence of every finding."""
    return [(each.level, each.what) for each in findings(inspect(Store(folder)), folder)]


def segment_of(store: Store, numbers: list[int]) -> Path:
    """A segment with these records."""
    before = set(store.segments.glob("*/*.jsonl"))
    store.publish([a_record(number) for number in numbers])
    (path,) = set(store.segments.glob("*/*.jsonl")) - before
    return path


def flip(path: Path) -> bytes:
    """Change one byte in the middle; returns what the file holds now."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    return bytes(data)


def damaged(folder: Path) -> tuple[Store, bytes, bytes]:
    """A store with records 0 to 3, one line of three flipped, and one array flipped; and the damaged bytes."""
    store = opened(folder)
    bad = flip(segment_of(store, [0, 1, 2]))
    store.publish([a_record(3)])
    return store, bad, flip(store.array_path(store.publish_array(b"numbers of an answer")))


def test_a_good_store_has_one_good_finding(tmp_path: Path) -> None:
    """Everything is as published."""
    store = opened(tmp_path)
    answer = store.publish_array(b"numbers")
    store.publish([a_record(1, answer="a" * 64, arrays={"risk": answer})])
    assert told(tmp_path) == [("ok", "1 records and scores and 1 arrays, each as published")]


def test_a_flipped_bit_in_a_segment_is_a_problem(tmp_path: Path) -> None:
    """The segment is named with how many lines are lost and how many whole."""
    segment = segment_of(opened(tmp_path), [0, 1, 2])
    flip(segment)
    ((level, what),) = told(tmp_path)
    assert level == "problem"
    assert what.startswith(f"segment {segment.name[:12]} is damaged: 1 lines unreadable, 2 whole")


def test_a_segment_that_lost_whole_lines_is_a_problem(tmp_path: Path) -> None:
    """Cut exactly between two lines, every line left is whole; the file's own digest tells."""
    segment = segment_of(opened(tmp_path), [0, 1, 2])
    segment.write_bytes(b"".join(segment.read_bytes().splitlines(keepends=True)[:2]))
    ((level, what),) = told(tmp_path)
    assert (level, "0 lines unreadable, 2 whole" in what) == ("problem", True)


def test_a_flipped_bit_in_an_array_is_a_problem(tmp_path: Path) -> None:
    """An array whose bytes do not fit its name is named."""
    store = opened(tmp_path)
    digest = store.publish_array(b"numbers")
    flip(store.array_path(digest))
    assert told(tmp_path) == [("problem", f"1 arrays whose bytes are not what was published: {digest[:12]}")]


def test_a_newer_schema_is_a_problem_and_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It asks for an upgrade, and repair leaves it where it is."""
    monkeypatch.setattr("carebench.store.SCHEMA", 99)
    segment = segment_of(opened(tmp_path), [0])
    monkeypatch.undo()
    assert told(tmp_path) == [("problem", f"1 segments written by a newer carebench: {segment.name[:12]}")]
    repair(Store(tmp_path), inspect(Store(tmp_path)))
    assert segment.is_file()


def test_different_answers_are_a_problem(tmp_path: Path) -> None:
    """The cell is named, as the command line would."""
    store = opened(tmp_path)
    for answer in "ab":
        store.publish([a_record(1, answer=answer * 64)])
    (found,) = told(tmp_path)
    assert found == (
        "problem",
        "1 cells whose attempts gave different answers, shown as irreproducible: t/t,m,1",
    )


def test_a_missing_array_is_a_warning(tmp_path: Path) -> None:
    """The next run answers the cell again, so nothing is wrong for good."""
    opened(tmp_path).publish([a_record(1, arrays={"risk": "e" * 64})])
    assert told(tmp_path) == [("warning", "1 cells whose answers are not here: t/t,m,1")]


def test_what_was_left_unfinished_is_told_after_a_day_and_removed_by_repair(tmp_path: Path) -> None:
    """A publication under way now is none of the doctor's business."""
    store = opened(tmp_path)
    young, old = store.unfinished / "young", store.unfinished / "old"
    copying = tmp_path / "cache" / "splits" / f"{'a' * 64}.0123456789abcdef"
    copying.mkdir(parents=True)
    for path in (young, old):
        path.write_bytes(b"half")
    for path in (old, copying):
        os.utime(path, (time.time() - 90_000,) * 2)
    ((level, what),) = told(tmp_path)
    assert (level, "2 left unfinished" in what, "unfinished/old" in what) == ("warning", True, True)
    repair(store, inspect(store))
    assert (young.exists(), old.exists(), copying.exists()) == (True, False, False)


def test_unknown_files_are_told_and_never_touched(tmp_path: Path) -> None:
    """Editor backups, foreign files and links are listed; repair leaves them."""
    store = opened(tmp_path)
    strangers = [tmp_path / "notes.txt", store.segments / "x.jsonl~", store.arrays / "link.npy"]
    for path in strangers[:2]:
        path.write_text("mine", encoding="ascii")
    strangers[2].symlink_to("/etc/hostname")
    ((level, what),) = told(tmp_path)
    assert (level, what.startswith("3 in the store and not the store's")) == ("warning", True)
    repair(store, inspect(store))
    assert all(path.is_symlink() or path.read_text(encoding="ascii") == "mine" for path in strangers)


def test_a_damaged_split_is_told_and_set_aside(tmp_path: Path) -> None:
    """It costs time only: the next run makes it anew."""
    store = opened(tmp_path)
    split = tmp_path / "cache" / "splits" / ("b" * 64)
    split.mkdir(parents=True)
    (split / "train.npy").write_bytes(b"rows")
    manifest = {"files": {"train.npy": hashlib.sha256(b"rows").hexdigest()}}
    (split / "manifest.json").write_bytes(dump(manifest))
    assert told(tmp_path)[0][0] == "ok"
    flip(split / "train.npy")
    assert told(tmp_path) == [("warning", f"1 cached splits that are damaged: {'b' * 12}")]
    repair(store, inspect(store))
    assert told(tmp_path)[0][0] == "ok"
    assert not split.exists()


def test_looking_changes_nothing(tmp_path: Path) -> None:
    """Names, bytes and times of all files are the same after an inspection of a damaged store."""
    damaged(tmp_path)

    def everything() -> list[tuple[str, int, bytes]]:
        files = [path for path in sorted(tmp_path.rglob("*")) if path.is_file()]
        return [(str(path), path.stat().st_mtime_ns, path.read_bytes()) for path in files]

    before = everything()
    told(tmp_path)
    assert everything() == before


def test_repair_keeps_whole_lines_and_the_damaged_bytes(tmp_path: Path) -> None:
    """Good records are read as before, damaged files lie in quarantine unchanged, and nothing is a problem any more."""
    store, segment, array = damaged(tmp_path)
    done = repair(store, inspect(store))
    assert sorted(record[0].seed for record in store.read().attempts.values()) == [0, 2, 3]
    kept = {path.read_bytes() for path in (tmp_path / QUARANTINE).rglob("*") if path.is_file()}
    assert kept == {segment, array}
    assert [level for level, _ in told(tmp_path)] == ["ok"]
    assert len(done) == 2
    assert "2 of its lines were whole and are kept" in done[0]


@pytest.mark.parametrize("kind", ["crash", "full", "io"])
@pytest.mark.parametrize("at", range(1, STEPS))
def test_repair_may_fail_at_any_step_and_be_repeated(tmp_path: Path, kind: str, at: int) -> None:
    """Whatever step fails, no good record is lost, the damaged bytes exist, and the next repair completes it."""
    _, segment, array = damaged(tmp_path)
    failing = Store(tmp_path, FailingDisk(at, kind))
    with contextlib.suppress(StoreError, KeyboardInterrupt):
        repair(failing, inspect(failing))
    assert {record[0].seed for record in Store(tmp_path).read().attempts.values()} == {0, 2, 3}
    kept = {path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {segment, array} <= kept
    repair(Store(tmp_path), inspect(Store(tmp_path)))
    assert [level for level, _ in told(tmp_path)] == ["ok"]
    assert {record[0].seed for record in Store(tmp_path).read().attempts.values()} == {0, 2, 3}


def test_the_failing_disk_reaches_every_step_of_a_repair(tmp_path: Path) -> None:
    """The range of failing steps covers all that a repair takes."""
    damaged(tmp_path)
    disk = FailingDisk(0, "io")
    repair(Store(tmp_path, disk), inspect(Store(tmp_path)))
    assert 15 < disk.step < STEPS
