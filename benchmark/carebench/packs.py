"""Packs the per-unit arrays of a results folder into few files; separate because the board reads a hundred thousand.

A pack is arrays of one task and metric, each a whole `.npy` file, one after another; `index.json` says which and how long.
Every array keeps its digest, by which the results table names it and its reader checks it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from carebench.writing import write_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    Find = Callable[[str], Path]

FORMAT = "carebench-contributions/1"
#: A pack is closed once it holds so many bytes, so that no reader needs more than that and one array at a time.
FULL = 64 * 2**20


def write_packs(cells: Iterable[dict[str, Any]], find: Find, folder: Path) -> None:
    """Write the arrays of `cells`, each in the file that `find` gives for its digest, to `folder`; a pack that is there stays.

    What an earlier table left there is removed.
    """
    folder.mkdir(exist_ok=True)
    packs = {_name(each): each for each in _packs(cells, find)}
    for name, arrays in packs.items():
        if not (folder / name).exists():
            write_whole(folder / name, b"".join(find(digest).read_bytes() for digest, _ in arrays))
    write_json(folder / "index.json", {"format": FORMAT, "packs": packs})
    for old in (*folder.glob("*.npy"), *folder.glob("*.pack")):
        if old.name not in packs:
            old.unlink()


def _packs(cells: Iterable[dict[str, Any]], find: Find) -> Iterator[list[tuple[str, int]]]:
    """Digest and length of the arrays of each pack."""
    for digests in _grouped(cells):
        pack: list[tuple[str, int]] = []
        size = 0
        for digest in digests:
            pack.append((digest, find(digest).stat().st_size))
            size += pack[-1][1]
            if size >= FULL:
                yield pack
                pack, size = [], 0
        if pack:
            yield pack


def _grouped(cells: Iterable[dict[str, Any]]) -> Iterable[list[str]]:
    """Digests of the arrays, each once, by task and what they are of."""
    first: dict[str, tuple[str, str]] = {}
    for cell in cells:
        for kind, digest in (("", cell["units"]), *cell["contributions"].items()):
            if digest:
                first.setdefault(digest, (cell["task"], kind))
    groups: dict[tuple[str, str], list[str]] = {}
    for digest, group in first.items():
        groups.setdefault(group, []).append(digest)
    return groups.values()


def _name(arrays: Sequence[tuple[str, int]]) -> str:
    """The digest of a pack's digests, hence of its content."""
    return hashlib.sha256("\n".join(digest for digest, _ in arrays).encode()).hexdigest() + ".pack"
