"""The last line that a running child printed, in a file of the store, for whoever watches the run.

Separate from the output that is kept with a record, because it goes from a worker to the driver while the child runs: the
store is the folder that both share, on one machine and on a cluster.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

from carebench.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY_SECONDS = 1.0
_MOST_BYTES = 400


def place_of(store: str, label: str) -> Path:
    """The file in which the last line of the job of this label stands while it runs."""
    return Path(store, "unfinished", f"line-{hashlib.sha256(label.encode()).hexdigest()[:24]}")


def last_line(path: Path) -> str:
    """What the child said last, printable; empty when it has said nothing, or has ended."""
    try:
        with path.open("rb") as file:
            said = file.read(_MOST_BYTES)
    except OSError:
        return ""
    return one_line(said.decode("utf-8", "replace"), _MOST_BYTES)


class LastLine:
    """Keeps the last whole line of an endless stream in a file, written anew at most once a second.

    A file that cannot be written is no reason to stop a child: then nobody sees the line.

    Args:
        path: the file; without one nothing is kept.
        clock: seconds, replaced in tests.
    """

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._tail = b""
        self._written, self._when = b"", float("-inf")

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self._tail = (self._tail + data)[-2 * _MOST_BYTES :]
        self.tell()

    def tell(self) -> None:
        """Write the last whole line with something in it, if it is new and a second is over."""
        line = self._last()
        if self._path is None or line in (b"", self._written) or self._clock() - self._when < _EVERY_SECONDS:
            return
        self._written, self._when = line, self._clock()
        with contextlib.suppress(OSError):
            self._path.write_bytes(line[:_MOST_BYTES])

    def close(self) -> None:
        """Take the file away."""
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _last(self) -> bytes:
        """The last line that has an end and something in it; a carriage return ends one too."""
        *whole, _ = self._tail.replace(b"\r", b"\n").split(b"\n")
        return next((line.strip() for line in reversed(whole) if line.strip()), b"")
