"""The performance benchmarks: `python -m tests.performance [NAME...] [--quick] [--write]`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from tests.performance import machine, report
from tests.performance.board import board
from tests.performance.busy import busy
from tests.performance.isolation import isolation
from tests.performance.learners import learners
from tests.performance.memory import memory
from tests.performance.permutations import permutations
from tests.performance.pictures import pictures
from tests.performance.resamples import resamples
from tests.performance.sequences import sequences
from tests.performance.short import short
from tests.performance.startup import startup
from tests.performance.tabular import tabular
from tests.performance.timing import ROOT, Effort
from tests.performance.training import training

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.performance.report import Section

BENCHMARKS: dict[str, Callable[[Effort], Section]] = {
    "busy": busy,
    "short": short,
    "memory": memory,
    "startup": startup,
    "isolation": isolation,
    "board": board,
    "resamples": resamples,
    "training": training,
    "permutations": permutations,
    "pictures": pictures,
    "learners": learners,
    "tabular": tabular,
    "sequences": sequences,
}
PAGE = ROOT / "docs" / "performance.md"
ROUNDS = 3


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for, print it, and write the page if that was asked for."""
    asked = _parser().parse_args(words)
    console = Console(highlight=False)
    effort = Effort(quick=asked.quick, rounds=1 if asked.quick else asked.rounds)
    before = machine.load()
    for fact in [*machine.facts(), f"Before: {before}"]:
        console.print(Text(fact, style="dim"))
    sections = [_measured(name, effort, console) for name in asked.names or BENCHMARKS]
    loads = f"Before: {before}. After: {machine.load()}, the benchmarks' own"
    console.print(Text(f"\n{loads}", style="dim"))
    if asked.write:
        report.write(PAGE, [*machine.facts(), loads], sections)


def _measured(name: str, effort: Effort, console: Console) -> Section:
    with console.status(f"measuring {name}"):
        section = BENCHMARKS[name](effort)
    report.show(section, console)
    return section


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.performance", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="turns of each contender; the median counts"
    )
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: seconds, and noise")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    return parser


if __name__ == "__main__":
    main()
