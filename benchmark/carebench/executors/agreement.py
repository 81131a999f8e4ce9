"""Whether the nodes of a cluster agree with the driver, asked before anything runs there.

Identical environments and shared folders are what a cluster needs; a node that lacks either would
give other answers, or lose them. Each node describes the plan's plugins in a child of its own, so that the very
digests and versions that key the cells are compared. Separate from the executor, because what is compared knows no Ray.
"""

from __future__ import annotations

import hashlib
import platform
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import carebench
from carebench.discovery import discover
from carebench.errors import CarebenchError, UsageError
from carebench.workers.surroundings import environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from carebench.catalogue import Catalogue, FamilyEntry, ModelEntry, Origin, TaskEntry
    from carebench.plan import Plan

    Facts = Mapping[str, str]

_TOLD_AT_MOST = 5
_PLUGINS, _USABLE = "plugins of the plan", "usable"


@dataclass(frozen=True, kw_only=True)
class Needed:
    """What a plan needs of every node, by name.

    Attributes:
        families: of its tasks.
        tasks: all of them.
        models: those registered; tuned variants are made of them by the plan.
        plugins: files and modules beside the installed plugins, as `--plugin` takes them.
        dotted: importable estimators without a plugin.
    """

    families: Sequence[str]
    tasks: Sequence[str]
    models: Sequence[str]
    plugins: Sequence[str]
    dotted: Sequence[str]


def needed_by(plan: Plan) -> Needed:
    """What the plan needs of every node."""
    origins = set(_origins(plan.families, plan.tasks, plan.models))
    return Needed(
        families=[family.name for family in plan.families],
        tasks=[task.name for task in plan.tasks],
        models=sorted({model.registered for model in plan.models}),
        plugins=_targets(origins, "file", "module"),
        dotted=_targets(origins, "dotted"),
    )


def facts_here(nonce: str, plan: Plan) -> dict[str, str]:
    """What the driver sees, with its plan as it was described.

    Args:
        nonce: path of a file with a random word that the driver wrote to the store.
        plan: what is to be run.
    """
    return {**_surroundings(nonce), **_described(plan.families, plan.tasks, plan.models)}


def facts_there(nonce: str, needed: Needed) -> dict[str, str]:
    """What a node sees: the plan's plugins are described anew, in a child, from what is installed there.

    Args:
        nonce: path of the driver's file in the store.
        needed: what the plan needs.
    """
    seen = _surroundings(nonce)
    try:
        catalogue = discover(needed.plugins, needed.dotted)
    except CarebenchError as error:
        return {**seen, _PLUGINS: str(error)}
    return {**seen, **_described(*_chosen(catalogue, needed))}


def insist(driver: Facts, nodes: Mapping[str, Facts]) -> None:
    """Refuse to run when a node differs.

    Raises:
        UsageError: naming the node, and what is there and here.
    """
    for node, seen in sorted(nodes.items()):
        differing = [name for name, value in driver.items() if seen.get(name) != value]
        if differing:
            said = "; ".join(
                f"{name}: {seen.get(name) or 'nothing'} there, {driver[name] or 'nothing'} here"
                for name in differing[:_TOLD_AT_MOST]
            )
            said += f"; and {len(differing) - _TOLD_AT_MOST} more" if len(differing) > _TOLD_AT_MOST else ""
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


def _surroundings(nonce: str) -> dict[str, str]:
    """Python, the core libraries, our own code, and the nonce in the shared folder."""
    return {
        f"shared folder {Path(nonce).parent.parent}": _word(Path(nonce)),
        "version of Python": platform.python_version(),
        "code of carebench": _code(),
        **{f"version of {name}": version for name, version in environment()["libraries"].items()},
    }


def _described(
    families: Sequence[FamilyEntry], tasks: Sequence[TaskEntry], models: Sequence[ModelEntry]
) -> dict[str, str]:
    """Versions of the distributions and digests of the modules and data that the entries name."""
    libraries = [each for task in tasks for each in task.libraries.items()]
    libraries += [each for model in models for each in model.libraries.items()]
    known = [origin for origin in _origins(families, tasks, models) if origin.version or origin.digest]
    return {
        _PLUGINS: _USABLE,
        **{_of(origin): origin.version or origin.digest[:16] for origin in known},
        **{f"version of {name}": version for name, version in libraries},
        **{f"code of the family {family.name}": family.code[:16] for family in families},
        **{f"asking code of the family {family.name}": family.asking[:16] for family in families},
        **{f"code of the task {task.name}": task.code[:16] for task in tasks},
        **{f"data of the task {task.name}": task.data for task in tasks},
        **{f"code of the model {model.registered}": model.code[:16] for model in models},
    }


def _chosen(
    catalogue: Catalogue, needed: Needed
) -> tuple[list[FamilyEntry], list[TaskEntry], list[ModelEntry]]:
    return (
        [entry for entry in catalogue.families if entry.name in needed.families],
        [entry for entry in catalogue.tasks if entry.name in needed.tasks],
        [entry for entry in catalogue.models if entry.name in needed.models],
    )


def _origins(*described: Sequence[FamilyEntry | TaskEntry | ModelEntry]) -> list[Origin]:
    return [entry.origin for entries in described for entry in entries]


def _of(origin: Origin) -> str:
    return f"version of {origin.distribution}" if origin.version else f"plugin file {origin.target}"


def _targets(origins: Iterable[Origin], *kinds: str) -> list[str]:
    return sorted(origin.target for origin in origins if origin.kind in kinds)


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""


def _code() -> str:
    """Digest of our own source files, whatever their folder is called."""
    folder = Path(carebench.__file__).parent
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return found.hexdigest()[:16]
