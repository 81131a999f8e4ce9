"""The answering child: one model meets one split. It imports the plugin of that model and no other.

Nothing here knows the test answers: they are not in the split, nor in any file named in the order.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench import pinning, plugins, splits
from carebench.answers import BATCH_DEPENDENT, CONSTANT, agree, check_answer, is_constant
from carebench.arrays import write_array
from carebench.catalogue import Origin
from carebench.children import harness
from carebench.describe import asking_code, model_code
from carebench.ensembles import average
from carebench.errors import ChangedPlugin
from carebench.estimators import build
from carebench.family import Answer
from carebench.model import Model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench.family import Arrays, Family
    from carebench.task import Split


def answer(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """Fit the model of the order on the split of the order, ask it, and write the answer as plain arrays."""
    harness.mark(work, "load")
    pinning.seed_everything(order["seed"], order["threads"])
    origin = Origin(**order["origin"])
    model = find_model(origin, order["model"], order["families"])
    insist_on_the_code(model, origin, order["code"])
    family = find_family(Origin(**order["family_origin"]), order["family"])
    insist_on_the_asking(family, order["asking"])
    split = splits.read(Path(order["split"]), model.inputs)
    harness.mark(work, "build")
    members = [
        (weight, build(model.build, {**model.params, **params}, seed=order["seed"], threads=order["threads"]))
        for weight, params in order["members"] or [(1.0, {})]
    ]
    harness.mark(work, "fit")
    began = time.monotonic()
    fitted = [(weight, family.fit(estimator, split)) for weight, estimator in members]
    fit_seconds = time.monotonic() - began
    harness.mark(work, "predict")
    began = time.monotonic()
    arrays = _ask(family, fitted, split)
    check_answer(arrays, [Answer(**entry) for entry in order["answers"]], order["rows"])
    seconds = {"fit_s": fit_seconds, "predict_s": time.monotonic() - began}
    flags = [CONSTANT] if is_constant(arrays) else []
    if order["probe"] and _depends_on_the_batch(family, fitted, split, arrays):
        flags.append(BATCH_DEPENDENT)
    harness.mark(work, "write")
    files = {name: write_array(work / f"{name}.npy", array) for name, array in arrays.items()}
    return {"arrays": files, "seconds": seconds, "flags": flags}


def insist_on_the_code(model: Model, origin: Origin, planned: str) -> None:
    """An answer must not be kept under the key of other code than gave it."""
    if origin.kind != "dotted" and model_code(model, origin) != planned:
        raise ChangedPlugin(f"{origin.label}: the code of {model.name!r} was changed while the run was on")


def insist_on_the_asking(family: Family, planned: str) -> None:
    """Nor under the key of other code that asked for it.

    Raises:
        ChangedPlugin: when the code is not the one that the plan was made with.
    """
    if asking_code(family) != planned:
        raise ChangedPlugin(f"the code by which {family.name!r} asks models was changed while the run was on")


def _ask(family: Family, fitted: Sequence[tuple[float, Any]], split: Split) -> Arrays:
    """The answer of one fitted model, or the weighted mean of the answers of several."""
    return average((weight, family.ask(one, split)) for weight, one in fitted)


def _depends_on_the_batch(
    family: Family, fitted: Sequence[tuple[float, Any]], split: Split, arrays: Arrays
) -> bool:
    """Whether every other test row, asked for alone and backwards, is answered otherwise; for answers by test row."""
    if any(entry.rows != "test" for entry in family.answers if entry.name in arrays):
        return False
    rows = range(len(split.test) - 1, -1, -2)
    alone = replace(split, test=splits.take_rows(split.test, rows))
    return not agree(arrays, _ask(family, fitted, alone), rows)


def find_model(origin: Origin, name: str, families: list[str]) -> Model:
    """The model called `name` of the plugin at `origin`; a dotted name is its own model."""
    if origin.kind == "dotted":
        return Model(name, families=families, build=origin.target)
    return plugins.named(plugins.models(plugins.load(origin), origin), name, origin)


def find_family(origin: Origin, name: str) -> Family:
    """The family called `name` of the plugin at `origin`."""
    return plugins.named(plugins.families(plugins.load(origin), origin), name, origin)


PROGRAM = answer

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
