"""Reads the per-unit arrays beside a results table; separate because files of strangers are read with care.

An array is found by its digest alone, in a pack or in a file of its own, never by a name from the table; its content must have
that digest, and nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
from pydantic import Field, ValidationError

from carebench_leaderboard.errors import TableError
from carebench_leaderboard.influence import REPLICATE, UNIT, Influence
from carebench_leaderboard.records import Count, Digest, Record
from carebench_leaderboard.strict_json import read_bytes, read_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from carebench_leaderboard.records import Cell

MAX_BYTES = 512 * 2**20
HEADER = 128
DIGEST = re.compile(r"[0-9a-f]{64}")
FORMAT = "carebench-contributions/1"

Place = tuple[str, str, int]
Pack = Annotated[str, Field(pattern=r"^[0-9a-f]{64}\.pack$")]
Opened = dict[str, memoryview]
Kind = TypeVar("Kind", np.float64, np.uint64)


class Index(Record):
    """Which arrays are in which pack, each with its length in bytes, one after another."""

    packs: dict[Pack, list[Annotated[tuple[Digest, Count], Field(strict=False)]]]


@dataclass(frozen=True)
class Arrays:
    """The arrays beside a results table: in packs, or each in a file of its own.

    Attributes:
        folder: where they lie.
        packed: digest to its pack, and where in it the array begins and ends.
    """

    folder: Path
    packed: Mapping[str, tuple[str, int, int]]

    @classmethod
    def of(cls, directory: Path) -> Arrays:
        """Those of a results directory.

        Raises:
            TableError: when its index breaks the format.
        """
        folder = directory / "contributions"
        path = folder / "index.json"
        packs = _packs(path) if path.exists() else {}
        return cls(
            folder,
            {digest: place for name, listed in packs.items() for digest, place in _placed(name, listed)},
        )

    def read(self, digest: str, kind: type[Kind], opened: Opened) -> NDArray[Kind]:
        """The one-dimensional array called `digest`, shape (n_units,), of type `kind`; its pack is kept in `opened`.

        Raises:
            TableError: when there is no such array, or it is not exactly that.
        """
        if not DIGEST.fullmatch(digest):
            raise TableError(
                f"contributions: expected a digest of 64 hex digits; found {digest[:80]!r}. Write it anew."
            )
        name, start, end = self.packed.get(digest, (f"{digest}.npy", 0, None))
        if name not in opened:
            opened[name] = memoryview(read_bytes(self.folder / name, MAX_BYTES))
        data = opened[name][start:end]
        if hashlib.sha256(data).hexdigest() != digest:
            raise TableError(
                f"{self.folder / name}: its content has another digest than its name. Copy the file again."
            )
        return _parse(data, np.dtype(kind), self.folder, name)


def read_influences(arrays: Arrays, cells: Iterable[Cell], metric: str) -> dict[Place, Influence]:
    """Influence values on `metric` of each cell that has them, by (task, model, seed).

    Raises:
        TableError: when an array is absent, damaged, of another type or of another length than its units.
    """
    opened: Opened = {}
    units: dict[str, NDArray[np.uint64]] = {}
    found = {}
    for cell in cells:
        if cell.status == "ok" and metric in cell.contributions:
            if cell.units not in units:
                units[cell.units] = arrays.read(cell.units, np.uint64, opened)
            values = arrays.read(cell.contributions[metric], np.float64, opened)
            found[cell.task, cell.model, cell.seed] = _influence(cell, metric, units[cell.units], values)
    return found


def _packs(path: Path) -> Mapping[str, Sequence[tuple[str, int]]]:
    content = read_json(path)
    if content.get("format") != FORMAT:
        raise TableError(
            f"{path}: expected format {FORMAT!r}; found {content.get('format')!r}. Write the results anew."
        )
    try:
        return Index.model_validate(content).packs
    except ValidationError as error:
        raise TableError(
            f"{path}: expected names of packs, each with digests and lengths; {error.error_count()} are none. "
            "Write the results anew."
        ) from error


def _placed(name: str, listed: Iterable[tuple[str, int]]) -> Iterator[tuple[str, tuple[str, int, int]]]:
    """Each array of a pack, with where it begins and ends."""
    start = 0
    for digest, length in listed:
        yield digest, (name, start, start + length)
        start += length


def _influence(cell: Cell, metric: str, units: NDArray[np.uint64], values: NDArray[np.float64]) -> Influence:
    if values.shape != units.shape:
        raise TableError(
            f"{_place(cell, metric)}: expected one number for each of {units.size} units; found {values.size}. "
            "Score the cell again."
        )
    if not np.isfinite(values).all():
        raise TableError(
            f"{_place(cell, metric)}: expected finite numbers; found NaN or infinity. Score the cell again."
        )
    return Influence.of(units, values, (REPLICATE if cell.resampled else UNIT,))


def _place(cell: Cell, metric: str) -> str:
    return f"cells ({cell.task}, {cell.model}, seed {cell.seed}), contributions of {metric}"


def _parse(data: memoryview, expected: np.dtype[Kind], folder: Path, name: str) -> NDArray[Kind]:
    try:
        shape, found, offset = _header(bytes(data[:HEADER]))
    except ValueError as error:
        raise TableError(f"{folder / name}: expected a NumPy file; {error}. Copy the file again.") from error
    if found != expected or len(shape) != 1 or len(data) - offset != shape[0] * expected.itemsize:
        raise TableError(
            f"{folder / name}: expected one dimension of {expected}; found {found} of shape {shape} "
            f"in {len(data)} bytes. Score the cell again."
        )
    return np.frombuffer(data, dtype=expected, offset=offset)


@lru_cache(maxsize=256)
def _header(start: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, type and where the numbers begin; files of one length begin alike, so that most are known already."""
    stream = io.BytesIO(start)
    shape, _, found = _read_header(stream)
    return shape, found, stream.tell()


def _read_header(stream: io.BytesIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise ValueError(f"its format version is {version}; 1.0 and 2.0 are read")
