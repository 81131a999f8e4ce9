"""Checks of a store: every checksum, every array, what refers to what, and files that nobody knows.

Looking changes nothing; `carebench.doctor.repair` mends what was found here.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench.canonical import file_digest, load
from carebench.doctor import Finding, fine, problem, some, warning
from carebench.store import NewerSchemaError, read_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from carebench.store import Store, View

DAY = 86_400.0
QUARANTINE = "quarantine"
_KNOWN = frozenset({"segments", "arrays", "unfinished", "cache", QUARANTINE})
_SEGMENT = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}\.jsonl\Z")
_ARRAY = re.compile(r"([0-9a-f]{2})/\1[0-9a-f]{62}\.npy\Z")
_SPLIT = re.compile(r"[0-9a-f]{64}\Z")


@dataclass(frozen=True, kw_only=True)
class DamagedSegment:
    """A segment whose bytes are not those that were published.

    Attributes:
        path: where it is.
        good: its lines that are whole, as they stand.
        whole: number of these.
        bad: number of lines that are not.
    """

    path: Path
    good: bytes
    whole: int
    bad: int


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a look at every file of a store found.

    Attributes:
        entries: number of records and scores that can be read.
        arrays: number of arrays that are whole.
        segments: those that are damaged.
        damaged: arrays whose bytes do not fit their name.
        splits: cached splits that are damaged.
        unreadable: files that could not be opened, each with the reason.
        newer: segments with lines of a newer carebench.
        unfinished: files and folders of publications that ended more than a day ago.
        unknown: files that no store has.
        differing: cells with different `ok` answers.
        unanswered: cells whose answer's arrays are not here.
        unscored: number of scores whose arrays are not here.
    """

    entries: int
    arrays: int
    segments: Sequence[DamagedSegment]
    damaged: Sequence[Path]
    splits: Sequence[Path]
    unreadable: Sequence[str]
    newer: Sequence[str]
    unfinished: Sequence[Path]
    unknown: Sequence[Path]
    differing: Sequence[str]
    unanswered: Sequence[str]
    unscored: int


def inspect(store: Store) -> Inspection:
    """Read every file of the store."""
    look = _Look(store)
    view = store.read()
    records = [attempts[0] for attempts in view.attempts.values()]
    return Inspection(
        entries=look.entries,
        arrays=look.arrays,
        segments=look.segments,
        damaged=look.damaged,
        splits=[path for path in _folders(store.root / "cache" / "splits") if _split_is_damaged(path)],
        unreadable=look.unreadable,
        newer=look.newer,
        unfinished=[path for path in _unfinished(store) if _older_than_a_day(path)],
        unknown=look.unknown,
        differing=sorted(_label(view, key) for key in view.attempts if len(view.answers(key)) > 1),
        unanswered=sorted(
            _label(view, record.key)
            for record in records
            if record.status == "ok" and not store.has_arrays(record.arrays.values())
        ),
        unscored=sum(
            score.status == "ok" and not store.has_arrays([score.units, *score.contributions.values()])
            for score in view.scores.values()
            if score.units
        ),
    )


