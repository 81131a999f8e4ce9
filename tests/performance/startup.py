"""`startup`: how long a command line that only says something takes, beside the interpreter alone."""

from __future__ import annotations

import functools
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.performance.report import Section
from tests.performance.timing import in_turn, median, seconds

if TYPE_CHECKING:
    from tests.performance.timing import Effort

COMMANDS = {
    "python -c pass": ("-c", "pass"),
    'python -c "import typer"': ("-c", "import typer"),
    "carebench version": ("-m", "carebench", "version"),
    "carebench --help": ("-m", "carebench", "--help"),
    "carebench list models": ("-m", "carebench", "list", "models"),
}
ROUNDS = 10


def startup(effort: Effort) -> Section:
    """Measure, and say what was measured."""
    contenders = {name: functools.partial(_seconds, words) for name, words in COMMANDS.items()}
    in_turn(contenders, 1)
    found = in_turn(contenders, 2 if effort.quick else ROUNDS)
    bare = median(found["python -c pass"])
    return Section(
        name="startup",
        title="from the return key to the end",
        headings=("command", "ms", "times the bare interpreter"),
        rows=[
            [name, f"{1000 * median(turns):.0f}", f"{median(turns) / bare:.1f}"]
            for name, turns in found.items()
        ],
        sentences=[
            "Medians after one warm-up each. `list models` starts a child that imports every plugin and describes it."
        ],
    )


def _seconds(words: tuple[str, ...]) -> float:
    command = [sys.executable, *words]
    return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True))
