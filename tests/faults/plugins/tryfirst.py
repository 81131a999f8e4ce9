"""A plugin that asks to be called before all others."""

from __future__ import annotations

from carebench import Model, hookimpl


@hookimpl(tryfirst=True)
def carebench_models() -> list[Model]:
    """A fine model that wants to be first."""
    return [Model("pushes-in", families=["mortality"], build="sklearn.dummy.DummyClassifier")]
