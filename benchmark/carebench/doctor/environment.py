"""Checks of machine and installation: platform, Python, versions, Ray, disk, memory."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from carebench.doctor import Finding, fine, problem, warning
from carebench.pinning import cores
from carebench.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_RAY_STOPS, _WARN_FROM = 0.95, 0.90
_SHARED_BYTES = 100 * 2**20
_CELL_BYTES = 4 * 2**30
_IMPORT_SECONDS = 60


def environment() -> list[Finding]:
    """All checks of this module."""
    if not _version("carebench"):
        return [problem("carebench is not installed, only found on the path", "pip install --editable .")]
    return [
        on_platform(platform.system()),
        python_version(platform.python_version()),
        *installed_versions(),
        *importable(["ray"]),
        *[disk_space(folder) for folder in sorted({tempfile.gettempdir(), "/tmp"})],  # noqa: S108 - Ray's place
        shared_memory(Path("/dev/shm")),  # noqa: S108 - Ray's place
        machine(),
        process_watching(),
    ]


def on_platform(system: str) -> Finding:
    """Linux is the reference."""
    if system == "Linux":
        return fine(f"Linux {platform.machine()}, the reference platform")
    if system == "Darwin":
        return warning(
            "macOS: a cell's process group is killed, processes that leave the group may survive",
            "for results to publish, run on Linux",
        )
    return problem(
        f"{system} is not supported: carebench ends and measures cells by POSIX sessions, signals and /proc",
        "use Linux, for instance in the Windows Subsystem for Linux",
    )


def python_version(version: str) -> Finding:
    """Against the range that the distribution declares."""
    from packaging.specifiers import SpecifierSet

    wanted = importlib.metadata.metadata("carebench")["Requires-Python"]
    if version in SpecifierSet(wanted, prereleases=True):
        return fine(f"Python {version}")
    return problem(
        f"Python {version}, and carebench needs {wanted}", "make an environment with such a Python"
    )


def installed_versions() -> list[Finding]:
    """Each dependency against its range; an extra's only when it is installed."""
    from packaging.requirements import Requirement

    needed = [Requirement(text) for text in importlib.metadata.requires("carebench") or ()]
    always = [each for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})]
    found = [version_of(each.name, str(each.specifier)) for each in always]
    wrong = [finding for finding in found if finding is not None]
    extras = [each for each in needed if each not in always and _version(each.name)]
    wrong += [
        finding for each in extras if (finding := version_of(each.name, str(each.specifier))) is not None
    ]
    return wrong or [fine(f"{len(always)} dependencies are installed, in their ranges")]


def version_of(name: str, wanted: str) -> Finding | None:
    """None when the distribution is there in a version that is wanted."""
    from packaging.specifiers import SpecifierSet

    version, remedy = _version(name), f"pip install '{name}{wanted}'"
    if not version:
        return problem(f"{name} is not installed", remedy)
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        return problem(f"{name} {version} is installed, and carebench needs {wanted}", remedy)
    return None


def importable(distributions: Sequence[str]) -> list[Finding]:
    """Import what each distribution brings, in a process of its own."""
    modules = _modules()
    return [_imported(name, modules[name.casefold()]) for name in distributions if name.casefold() in modules]


def disk_space(folder: str) -> Finding:
    """Ray places no work on a disk that is 95 % full, and runs start to hang."""
    total, _, free = shutil.disk_usage(folder)
    return disk_filled(folder, 1 - free / total, free)


def disk_filled(folder: str, full: float, free: int) -> Finding:
    """What it means that the disk of `folder` is filled by this share."""
    said = f"{folder} is {full:.0%} full, {free / 2**30:.1f} GiB free"
    if full < _WARN_FROM:
        return fine(said)
    remedy = "free space there, or set TMPDIR to a folder on another disk"
    if full >= _RAY_STOPS:
        return problem(f"{said}; Ray places no work from 95 %", f"{remedy}; --executor local needs no Ray")
    return warning(f"{said}; from 95 % Ray places no work", remedy)


def shared_memory(folder: Path) -> Finding:
    """Ray keeps its object store there."""
    if not folder.is_dir():
        return warning(f"there is no {folder}; Ray will use {tempfile.gettempdir()}", "nothing, if runs work")
    free = shutil.disk_usage(folder).free
    if free < _SHARED_BYTES:
        return warning(
            f"{folder} has {free >> 20} MiB free; Ray's object store takes 80 MiB",
            "in a container, start it with --shm-size=1g; or use --executor local",
        )
    return fine(f"{folder} has {free / 2**30:.1f} GiB free")


def machine() -> Finding:
    """Cores and memory, against the limit of one cell."""
    import psutil

    memory = psutil.virtual_memory()
    said = f"{cores()} cores, {memory.total / 2**30:.1f} GiB of memory, {memory.available / 2**30:.1f} GiB available"
    if memory.available < _CELL_BYTES:
        return warning(
            f"{said}; one cell may take 4 GiB", "end other programs, or lower --memory-limit and --cpus"
        )
    return fine(said)


def process_watching() -> Finding:
    """What the warden watches its children by."""
    missing = [name for name, there in _means().items() if not there]
    if not missing:
        return fine("children can be watched through pidfd and /proc")
    return warning(
        f"{' and '.join(missing)} missing: cells are watched by polling", "Linux 5.3 or newer has both"
    )


def _means() -> dict[str, bool]:
    return {"pidfd": hasattr(os, "pidfd_open"), "/proc": Path("/proc/self/environ").is_file()}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _modules() -> dict[str, list[str]]:
    """Distribution, in lower case, to its top-level modules."""
    found: dict[str, list[str]] = {}
    for module, names in importlib.metadata.packages_distributions().items():
        for name in names:
            found.setdefault(name.casefold(), []).append(module)
    return found


def _imported(distribution: str, modules: Sequence[str]) -> Finding:
    public = sorted({name for name in modules if name.isidentifier() and not name.startswith("_")})
    code = f"import {', '.join(public)}" if public else "pass"
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_IMPORT_SECONDS,
        )
        why = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
    except subprocess.TimeoutExpired:
        done, why = None, [f"no end after {_IMPORT_SECONDS} s"]
    if done is not None and done.returncode == 0:
        return fine(f"{distribution} {_version(distribution)} can be imported")
    return problem(
        f"{distribution} {_version(distribution)} cannot be imported: {one_line(why[0])}",
        f"pip install --force-reinstall {distribution}",
    )
