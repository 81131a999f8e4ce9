"""Whether the nodes of a cluster agree with the driver, asked before anything runs there.

Identical environments and shared folders are what a cluster needs; a node that lacks either would
give other answers, or lose them. Separate from the executor, because what is compared knows no Ray.
"""

from __future__ import annotations

import hashlib
import platform
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import carebench
from carebench.errors import UsageError
from carebench.workers.surroundings import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Facts = Mapping[str, str]


def facts(nonce: str, files: Sequence[str]) -> dict[str, str]:
    """What this process sees: versions, our own code, the nonce in the shared folder, and files of plugins.

    Args:
        nonce: path of a file with a random word that the driver wrote to the store.
        files: paths of single-file plugins.
    """
    versions = {f"version of {name}": version for name, version in environment()["libraries"].items()}
    plugins = {f"plugin file {path}": _digest(Path(path)) for path in files}
    return {
        "version of Python": platform.python_version(),
        **versions,
        "code of carebench": _code(),
        f"shared folder {Path(nonce).parent.parent}": _word(Path(nonce)),
        **plugins,
    }


def insist(driver: Facts, nodes: Mapping[str, Facts]) -> None:
    """Refuse to run when a node differs.

    Raises:
        UsageError: naming the node, and what is there and here.
    """
    for node, seen in sorted(nodes.items()):
        differing = [name for name, value in driver.items() if seen.get(name) != value]
        if differing:
            said = "; ".join(
                f"{name}: {seen.get(name) or 'nothing'} there, {driver[name]} here" for name in differing
            )
            raise UsageError(
                f"the node {node} does not agree with this machine: {said}; install the same environment there, and "
                "let --store, plugins and data lie in folders that all nodes share"
            )


@contextmanager
def nonce_in(store: Path) -> Iterator[str]:
    """The path of a file with a random word in the store, there as long as the context lasts."""
    path = store / "unfinished" / f"nonce-{secrets.token_hex(8)}"
    path.write_text(secrets.token_hex(16), encoding="ascii")
    try:
        yield str(path)
    finally:
        path.unlink(missing_ok=True)


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def _code() -> str:
    """Digest of our own source files, whatever their folder is called."""
    folder = Path(carebench.__file__).parent
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()[:16]
