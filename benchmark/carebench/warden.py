"""The warden: starts a child program, watches it, ends it at its limits, and says exactly how it ended.

Separate from executors because Ray cannot tell an exit from a segfault and cannot stop C code; this
module knows nothing of tasks, models or Ray. Linux is the reference; elsewhere strays are found by
process group alone.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from carebench.canonical import MAX_BYTES, dump, load
from carebench.children.harness import ORDER, OUTCOME, PHASE
from carebench.errors import InvalidAnswer, LostChild
from carebench.handover import read_handed_over
from carebench.lastline import LastLine
from carebench.output import HeadAndTail
from carebench.processes import owner_tag, resident_bytes, sweep
from carebench.starting import Child, End, Template, start
from carebench.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Status = Literal["ok", "timeout", "oom", "crashed", "cancelled"]
_TICK = 0.05
_SAMPLING = 0.2
_LAST_WORDS = 1.0
_WORKPLACE = b"(workplace)"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one child may use.

    Attributes:
        wall: seconds by the monotonic clock.
        memory: resident bytes of the child and its descendants together.
        file_bytes: size of the largest file that it may write.
    """

    wall: float = 600.0
    memory: int = 4 * 2**30
    file_bytes: int = 4 * 2**30

    def scaled(self, share: float) -> Limits:
        """The same limits with a share of the wall time."""
        return replace(self, wall=self.wall * share)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a child ended, and what it left.

    Attributes:
        status: `ok` when it ended by itself with an outcome; else `timeout`, `oom`, `crashed` or `cancelled`.
        reason: one sentence for people, empty when `ok`.
        phase: what the child said it was doing last.
        outcome: what it left; empty unless `ok`.
        wall_s: seconds from start to end.
        cpu_s: user and system seconds of the child and the descendants it waited for.
        peak_bytes: largest resident size seen.
        output: head and tail of what it printed, with the number of bytes left out between.
        strays: processes of its own that it left behind, all killed.
    """

    status: _Status
    reason: str
    phase: str
    outcome: Mapping[str, Any] = field(default_factory=dict)
    wall_s: float
    cpu_s: float
    peak_bytes: int
    output: str
    strays: int

    @property
    def cause(self) -> str:
        """Why there is no good outcome, from the warden or from the child itself; empty when there is one."""
        return self.reason or str(self.outcome.get("reason", ""))


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A private folder for one child, with a home and a temporary directory of its own; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"carebench-{owner_tag()}-"))
    try:
        (folder / "home").mkdir()
        (folder / "tmp").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def supervise(
    program: str,
    order: Mapping[str, Any],
    work: Path,
    limits: Limits,
    *,
    threads: int = 1,
    extra_environment: Mapping[str, str] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    template: Template | None = None,
    line: Path | None = None,
) -> Ending:
    """Run the child program `carebench.children.<program>` in `work` and wait for its end.

    Args:
        program: name of the module.
        order: plain values, handed over as `order.json`.
        work: folder made by `workplace`.
        limits: what the child may use.
        threads: threads that numeric libraries may start.
        extra_environment: variables beside the allow-list.
        cancelled: asked now and then; True ends the child.
        template: forks the child when one thread is enough; without it the child is exec'd.
        line: file that holds the last line that the child printed, as long as it runs.

    Raises:
        LostChild: when the template was killed while the child ran.
    """
    cpu_seconds = int(limits.wall * max(threads, 1)) + 10
    (work / ORDER).write_bytes(
        dump({**order, "limits": {"file_bytes": limits.file_bytes, "cpu_seconds": cpu_seconds}})
    )
    began = time.monotonic()
    child = start(program, work, threads=threads, extra=extra_environment or {}, template=template)
    watch = _Watch(child, limits, cancelled, began, LastLine(line))
    try:
        verdict = watch.until_the_end()
    finally:
        strays = sweep(child.pid, child.marker, child.spared)
        watch.close()
    if watch.end.lost and not verdict:
        raise LostChild("the template process was killed and took its child along")
    return _ending(watch, verdict, work, strays, time.monotonic() - began)


class _Watch:
    """Waits for one child: drains its output, samples its memory, and kills it when a limit is passed."""

    def __init__(
        self,
        child: Child,
        limits: Limits,
        cancelled: Callable[[], bool],
        began: float,
        line: LastLine | None = None,
    ) -> None:
        self.child, self.limits, self.cancelled, self.began = child, limits, cancelled, began
        self.output, self.line = HeadAndTail(), line or LastLine(None)
        self.peak, self.sampled = 0, began
        self.end = End(code=0, cpu_s=0.0, peak_bytes=0)
        self.selector = selectors.DefaultSelector()
        os.set_blocking(child.output, False)
        self.selector.register(child.output, selectors.EVENT_READ)
        if child.over is not None:
            self.selector.register(child.over, selectors.EVENT_READ)

    def until_the_end(self) -> str:
        """Empty when the child ended by itself, else why it was killed."""
        while not self._ended():
            verdict = self._over_a_limit()
            if verdict:
                self._kill()
                return verdict
            self._drain(_TICK)
        return ""

    def close(self) -> None:
        if self.child.over is not None:
            self.selector.unregister(self.child.over)
        deadline = time.monotonic() + _LAST_WORDS
        while time.monotonic() < deadline and self.selector.select(0):
            self._read()
        self.selector.close()
        self.line.close()
        self.child.close()

    def _ended(self) -> bool:
        return self._note(self.child.end(wait=False))

    def _note(self, end: End | None) -> bool:
        if end is not None:
            self.end, self.peak = end, max(self.peak, end.peak_bytes)
        return end is not None

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child.pid, signal.SIGKILL)
        self._note(self.child.end(wait=True))

    def _over_a_limit(self) -> str:
        if time.monotonic() - self.began > self.limits.wall:
            return "timeout"
        if time.monotonic() - self.sampled > _SAMPLING:
            self.sampled = time.monotonic()
            self.line.tell()
            resident = resident_bytes(self.child.pid)
            self.peak = max(self.peak, resident)
            if resident > self.limits.memory:
                return "oom"
        return "cancelled" if self.cancelled() else ""

    def _drain(self, patience: float) -> None:
        """Read what the child prints for at most `patience` seconds, however much that is; returns early when it ends."""
        deadline = time.monotonic() + patience
        while (left := deadline - time.monotonic()) > 0 and (events := self.selector.select(left)):
            ready = {key.fd for key, _ in events}
            if self.child.over in ready:
                return
            self._read()
        if not self.selector.get_map():
            time.sleep(max(deadline - time.monotonic(), 0))

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.child.output, 1 << 16)
            self.output.add(data)
            self.line.add(data)
            if not data:
                self.selector.unregister(self.child.output)


def _ending(watch: _Watch, verdict: str, work: Path, strays: int, wall: float) -> Ending:
    outcome = {} if verdict else _read_outcome(work)
    phase = _read_phase(work)
    status, reason = _judge(watch, verdict, outcome, phase)
    return Ending(
        status=status,
        reason=reason,
        phase=phase,
        outcome=outcome if status == "ok" else {},
        wall_s=wall,
        cpu_s=watch.end.cpu_s,
        peak_bytes=max(watch.peak, _told_peak(outcome)),
        output=watch.output.text(),
        strays=strays,
    )


def _judge(watch: _Watch, verdict: str, outcome: Mapping[str, Any], phase: str) -> tuple[_Status, str]:
    """Status and reason, from our own verdict first, then from how the process ended, then from what it left.

    A reason holds no measured number, so that the same failure reads the same on every board.
    """
    limits, code = watch.limits, watch.end.code
    if verdict == "timeout" or code == -signal.SIGXCPU:
        return "timeout", f"passed the limit of {limits.wall:g} s in {phase}"
    if verdict == "oom":
        return "oom", f"passed the limit of {limits.memory >> 20} MiB in {phase}"
    if verdict == "cancelled":
        return "cancelled", f"stopped in {phase}"
    if code < 0:
        return "crashed", f"killed by {_signal_name(-code)} in {phase}"
    return ("ok", "") if outcome else ("crashed", f"ended with status {code} in {phase} without a result")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _read_outcome(work: Path) -> dict[str, Any]:
    """What the child left; nothing when it left nothing readable.

    The name of its workplace, which is another one in every run, is taken out of all that it says.
    """
    try:
        outcome = load(read_handed_over(work / OUTCOME, MAX_BYTES).replace(os.fsencode(work), _WORKPLACE))
    except (InvalidAnswer, ValueError):
        return {}
    return outcome if isinstance(outcome, dict) else {}


def _told_peak(outcome: Mapping[str, Any]) -> int:
    """The largest resident size that the child read of itself at its end; 0 when it says none."""
    told = outcome.get("peak_bytes", 0)
    return told if isinstance(told, int) and 0 <= told < 2**50 else 0


def _read_phase(work: Path) -> str:
    try:
        return printable(read_handed_over(work / PHASE, 40).decode("ascii"))
    except (InvalidAnswer, ValueError):
        return "start"
