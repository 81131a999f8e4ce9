"""Finding, weighing and ending processes; separate because it reads /proc and knows nothing of children's work."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MARKER = "CAREBENCH_MARKER"


def owner_tag() -> str:
    """What this process signs with: its process id, and the machine and namespace in which that id means something."""
    return f"{_where_ids_mean_something()}-{os.getpid()}"


@functools.cache
def _where_ids_mean_something() -> str:
    """Four hex digits of this boot of this machine and of the namespace of process ids."""
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    if not boot.exists() or not namespace.exists():
        return hashlib.sha256(platform.node().encode()).hexdigest()[:4]
    said = f"{boot.read_text(encoding='ascii')} {namespace.stat().st_ino}"
    return hashlib.sha256(said.encode()).hexdigest()[:4]


def owner_is_gone(tag: str) -> bool:
    """Whether the process that signed so has ended; False when that cannot be told from here."""
    namespace, _, pid = tag.partition("-")
    if not pid.isdigit() or namespace != owner_tag().partition("-")[0]:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


def resident_bytes(pid: int) -> int:
    """Resident bytes of a process and its descendants; shared pages of forks count more than once."""
    import psutil

    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += process.memory_info().rss
    return total


def sweep(group: int, marker: str, spared: frozenset[int]) -> int:
    """Kill what the child left: its process group, then everything that carries its marker, until nothing does."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
    killed: set[int] = set()
    for _ in range(100):
        found = _kill_marked(lambda mark: mark == marker, spared)
        if not found:
            break
        killed |= found
        time.sleep(0.01)
    return len(killed)


def _kill_marked(markers: Callable[[str], bool], spared: frozenset[int]) -> set[int]:
    killed = set()
    for pid, marker in marked_processes():
        if pid not in spared and pid != os.getpid() and markers(marker):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
    return killed


def marked_processes() -> Iterator[tuple[int, str]]:
    """Process id and marker of every process of this user that carries one; empty where there is no /proc."""
    for entry in os.scandir("/proc") if sys.platform == "linux" else ():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            for variable in Path(entry.path, "environ").read_bytes().split(b"\0"):
                if variable.startswith(f"{MARKER}=".encode()):
                    yield int(entry.name), variable.partition(b"=")[2].decode("ascii", "replace")
