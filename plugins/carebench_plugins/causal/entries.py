"""How causal methods are registered; separate so that the modules of methods hold a table, and no repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import Model
from carebench_plugins.families import AVERAGE_EFFECTS, EFFECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def average(
    name: str,
    build: Callable[..., Any] | str,
    *,
    title: str,
    summary: str,
    citation: str,
    modules: Sequence[str],
    params: Mapping[str, Any] | None = None,
) -> Model:
    """A method of average effects that needs scikit-learn alone."""
    return Model(
        name,
        families=AVERAGE_EFFECTS,
        build=build,
        params=params or {},
        title=title,
        summary=summary,
        citation=citation,
        requires=("scikit-learn",),
        modules=modules,
    )


def of_patients(
    name: str,
    build: Callable[..., Any] | str,
    *,
    title: str,
    summary: str,
    citation: str,
    modules: Sequence[str],
    params: Mapping[str, Any] | None = None,
    requires: Sequence[str] = ("scikit-learn",),
    search: Mapping[str, Any] | None = None,
) -> Model:
    """A method of effects of patients."""
    return Model(
        name,
        families=EFFECTS,
        build=build,
        params=params or {},
        search=search or {},
        title=title,
        summary=summary,
        citation=citation,
        requires=requires,
        modules=modules,
    )
