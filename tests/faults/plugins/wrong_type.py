"""A plugin whose hook gives text where a Model was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


@hookimpl
def carebench_models() -> Iterator[str]:
    """The name of a model only."""
    yield "random-forest"
