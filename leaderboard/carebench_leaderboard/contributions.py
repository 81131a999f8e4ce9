"""Reads the per-unit arrays beside a results table; separate because files of strangers are read with care.

A file is found by its digest alone, never by a name from the table; nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from carebench_leaderboard.errors import TableError
from carebench_leaderboard.influence import REPLICATE, UNIT, Influence
from carebench_leaderboard.strict_json import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from carebench_leaderboard.records import Cell

MAX_BYTES = 512 * 2**20
LONGEST_HEADER = 2**16
#: Bytes that tell a header's length, by format version.
_HEADER_SIZE = {b"\x01\x00": 2, b"\x02\x00": 4}
DIGEST = re.compile(r"[0-9a-f]{64}")

Place = tuple[str, str, int]
Kind = TypeVar("Kind", np.float64, np.uint64)


def read_influences(directory: Path, cells: Iterable[Cell], metric: str) -> dict[Place, Influence]:
    """Influence values on `metric` of each cell that has them, by (task, model, seed).

    Raises:
        TableError: when a file is absent, damaged, of another type or of another length than its units.
    """
    units: dict[str, NDArray[np.uint64]] = {}
    found = {}
    for cell in cells:
        if cell.status == "ok" and metric in cell.contributions:
            if cell.units not in units:
                units[cell.units] = read_array(directory, cell.units, np.uint64)
            found[cell.task, cell.model, cell.seed] = _influence(directory, cell, metric, units)
    return found


def read_array(directory: Path, digest: str, kind: type[Kind]) -> NDArray[Kind]:
    """The one-dimensional array `directory/contributions/<digest>.npy`, shape (n_units,), of type `kind`.

    Raises:
        TableError: when the file is not exactly that.
    """
    if not DIGEST.fullmatch(digest):
        raise TableError(
            f"contributions: expected a digest of 64 hex digits; found {digest[:80]!r}. Write it anew."
        )
    path = directory / "contributions" / f"{digest}.npy"
    data = read_bytes(path, MAX_BYTES)
    if hashlib.sha256(data).hexdigest() != digest:
        raise TableError(f"{path}: its content has another digest than its name. Copy the file again.")
    return _parse(data, np.dtype(kind), path)


def _influence(
    directory: Path, cell: Cell, metric: str, units: Mapping[str, NDArray[np.uint64]]
) -> Influence:
    values = read_array(directory, cell.contributions[metric], np.float64)
    place = f"cells ({cell.task}, {cell.model}, seed {cell.seed}), contributions of {metric}"
    if values.shape != units[cell.units].shape:
        raise TableError(
            f"{place}: expected one number for each of {units[cell.units].size} units; found {values.size}. "
            "Score the cell again."
        )
    if not np.isfinite(values).all():
        raise TableError(f"{place}: expected finite numbers; found NaN or infinity. Score the cell again.")
    return Influence.of(units[cell.units], values, (REPLICATE if cell.resampled else UNIT,))


def _parse(data: bytes, expected: np.dtype[Kind], path: Path) -> NDArray[Kind]:
    try:
        shape, found, start = _header(data[:LONGEST_HEADER])
    except ValueError as error:
        raise TableError(f"{path}: expected a NumPy file; {error}. Copy the file again.") from error
    if found != expected or len(shape) != 1 or len(data) - start != shape[0] * expected.itemsize:
        raise TableError(
            f"{path}: expected one dimension of {expected}; found {found} of shape {shape} "
            f"in {len(data)} bytes. Score the cell again."
        )
    return np.frombuffer(data, dtype=expected, offset=start)


def _header(data: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, type, and where the numbers begin."""
    size = _HEADER_SIZE.get(data[6:8], 0)
    start = 8 + size + int.from_bytes(data[8 : 8 + size], "little")
    return (*_parsed_header(data[:start]), start)


@lru_cache(maxsize=1024)
def _parsed_header(data: bytes) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """The same header stands before thousands of arrays, and is slow to read."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, found = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, _, found = np.lib.format.read_array_header_2_0(stream)
    else:
        raise ValueError(f"its format version is {version}; 1.0 and 2.0 are read")
    return shape, found
