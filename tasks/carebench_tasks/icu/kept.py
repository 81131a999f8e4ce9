"""What was read once from a user's files, kept as plain arrays that load in a moment.

Separate from the loaders because parsing is theirs and keeping is the same for all. A folder is named after the bytes it
was read from and the code that read it, and is written whole or not at all: text files may change, and nothing stale is read.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from typing import TYPE_CHECKING

import numpy as np

from carebench import data_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]


def kept(what: str, fingerprint: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays that `make` gives, made once for a fingerprint and mapped from disk from then on.

    Where the cache cannot be written they are simply made.

    Args:
        what: name of the data, the beginning of the folder's name.
        fingerprint: of the bytes that they are read from, and of the code that reads them.
        make: reads them.
    """
    folder = data_cache() / f"{what}-{fingerprint[:32]}"
    found = _read(folder)
    if found is not None:
        return found
    made = make()
    try:
        _publish(folder, lambda beside: _save(beside, made))
    except OSError:
        return made
    return _read(folder) or made


def streamed(what: str, fingerprint: str, write: Callable[[Path], None]) -> Arrays:
    """The arrays that `write` leaves in a folder as `.npy` files: for what does not fit in memory; otherwise as `kept`.

    Raises:
        OSError: when the cache cannot be written, or has no room.
    """
    folder = data_cache() / f"{what}-{fingerprint[:32]}"
    if _read(folder) is None:
        _publish(folder, write)
    return _read(folder) or {}


def code(*modules: str) -> str:
    """SHA-256 of the source of modules, so that arrays read by other code are not taken for ours."""
    import importlib.util
    from pathlib import Path

    found = hashlib.sha256()
    for name in modules:
        spec = importlib.util.find_spec(name)
        found.update(Path(str(spec.origin)).read_bytes() if spec else b"")
    return found.hexdigest()


def _read(folder: Path) -> Arrays | None:
    try:
        names = sorted(path.stem for path in folder.glob("*.npy"))
        return {
            name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names
        } or None
    except (OSError, ValueError):
        return None


def _save(folder: Path, arrays: Arrays) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def _publish(folder: Path, write: Callable[[Path], None]) -> None:
    """Beside its place, then renamed; who comes second leaves the first's."""
    beside = folder.with_name(f"{folder.name}.{os.getpid()}-{secrets.token_hex(4)}")
    beside.mkdir(parents=True)
    try:
        write(beside)
        beside.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
