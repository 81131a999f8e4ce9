"""The store: a folder of immutable, content-named, checksummed segments, with arrays beside them.

There is no lock and nothing is ever modified, so any number of writers on any number of hosts may
publish, and merging two stores is copying files. Publishing is write, fsync, link, fsync; only then is
a result acknowledged. A line that cannot be read is reported and left out, never trusted.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import secrets
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from carebench.canonical import dump, load
from carebench.disk import Disk
from carebench.errors import StoreError
from carebench.records import RETRIED_ALWAYS, Record, Score
from carebench.tuning import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic import TypeAdapter

SCHEMA = 1
Entry = Record | Score | Trial
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV, errno.ENOSYS})


class NewerSchemaError(ValueError):
    """A line that is whole and was written by a newer carebench."""


@dataclass(frozen=True)
class View:
    """What a store held when it was read.

    Attributes:
        attempts: cell key to its records, the one that counts first.
        scores: (answer digest, scorer digest) to score.
        trials: study key to its trials by number, of several the one that ended well first.
        problems: what could not be read, one sentence each.
    """

    attempts: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    scores: Mapping[tuple[str, str], Score] = field(default_factory=dict)
    trials: Mapping[str, Mapping[int, Trial]] = field(default_factory=dict)
    problems: Sequence[str] = ()

    def record(self, key: str) -> Record | None:
        """The record that counts for a cell: `ok` before failures, then by what it tells; None when there is none."""
        attempts = self.attempts.get(key, ())
        return attempts[0] if attempts else None

    def probed(self, key: str) -> bool:
        """Whether the cell was answered again to see if it can be reproduced, or an honest try at that failed."""
        attempts = self.attempts.get(key, ())
        return any(record.probed for record in attempts if record.status not in RETRIED_ALWAYS)

    def flags(self, key: str) -> list[str]:
        """What the `ok` attempts of a cell were flagged with."""
        return sorted(
            {flag for record in self.attempts.get(key, ()) if record.status == "ok" for flag in record.flags}
        )

    def answers(self, key: str) -> set[str]:
        """The different `ok` answers to a cell; more than one means that it cannot be reproduced."""
        return {record.answer for record in self.attempts.get(key, ()) if record.status == "ok"}


class Store:
    """One folder of results.

    Args:
        root: the folder; made when absent.
        disk: the file system, replaced in tests.
    """

    def __init__(self, root: Path, disk: Disk | None = None) -> None:
        self.root = root
        self.disk = disk or Disk()
        self.segments, self.arrays, self.unfinished = root / "segments", root / "arrays", root / "unfinished"

    def open_for_writing(self) -> None:
        """Make the folders and write one probe, so that a store that cannot be written is found before anything runs.

        Raises:
            StoreError: with the path and the cause.
        """
        try:
            for folder in (self.segments, self.arrays, self.unfinished):
                self.disk.make_folder(folder)
            probe = self.unfinished / f"probe-{secrets.token_hex(8)}"
            self.disk.close(self.disk.create(probe))
            self.disk.remove(probe)
        except OSError as error:
            raise StoreError(
                f"results cannot be kept in {self.root}: {error}; name another folder with --store"
            ) from error

    def publish(self, entries: Iterable[Entry]) -> None:
        """Keep records and scores as one segment; when this returns they are on the disk.

        Raises:
            StoreError: when they could not be kept.
        """
        self.publish_lines(b"".join(_line(entry) for entry in entries))

    def publish_lines(self, lines: bytes) -> None:
        """Keep lines of another segment as they stand; `doctor` saves the good ones of a damaged file so."""
        if lines:
            self._publish(self.segments, ".jsonl", lines)

    def publish_array(self, data: bytes) -> str:
        """Keep the bytes of an array; returns their digest."""
        return self._publish(self.arrays, ".npy", data)

    def array_path(self, digest: str) -> Path:
        """Where the array with this digest is kept."""
        if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
            raise StoreError(f"{digest!r:.80} is no SHA-256 digest")
        return self.arrays / digest[:2] / f"{digest}.npy"

    def has_arrays(self, digests: Iterable[str]) -> bool:
        """Whether all these arrays are here."""
        return all(self.array_path(digest).is_file() for digest in digests)

    def read(self) -> View:
        """Read all segments; the result does not depend on file times, names or the order of merging."""
        problems: list[str] = []
        found = dict(pair for path in self._segment_paths() for pair in _read_segment(path, problems))
        return _view(found, problems)

    def _segment_paths(self) -> list[Path]:
        return sorted(
            path for path in self.segments.glob("*/*.jsonl") if path.is_file() and not path.is_symlink()
        )

    def _publish(self, folder: Path, suffix: str, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        final = folder / digest[:2] / f"{digest}{suffix}"
        temporary = self.unfinished / f"{digest[:16]}-{secrets.token_hex(8)}"
        try:
            if final.exists() and hashlib.sha256(final.read_bytes()).hexdigest() == digest:
                return digest
            self._write(temporary, data)
            self.disk.make_folder(final.parent)
            self._name(temporary, final)
            self.disk.sync_folder(final.parent)
            self.disk.sync_folder(folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise StoreError(
                f"a result was computed but could not be kept in {self.root}: {error}; see to the space and the rights "
                "there, then the same command again completes the rest"
            ) from error
        return digest

    def _write(self, path: Path, data: bytes) -> None:
        descriptor = self.disk.create(path)
        try:
            self.disk.write(descriptor, data)
            self.disk.sync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.close(descriptor)
            raise
        self.disk.close(descriptor)

    def _name(self, temporary: Path, final: Path) -> None:
        """Link; where the name is taken by damaged bytes, or the file system has no links, rename over it."""
        try:
            self.disk.link(temporary, final)
        except FileExistsError:
            self.disk.rename(temporary, final)
            return
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self.disk.rename(temporary, final)
            return
        self.disk.remove(temporary)


def checked(score: Score) -> Score:
    """The score as it will be read back.

    Raises:
        ValueError: when what somebody's code put into it could not be read.
    """
    entry = _entry("score", load(dump(asdict(score))))
    assert isinstance(entry, Score)  # noqa: S101 - the kind was named
    return entry


def _line(entry: Entry) -> bytes:
    kind = {Record: "record", Score: "score", Trial: "trial"}[type(entry)]
    body = {"schema": SCHEMA, "kind": kind, **asdict(entry)}
    return dump({"sha256": hashlib.sha256(dump(body)).hexdigest(), "entry": body}) + b"\n"


def _read_segment(path: Path, problems: list[str]) -> Iterator[tuple[str, Entry]]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        problems.append(f"{path.name}: {error}")
        return
    for number, line in enumerate(lines, 1):
        try:
            yield read_line(line)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            problems.append(f"{path.name}, line {number}: {error}; left out, its cell counts as not done")


def read_line(line: bytes) -> tuple[str, Entry]:
    """The digest and the entry of one line of a segment.

    Raises:
        NewerSchemaError: when it is whole, and this version cannot read it.
        ValueError: or TypeError, KeyError, AttributeError or RecursionError, when it is damaged.
    """
    outer = load(line)
    body, digest = outer["entry"], outer["sha256"]
    if hashlib.sha256(dump(body)).hexdigest() != digest:
        raise ValueError("the checksum does not fit")
    schema, kind = body.pop("schema"), body.pop("kind")
    if schema != SCHEMA:
        raise NewerSchemaError(f"schema {schema} needs a newer carebench; this one reads schema {SCHEMA}")
    return digest, _entry(kind, body)


def _entry(kind: str, body: dict[str, Any]) -> Entry:
    reader = _readers().get(kind)
    if reader is None:
        raise ValueError(f"an entry of kind {kind!r:.40}")
    entry: Entry = reader.validate_python(body)
    return entry


@functools.cache
def _readers() -> dict[str, TypeAdapter[Any]]:
    from pydantic import TypeAdapter

    return {"record": TypeAdapter(Record), "score": TypeAdapter(Score), "trial": TypeAdapter(Trial)}


def _view(found: Mapping[str, Entry], problems: list[str]) -> View:
    attempts: dict[str, list[Record]] = defaultdict(list)
    scores: dict[tuple[str, str], Score] = {}
    trials: dict[str, dict[int, Trial]] = defaultdict(dict)
    for _, entry in sorted(found.items(), key=lambda item: (_rank(item[1]), _told(item[1]), item[0])):
        if isinstance(entry, Record):
            attempts[entry.key].append(entry)
        elif isinstance(entry, Trial):
            trials[entry.study].setdefault(entry.number, entry)
        else:
            scores.setdefault((entry.answer, entry.scorer), entry)
    return View(attempts=dict(attempts), scores=scores, trials=dict(trials), problems=tuple(problems))


def _rank(entry: Entry) -> tuple[int, float]:
    """`ok` first; among failures the one under the largest limits speaks, whichever came first."""
    ended = entry.state if isinstance(entry, Trial) else entry.status
    largest = 0.0 if isinstance(entry, Score) else sum(entry.limits.values())
    return (0 if ended == "ok" else 1, -largest)


def _told(entry: Entry) -> tuple[str, ...]:
    """What a board shows of an entry: among equals this decides, never what the attempt cost or where it ran."""
    if isinstance(entry, Record):
        return (entry.answer, entry.status, entry.phase, entry.reason, entry.split)
    if isinstance(entry, Trial):
        return (entry.state, entry.reason, *sorted(entry.arrays.values()))
    return (entry.status, entry.reason)
