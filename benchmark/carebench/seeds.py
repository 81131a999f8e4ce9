"""Random streams from names; separate so that order, machine and worker count cannot matter.

A seed is a SHA-256 of names and a purpose: neighbouring cells get unrelated streams, and editing a
comment moves none, since no code digest goes in.
"""

from __future__ import annotations

import hashlib

from carebench.canonical import dump


def derive(purpose: str, *names: str | int) -> int:
    """A 32-bit seed for `purpose`, from names and numbers alone.

    Example:
        >>> derive("fit", "mortality/rhc-30d", "ridge", 0) == derive("fit", "mortality/rhc-30d", "ridge", 0)
        True
        >>> derive("fit", "mortality/rhc-30d", "ridge", 0) == derive("fit", "mortality/rhc-30d", "ridge", 1)
        False
    """
    return int.from_bytes(hashlib.sha256(dump(["carebench", purpose, *names])).digest()[:4], "big")


def order(purpose: str, *names: str | int, size: int) -> list[int]:
    """A permutation of `range(size)` drawn by hashing alone: the same on every machine and library version."""
    salt = dump(["carebench", purpose, *names])
    ranks = [hashlib.sha256(salt + number.to_bytes(8, "big")).digest() for number in range(size)]
    return sorted(range(size), key=ranks.__getitem__)
