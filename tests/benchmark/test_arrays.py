"""Arrays of strangers: the header is checked before a byte of data is read."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench.arrays import from_bytes, read_array, write_array
from carebench.errors import InvalidAnswer

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def saved(array: NDArray[Any], version: tuple[int, int] = (1, 0)) -> bytes:
    """The bytes that numpy writes for `array`, pickles allowed."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version, allow_pickle=True)
    return stream.getvalue()


def header(text: str, data: bytes = b"") -> bytes:
    """A `.npy` file of version 1.0 with any header text."""
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin-1") + data


@pytest.mark.parametrize("dtype", ["<f8", "<f4", "<i8", "<i4", "|i1", "|u1", "<u8", "<u4"])
@pytest.mark.parametrize("shape", [(0,), (3,), (2, 3), (0, 5), ()])
def test_what_is_written_is_read_back(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    """Type, shape and values survive, the digest is that of the file, and numpy reads the same."""
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    digest = write_array(tmp_path / "a.npy", array)
    back = read_array(tmp_path / "a.npy")
    expected = np.atleast_1d(array) if shape == () else array
    assert (back.dtype, back.shape) == (expected.dtype, expected.shape)
    assert np.array_equal(back, expected)
    assert np.array_equal(np.load(tmp_path / "a.npy"), back)
    assert digest == hashlib.sha256((tmp_path / "a.npy").read_bytes()).hexdigest()


def test_an_array_in_any_memory_order_gives_the_same_file(tmp_path: Path) -> None:
    """Digests speak of values: Fortran order and strides leave no trace."""
    array = np.arange(12.0).reshape(3, 4)
    twice = np.repeat(array, 2, axis=1)[:, ::2]
    digests = {write_array(tmp_path / "a.npy", each) for each in (array, np.asfortranarray(array), twice)}
    assert len(digests) == 1


HUGE = "{'descr': '<f8', 'fortran_order': False, 'shape': (9895604649984,), }"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (saved(np.array([{}, []], dtype=object)), r"type '\|O'"),
        (saved(np.arange(3.0).astype(">f8")), "type '>f8'"),
        (saved(np.arange(3.0) + 1j), "type '<c16'"),
        (saved(np.array(["a"])), "type '<U1'"),
        (saved(np.array([True])), r"type '\|b1'"),
        (saved(np.arange(3).astype("<f2")), "type '<f2'"),
        (saved(np.zeros(2, dtype=[("a", "<f8")])), "type .*'a'"),
        (saved(np.arange(3).astype("datetime64[s]")), r"type '<M8\[s\]'"),
        (saved(np.asfortranarray(np.arange(6.0).reshape(2, 3))), "Fortran order"),
        (saved(np.arange(3.0))[:-1], "does not fill"),
        (saved(np.arange(3.0)) + b"\0", "does not fill"),
        (saved(np.arange(3.0)) * 2, "does not fill"),
        (header(HUGE), "does not fill"),
        (header(HUGE, b"\0" * 8), "does not fill"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"), "no tuple of lengths"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': (True,), }"), "no tuple of lengths"),
        (header("{'descr': '<f8', 'fortran_order': False, 'shape': 3, }"), "no tuple of lengths"),
        (header("{'descr': ['<f8'], 'fortran_order': False, 'shape': (1,), }"), "type"),
        (header("{'descr': '<f8', 'shape': (1,), }"), "does not name"),
        (header("__import__('os').abort()"), "unreadable header"),
        (header("[" * 4000), "unreadable header"),
        (header("{'descr': '<f8'\0"), "unreadable header"),
        (header("{" + " " * 5000 + "}"), "a header of 5002 bytes"),
        (saved(np.arange(3.0), version=(2, 0)), "version 1.0"),
        (saved(np.arange(3.0))[:9], "version 1.0"),
        (b"", "version 1.0"),
        (b"PK\x03\x04 a zip file", "version 1.0"),
    ],
    ids=lambda value: repr(value)[-30:],
)
def test_anything_but_a_plain_array_is_refused(data: bytes, words: str) -> None:
    """Objects, other types and orders, sizes that the file does not have, and code in the header."""
    with pytest.raises(InvalidAnswer, match=words):
        from_bytes(data, "risk")


def test_every_truncation_is_refused() -> None:
    """No prefix of a good file passes."""
    data = saved(np.arange(5.0))
    for length in range(len(data)):
        with pytest.raises(InvalidAnswer):
            from_bytes(data[:length], "risk")


def test_an_object_array_is_not_written(tmp_path: Path) -> None:
    """Writing refuses what reading would."""
    with pytest.raises(ValueError, match="allow_pickle"):
        write_array(tmp_path / "a.npy", np.array([{}], dtype=object))
