"""Writes files whole or not at all; separate because results, packs and comparisons all do."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from carebench.canonical import dump

if TYPE_CHECKING:
    from pathlib import Path


def write_json(path: Path, value: Any) -> None:
    """Write plain values as canonical JSON, whole or not at all."""
    write_whole(path, dump(value) + b"\n")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, whoever else writes it at the same time."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(path)
