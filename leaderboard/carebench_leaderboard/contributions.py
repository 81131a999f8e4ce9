"""Reads the per-unit arrays beside a results table; separate because files of strangers are read with care.

An array is found by its digest alone, in a pack or in a file of its own, never by a name from the table; its content must have
that digest, and nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections import defaultdict
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

    def read(self, digests: Sequence[str], kind: type[Kind], opened: Opened) -> list[NDArray[Kind]]:
        """The one-dimensional arrays called `digests`, each of shape (n_units,), of type `kind`; packs are kept in `opened`.

        Raises:
            TableError: when one of them is not there, or is not exactly that.
        """
        found = [self._data(digest, opened) for digest in digests]
        places = [self._place(digest)[0] for digest in digests]
        first = _parse(found[0], np.dtype(kind), self.folder, places[0])
        start = len(found[0]) - first.nbytes
        header = found[0][:start]
        if all(len(data) == len(found[0]) and data[:start] == header for data in found):
            numbers = np.frombuffer(b"".join([data[start:] for data in found]), dtype=kind)
            return list(numbers.reshape(len(found), first.size))
        return [
            _parse(data, np.dtype(kind), self.folder, name) for data, name in zip(found, places, strict=True)
        ]

    def _place(self, digest: str) -> tuple[str, int, int | None]:
        return self.packed.get(digest) or (f"{digest}.npy", 0, None)

    def _data(self, digest: str, opened: Opened) -> memoryview:
        """The bytes whose digest is `digest`."""
        if not DIGEST.fullmatch(digest):
            raise TableError(
                f"contributions: expected a digest of 64 hex digits; found {digest[:80]!r}. Write it anew."
            )
        name, start, end = self._place(digest)
        if name not in opened:
            opened[name] = memoryview(read_bytes(self.folder / name, MAX_BYTES))
        data = opened[name][start:end]
        if hashlib.sha256(data).hexdigest() != digest:
            raise TableError(
                f"{self.folder / name}: its content has another digest than its name. Copy the file again."
            )
        return data


def read_influences(arrays: Arrays, cells: Iterable[Cell], metric: str) -> dict[Place, Influence]:
    """Influence values on `metric` of each cell that has them, by (task, model, seed).

    Raises:
        TableError: when an array is absent, damaged, of another type or of another length than its units.
    """
    tested: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.status == "ok" and metric in cell.contributions:
            tested[cell.units].append(cell)
    opened: Opened = {}
    found: dict[Place, Influence] = {}
    for digest, alike in tested.items():
        (units,) = arrays.read([digest], np.uint64, opened)
        rows = arrays.read([cell.contributions[metric] for cell in alike], np.float64, opened)
        _check(alike, metric, units, rows)
        ways = [REPLICATE if cell.resampled else UNIT for cell in alike]
        places = [(cell.task, cell.model, cell.seed) for cell in alike]
        found |= zip(places, Influence.each(units, rows, ways), strict=True)
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


def _check(
    cells: Sequence[Cell],
    metric: str,
    units: NDArray[np.uint64],
    rows: Sequence[NDArray[np.float64]],
) -> None:
    """Each row has one finite number for each of the `units` that its cell tested."""
    for cell, values in zip(cells, rows, strict=True):
        place = f"cells ({cell.task}, {cell.model}, seed {cell.seed}), contributions of {metric}"
        if values.shape != units.shape:
            raise TableError(
                f"{place}: expected one number for each of {units.size} units; found {values.size}. "
                "Score the cell again."
            )
        if not np.isfinite(values).all():
            raise TableError(
                f"{place}: expected finite numbers; found NaN or infinity. Score the cell again."
            )


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
