"""One way to write plain values as bytes, and their digests; separate because keys, records and boards all need it.

Sorted keys, ASCII, no white space, no NaN or infinity, shortest float text that round-trips: equal
values give equal bytes on every machine.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 40
MAX_BYTES = 64 * 2**20


def dump(value: Any) -> bytes:
    """Canonical JSON of `value`.

    Raises:
        ValueError: for NaN, infinity or a value that JSON does not have.

    Example:
        >>> dump({"b": 1, "a": [0.1, None]})
        b'{"a":[0.1,null],"b":1}'
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii")


def load(data: bytes) -> Any:
    """Read JSON that somebody else may have written.

    Raises:
        ValueError: for text that is too large or too deep, has a key twice, or holds NaN or infinity.

    Example:
        >>> load(b'{"a": 1, "a": 2}')
        Traceback (most recent call last):
        ValueError: the key 'a' stands twice in one JSON object
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"JSON of {len(data)} bytes; at most {MAX_BYTES} are read")
    if _depth(data) > MAX_DEPTH:
        raise ValueError(f"JSON nested deeper than {MAX_DEPTH} levels")
    return json.loads(
        data.decode("utf-8"),
        object_pairs_hook=_unique,
        parse_constant=_refuse_constant,
        parse_float=_finite,
    )


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of `value`, in hex."""
    return hashlib.sha256(dump(value)).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} stands twice in one JSON object")
        found[key] = value
    return found


def _finite(text: str) -> float:
    """A number that is written finite and too large for a float, such as 1e999, would be read as infinity."""
    value = float(text)
    if math.isinf(value):
        _refuse_constant(text[:40])
    return value


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _depth(data: bytes) -> int:
    """An upper bound of the nesting depth: brackets inside strings count too, which errs on the safe side."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = not escaped and byte == 0x5C
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest
