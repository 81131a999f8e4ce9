"""Checks of what is registered: plugins, and the data and libraries that tasks and models need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench.doctor import Finding, fine, problem, some, warning
from carebench.doctor.environment import importable

if TYPE_CHECKING:
    from carebench.catalogue import Catalogue


def plugins(catalogue: Catalogue) -> list[Finding]:
    """Every plugin, available or why not."""
    if not catalogue.plugins:
        return [
            problem("no plugin is installed, not even our own", "pip install --force-reinstall carebench")
        ]
    return [
        fine(f"{entry.origin.name} ({entry.origin.label}) is available")
        if entry.available
        else problem(
            f"{entry.origin.name} ({entry.origin.label}) is not available: {'; '.join(entry.problems)}",
            "`carebench list plugins` shows its traceback; mend it, or uninstall it",
        )
        for entry in catalogue.plugins
    ]


def data(catalogue: Catalogue) -> list[Finding]:
    """Every task can be described, its libraries are there, and those with its data can be imported."""
    lacking = [
        problem(f"{task.name} needs {', '.join(task.missing)}", f"pip install {' '.join(task.missing)}")
        for task in catalogue.tasks
        if task.missing
    ]
    missing = {name for task in catalogue.tasks for name in task.missing}
    libraries = {name for task in catalogue.tasks for name in task.libraries} - missing
    described = len(catalogue.tasks) - len(lacking)
    return [
        fine(f"{described} tasks are described, with the libraries that they need"),
        *lacking,
        *importable(sorted(libraries)),
        *_models_without_libraries(catalogue),
    ]


def _models_without_libraries(catalogue: Catalogue) -> list[Finding]:
    lacking = [model for model in catalogue.models if model.missing]
    if not lacking:
        return []
    names = sorted({name for model in lacking for name in model.missing})
    said = f"models that cannot run here: {some([model.name for model in lacking])}"
    return [warning(said, f"pip install {' '.join(names)}, if you want them")]
