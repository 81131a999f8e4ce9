"""Taking over files that a child left; separate because a child that ran a plugin is trusted with nothing."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from carebench.errors import InvalidAnswer

if TYPE_CHECKING:
    from pathlib import Path


def read_handed_over(path: Path) -> bytes:
    """The bytes of a regular file that a child left; a link or a device is refused."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise InvalidAnswer(f"{path.name} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InvalidAnswer(f"{path.name} is no regular file")
        return stream.read()
