"""The machine that a figure belongs to, its versions, and how busy it was."""

from __future__ import annotations

import importlib.metadata
import os

from carebench.pinning import cores
from carebench.workers.surroundings import environment

FURTHER = ("joblib", "benchopt")
QUIET = 0.5


def facts() -> list[str]:
    """One sentence each, without host name or date."""
    known = environment()
    libraries = [f"{name} {version}" for name, version in known["libraries"].items()]
    return [
        f"{known['system']}, {known['processor']}, {cores()} cores",
        f"Python {known['python']}, {', '.join([*libraries, *_further()])}",
    ]


def load() -> str:
    """The load average of the last minute, as a sentence."""
    now = os.getloadavg()[0]
    verdict = "quiet" if now < QUIET * cores() else "busy: figures are noisy"
    return f"load average {now:.2f} ({verdict})"


def _further() -> list[str]:
    installed = {name.metadata["Name"].lower() for name in importlib.metadata.distributions()}
    return [f"{name} {importlib.metadata.version(name)}" for name in FURTHER if name in installed]
