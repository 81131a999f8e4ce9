"""The file-system steps of the store, one method each; separate so that a test can fail every single one of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Disk:
    """The real file system."""

    def create(self, path: Path) -> int:
        """Open a new file for writing; fails when it exists."""
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of `data`."""
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def sync(self, descriptor: int) -> None:
        """Force a file's data to the disk; an error is final and never tried again."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close a file; network file systems report write errors here."""
        os.close(descriptor)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; fails when the name is taken."""
        os.link(source, target)

    def rename(self, source: Path, target: Path) -> None:
        """Replace `target`."""
        source.replace(target)

    def remove(self, path: Path) -> None:
        """Remove a name."""
        path.unlink()

    def make_folder(self, path: Path) -> None:
        """Make a folder and its parents unless they exist."""
        path.mkdir(parents=True, exist_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Force a folder's names to the disk."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
