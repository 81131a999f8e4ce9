"""One board from finished results, in a process of its own so that its memory is its own: `python -m ... FOLDER`."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from carebench_leaderboard import read_board, write_board
from tests.performance.timing import seconds


def main(name: str) -> None:
    """Time standings and the whole board of the results in folder `name`, and say how much memory that took."""
    folder = Path(name)
    whole = seconds(lambda: write_board(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    standings = seconds(lambda: read_board(folder))
    print(json.dumps({"standings": standings, "all": whole, "peak_mib": peak}))  # noqa: T201 - to its caller


if __name__ == "__main__":
    main(sys.argv[1])
