"""The three hooks of a plugin and the marker for them; separate so that a plugin imports nothing heavy.

A plugin can add a question or an answer. It can never change how others are run or scored: wrappers
and `tryfirst` are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carebench.family import Family
    from carebench.model import Model
    from carebench.task import Task

PROJECT = "carebench"
GROUP = "carebench"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def carebench_families() -> Iterable[Family]:  # type: ignore[empty-body]
    """Kinds of question that this plugin adds."""


@hookspec
def carebench_tasks() -> Iterable[Task]:  # type: ignore[empty-body]
    """Questions that this plugin adds."""


@hookspec
def carebench_models() -> Iterable[Model]:  # type: ignore[empty-body]
    """Methods that this plugin adds."""
