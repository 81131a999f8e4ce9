"""A plugin whose model's name is a path out of any folder."""

from __future__ import annotations

from carebench import Model, hookimpl


@hookimpl
def carebench_models() -> list[Model]:
    """One model, badly named."""
    return [Model("../x", families=["mortality"], build="sklearn.dummy.DummyClassifier")]
