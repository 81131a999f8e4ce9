"""Mending a store: good lines are published anew first, only then is the damaged file set aside.

Separate from looking, which must never change anything. Nothing is deleted but what was never
published; every step may fail or be cut short, and the same repair again completes it.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from carebench.canonical import file_digest
from carebench.doctor.stored import QUARANTINE
from carebench.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.doctor.stored import DamagedSegment, Inspection
    from carebench.store import Store


def repair(store: Store, found: Inspection) -> list[str]:
    """Mend what was found; returns what was done, one sentence each.

    Raises:
        StoreError: when a step failed; the same command again goes on.
    """
    store.open_for_writing()
    try:
        done = [_mend_segment(store, damaged) for damaged in found.segments]
        done += [f"{set_aside(store, path)} holds what was {path.name}" for path in found.damaged]
        done += [f"{set_aside(store, path)} holds a damaged split" for path in found.splits]
        done += [f"removed {_removed(store, path)}, which was never finished" for path in found.unfinished]
    except OSError as error:
        raise StoreError(
            f"{store.root} could not be repaired: {error}; try the same command again"
        ) from error
    return done


def set_aside(store: Store, path: Path) -> Path:
    """Move a damaged file or folder to the quarantine, in one step; its bytes stay as they are."""
    within = path.relative_to(store.root)
    tail = file_digest(path)[:16] if path.is_file() else _free_number(store.root / QUARANTINE / within)
    target = store.root / QUARANTINE / within.with_name(f"{path.name}.{tail}")
    store.disk.make_folder(target.parent)
    store.disk.rename(path, target)
    store.disk.sync_folder(target.parent)
    store.disk.sync_folder(path.parent)
    return target.relative_to(store.root)


def _mend_segment(store: Store, damaged: DamagedSegment) -> str:
    if damaged.good:
        store.publish_lines(damaged.good)
    place = set_aside(store, damaged.path)
    return f"{place} holds a damaged segment; {damaged.whole} of its lines were whole and are kept"


def _free_number(path: Path) -> str:
    return str(1 + len(list(path.parent.glob(f"{path.name}.*"))))


def _removed(store: Store, path: Path) -> Path:
    with contextlib.suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            store.disk.remove(path)
    return path.relative_to(store.root)
