"""A plugin whose hook's name has a typing error: `carebench_modelz`."""

from __future__ import annotations

from carebench import Model, hookimpl


@hookimpl
def carebench_modelz() -> list[Model]:
    """A fine model that nobody will ask for."""
    return [Model("never-asked-for", families=["mortality"], build="sklearn.dummy.DummyClassifier")]
