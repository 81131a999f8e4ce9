"""Taking over files that a child left; separate because a child that ran a plugin is trusted with nothing."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from carebench.errors import InvalidAnswer

if TYPE_CHECKING:
    from pathlib import Path


def read_handed_over(path: Path, at_most: int) -> bytes:
    """The bytes of a regular file that a child left.

    Raises:
        InvalidAnswer: for a link, a pipe or a device put in its place, and for a file of more than `at_most` bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise InvalidAnswer(f"{path.name} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise InvalidAnswer(f"{path.name} is no regular file")
        if status.st_size > at_most:
            raise InvalidAnswer(f"{path.name} has {status.st_size} bytes; at most {at_most} were expected")
        return stream.read(at_most)
