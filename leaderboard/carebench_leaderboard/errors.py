"""What can be wrong with a results directory; separate so that every module may raise it.

The command line prints a `TableError` as one message and exits with its `status`. It is no subclass of
the engine's errors, since this package imports nothing of the engine.
"""

from __future__ import annotations

from typing import ClassVar


class TableError(Exception):
    """A results directory breaks its format; the message names file, row and field, and what to do."""

    status: ClassVar[int] = 2
