"""The head and the tail of an endless stream; separate because what strangers print must not fill memory or disk."""

from __future__ import annotations

from carebench.text import printable

KEPT_BYTES = 32 * 1024


class HeadAndTail:
    """The first and the last bytes of an endless stream, and how many were dropped between."""

    def __init__(self) -> None:
        self.head = bytearray()
        self.tail = bytearray()
        self.dropped = 0

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        room = KEPT_BYTES - len(self.head)
        self.head += data[:room]
        self.tail += data[max(room, 0) :]
        excess = len(self.tail) - KEPT_BYTES
        if excess > 0:
            del self.tail[:excess]
            self.dropped += excess

    def text(self) -> str:
        """What was kept, printable, with the number of bytes left out between."""
        gap = f"\n[... {self.dropped} bytes left out ...]\n" if self.dropped else ""
        whole = self.head.decode("utf-8", "replace") + gap + self.tail.decode("utf-8", "replace")
        return printable(whole, 3 * KEPT_BYTES)
