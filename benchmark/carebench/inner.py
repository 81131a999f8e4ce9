"""Inner splits: training rows cut once more, for tuning; separate because no test row ever comes here.

Each is a split like any other, so its numeric view is fitted anew on its own training part. What is revealed of the rows
that a trial is judged on lies beside it, for the judge alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from carebench import splits
from carebench.arrays import write_array
from carebench.canonical import digest, file_digest
from carebench.errors import PluginError
from carebench.seeds import order

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from carebench.images import Images
    from carebench.series import Series
    from carebench.task import Split, Task

FOLDS = 3
_Units = TypeVar("_Units", "Series", "Images")


def stratified_folds(split: Split, *names: str | int) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Three folds of the training rows: sorted by answer, within equal answers by hash, and dealt like cards.

    Args:
        split: with training answers `y`, shape (n_train,), among what it reveals.
        names: what the folds belong to.

    Returns:
        For each fold the rows outside it and those in it, both ascending.
    """
    import numpy as np

    answers = split.reveals["y"]
    shuffled = np.asarray(order("inner folds", *names, size=len(answers)), dtype=np.intp)
    dealt = shuffled[np.argsort(answers[shuffled], kind="stable")]
    fold = np.empty(len(answers), dtype=np.intp)
    fold[dealt] = np.arange(len(answers)) % FOLDS
    return [(np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(FOLDS)]


def write(folder: Path, task: Task, split: Split, seed: int) -> dict[str, Any]:
    """Write the inner splits of a split to `folder`; returns the manifest: rows of each, files with digests, digest.

    Raises:
        PluginError: when the task's folds are no rows of its training part, or overlap.
    """
    rows = []
    folds = task.inner_folds(split, seed)
    if folds is None:
        folds = stratified_folds(split, task.name, task.version, seed)
    for number, (fit, held) in enumerate(folds):
        _check(number, fit, held, len(split.train))
        place = folder / str(number)
        place.mkdir()
        inner = replace(
            split,
            train=splits.take_rows(split.train, fit),
            test=splits.take_rows(split.train, held),
            reveals=_reveals(split, fit),
            train_series=_at(split.train_series, fit),
            test_series=_at(split.train_series, held),
            train_images=_at(split.train_images, fit),
            test_images=_at(split.train_images, held),
        )
        rows.append(splits.write(place, inner, task.comparators, task.demographics, task.static)["rows"])
        for name, values in _reveals(split, held).items():
            write_array(place / f"held.{name}.npy", values)
    if not rows:
        raise PluginError(f"task {task.name!r} gave no inner folds; at least one pair of rows was expected")
    files = {str(path.relative_to(folder)): file_digest(path) for path in sorted(folder.glob("*/*"))}
    total = {part: sum(fold[part] for fold in rows) for part in ("train", "test", "one")}
    return {"rows": total, "folds": rows, "files": files, "digest": digest(files)}


def held(folder: Path) -> dict[str, NDArray[Any]]:
    """What is revealed of the rows that the inner split in `folder` is judged on, of any type that a task may reveal."""
    import numpy as np

    found = sorted(folder.glob("held.*.npy"))
    return {path.name.split(".")[1]: np.load(path, allow_pickle=False) for path in found}


def _at(units: _Units | None, rows: NDArray[np.intp]) -> _Units | None:
    return None if units is None else units.take(rows)


def _reveals(split: Split, rows: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """Each array at `rows`; one that does not follow the training rows goes along whole."""
    return {
        name: values
        if name.startswith(splits.UNLABELLED) or len(values) != len(split.train)
        else values[rows]
        for name, values in split.reveals.items()
    }


def _check(number: int, fit: NDArray[np.intp], judged: NDArray[np.intp], length: int) -> None:
    chosen = set(fit.tolist()), set(judged.tolist())
    if (
        not all(chosen)
        or chosen[0] & chosen[1]
        or not all(0 <= row < length for row in chosen[0] | chosen[1])
    ):
        raise PluginError(
            f"inner fold {number} fits on {len(chosen[0])} rows and judges on {len(chosen[1])}; rows 0 to {length - 1} were "
            "expected, some in each part and none in both"
        )
