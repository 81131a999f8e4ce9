"""Reads what a board's page loads; separate because a shard is a call, not a JSON file."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def shard(directory: Path, name: str) -> Any:
    """The data that the script `data/NAME.js` hands over."""
    text = (directory / "data" / f"{name}.js").read_text(encoding="utf-8")
    head, _, data = text.partition(",")
    assert head == f'carebench("{name}"'
    quoted = re.fullmatch(r"JSON\.parse\('(.*)'\)\);\n", data)
    assert quoted
    return json.loads(re.sub(r"\\(u003c|.)", lambda sign: "<" if sign[1] == "u003c" else sign[1], quoted[1]))
