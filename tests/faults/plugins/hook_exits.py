"""A plugin whose hook ends the program with status 0."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from carebench import hookimpl

if TYPE_CHECKING:
    from carebench import Model


@hookimpl
def carebench_models() -> list[Model]:
    """No model: the program ends here."""
    sys.exit(0)
