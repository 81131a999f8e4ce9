"""A slot: what one worker keeps between jobs, warm templates that are renewed when they die."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from carebench.starting import Template, can_fork

if TYPE_CHECKING:
    from collections.abc import Collection

_LIVES = 5
#: Large libraries that get a template of their own, by distribution; what a model declares decides.
_LARGE = {"econml": "econml.dml", "torch": "torch"}


class Slot:
    """Holds the templates of one worker.

    Args:
        warm: False to start every child anew.
    """

    def __init__(self, *, warm: bool = True) -> None:
        self._warm = warm and can_fork()
        self._templates: dict[tuple[str, ...], Template] = {}
        self._made: Counter[tuple[str, ...]] = Counter()

    def template(self, libraries: Collection[str] = ()) -> Template | None:
        """A usable template for what a model declares, made now if need be; None when there is none or they keep dying."""
        modules = tuple(sorted(_LARGE[name] for name in libraries if name in _LARGE))
        known = self._templates.get(modules)
        if known is not None and known.usable:
            return known
        if known is not None:
            known.close()
            del self._templates[modules]
        if not self._warm or self._made[modules] == _LIVES:
            return None
        self._made[modules] += 1
        return self._templates.setdefault(modules, Template(modules))

    def close(self) -> None:
        """End the templates."""
        for template in self._templates.values():
            template.close()
        self._templates.clear()
