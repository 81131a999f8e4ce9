"""A split on disk, in every view that models ask for; separate because two children meet here and nowhere else.

The preparing child writes, answering children read; a numeric view is made once and mapped by all.
Arrays are mapped copy-on-write, since some estimators refuse read-only memory.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from carebench import series_view, views
from carebench.arrays import write_array
from carebench.canonical import digest, dump, file_digest, load
from carebench.errors import PluginError
from carebench.images import Images
from carebench.images_on_disk import read_images, write_images
from carebench.series import Series
from carebench.task import Split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

#: What the names of arrays begin with that follow the unlabelled rows.
UNLABELLED = "unlabelled_"


_PARTS = ("train", "test", "unlabelled")
_ARRAYS = ("starts", "hours", "channels", "values", "static")


def write(
    folder: Path,
    split: Split,
    comparators: Sequence[str],
    demographics: Sequence[str],
    static: Sequence[str] = (),
) -> dict[str, Any]:
    """Write a split and its views to `folder`; returns the manifest: rows, files with digests, digest.

    Raises:
        PluginError: when the split breaks its contract.
    """
    _check(split, [*comparators, *demographics, *static])
    names = _write_views(folder, split, comparators, demographics, ("train", "test"))
    if split.unlabelled is not None:
        asked = replace(split, test=split.unlabelled)
        _write_views(folder, asked, comparators, demographics, (None, "unlabelled"))
    _write_series(folder, split, static)
    write_images(
        folder,
        {
            "train": (split.train_images, split.train),
            "test": (split.test_images, split.test),
            "unlabelled": (split.unlabelled_images, split.unlabelled),
        },
    )
    for name, values in split.reveals.items():
        write_array(folder / f"reveal.{name}.npy", values)
    files = {path.name: file_digest(path) for path in sorted(folder.iterdir())}
    rows = {"train": len(split.train), "test": len(split.test), "one": 1}
    return {
        "rows": rows,
        "columns": {"numeric": list(names)},
        "files": files,
        "digest": digest(files),
    }


def read(folder: Path, inputs: str) -> Split:
    """Read a split in the view `inputs`, with a fresh 0..n-1 index on both tables.

    Raises:
        PluginError: when series or images are asked for and the task gave none.
    """
    reveals = {path.name.split(".")[1]: _map(path) for path in sorted(folder.glob("reveal.*.npy"))}
    if inputs == "series":
        return Split(train=_read_series(folder, "train"), test=_read_series(folder, "test"), reveals=reveals)
    parts: dict[str, Any] = {part: _read_part(folder, inputs, part) for part in _PARTS}
    return Split(train=parts["train"], test=parts["test"], unlabelled=parts["unlabelled"], reveals=reveals)


def take_rows(part: Any, rows: Sequence[int] | NDArray[np.intp]) -> Any:
    """Some rows of a part of a split in any view: a table, numbered anew from 0, a matrix, series, or images."""
    if hasattr(part, "iloc"):
        return part.iloc[list(rows)].reset_index(drop=True)
    return part.take(rows) if isinstance(part, Series | Images) else part[list(rows)]


def _write_series(folder: Path, split: Split, static: Sequence[str]) -> None:
    """The measurements over time, where the split carries any."""
    pair = series_view.series_view(split, static)
    if pair is None:
        return
    (folder / "series.json").write_bytes(dump({"names": list(pair.train.names), "window": pair.train.window}))
    for part in ("train", "test"):
        for name in _ARRAYS:
            write_array(folder / f"series.{part}.{name}.npy", getattr(getattr(pair, part), name))


def _read_series(folder: Path, part: str) -> Series:
    if not (folder / "series.json").exists():
        raise PluginError(
            "the task declares the modality 'series', and its split carries none: give train_series and test_series"
        )
    said = load((folder / "series.json").read_bytes())
    arrays = {name: _map(folder / f"series.{part}.{name}.npy") for name in _ARRAYS}
    return Series(names=tuple(said["names"]), window=said["window"], **arrays)


def _write_views(
    folder: Path,
    split: Split,
    comparators: Sequence[str],
    demographics: Sequence[str],
    parts: tuple[str | None, str],
) -> Sequence[str]:
    """Every view of the split's training and test rows, under the names in `parts`; None leaves a part unwritten.

    Returns:
        What the columns of the numeric view hold.
    """
    tables = {"raw": views.raw_view(split, comparators)}
    if comparators:
        tables["comparators"] = views.columns_view(split, comparators)
    if demographics:
        tables["demographics"] = views.columns_view(split, demographics)
    numeric = views.numeric_view(split, comparators)
    for part, place in zip(parts, ("train", "test"), strict=True):
        if part is None:
            continue
        for name, view in tables.items():
            _write_table(folder / f"{name}.{part}.arrow", getattr(view, place))
        write_array(folder / f"numeric.{part}.npy", getattr(numeric, place))
    return numeric.names


def _read_part(folder: Path, inputs: str, part: str) -> Any:
    """One part of a split in one view; None where the split has no such part."""
    if inputs == "image":
        return read_images(folder, part)
    numeric, table = folder / f"numeric.{part}.npy", folder / f"{inputs}.{part}.arrow"
    if not numeric.exists():
        return None
    return _map(numeric) if inputs == "numeric" else _read_table(table)


def _check(split: Split, declared: Sequence[str]) -> None:
    tables = {"train": split.train, "test": split.test}
    if split.unlabelled is not None:
        tables["unlabelled"] = split.unlabelled
    for part, table in tables.items():
        if not hasattr(table, "columns"):
            raise PluginError(
                f"the split's {part} is a {type(table).__name__}; a pandas DataFrame was expected"
            )
        lacking = [column for column in declared if column not in table.columns]
        if lacking:
            raise PluginError(f"the split's {part} lacks the declared columns {', '.join(lacking)}")
    for part, table in tables.items():
        if list(split.train.columns) != list(table.columns):
            raise PluginError(f"the split's train and {part} have different columns")
    for name, values in split.reveals.items():
        if not name.isidentifier():
            raise PluginError(
                f"the split reveals {name!r:.80}; a name of letters, digits and '_' was expected"
            )
        rows = len(followed(split, name))
        if len(values) != rows:
            raise PluginError(
                f"the split reveals {len(values)} values of {name!r} for {rows} {_kind(name)} rows"
            )


def followed(split: Split, name: str) -> Any:
    """The table whose rows the revealed array `name` follows; without unlabelled rows an empty one for theirs."""
    if not name.startswith(UNLABELLED):
        return split.train
    return split.train[:0] if split.unlabelled is None else split.unlabelled


def _kind(name: str) -> str:
    return "unlabelled" if name.startswith(UNLABELLED) else "training"


def _write_table(path: Path, table: Any) -> None:
    import pyarrow as pa
    from pyarrow import feather

    arrow = pa.Table.from_pandas(table, preserve_index=False)
    feather.write_feather(arrow, str(path), compression="uncompressed")


def _read_table(path: Path) -> Any:
    from pyarrow import feather

    return feather.read_table(str(path), memory_map=True).to_pandas()


def _map(path: Path) -> NDArray[Any]:
    import numpy as np

    array = np.load(path, mmap_mode="c", allow_pickle=False)
    return np.asarray(array)
