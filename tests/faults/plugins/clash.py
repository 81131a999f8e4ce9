"""A plugin that claims the name of a built-in model."""

from __future__ import annotations

from carebench import Model, hookimpl


@hookimpl
def carebench_models() -> list[Model]:
    """A model named like one of carebench's."""
    return [Model("ridge-logistic", families=["mortality"], build="sklearn.dummy.DummyClassifier")]
