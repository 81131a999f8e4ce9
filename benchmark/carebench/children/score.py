"""The scoring child: the task's truth meets stored answers. It never imports a model's plugin.

The truth is worked out once for a batch of answers to the same task and seed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench.arrays import read_array, write_array
from carebench.canonical import file_digest
from carebench.catalogue import Origin
from carebench.children import harness
from carebench.children.answer import find_family
from carebench.children.prepare import find_task
from carebench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from carebench.family import Family, Scores
    from carebench.task import Truth


def score(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """Score the answers of `order["answers"]`: each a digest, and array names with their files."""
    harness.mark(work, "load")
    task = find_task(Origin(**order["origin"]), order["task"], order["code"])
    family = find_family(Origin(**order["family_origin"]), order["family"])
    harness.mark(work, "truth")
    truth = task.truth(order["seed"])
    units = write_array(work / "units.npy", np.unique(truth.units))
    harness.mark(work, "score")
    scored = [_score(family, truth, entry, work) for entry in order["answers"]]
    return {"units": units, "scores": scored}


def _score(family: Family, truth: Truth, entry: dict[str, Any], work: Path) -> dict[str, Any]:
    """One answer's scores; a metric that fails spares the other answers of the batch."""
    outcome = harness.attempt(
        lambda: _plain(family.score(truth, _stored(entry)), family, truth, entry["digest"], work)
    )
    return {"digest": entry["digest"], **outcome}


def _stored(entry: dict[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of an answer, each with the bytes that its name promises."""
    paths = {name: Path(path) for name, path in entry["arrays"].items()}
    damaged = [path.stem[:12] for path in paths.values() if file_digest(path) != path.stem]
    if damaged:
        raise PluginError(
            f"the stored array {damaged[0]} is damaged; `carebench doctor --repair` sets it aside"
        )
    return {name: read_array(path) for name, path in paths.items()}


def _plain(scores: Scores, family: Family, truth: Truth, digest: str, work: Path) -> dict[str, Any]:
    metrics = {
        metric.name: _number(scores.metrics.get(metric.name), metric.name) for metric in family.metrics
    }
    undefined = {
        name: scores.undefined.get(name, "no reason was given")
        for name, value in metrics.items()
        if value is None
    }
    contributions = _contributions(scores, metrics, truth, digest, work)
    facts = {**truth.facts, **scores.facts}
    return {
        "metrics": metrics,
        "undefined": undefined,
        "contributions": contributions,
        "files": {name: f"{digest}.{number}.npy" for number, name in enumerate(contributions)},
        "units_file": _own_units(scores, digest, work),
        "facts": {name: _number(value, name) for name, value in facts.items()},
        "notes": list(scores.notes),
        "subgroups": _subgroups(scores),
    }


def _subgroups(scores: Scores) -> dict[str, dict[str, dict[str, float | None]]]:
    return {
        attribute: {
            level: {name: _number(value, f"{name} of {attribute} {level}") for name, value in found.items()}
            for level, found in levels.items()
        }
        for attribute, levels in scores.subgroups.items()
    }


def _contributions(
    scores: Scores, metrics: Mapping[str, Any], truth: Truth, digest: str, work: Path
) -> dict[str, str]:
    """Metric name to content digest, each array written; as long as the ids that they are paired by."""
    expected = (truth.units if scores.units is None else scores.units).shape
    written: dict[str, str] = {}
    for name, values in scores.contributions.items():
        if name not in metrics or values.shape != expected:
            raise PluginError(f"contributions to {name!r} have shape {values.shape}; {expected} was expected")
        told = _by_unit(truth.units, values) if scores.units is None else values
        written[name] = write_array(work / f"{digest}.{len(written)}.npy", told)
    return written


def _by_unit(units: NDArray[np.uint64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """One number for each unit, in the order of the opaque ids, so that nothing kept is in the order of the test rows."""
    _, place = np.unique(units, return_inverse=True)
    return np.asarray(np.bincount(place, weights=values), dtype=np.float64)


def _own_units(scores: Scores, digest: str, work: Path) -> str:
    """The file with the ids of these scores alone; empty when they are the truth's."""
    if scores.units is None:
        return ""
    if str(scores.units.dtype) != "uint64" or scores.units.ndim != 1:
        raise PluginError(
            f"the units of the scores are {scores.units.dtype} of shape {scores.units.shape}; "
            "one dimension of uint64 was expected"
        )
    file = f"{digest}.units.npy"
    write_array(work / file, scores.units)
    return file


def _number(value: float | None, name: str) -> float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        raise PluginError(f"{name} is {number}; a finite number, or None with a reason, was expected")
    return number


PROGRAM = score

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
