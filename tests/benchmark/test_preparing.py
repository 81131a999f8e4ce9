"""Publishing a split to the cache: whoever comes second takes what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench.canonical import dump, file_digest, load
from carebench.workers.preparing import MANIFEST, _intact_manifest, _move_into_cache

if TYPE_CHECKING:
    from pathlib import Path


def made(folder: Path, content: str) -> dict[str, object]:
    """A split of one file, and its manifest."""
    folder.mkdir(parents=True)
    (folder / "raw").write_text(content, encoding="ascii")
    return {"digest": content, "rows": {}, "files": {"raw": file_digest(folder / "raw")}}


def test_the_loser_of_the_race_hands_on_the_winners_split(tmp_path: Path) -> None:
    """Another worker was first with another split: its manifest, not ours, is that of the files in the cache."""
    cached = tmp_path / "splits" / "key"
    winner = made(cached, "first")
    (cached / MANIFEST).write_bytes(dump(winner))
    ours = made(tmp_path / "ours", "second")
    assert _move_into_cache(tmp_path / "ours", cached, ours) == winner
    assert (cached / "raw").read_text(encoding="ascii") == "first"
    assert [path.name for path in cached.parent.iterdir()] == ["key"]


def test_a_damaged_split_is_replaced(tmp_path: Path) -> None:
    """What is in the way and is not whole gives place to ours."""
    cached = tmp_path / "splits" / "key"
    made(cached, "torn")
    ours = made(tmp_path / "ours", "second")
    assert _move_into_cache(tmp_path / "ours", cached, ours) == ours
    assert load((cached / MANIFEST).read_bytes()) == ours
    assert (cached / "raw").read_text(encoding="ascii") == "second"


def test_a_file_kept_elsewhere_stays_linked_and_is_missed_when_it_goes(tmp_path: Path) -> None:
    """The cache holds a link, whose digest is that of the file; without the file the split is no longer whole."""
    ours, file = made(tmp_path / "ours", "table"), tmp_path / "pictures"
    file.write_bytes(b"pixels")
    (tmp_path / "ours" / "pixels").symlink_to(file)
    ours = {**ours, "files": {"pixels": file_digest(file)}}
    cached = tmp_path / "splits" / "key"
    assert _move_into_cache(tmp_path / "ours", cached, ours) == ours
    assert (cached / "pixels").is_symlink()
    assert _intact_manifest(cached) == ours
    file.unlink()
    assert _intact_manifest(cached) is None
