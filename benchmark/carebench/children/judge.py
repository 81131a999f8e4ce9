"""The child that judges trials: the family's objective meets what trials answered. It never imports a model's plugin.

Separate from scoring because it knows no test answer: it judges by what the training rows reveal.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import inner, splits
from carebench.arrays import read_array
from carebench.catalogue import Origin
from carebench.children import harness
from carebench.children.answer import find_family
from carebench.ensembles import select
from carebench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench.family import Arrays, Family


def judge(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """The value of one trial, or, of several, the ensemble that does best: trial number to weight."""
    harness.mark(work, "load")
    family = find_family(Origin(**order["family_origin"]), order["family"])
    harness.mark(work, "judge")
    folds = _Folds(family, Path(order["split"]), order)
    trials = {int(number): folds.parts(arrays) for number, arrays in order["trials"].items()}
    if not order["select"]:
        (parts,) = trials.values()
        return {"value": folds.value(parts)}
    return {"weights": {str(number): weight for number, weight in select(trials, folds.value).items()}}


class _Folds:
    """The inner splits with what their held-out rows reveal, read once."""

    def __init__(self, family: Family, folder: Path, order: dict[str, Any]) -> None:
        assert family.objective is not None  # noqa: S101 - only such families have trials
        self._objective = family.objective
        self._rows = {entry.name: entry.rows for entry in family.answers}
        self._lengths: list[dict[str, int]] = order["folds"]
        places = [folder / str(number) for number in range(len(self._lengths))]
        self._splits = [(splits.read(place, "numeric"), inner.held(place)) for place in places]

    def parts(self, files: Mapping[str, str]) -> list[dict[str, NDArray[Any]]]:
        """A trial's arrays, cut into its inner splits."""
        parts: list[dict[str, NDArray[Any]]] = [{} for _ in self._lengths]
        for name, file in files.items():
            ends = np.cumsum([rows[self._rows[name]] for rows in self._lengths])
            for part, piece in zip(parts, np.split(read_array(Path(file)), ends[:-1]), strict=True):
                part[name] = piece
        return parts

    def value(self, parts: Sequence[Arrays]) -> float:
        """Mean objective over the inner splits.

        Raises:
            PluginError: when it is no finite number.
        """
        found = [
            float(self._objective(split, held, arrays))
            for (split, held), arrays in zip(self._splits, parts, strict=True)
        ]
        value = math.fsum(found) / len(found)
        if not math.isfinite(value):
            raise PluginError(f"the objective is {found}; finite numbers were expected")
        return value


PROGRAM = judge

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
