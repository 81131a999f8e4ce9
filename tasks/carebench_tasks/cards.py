"""Data cards that end alike; separate because tasks of many families ask about the same patients."""

from __future__ import annotations

import inspect
from typing import ClassVar


class SharedCardEnd:
    """To be inherited before a task: its data card is its docstring, and then what it shares with other tasks.

    Attributes:
        card_end: the shared end.
    """

    card_end: ClassVar[str]

    @property
    def card(self) -> str:
        """The docstring of the task's class, and the shared end."""
        return f"{inspect.getdoc(type(self))}\n\n{self.card_end}"
