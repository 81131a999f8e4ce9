"""The store under failing disks, torn files and concurrent writers: nothing acknowledged is lost, nothing torn is read."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebench.disk import Disk
from carebench.errors import StoreError
from carebench.records import Record, Score
from carebench.store import Store

if TYPE_CHECKING:
    from pathlib import Path


class FailingDisk(Disk):
    """Fails at step number `at`: a crash (half of the bytes written), a full disk, or an input/output error."""

    def __init__(self, at: int, kind: str) -> None:
        self.at, self.kind, self.step = at, kind, 0

    def _count(self) -> None:
        self.step += 1
        if self.step == self.at:
            self._fail()

    def _fail(self) -> None:
        if self.kind == "crash":
            raise KeyboardInterrupt
        raise OSError({"full": errno.ENOSPC, "io": errno.EIO, "stale": errno.ESTALE}[self.kind], "injected")

    def create(self, path: Path) -> int:
        self._count()
        return super().create(path)

    def write(self, descriptor: int, data: bytes) -> None:
        self.step += 1
        if self.step == self.at:
            os.write(descriptor, data[: len(data) // 2])
            self._fail()
        super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self._count()
        super().sync(descriptor)

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        self._count()

    def link(self, source: Path, target: Path) -> None:
        self._count()
        super().link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        self._count()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        self._count()
        super().remove(path)

    def make_folder(self, path: Path) -> None:
        self._count()
        super().make_folder(path)

    def sync_folder(self, path: Path) -> None:
        self._count()
        super().sync_folder(path)


def a_record(number: int = 0, **changes: object) -> Record:
    """A record of cell `number`."""
    fields: dict[str, object] = {
        "key": f"{number:064x}",
        "task": "t/t",
        "model": "m",
        "seed": number,
        "status": "ok",
    }
    return Record(**{**fields, **changes})  # type: ignore[arg-type]


def opened(folder: Path, disk: Disk | None = None) -> Store:
    """A store that is open for writing."""
    store = Store(folder, disk)
    store.open_for_writing()
    return store


STEPS = 20


@pytest.mark.parametrize("kind", ["crash", "full", "io", "stale"])
@pytest.mark.parametrize("at", range(1, STEPS))
def test_a_failure_at_any_step_tears_nothing_and_the_next_try_repairs_it(
    tmp_path: Path, kind: str, at: int
) -> None:
    """Whatever step fails, earlier records stay, no half record is read, and publishing again succeeds."""
    opened(tmp_path).publish([a_record(1)])
    failing = Store(tmp_path, FailingDisk(at, kind))
    acknowledged = False
    try:
        failing.open_for_writing()
        failing.publish([a_record(2)])
        digest = failing.publish_array(b"numbers")
        acknowledged = failing.has_arrays([digest])
    except (StoreError, KeyboardInterrupt):
        pass
    view = Store(tmp_path).read()
    assert view.problems == ()
    assert a_record(1).key in view.attempts
    assert not acknowledged or a_record(2).key in view.attempts
    again = opened(tmp_path)
    again.publish([a_record(2)])
    assert again.array_path(again.publish_array(b"numbers")).read_bytes() == b"numbers"
    assert set(Store(tmp_path).read().attempts) == {a_record(1).key, a_record(2).key}


def test_the_failing_disk_reaches_every_step(tmp_path: Path) -> None:
    """The range of failing steps covers all steps that opening and publishing take."""
    disk = FailingDisk(0, "io")
    store = opened(tmp_path, disk)
    store.publish([a_record()])
    store.publish_array(b"numbers")
    assert 10 < disk.step < STEPS + 5


def test_what_stands_in_the_way_of_reading_back_is_told_with_advice(tmp_path: Path) -> None:
    """A name that is taken by what cannot be read is the store's trouble, with the path and what to do."""
    store = opened(tmp_path)
    store.array_path(hashlib.sha256(b"numbers").hexdigest()).mkdir(parents=True)
    with pytest.raises(StoreError, match="see to the space and the rights there") as caught:
        store.publish_array(b"numbers")
    assert str(tmp_path) in str(caught.value)


def test_nothing_leaves_no_segment(tmp_path: Path) -> None:
    """Publishing no record makes no file."""
    store = opened(tmp_path)
    store.publish([])
    assert not list(store.segments.iterdir())


def test_without_hard_links_the_store_renames(tmp_path: Path) -> None:
    """A file system that refuses links still gets whole segments."""

    class NoLinks(Disk):
        def link(self, source: Path, target: Path) -> None:
            raise OSError(errno.EPERM, "no links here")

    opened(tmp_path, NoLinks()).publish([a_record()])
    assert len(Store(tmp_path).read().attempts) == 1


def test_what_is_published_is_read_back_equal(tmp_path: Path) -> None:
    """Records and scores survive the disk unchanged, floats to the last bit."""
    record = a_record(3, reason="0.1 + 0.2", cost={"wall_s": 0.1 + 0.2}, arrays={"risk": "0" * 64})
    score = Score(
        answer="a" * 64, scorer="b" * 64, status="ok", metrics={"auroc": 1 / 3, "slope": None}, notes=["n"]
    )
    opened(tmp_path).publish([record, score])
    view = Store(tmp_path).read()
    assert view.record(record.key) == record
    assert view.scores["a" * 64, "b" * 64] == score


