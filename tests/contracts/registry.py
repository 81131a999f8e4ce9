"""What is held to the contracts: everything that the built-in packages and the third party's plugin register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from carebench import plugins

if TYPE_CHECKING:
    from collections.abc import Callable

    from carebench import Family, Model, Task

SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"
_ORIGINS = [
    *(each for each in plugins.installed_origins() if each.distribution == "carebench"),
    plugins.named_origin(str(SPAM)),
]
_LOADED = [(plugins.load(origin), origin) for origin in _ORIGINS]

FAMILIES: dict[str, Family] = {
    family.name: family for module, origin in _LOADED for family in plugins.families(module, origin)
}
TASKS: dict[str, Task] = {
    task.name: task for module, origin in _LOADED for task in plugins.tasks(module, origin)
}
MODELS: dict[str, Model] = {
    model.name: model for module, origin in _LOADED for model in plugins.models(module, origin)
}


def complaint(check: Callable[[], None]) -> str:
    """What a check of a contract finds fault with; empty when it passes."""
    try:
        check()
    except AssertionError as error:
        return str(error) or "it failed without a word"
    return ""
