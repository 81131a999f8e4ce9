"""Reads what a board's page loads; separate because a shard is a call, not a JSON file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def shard(directory: Path, name: str) -> Any:
    """The data that the script `data/NAME.js` hands over."""
    text = (directory / "data" / f"{name}.js").read_text(encoding="utf-8")
    head, _, data = text.partition(",")
    assert head == f'carebench("{name}"'
    assert data.endswith(");\n")
    return json.loads(data.removesuffix(");\n"))
