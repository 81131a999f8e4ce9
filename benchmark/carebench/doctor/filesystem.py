"""Whether a store may live in a folder: eight processes at once try there what a store relies on.

Network file systems differ in what they keep of it; this asks the one at hand. Separate from the
checks of a store, which look at files and never write any.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.doctor import Finding, fine, problem, warning
from carebench.doctor.contender import CONTENDERS, MEETING_SECONDS, ROUNDS
from carebench.errors import UsageError
from carebench.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ELSEWHERE = "keep the store on another file system, and copy it here afterwards"
_LATE_SECONDS = 5.0
_MOST_SECONDS = 6 * MEETING_SECONDS


def filesystem(folder: Path) -> list[Finding]:
    """Let the contenders loose in a folder of their own inside `folder`, which is removed afterwards.

    Raises:
        UsageError: when nothing can be written there.
    """
    try:
        ground = Path(tempfile.mkdtemp(prefix="carebench-filesystem-", dir=folder))
    except OSError as error:
        raise UsageError(f"{folder} cannot be tried: {error}; name a folder that you may write to") from error
    try:
        return judge(_contest(ground))
    finally:
        shutil.rmtree(ground, ignore_errors=True)


def judge(results: Sequence[dict[str, Any]]) -> list[Finding]:
    """What the results of all contenders mean."""
    if len(results) < CONTENDERS:
        return [
            problem(f"{CONTENDERS - len(results)} of {CONTENDERS} processes did not end well", _ELSEWHERE)
        ]
    trials = (
        ("created", _created),
        ("linked", _linked),
        ("renamed", _renamed),
        ("synced", _synced),
        ("seen", _seen),
    )
    return [_judged(name, [result[name] for result in results], rule) for name, rule in trials]


def _judged(name: str, values: Sequence[Any], rule: Callable[[Sequence[Any]], Finding]) -> Finding:
    errors = [value for value in values if isinstance(value, str)]
    if not errors:
        return rule(values)
    if name == "linked":
        return warning(
            f"no hard links here ({one_line(errors[0])})", "nothing: results are renamed into place"
        )
    return problem(f"{name}: {one_line(errors[0])}", _ELSEWHERE)


def _created(won: Sequence[int]) -> Finding:
    if sum(won) == ROUNDS:
        return fine(
            f"exclusive create: {ROUNDS} files, each created by exactly one of {CONTENDERS} processes"
        )
    return problem(f"exclusive create: {ROUNDS} files were created {sum(won)} times", _ELSEWHERE)


def _linked(results: Sequence[Sequence[int]]) -> Finding:
    won, miscounted = (sum(column) for column in zip(*results, strict=True))
    if won == ROUNDS and not miscounted:
        return fine(f"hard links: {ROUNDS} names, each taken once, link counts right")
    return problem(
        f"hard links: {ROUNDS} names were taken {won} times, {miscounted} link counts were wrong", _ELSEWHERE
    )


def _renamed(results: Sequence[Sequence[int]]) -> Finding:
    missing, torn = (sum(column) for column in zip(*results, strict=True))
    if not missing and not torn:
        return fine(f"rename over: {ROUNDS * CONTENDERS} times, the file was always there and whole")
    return problem(f"rename over: the file was missing {missing} times and torn {torn} times", _ELSEWHERE)


def _synced(_: Sequence[bool]) -> Finding:
    return fine("fsync of files and folders is accepted")


def _seen(seconds: Sequence[float]) -> Finding:
    said = f"listing: all files of the others were seen within {max(seconds):.2f} s"
    if max(seconds) < _LATE_SECONDS:
        return fine(said)
    return warning(said, "runs on several hosts may do some cells twice; no number is wrong")


def _contest(ground: Path) -> list[dict[str, Any]]:
    command = [sys.executable, "-P", "-m", "carebench.doctor.contender", str(ground)]
    contenders = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(CONTENDERS)
    ]
    return [result for result in map(_result, contenders) if result]


def _result(contender: subprocess.Popen[str]) -> dict[str, Any]:
    """What a contender printed; empty when it did not come to an end."""
    try:
        printed, _ = contender.communicate(timeout=_MOST_SECONDS)
        result = json.loads(printed)
    except (subprocess.TimeoutExpired, ValueError):
        contender.kill()
        contender.wait()
        return {}
    return result if isinstance(result, dict) else {}