class _Look:
    """One pass over segments and arrays."""

    def __init__(self, store: Store) -> None:
        self.root = store.root
        self.entries = self.arrays = 0
        self.segments: list[DamagedSegment] = []
        self.damaged: list[Path] = []
        self.unreadable: list[str] = []
        self.newer: list[str] = []
        self.unknown = [path for path in _listed(self.root) if path.name not in _KNOWN]
        for path in self._files(store.segments, _SEGMENT):
            self._segment(path)
        for path in self._files(store.arrays, _ARRAY):
            self._array(path)

    def _files(self, folder: Path, pattern: re.Pattern[str]) -> Iterator[Path]:
        """The regular files whose names a store gives; all others are noted as unknown."""
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or (
                path.is_file() and not pattern.match(path.relative_to(folder).as_posix())
            ):
                self.unknown.append(path)
            elif path.is_file():
                yield path

    def _segment(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except OSError as error:
            self.unreadable.append(f"{path}: {error.strerror}")
            return
        good, bad, newer = _sorted_lines(data)
        self.entries += len(good) - newer
        if newer:
            self.newer.append(path.name)
        if bad or hashlib.sha256(data).hexdigest() != path.stem:
            self.segments.append(
                DamagedSegment(
                    path=path, good=b"".join(line + b"\n" for line in good), whole=len(good), bad=bad
                )
            )

    def _array(self, path: Path) -> None:
        try:
            whole = file_digest(path) == path.stem
        except OSError as error:
            self.unreadable.append(f"{path}: {error.strerror}")
            return
        self.arrays += whole
        if not whole:
            self.damaged.append(path)


def findings(found: Inspection, root: Path) -> list[Finding]:
    """What the inspection means, and what to do."""
    repair = f"carebench doctor --repair --store {root}"
    told = [
        *[
            problem(
                f"segment {each.path.name[:12]} is damaged: {each.bad} lines unreadable, "
                f"{each.whole} whole; cells that are lost count as not done",
                f"`{repair}` keeps the whole lines and sets the file aside; then run the same command again",
            )
            for each in found.segments
        ],
        *_when(
            problem,
            [path.name[:12] for path in found.damaged],
            "arrays whose bytes are not what was published",
            f"`{repair}` sets them aside; the next run answers or scores those cells again",
        ),
        *_when(
            problem, found.unreadable, "files that cannot be read", "give this user the right to read them"
        ),
        *_when(
            problem,
            [name[:12] for name in found.newer],
            "segments written by a newer carebench",
            "upgrade carebench to read them; nothing of them is lost",
        ),
        *_when(
            problem,
            found.differing,
            "cells whose attempts gave different answers, shown as irreproducible",
            "see `carebench show`; is every random draw of the model seeded?",
        ),
        *_references(found),
        *_remains(found, root, repair),
    ]
    return told or [fine(f"{found.entries} records and scores and {found.arrays} arrays, each as published")]


def _references(found: Inspection) -> list[Finding]:
    told = _when(
        warning,
        found.unanswered,
        "cells whose answers are not here",
        "the next run answers them again; or copy the missing files from where the store came from",
    )
    if found.unscored:
        told.append(
            warning(
                f"{found.unscored} scores lack their contributions", "the next run scores those answers again"
            )
        )
    return told


def _remains(found: Inspection, root: Path, repair: str) -> list[Finding]:
    unfinished = [str(path.relative_to(root)) for path in found.unfinished]
    unknown = [str(path.relative_to(root)) for path in found.unknown]
    return [
        *_when(
            warning,
            [path.name[:12] for path in found.splits],
            "cached splits that are damaged",
            f"nothing, the next run makes them anew; `{repair}` sets them aside",
        ),
        *_when(warning, unfinished, "left unfinished more than a day ago", f"`{repair}` removes them"),
        *_when(
            warning, unknown, "in the store and not the store's", "move them elsewhere; they are ignored here"
        ),
    ]


def _when(level: Any, names: Sequence[str], what: str, remedy: str) -> list[Finding]:
    """A finding about these things, when there are any."""
    return [level(f"{len(names)} {what}: {some(names)}", remedy)] if names else []


def _sorted_lines(data: bytes) -> tuple[list[bytes], int, int]:
    """The lines that are whole, the number of those that are not, and how many of the whole are too new to read."""
    good, bad, newer = [], 0, 0
    for line in data.splitlines():
        try:
            read_line(line)
        except NewerSchemaError:
            newer += 1
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            bad += 1
            continue
        good.append(line)
    return good, bad, newer


def _split_is_damaged(folder: Path) -> bool:
    if not _SPLIT.match(folder.name):
        return False
    try:
        manifest = load((folder / "manifest.json").read_bytes())
        return not all(file_digest(folder / name) == digest for name, digest in manifest["files"].items())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return True


def _unfinished(store: Store) -> list[Path]:
    """Files of publications under way or ended, and splits that were being copied."""
    copying = [path for path in _folders(store.root / "cache" / "splits") if not _SPLIT.match(path.name)]
    return [*_listed(store.unfinished), *copying]


def _folders(folder: Path) -> list[Path]:
    return [path for path in _listed(folder) if path.is_dir() and not path.is_symlink()]


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _older_than_a_day(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > DAY
    except FileNotFoundError:
        return False


def _label(view: View, key: str) -> str:
    record = view.attempts[key][0]
    return f"{record.task},{record.model},{record.seed}"
