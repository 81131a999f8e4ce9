"""Preparing a split: once for a task and seed, published to a cache that every cell maps."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from carebench.canonical import dump, file_digest, load
from carebench.jobs import Prepared, PrepareJob
from carebench.pinning import data_environment
from carebench.processes import owner_tag
from carebench.records import split_key
from carebench.tuning import TUNING_PROTOCOL
from carebench.warden import supervise, workplace

if TYPE_CHECKING:
    from collections.abc import Callable

    from carebench.warden import Ending
    from carebench.workers.slot import Slot

MANIFEST = "manifest.json"
#: The largest file that a task may write: pictures of a data base lie in one.
FILE_BYTES = 64 * 2**30


def prepare(job: PrepareJob, cancelled: Callable[[], bool], slot: Slot) -> Prepared:
    """The split in the cache, made by a preparing child when it is not there or is damaged."""
    key = split_key(job.task, job.seed)
    folder = Path(job.places.cache) / "splits" / (f"{key}-inner-{TUNING_PROTOCOL}" if job.inner else key)
    manifest = _intact_manifest(folder)
    if manifest is not None:
        return Prepared(folder=str(folder), manifest=manifest)
    order = {
        "origin": asdict(job.task.origin),
        "task": job.task.name,
        "code": job.task.code,
        "seed": job.seed,
        "inner": job.inner,
    }
    with workplace() as work:
        ending = supervise(
            "prepare",
            order,
            work,
            replace(job.limits, file_bytes=FILE_BYTES),
            extra_environment=data_environment(),
            cancelled=cancelled,
            template=slot.template(),
        )
        if ending.outcome.get("status") != "ok":
            return _not_prepared(ending)
        manifest = ending.outcome.get("manifest")
        if not _is_manifest(manifest, inner=job.inner):
            return Prepared(
                reason="the task could not be prepared: it left no manifest that can be read", phase="prepare"
            )
        manifest = _move_into_cache(work / "split", folder, manifest)
    return Prepared(folder=str(folder), manifest=manifest)


def _not_prepared(ending: Ending) -> Prepared:
    """Why there is no split, and whether the task broke or its data are not here."""
    if ending.outcome.get("absent") is True:
        return Prepared(reason=f"data not on this machine: {ending.cause}", phase="data")
    return Prepared(reason=f"the task could not be prepared: {ending.cause}", phase="prepare")


def _is_manifest(said: object, *, inner: bool) -> TypeGuard[dict[str, Any]]:
    """Whether it names rows, files and a digest; a task's code may have written an outcome of its own."""
    if (
        not isinstance(said, dict)
        or not isinstance(said.get("digest"), str)
        or not isinstance(said.get("files"), dict)
    ):
        return False
    folds = said.get("folds") if inner else []
    return isinstance(folds, list) and all(map(_are_rows, [said.get("rows"), *folds]))


def _are_rows(said: object) -> bool:
    return isinstance(said, dict) and all(
        isinstance(said.get(part), int) for part in ("train", "test", "one")
    )


def _intact_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a cached split whose files all have the digests that it names, else None."""
    try:
        manifest: dict[str, Any] = load((folder / MANIFEST).read_bytes())
        intact = all(file_digest(folder / name) == digest for name, digest in manifest["files"].items())
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return manifest if intact else None


def _move_into_cache(made: Path, folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Publish a split whole: copy beside its place, then rename; another worker's equal split may win.

    Returned is the manifest of the split that is in the cache then. Files that a task keeps elsewhere stay linked. The copy's name says whose it is, so that the next run can remove that of a worker that was killed.
    """
    (made / MANIFEST).write_bytes(dump(manifest))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f"{folder.name}.{owner_tag()}-{secrets.token_hex(8)}")
    shutil.copytree(made, beside, symlinks=True)
    try:
        beside.rename(folder)
    except OSError:
        winner = _intact_manifest(folder)
        if winner is not None:
            shutil.rmtree(beside, ignore_errors=True)
            return winner
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    return manifest
