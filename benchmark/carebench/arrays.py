"""Plain numeric arrays on disk; separate because everything that crosses a process boundary goes through here.

The header is checked before a byte of data is read: no pickles, no objects, no size that the file does
not have.
"""

from __future__ import annotations

import ast
import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench.errors import InvalidAnswer

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

_MAGIC = b"\x93NUMPY\x01\x00"
_MAX_HEADER = 4_096
_ITEM_BYTES = {"<f8": 8, "<f4": 4, "<i8": 8, "<i4": 4, "|i1": 1, "|u1": 1, "<u8": 8, "<u4": 4}


@dataclass(frozen=True)
class Header:
    """What a `.npy` file says of itself: type, shape, and where the data begin."""

    dtype: str
    shape: tuple[int, ...]
    offset: int


def write_array(path: Path, array: NDArray[np.generic]) -> str:
    """Write a C-ordered numeric array to `path`; returns the SHA-256 of the file."""
    import numpy as np

    plain = np.ascontiguousarray(array)
    with path.open("wb") as stream:
        np.lib.format.write_array(stream, plain, version=(1, 0), allow_pickle=False)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_header(data: bytes, size: int, name: str) -> Header:
    """Check the first bytes of a `.npy` file of `size` bytes.

    Raises:
        InvalidAnswer: for anything but a little-endian, C-ordered numeric array that fills the file exactly.
    """
    if not data.startswith(_MAGIC) or len(data) < 10:
        raise InvalidAnswer(f"{name} is no .npy file of version 1.0")
    (length,) = struct.unpack("<H", data[8:10])
    if length > _MAX_HEADER:
        raise InvalidAnswer(f"{name}: a header of {length} bytes; at most {_MAX_HEADER} are read")
    fields = _fields(data[10 : 10 + length], name)
    header = Header(fields["descr"], fields["shape"], 10 + length)
    _check(header, fields["fortran_order"], size, name)
    return header


def read_array(path: Path) -> NDArray[Any]:
    """Read a checked numeric array.

    Raises:
        InvalidAnswer: see `read_header`.
    """
    return from_bytes(path.read_bytes(), path.name)


def from_bytes(data: bytes, name: str) -> NDArray[Any]:
    """The array in the bytes of a `.npy` file, checked; raises `InvalidAnswer`."""
    import numpy as np

    header = read_header(data, len(data), name)
    return np.frombuffer(data, dtype=header.dtype, offset=header.offset).reshape(header.shape)


def _fields(text: bytes, name: str) -> dict[str, Any]:
    try:
        fields = ast.literal_eval(text.decode("latin-1").strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise InvalidAnswer(f"{name}: unreadable header") from error
    if not isinstance(fields, dict) or set(fields) != {"descr", "fortran_order", "shape"}:
        raise InvalidAnswer(f"{name}: the header does not name type, order and shape")
    return fields


def _check(header: Header, fortran: object, size: int, name: str) -> None:
    if not isinstance(header.dtype, str) or header.dtype not in _ITEM_BYTES:
        raise InvalidAnswer(f"{name}: type {header.dtype!r}; one of {', '.join(_ITEM_BYTES)} was expected")
    shape = header.shape
    if not isinstance(shape, tuple) or not all(type(length) is int and length >= 0 for length in shape):
        raise InvalidAnswer(f"{name}: shape {shape!r} is no tuple of lengths")
    count = 1
    for length in shape:
        count *= length
    if fortran is not False and len(shape) > 1:
        raise InvalidAnswer(f"{name}: Fortran order; C order was expected")
    if header.offset + count * _ITEM_BYTES[header.dtype] != size:
        raise InvalidAnswer(
            f"{name}: shape {shape} of {header.dtype} does not fill the {size} bytes of the file"
        )
