"""Timing contenders side by side: each in a fresh process, in turn, several rounds, the median counts."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from carebench.pinning import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is measured.

    Attributes:
        quick: sizes that take seconds, for a look or a test.
        rounds: how often each contender has its turn.
    """

    quick: bool
    rounds: int


def in_turn(contenders: Mapping[str, Callable[[], Value]], rounds: int) -> dict[str, list[Value]]:
    """Give every contender its turn, again and again; the order is turned round in every second round."""
    found: dict[str, list[Value]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in list(contenders)[:: -1 if number % 2 else 1]:
            found[name].append(contenders[name]())
    return found


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def surroundings() -> dict[str, str]:
    """The environment of contenders: one thread each, as carebench's children have, and this repository."""
    pinned = environment(os.environ, home="", temporary="", threads=1, marker="")
    threads = {name: value for name, value in pinned.items() if name.endswith("_THREADS")}
    return {**os.environ, **threads, "PYTHONPATH": str(ROOT)}


def in_process(module: str, *words: str) -> dict[str, Any]:
    """Run a module of ours in a fresh process; what it says last, as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.performance.{module}", *words],
        cwd=ROOT,
        env=surroundings(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
