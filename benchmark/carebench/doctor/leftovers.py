"""What dead runs left on this machine: processes with our marker, and temporary folders; separate from any store."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import stat
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from carebench.doctor import Finding, fine, some, warning
from carebench.processes import marked_processes, owner_is_gone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAY = 86_400.0
_TAG = r"(?P<tag>[0-9a-f]{4}-[0-9]+)-"
_WORKPLACE = re.compile(rf"carebench-(template-)?({_TAG})?[a-z0-9_]{{8}}\Z")
_RAY_FOLDER = re.compile(rf"cb-({_TAG})?[a-z0-9_]{{8}}\Z")
_TAGGED_MARKER = re.compile(rf"{_TAG}[0-9a-f]+\Z")


_COPY = re.compile(rf"[0-9a-f]{{64}}\.{_TAG}[0-9a-f]+\Z")


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """Processes (id and marker) whose run is gone, and folders that no process uses any more."""

    strays: Sequence[tuple[int, str]]
    folders: Sequence[Path]


def leftovers(places: Iterable[Path] | None = None, *, older: float = DAY) -> Leftovers:
    """Look for what dead runs left.

    Args:
        places: folders to look in; where children and Ray work by default.
        older: seconds since a folder was changed last, for those that do not say who made them.
    """
    looked = places or {Path(tempfile.gettempdir()), Path("/tmp")}  # noqa: S108 - Ray's place
    folders = [path for place in sorted(looked) for path in sorted(place.iterdir()) if _is_ours(path)]
    return Leftovers(strays=strays(), folders=_unused([path for path in folders if _is_dead(path, older)]))


def half_copied(cache: Path) -> Leftovers:
    """Splits that a worker was copying into the cache when it was killed, by the name that it signed them with."""
    splits = cache / "splits"
    signed = [
        (path, _COPY.match(path.name)) for path in (sorted(splits.iterdir()) if splits.is_dir() else [])
    ]
    return Leftovers(
        strays=[], folders=[path for path, name in signed if name and owner_is_gone(name["tag"])]
    )


def findings(found: Leftovers) -> list[Finding]:
    """What was left, and what to do."""
    told = []
    if found.strays:
        pids = some([str(pid) for pid, _ in found.strays])
        told.append(
            warning(
                f"{len(found.strays)} processes of dead runs: {pids}", "`carebench doctor --repair` ends them"
            )
        )
    if found.folders:
        names = some([str(path) for path in found.folders])
        told.append(
            warning(
                f"{len(found.folders)} folders of dead runs: {names}",
                "`carebench doctor --repair` removes them",
            )
        )
    return told or [fine("no process and no folder of a dead run")]


def clear(found: Leftovers) -> list[str]:
    """End the strays and remove the folders; returns what was done."""
    ended = [f"ended process {pid}" for pid, marker in found.strays if _end(pid, marker)]
    for folder in found.folders:
        shutil.rmtree(folder, ignore_errors=True)
    return ended + [f"removed {folder}" for folder in found.folders if not folder.exists()]


def strays() -> list[tuple[int, str]]:
    """Marked processes of this user whose run is gone: the marker says whose they are, or nobody watches their kin."""
    kin: dict[str, set[int]] = defaultdict(set)
    for pid, marker in marked_processes():
        kin[marker].add(pid)
    gone = [marker for marker in sorted(kin) if _run_is_gone(marker, kin[marker])]
    return [(pid, marker) for marker in gone for pid in sorted(kin[marker])]


def _run_is_gone(marker: str, pids: set[int]) -> bool:
    tagged = _TAGGED_MARKER.match(marker)
    return owner_is_gone(tagged["tag"]) if tagged else not _watched(pids)


def _watched(pids: set[int]) -> bool:
    """Whether one of them has a parent outside that may be a run; when in doubt it is."""
    return any(_may_be_a_run(pid, pids) for pid in pids)


def _may_be_a_run(pid: int, kin: set[int]) -> bool:
    import psutil

    try:
        parent = psutil.Process(pid).parent()
        if parent is None or parent.pid in kin:
            return False
        if parent.pid == 1:
            return "carebench" in " ".join(parent.cmdline())
        return "python" in Path(parent.exe()).name
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True


def _end(pid: int, marker: str) -> bool:
    """Kill a process, unless its id belongs to another by now."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if (pid, marker) in marked_processes():
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                return True
        finally:
            os.close(descriptor)
    return False


def _is_ours(path: Path) -> bool:
    """A private folder of this user, named and built as our workplaces and Ray folders are."""
    with contextlib.suppress(OSError):
        status = path.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            return False
        if _WORKPLACE.match(path.name):
            return (path / "home").is_dir() and (path / "tmp").is_dir()
        return bool(_RAY_FOLDER.match(path.name)) and any(path.glob("r/session_*"))
    return False


def _is_dead(path: Path, older: float) -> bool:
    """Whether the run that made the folder is gone, by its name, or by its age where the name does not say."""
    named = _WORKPLACE.match(path.name) or _RAY_FOLDER.match(path.name)
    if named and named["tag"]:
        return owner_is_gone(named["tag"])
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime > older
    return False


def _unused(folders: Sequence[Path]) -> list[Path]:
    """Those that no process names in its command line or environment."""
    if not folders:
        return []
    words = b"\0".join(_words_of_processes())
    return [folder for folder in folders if str(folder).encode() not in words]


def _words_of_processes() -> list[bytes]:
    found = []
    for entry in os.scandir("/proc") if Path("/proc/self").exists() else ():
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                found.append(Path(entry.path, name).read_bytes() if entry.name.isdigit() else b"")
    return found
