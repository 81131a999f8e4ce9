"""A slot: what one worker keeps between jobs, a warm template that is renewed when it dies."""

from __future__ import annotations

from carebench.starting import Template, can_fork

_LIVES = 5


class Slot:
    """Holds the template of one worker.

    Args:
        warm: False to start every child anew.
    """

    def __init__(self, *, warm: bool = True) -> None:
        self._lives = _LIVES if warm and can_fork() else 0
        self._template: Template | None = None

    def template(self) -> Template | None:
        """A usable template, made now if need be; None when there is none or they keep dying."""
        if self._template is not None and not self._template.usable:
            self.close()
        if self._template is None and self._lives > 0:
            self._lives -= 1
            self._template = Template()
        return self._template

    def close(self) -> None:
        """End the template."""
        if self._template is not None:
            self._template.close()
            self._template = None
