"""A plugin that wraps everybody's hooks and replaces what they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench import Model, hookimpl

if TYPE_CHECKING:
    from collections.abc import Generator


@hookimpl(wrapper=True)
def carebench_models() -> Generator[None, object, list[list[Model]]]:
    """One model in place of all others."""
    yield
    return [[Model("hijacked", families=["mortality"], build="sklearn.dummy.DummyClassifier")]]
