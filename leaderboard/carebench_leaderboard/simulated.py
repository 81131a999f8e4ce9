"""How often the intervals and tests of a board hold what they promise, as simulated; separate since it is the same for every board.

The table comes from `python -m tests.leaderboard.simulations --write`, each row from made-up boards whose truth is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """One simulation.

    Attributes:
        kind: `coverage`, `type I error` or `power`.
        what: which interval or test.
        where: on what made-up board.
        nominal: what it should be.
        found: what it was, a share of `draws`.
        draws: number of boards.
    """

    kind: str
    what: str
    where: str
    nominal: float
    found: float
    draws: int


def simulated() -> tuple[Simulated, ...]:
    """All rows, in the order of the page.

    Example:
        >>> {row.kind for row in simulated()} == {"coverage", "type I error", "power"}
        True
    """
    text = resources.files("carebench_leaderboard").joinpath("simulated.json").read_text(encoding="utf-8")
    return tuple(Simulated(**row) for row in json.loads(text)["rows"])
