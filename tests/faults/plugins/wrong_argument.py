"""A plugin whose hook asks for an argument that does not exist."""

from __future__ import annotations

from carebench import Model, hookimpl


@hookimpl
def carebench_models(nonsense: object) -> list[Model]:
    """A fine model, behind an argument that nobody can give."""
    return [Model("never-given", families=["mortality"], build="sklearn.dummy.DummyClassifier")]
