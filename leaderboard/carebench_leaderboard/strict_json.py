"""Reads JSON files that somebody else wrote; separate because two files come in this way.

Bounded in size, no key twice, no NaN or infinity, no device or pipe in place of a file.
"""

from __future__ import annotations

import json
import math
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any

from carebench_leaderboard.errors import TableError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 256 * 2**20


def read_json(path: Path, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """The JSON object in the file `path`.

    Raises:
        TableError: when there is no such file, or it is too large, no UTF-8, no strict JSON or no object.
    """
    data = read_bytes(path, max_bytes)
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except (ValueError, RecursionError) as error:
        raise TableError(
            f"{path}: expected strict JSON in UTF-8; {error}{_where(data)}. Write the file anew."
        ) from error
    if not isinstance(value, dict):
        raise TableError(
            f"{path}: expected one JSON object; found a {type(value).__name__}. Write the file anew."
        )
    return value


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """The bytes of the regular file `path`, at most `max_bytes`.

    Raises:
        TableError: when there is no such file, it is no regular file, or it is larger.
    """
    try:
        state = path.lstat()
    except OSError as error:
        raise TableError(
            f"{path}: expected a regular file written by the engine; nothing is there. "
            "Run the suite first, or name its results directory."
        ) from error
    if not stat.S_ISREG(state.st_mode):
        raise TableError(
            f"{path}: expected a regular file; found a link, folder or device. Copy the file itself there."
        )
    if state.st_size > max_bytes:
        raise TableError(
            f"{path}: {state.st_size} bytes; at most {max_bytes} are read. Split the suite into smaller ones."
        )
    return path.read_bytes()


def _where(data: bytes) -> str:
    """Where the first number stands that is none, such as NaN; empty when that is not what is wrong."""
    try:
        place = _first_odd(json.loads(data), "")
    except (ValueError, RecursionError):
        return ""
    return f", at {place}" if place else ""


def _first_odd(value: Any, place: str) -> str:
    if isinstance(value, float):
        return "" if math.isfinite(value) else place
    parts = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    named = _named(value) if isinstance(value, dict) else ""
    found = (_first_odd(each, f"{place}{named}{_step(key)}") for key, each in parts)
    return next((each for each in found if each), "")


def _named(row: dict[str, Any]) -> str:
    """What a reader calls a row of a table: its task, model and seed."""
    words = [str(row[key])[:80] for key in ("task", "model", "seed") if key in row]
    return f" ({', '.join(words)})" if words else ""


def _step(key: str | int) -> str:
    return f"[{key}]" if isinstance(key, int) else f".{key[:80]}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        key, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {key!r} stands twice in one object")
    return found


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text} is too large")
    return value
