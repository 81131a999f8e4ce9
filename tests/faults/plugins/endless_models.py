"""A plugin whose hook never stops giving models."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from carebench import Model, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


@hookimpl
def carebench_models() -> Iterator[Model]:
    """Model after model, each with a name of its own."""
    for number in itertools.count():
        yield Model(f"endless-{number}", families=["mortality"], build="sklearn.dummy.DummyClassifier")
