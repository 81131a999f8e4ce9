"""The child that tries parameters: one model meets the inner splits of a task and seed, one after the other.

Separate from answering because nothing here is an answer to the task: no test row is in any split that it sees.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench import pinning, splits
from carebench.answers import check_answer
from carebench.arrays import write_array
from carebench.catalogue import Origin
from carebench.children import harness
from carebench.children.answer import find_family, find_model, insist_on_the_asking, insist_on_the_code
from carebench.estimators import build
from carebench.family import Answer

if TYPE_CHECKING:
    from carebench.family import Arrays


def attempt(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """Fit and ask on every inner split of the order, and write each answer's arrays, inner splits one behind the other."""
    import numpy as np

    harness.mark(work, "load")
    origin = Origin(**order["origin"])
    model = find_model(origin, order["model"], order["families"])
    insist_on_the_code(model, origin, order["code"])
    family = find_family(Origin(**order["family_origin"]), order["family"])
    insist_on_the_asking(family, order["asking"])
    params = {**model.params, **order["params"]}
    answers: list[Arrays] = []
    for number, rows in enumerate(order["folds"]):
        harness.mark(work, "fit")
        pinning.seed_everything(order["seed"], order["threads"])
        split = splits.read(Path(order["split"]) / str(number), model.inputs)
        estimator = build(model.build, params, seed=order["seed"], threads=order["threads"])
        arrays = family.ask(family.fit(estimator, split), split)
        check_answer(arrays, [Answer(**entry) for entry in order["answers"]], rows)
        answers.append(arrays)
    harness.mark(work, "write")
    names = sorted(set.intersection(*(set(arrays) for arrays in answers)))
    files = {
        name: write_array(work / f"{name}.npy", np.concatenate([arrays[name] for arrays in answers]))
        for name in names
    }
    return {"arrays": files}


PROGRAM = attempt

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
