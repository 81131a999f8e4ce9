"""What can go wrong, by who can mend it; separate so that every module may raise without importing another.

The command line prints a `CarebenchError` as one message and exits with its `status`; anything else
is our own fault and keeps its traceback.
"""

from __future__ import annotations

from typing import ClassVar


class CarebenchError(Exception):
    """Root of the errors that a user, a plugin author or an operator can mend."""

    status: ClassVar[int] = 2


class UsageError(CarebenchError):
    """The command, the suite or a name is wrong; nothing was run."""


class PluginError(CarebenchError):
    """A plugin breaks the contract: it cannot be loaded, named or described."""


class ChangedPlugin(PluginError):  # noqa: N818 - says what happened
    """A plugin's code is no longer the one that the plan was made with; its cells wait for the next run."""


class StoreError(CarebenchError):
    """A result could not be kept or read back; what was acknowledged before is safe."""

    status: ClassVar[int] = 3


class InfrastructureError(CarebenchError):
    """Ray, a worker or the machine failed; the same command completes what is missing."""

    status: ClassVar[int] = 3


class LostChild(InfrastructureError):  # noqa: N818 - says what happened
    """The process that started a child was killed and took it along; no fault of the child, and tried again."""


class Unsuited(CarebenchError):  # noqa: N818 - it declines, it is no error of anybody's
    """Raised by a model to decline a task, with its reason: shown as such, never as a failure.

    Example:
        >>> raise Unsuited("needs at least one numeric column")
        Traceback (most recent call last):
        carebench.errors.Unsuited: needs at least one numeric column
    """


class DataAbsent(CarebenchError):  # noqa: N818 - says what is the case
    """Raised by a task whose data a user has to bring, saying how to get them: nobody's failure.

    Example:
        >>> raise DataAbsent("CAREBENCH_DATA is not set; it names the folder that holds rhc/, from hbiostat.org/data")
        Traceback (most recent call last):
        carebench.errors.DataAbsent: CAREBENCH_DATA is not set; it names the folder that holds rhc/, from hbiostat.org/data
    """


class InvalidAnswer(CarebenchError):  # noqa: N818 - names the state `invalid`
    """A model's answer breaks its family's contract: wrong length, type, range or not finite."""
