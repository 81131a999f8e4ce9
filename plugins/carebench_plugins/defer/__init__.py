"""Methods that hand over: one module per kind of method, listed without importing what does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench_plugins.defer import advantage, combining, exact, posthoc, surrogates, triage, uncertain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from carebench import Model


def models() -> Iterator[Model]:
    """All of them, simplest first."""
    yield from posthoc.models()
    yield from advantage.models()
    yield from combining.models()
    yield from uncertain.models()
    yield from surrogates.models()
    yield from triage.models()
    yield from exact.models()
