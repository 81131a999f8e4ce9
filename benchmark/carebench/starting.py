"""Two ways to start a child: exec'd anew, or forked from a warm template; separate so that the warden need not know which.

An exec'd child imports scikit-learn and torch again, which costs seconds. A template has imported them
once and computes nothing; it forks in milliseconds, waits for its child, as only a parent can, and
reports how it ended. Answers are the same to the bit.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from carebench import pinning
from carebench.children.harness import PARENT
from carebench.children.template import MESSAGE_BYTES
from carebench.errors import InfrastructureError
from carebench.processes import owner_tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_READY_SECONDS = 60.0
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, kw_only=True)
class End:
    """How a process ended.

    Attributes:
        code: exit status, negative for a signal.
        cpu_s: user and system seconds.
        peak_bytes: largest resident size, where known.
        lost: whether nobody can say, because the template was killed and took it along.
    """

    code: int
    cpu_s: float
    peak_bytes: int
    lost: bool = False


class Child(Protocol):
    """A process that runs a child program.

    Attributes:
        pid: its process id, and that of its session.
        marker: what its environment carries.
        output: descriptor from which to read what it prints.
        over: descriptor that can be read when it has ended, or None where there is no such thing.
        spared: process ids that carry the same marker and are none of its strays.
    """

    pid: int
    marker: str
    output: int
    over: int | None
    spared: frozenset[int]

    def end(self, *, wait: bool) -> End | None:
        """How it ended; None while it runs, unless asked to wait."""

    def close(self) -> None:
        """Give back the descriptors."""


class Executed:
    """A child that is a clean interpreter of its own."""

    spared: frozenset[int] = frozenset()

    def __init__(self, program: str, work: Path, *, threads: int, extra: Mapping[str, str]) -> None:
        self.marker = f"{owner_tag()}-{secrets.token_hex(12)}"
        environment = _environment(work, threads, self.marker) | dict(extra)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"carebench.children.{program}", str(work)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=work / "home",
                env=environment,
                start_new_session=True,
                close_fds=True,
            )
        except OSError as error:
            raise InfrastructureError(f"a child process could not be started: {error}") from error
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        self.pid, self.output = self._process.pid, self._process.stdout.fileno()
        self.over = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else None

    def end(self, *, wait: bool) -> End | None:
        """How it ended; None while it runs, unless asked to wait."""
        pid, status, usage = os.wait4(self.pid, 0 if wait else os.WNOHANG)
        if pid == 0:
            return None
        self._process.returncode = os.waitstatus_to_exitcode(status)
        # ru_maxrss would count what this process had before it became another program, so 0 is said of memory
        return End(code=self._process.returncode, cpu_s=usage.ru_utime + usage.ru_stime, peak_bytes=0)

    def close(self) -> None:
        """Give back the descriptors."""
        if self.over is not None:
            os.close(self.over)
        if self._process.stdout is not None:
            self._process.stdout.close()


class Template:
    """A process that has imported the core libraries and forks a child when asked, one at a time.

    Args:
        modules: what it imports beside the core libraries.

    Attributes:
        usable: False once it has died, or when it is not single-threaded; then children are exec'd.
    """

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self.marker = f"{owner_tag()}-{secrets.token_hex(12)}"
        self._home = Path(tempfile.mkdtemp(prefix=f"carebench-template-{owner_tag()}-"))
        for name in ("home", "tmp"):
            (self._home / name).mkdir()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "carebench.children.template", str(theirs.fileno()), *modules],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._home / "home",
                env=_environment(self._home, 1, self.marker),
                start_new_session=True,
                pass_fds=[theirs.fileno()],
            )
        self._socket.settimeout(_READY_SECONDS)
        self.usable = self._receive().get("threads") == 1

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def fork(self, program: str, work: Path, extra: Mapping[str, str]) -> Forked | None:
        """A child running `program` in `work`; None when the template is not usable any more."""
        reader, writer = os.pipe()
        changed = {**_private(work), **extra}
        request = json.dumps({"program": program, "work": str(work), "environment": changed})
        try:
            socket.send_fds(self._socket, [request.encode()], [writer])
            pid = self._receive().get("pid")
        except OSError:
            pid = None
        finally:
            os.close(writer)
        if pid is None:
            os.close(reader)
            self.close()
            return None
        return Forked(self, int(pid), reader)

    def report(self, *, wait: bool) -> End | None:
        """How the child ended; None while it runs. A template that died takes its child along."""
        if not wait and not select.select([self._socket], [], [], 0)[0]:
            return None
        told = self._receive()
        if "code" not in told:
            self.usable = False
            return End(code=-signal.SIGKILL, cpu_s=0.0, peak_bytes=0, lost=True)
        return End(code=told["code"], cpu_s=told["cpu_s"], peak_bytes=told["peak"] * _RSS_UNIT)

    def fileno(self) -> int:
        """The descriptor that can be read when there is a report."""
        return self._socket.fileno()

    def close(self) -> None:
        """End it and remove its folder."""
        self.usable = False
        self._socket.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def _receive(self) -> dict[str, Any]:
        """The next message; empty when the template is gone or says nothing."""
        try:
            data = self._socket.recv(MESSAGE_BYTES)
            return json.loads(data) if data else {}
        except (OSError, ValueError):
            return {}


class Forked:
    """A child forked from a template."""

    def __init__(self, template: Template, pid: int, output: int) -> None:
        self.pid, self.output, self.marker = pid, output, template.marker
        self.over: int | None = template.fileno()
        self.spared = frozenset({template.pid})
        self._template = template

    def end(self, *, wait: bool) -> End | None:
        """How it ended; None while it runs, unless asked to wait."""
        return self._template.report(wait=wait)

    def close(self) -> None:
        """Give back the descriptors."""
        os.close(self.output)


def start(
    program: str, work: Path, *, threads: int, extra: Mapping[str, str], template: Template | None
) -> Executed | Forked:
    """Start a child program: forked where a usable template is given and one thread is enough, else exec'd."""
    if template is not None and template.usable and threads == 1:
        forked = template.fork(program, work, extra)
        if forked is not None:
            return forked
    return Executed(program, work, threads=threads, extra=extra)


def can_fork() -> bool:
    """Whether templates work here: forking after imports is safe on Linux only."""
    return sys.platform == "linux"


def _environment(work: Path, threads: int, marker: str) -> dict[str, str]:
    fixed = pinning.environment(
        os.environ, home=str(work / "home"), temporary=str(work / "tmp"), threads=threads, marker=marker
    )
    return fixed | {PARENT: str(os.getpid())}


def _private(work: Path) -> dict[str, str]:
    """What differs between two children of one template; never the marker, by which strays are found."""
    home = str(work / "home")
    return {"HOME": home, "TMPDIR": str(work / "tmp"), "XDG_CACHE_HOME": f"{home}/.cache"}