def test_an_answer_wins_over_a_failure_in_any_order_of_merging(tmp_path: Path) -> None:
    """Two stores merged by copying give the same view both ways."""
    good, bad = a_record(1, answer="f" * 64), a_record(1, status="failed", reason="boom")
    for name, record in (("a", good), ("b", bad)):
        opened(tmp_path / name).publish([record])
    views = []
    for first, second in itertools.permutations("ab"):
        merged = tmp_path / f"{first}{second}"
        shutil.copytree(tmp_path / first, merged)
        shutil.copytree(tmp_path / second, merged, dirs_exist_ok=True)
        views.append(Store(merged).read())
    assert views[0] == views[1]
    assert views[0].record(good.key) == good


def test_costs_do_not_choose_between_attempts(tmp_path: Path) -> None:
    """Of equal failures and of different answers the same one counts, whatever each took."""
    chosen = set()
    for number in range(12):
        store = opened(tmp_path / str(number))
        slow, quick = ({"wall_s": float(seconds)} for seconds in (number, 7 * number + 1))
        store.publish([a_record(1, status="failed", reason="one", cost=slow)])
        store.publish([a_record(1, status="failed", reason="two", cost=quick)])
        store.publish([a_record(2, answer="a" * 64, cost=quick), a_record(2, answer="b" * 64, cost=slow)])
        view = store.read()
        (failed, answered) = (view.attempts[a_record(cell).key][0] for cell in (1, 2))
        chosen.add((failed.reason, answered.answer))
    assert chosen == {("one", "a" * 64)}


def test_two_different_answers_are_both_kept(tmp_path: Path) -> None:
    """A cell answered twice differently shows as irreproducible, never as the luckier one."""
    store = opened(tmp_path)
    for answer in ("a", "b"):
        store.publish([a_record(1, answer=answer * 64)])
    assert store.read().answers(a_record(1).key) == {"a" * 64, "b" * 64}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]\n", b'{"entry": {}, "sha256": ""}\n', b"\xff\xfe\n", b"[" * 100_000]
)
def test_damaged_segments_are_reported_and_spare_the_others(tmp_path: Path, damage: bytes) -> None:
    """Torn, empty, hostile and foreign bytes never hide a good record."""
    store = opened(tmp_path)
    store.publish([a_record(1)])
    folder = store.segments / "00"
    folder.mkdir(exist_ok=True)
    (folder / f"{'0' * 64}.jsonl").write_bytes(damage)
    view = store.read()
    assert list(view.attempts) == [a_record(1).key]
    assert bool(view.problems) == bool(damage)


def test_a_flipped_bit_costs_exactly_its_record(tmp_path: Path) -> None:
    """A segment of three records with one changed byte gives the two others and one problem."""
    store = opened(tmp_path)
    store.publish([a_record(number) for number in range(3)])
    (segment,) = store.segments.glob("*/*.jsonl")
    segment.chmod(0o644)
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(lines[0] + lines[1].replace(b'"seed":1', b'"seed":7') + lines[2])
    view = store.read()
    assert {record[0].seed for record in view.attempts.values()} == {0, 2}
    assert len(view.problems) == 1
    assert "checksum" in view.problems[0]


@settings(max_examples=60, deadline=None)
@given(place=st.integers(min_value=0), value=st.integers(min_value=0, max_value=255))
def test_no_mutation_of_one_byte_is_ever_believed(
    tmp_path_factory: pytest.TempPathFactory, place: int, value: int
) -> None:
    """Whatever byte changes, the records that are read are records that were written."""
    store = opened(tmp_path_factory.mktemp("store"))
    written = [a_record(number) for number in range(3)]
    store.publish(written)
    (segment,) = store.segments.glob("*/*.jsonl")
    data = bytearray(segment.read_bytes())
    data[place % len(data)] = value
    segment.write_bytes(bytes(data))
    assert all(attempts[0] in written for attempts in store.read().attempts.values())


def test_a_newer_schema_is_named_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of a newer version is not guessed at."""
    store = opened(tmp_path)
    monkeypatch.setattr("carebench.store.SCHEMA", 99)
    store.publish([a_record(1)])
    monkeypatch.undo()
    view = store.read()
    assert not view.attempts
    assert "newer carebench" in view.problems[0]


def test_a_store_that_cannot_be_written_is_found_at_the_start(tmp_path: Path) -> None:
    """A file in the way gives a clear error with status 3 before anything runs."""
    (tmp_path / "results").write_text("in the way", encoding="ascii")
    with pytest.raises(StoreError, match="--store") as caught:
        Store(tmp_path / "results").open_for_writing()
    assert caught.value.status == 3


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_digests_become_paths(tmp_path: Path, digest: str) -> None:
    """Nothing but 64 hex digits names a file."""
    with pytest.raises(StoreError, match="no SHA-256"):
        Store(tmp_path).array_path(digest)


def test_a_symbolic_link_out_of_the_store_is_not_followed(tmp_path: Path) -> None:
    """A segment that is a link is left alone."""
    store = opened(tmp_path / "store")
    outside = opened(tmp_path / "outside")
    outside.publish([a_record(5)])
    (segment,) = outside.segments.glob("*/*.jsonl")
    (store.segments / "00").mkdir()
    (store.segments / "00" / segment.name).symlink_to(segment)
    assert not store.read().attempts
