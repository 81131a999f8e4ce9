"""What every child program does around its own work; separate so that the programs hold only their work.

It takes the order, ties the child's life to its parent's, sets limits, turns whatever the plugin
raises into plain text, leaves the outcome, and ends without running anybody's exit handlers.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.canonical import dump, load
from carebench.errors import ChangedPlugin, DataAbsent, InvalidAnswer, PluginError, Unsuited
from carebench.text import one_line, printable, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    Program = Callable[[dict[str, Any], Path], dict[str, Any]]

ORDER, OUTCOME, PHASE = "order.json", "outcome.json", "phase"
#: Names the variable with the process id of whoever started this process.
PARENT = "CAREBENCH_PARENT"
_TEXT_AT_MOST, _REASON_AT_MOST = 16_384, 1_000
_PARENT_DEATH_SIGNAL = 1
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_OURS = str(Path(__file__).resolve().parent.parent)


def main(program: Program, work: Path) -> None:
    """Run `program` on the order in the folder `work`, then end the process, whatever threads still run in it."""
    order = load((work / ORDER).read_bytes())
    die_with_parent()
    stay_within(order["limits"])
    status = 0
    try:
        leave(work, {**attempt(lambda: program(order, work)), "peak_bytes": peak_bytes()})
    except SystemExit as ending:
        status = _exit_status(ending)
    with contextlib.suppress(BaseException):  # the streams may be a plugin's, and raise SystemExit
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _exit_status(ending: SystemExit) -> int:
    """What the interpreter would end with: the code, 0 for none, 1 for a text."""
    return ending.code & 0xFF if isinstance(ending.code, int) else int(ending.code is not None)


def attempt(program: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run `program`; whatever is raised becomes an outcome, but for `SystemExit`, which ends the process."""
    try:
        return {"status": "ok", **program()}
    except SystemExit:
        raise
    except Unsuited as error:
        return _failure("unsuited", error)
    except (ChangedPlugin, DataAbsent) as error:
        return _failure("unavailable", error)
    except (InvalidAnswer, PluginError) as error:
        return _failure("invalid", error)
    except MemoryError as error:
        return _failure("oom", error)
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, KeyboardInterrupt included
        return _failure("failed", error)


def mark(work: Path, phase: str) -> None:
    """Say what the child is doing, so that a sudden end can be put to it."""
    (work / PHASE).write_text(phase, encoding="ascii")


def leave(work: Path, outcome: dict[str, Any]) -> None:
    """Write the outcome whole or not at all."""
    unfinished = work / f"{OUTCOME}.unfinished"
    unfinished.write_bytes(dump(outcome))
    unfinished.replace(work / OUTCOME)


def peak_bytes() -> int:
    """The largest resident size of this program so far; 0 where the kernel does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
    return 0


def named_folder() -> Path:
    """The work directory that the first argument names."""
    return Path(sys.argv[1])


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends, and end now if that has happened already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != int(os.environ[PARENT]):
            os._exit(1)


def stay_within(limits: dict[str, Any]) -> None:
    """Dump no core, and stay within the limits on file size and CPU time."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"], limits["file_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"] + 5))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def _failure(status: str, error: BaseException) -> dict[str, Any]:
    reason = _ADDRESS.sub("0x...", one_line(describe(error), _REASON_AT_MOST))
    absent = isinstance(error, DataAbsent)
    return {"status": status, "reason": reason, "traceback": _traceback(error), "absent": absent}


def describe(error: BaseException) -> str:
    """Type and text of an exception, of ours the text alone.

    The text may itself be hostile: endless, or a `str` with ideas of its own.
    """
    try:
        text = shorten(str.__str__(str(error)), _TEXT_AT_MOST)
    except BaseException:  # noqa: BLE001 - even this may raise anything
        text = "(its text is unavailable)"
    ours = isinstance(error, (DataAbsent, InvalidAnswer, PluginError, Unsuited))
    return text if ours and text else f"{type(error).__name__}: {text}" if text else type(error).__name__


def _traceback(error: BaseException) -> str:
    """The traceback without our own frames; only where and what, the last 40 frames."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_OURS)
    ]
    lines = [
        f'File "{frame.filename}", line {frame.lineno}, in {frame.name}\n  {frame.line}'
        for frame in frames[-40:]
    ]
    return printable("\n".join([*lines, describe(error)]), _TEXT_AT_MOST)
