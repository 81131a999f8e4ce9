"""A plugin whose hook raises after its first model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Model, hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator


@hookimpl
def carebench_models() -> Iterator[Model]:
    """One model, then an error."""
    yield Model("before-the-error", families=["mortality"], build="sklearn.dummy.DummyClassifier")
    raise RuntimeError("the hook of this plugin always fails")
