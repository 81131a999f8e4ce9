"""Files that a user brings: where they lie, whether they are there, and what identifies them.

Separate because every task on a user's files asks the same three things. Each data set has a folder of its own, found by
`carebench.find_data`: below the folder that CAREBENCH_DATA names, where `carebench data add` says, or fetched.
"""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

from carebench import DataAbsent, find_data

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from carebench import Place

VARIABLE = "CAREBENCH_DATA"
#: Of larger files the name and the size identify them: hashing tens of gigabytes at every listing would take minutes.
HASHED = 64 * 2**20


def find(dataset: str) -> Place | None:
    """Where a data set lies, or None."""
    return find_data(dataset)


def place(dataset: str, remedy: str) -> Place:
    """Where a data set lies.

    Raises:
        DataAbsent: when it is not on this machine, saying how to get it.
    """
    found = find_data(dataset)
    if found is None:
        raise DataAbsent(f"{dataset} is not on this machine: {remedy}")
    return found


def path(name: str, remedy: str) -> Path:
    """Where a file is, for instance `ihdp/ihdp_npci_1-50.train.npz`.

    Args:
        name: of the data set's folder, and the file in it.
        remedy: how to get it, for the message.

    Raises:
        DataAbsent: when it is not there.
    """
    found = _path(name)
    if found is None:
        raise DataAbsent(
            f"{name} was expected in the folder that {VARIABLE} names, or in one that `carebench data add` remembers: {remedy}"
        )
    return found


def lacking(names: Sequence[str]) -> list[str]:
    """The files that are not there."""
    return [name for name in names if _path(name) is None]


def fingerprint(names: Iterable[str]) -> str:
    """SHA-256 over the bytes of the files, in order; empty when one is not there."""
    found = [_path(name) for name in names]
    there = [each for each in found if each is not None]
    return digest(there) if len(there) == len(found) else ""


def digest(paths: Iterable[Path]) -> str:
    """SHA-256 over files, and over all files of folders, in order; of a large one its name and size."""
    found = hashlib.sha256()
    for each in paths:
        for file in sorted(each.rglob("*")) if each.is_dir() else [each]:
            if file.is_file():
                status = file.stat()
                found.update(_of_one(file, status.st_size, status.st_mtime_ns))
    return found.hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _path(name: str) -> Path | None:
    dataset, _, rest = name.partition("/")
    place = find_data(dataset.replace("_", "-"))
    return place.path / rest if place and (place.path / rest).is_file() else None


@functools.cache
def _of_one(file: Path, size: int, _changed: int) -> bytes:
    if size > HASHED:
        return hashlib.sha256(f"{file.name} {size}".encode()).digest()
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:  # listing goes on; whoever reads the file says what is wrong with it
        return hashlib.sha256(f"{file.name} unreadable".encode()).digest()
