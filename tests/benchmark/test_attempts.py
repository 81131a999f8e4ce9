"""What the board is told of attempts: ends of long texts, tries, environments once."""

from __future__ import annotations

from typing import Any

from carebench.attempts import FORMAT, KEPT, KEPT_OF_FAILURE, attempts
from carebench.records import Record
from carebench.store import View


def record(key: str, **changes: Any) -> Record:
    """A record of one cell, with `changes`."""
    told: dict[str, Any] = {"task": "mortality/a", "model": "m", "seed": 0, "status": "ok"}
    return Record(key=key, **(told | changes))


def test_environments_stand_once_and_are_named_by_number() -> None:
    """Two of one kind and one of another: two environments, their values as text."""
    same, other = (
        {"python": "3.11", "threads": 1},
        {"libraries": {"ray": "2.60", "numpy": "2.4"}, "python": "3.12"},
    )
    records = [record("a", environment=same), record("b", environment=other), record("c", environment=same)]
    told = attempts(records, View(attempts={each.key: (each,) for each in records}))
    assert told["format"] == FORMAT
    assert told["environments"] == [
        {"python": "3.11", "threads": "1"},
        {"libraries": "numpy 2.4, ray 2.60", "python": "3.12"},
    ]
    assert [cell["environment"] for cell in told["cells"]] == [0, 1, 0]


def test_of_long_output_the_end_is_kept_and_more_of_a_failure() -> None:
    """The last lines tell why a cell failed; no line is cut, and control characters are spelt out."""
    lines = "".join(f"epoch {number:05d}\x1b[0m\n" for number in range(5000))
    fine, poor = record("a", output=lines), record("b", output=lines, status="failed")
    told = attempts([fine, poor], View(attempts={"a": (fine,), "b": (poor, poor)}))
    short, long = (cell["output"] for cell in told["cells"])
    assert short.startswith("[...]\nepoch 0")
    assert short.endswith("epoch 04999\\x1b[0m")
    assert len(short) <= KEPT + 6 < len(long) <= KEPT_OF_FAILURE + 6
    assert [cell["tries"] for cell in told["cells"]] == [1, 2]
