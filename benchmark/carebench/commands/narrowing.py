"""A named suite narrowed to chosen tasks and models: its grids keep their seeds, and lose whatever was not chosen.

Separate from the command `run`, which also knows the other meaning of a choice: without a named suite it stands in place
of the default suite's own tasks and models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from carebench.errors import UsageError
from carebench.names import nearest
from carebench.plan import is_pattern, select

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from carebench.catalogue import Catalogue
    from carebench.suite import Part, Suite


def narrowed(suite: Suite, tasks: Sequence[str], models: Sequence[str], catalogue: Catalogue) -> Suite:
    """The suite with those of its tasks and models that are wanted by name or pattern; without any, all.

    A model wanted by its name that the suite does not hold meets every task that is left.

    Raises:
        UsageError: for a task that the suite does not hold, or when nothing is left.
    """
    grids = [_resolved(part, catalogue) for part in suite.parts]
    kept = _tasks(suite, tasks, {name for grid in grids for name in grid.tasks}, catalogue)
    wanted = set(select(models, [entry.name for entry in catalogue.models], "model", catalogue))
    held = {name for grid in grids for name in grid.models}
    joining = {name for name in models if not is_pattern(name)} - held
    left = [
        grid.model_copy(update={"tasks": sorted(tested), "models": sorted(fitted)})
        for grid in grids
        if (tested := kept & set(grid.tasks))
        and (fitted := wanted & set(grid.models) | joining if models else set(grid.models))
    ]
    if not left:
        raise UsageError(
            f"the suite {suite.name!r} asks none of the models {', '.join(models)} about the tasks that were chosen; "
            "without --suite any model meets any task"
        )
    first = {"tasks": left[0].tasks, "models": left[0].models, "seeds": left[0].seeds}
    return suite.model_copy(update={**first, "part": left[1:]})


def _resolved(part: Part, catalogue: Catalogue) -> Part:
    """The part with names in place of patterns."""
    return part.model_copy(
        update={
            "tasks": select(part.tasks, [entry.name for entry in catalogue.tasks], "task"),
            "models": select(part.models, [entry.name for entry in catalogue.models], "model", catalogue),
        }
    )


def _tasks(suite: Suite, wanted: Sequence[str], held: Collection[str], catalogue: Catalogue) -> set[str]:
    """The suite's tasks that are wanted; each word fits one at least."""
    if not wanted:
        return set(held)
    kept: set[str] = set()
    for word in wanted:
        fitting = set(select([word], [entry.name for entry in catalogue.tasks], "task")) & set(held)
        if not fitting:
            raise UsageError(
                f"the suite {suite.name!r} has no task {word!r}; {nearest(word, sorted(held))}; without --suite any "
                "task can be chosen"
            )
        kept |= fitting
    return kept
