"""The preparing child: the task's code cuts the data, and every view of the split is written once.

No test answer is written: only the scoring child asks the task for its truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench import inner, plugins, splits
from carebench.catalogue import Origin
from carebench.children import harness
from carebench.describe import task_code
from carebench.errors import ChangedPlugin

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.task import Task


def prepare(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """Write the split of task `order["task"]` for `order["seed"]`, or its inner splits, to the folder `split`."""
    harness.mark(work, "load")
    task = find_task(Origin(**order["origin"]), order["task"], order["code"])
    harness.mark(work, "split")
    split = task.split(order["seed"])
    harness.mark(work, "views")
    folder = work / "split"
    folder.mkdir()
    if order["inner"]:
        return {"manifest": inner.write(folder, task, split, order["seed"])}
    return {"manifest": splits.write(folder, split, task.comparators, task.demographics, task.static)}


def find_task(origin: Origin, name: str, code: str) -> Task:
    """The task called `name` of the plugin at `origin`, if its code is still the one with the digest `code`."""
    task = plugins.named(plugins.tasks(plugins.load(origin), origin), name, origin)
    if task_code(task) != code:
        raise ChangedPlugin(f"{origin.label}: the code of {name!r} was changed while the run was on")
    return task


PROGRAM = prepare

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
