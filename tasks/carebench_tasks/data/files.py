"""Files that a user brings: where they lie, whether they are there, and what identifies them.

Separate because every task on a user's files asks the same three things. The folder is the one that the environment
variable CAREBENCH_DATA names; each benchmark has a folder of its own in it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from carebench import DataAbsent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VARIABLE = "CAREBENCH_DATA"


def path(name: str, remedy: str) -> Path:
    """Where a file is, for instance `ihdp/ihdp_npci_1-50.train.npz`.

    Args:
        name: of the file, from the folder that CAREBENCH_DATA names.
        remedy: how to get it, for the message.

    Raises:
        DataAbsent: when CAREBENCH_DATA is not set or the file is not there.
    """
    if lacking([name]):
        raise DataAbsent(f"{name} was expected in the folder that {VARIABLE} names: {remedy}")
    return Path(os.environ[VARIABLE]) / name


def lacking(names: Sequence[str]) -> list[str]:
    """The files that are not there, all of them when CAREBENCH_DATA is not set."""
    folder = os.environ.get(VARIABLE)
    return [name for name in names if not folder or not (Path(folder) / name).is_file()]


def fingerprint(names: Iterable[str]) -> str:
    """SHA-256 over the bytes of the files, in order; empty when one is not there."""
    listed = list(names)
    if lacking(listed):
        return ""
    found = hashlib.sha256()
    for name in listed:
        found.update(hashlib.sha256(path(name, "").read_bytes()).digest())
    return found.hexdigest()
