"""Pictures of a split on disk; separate because they alone are not copied: a file that is there already is linked.

A task keeps its pictures in one file for each part, and every split and inner split of it points to that file. Digests are of
the pictures, not of where they lie.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import TYPE_CHECKING

from carebench.arrays import write_array
from carebench.errors import PluginError
from carebench.images import Images

if TYPE_CHECKING:
    from collections.abc import Mapping, Sized

#: Parts that have pictures as soon as one has.
REQUIRED = ("train", "test")
#: Pictures that are written at once.
_BLOCK = 256


def write_images(folder: Path, parts: Mapping[str, tuple[Images | None, Sized | None]]) -> None:
    """Write the pictures of each part, which goes with a table of as many rows, where the split carries any.

    Raises:
        PluginError: when they are not in form, or only some parts have them.
    """
    given = [pictures for pictures, _ in parts.values() if pictures is not None]
    if not given:
        return
    for name, (pictures, table) in parts.items():
        if pictures is not None or name in REQUIRED:
            _write(folder, name, check_images(pictures, 0 if table is None else len(table), name))
    sizes = {pictures.pixels.shape[1:] for pictures in given}
    if len(sizes) > 1:
        raise PluginError(f"the split's pictures have the sizes {sorted(sizes)}; one size was expected")


def read_images(folder: Path, part: str) -> Images | None:
    """The pictures of a part, mapped; None for a part that may go without.

    Raises:
        PluginError: when the task gave none.
    """
    import numpy as np

    file = folder / f"image.{part}.pixels.npy"
    if not file.exists() and part not in REQUIRED:
        return None
    if not file.exists():
        raise PluginError(
            "the task declares the modality 'image', and its split carries none: give train_images and test_images"
        )
    rows = np.load(folder / f"image.{part}.rows.npy", allow_pickle=False)
    return Images(pixels=np.load(file, mmap_mode="r", allow_pickle=False), rows=rows)


def check_images(pictures: Images | None, rows: int, part: str) -> Images:
    """The pictures of a part, once they are in form.

    Raises:
        PluginError: naming the part, what was expected, and what came.
    """
    fault = _fault(pictures, rows)
    if fault or pictures is None:
        raise PluginError(f"the split's {part} images: {fault}; mend the task's split")
    return pictures


def _fault(pictures: Images | None, rows: int) -> str:
    if pictures is None:
        return "none were given, and another part has some"
    pixels, own = pictures.pixels, pictures.rows
    if str(pixels.dtype) != "uint8" or pixels.ndim != 4 or pixels.shape[3] != 3 or 0 in pixels.shape[1:]:
        return f"pixels are {pixels.dtype} of shape {pixels.shape}; uint8 of shape (N, H, W, 3) was expected"
    if str(own.dtype) != "int64" or own.ndim != 1:
        return f"rows are {own.dtype} of shape {own.shape}; int64 of shape (n,) was expected"
    if len(own) != rows:
        return f"{len(own)} units for {rows} rows of the table"
    if rows and not (own.min() >= 0 and own.max() < len(pixels)):
        return f"rows run from {own.min()} to {own.max()}; 0 to {len(pixels) - 1} were expected"
    return ""


def _write(folder: Path, part: str, pictures: Images) -> None:
    import numpy as np

    file, home = folder / f"image.{part}.pixels.npy", _file_of(pictures)
    if home is not None:
        file.symlink_to(home)
        write_array(folder / f"image.{part}.rows.npy", pictures.rows)
        return
    with file.open("wb") as stream:
        shape = (len(pictures), *pictures.pixels.shape[1:])
        np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for batch in pictures.batches(_BLOCK):
            stream.write(batch.tobytes())
    write_array(folder / f"image.{part}.rows.npy", np.arange(len(pictures), dtype=np.int64))


def _file_of(pictures: Images) -> Path | None:
    """The file that the pixels are the whole of, if there is one."""
    import numpy as np

    pixels = pictures.pixels
    if not isinstance(pixels, np.memmap) or not isinstance(pixels.base, mmap.mmap) or not pixels.filename:
        return None
    file = Path(pixels.filename).resolve()
    whole = np.load(file, mmap_mode="r", allow_pickle=False) if file.suffix == ".npy" else None
    return file if whole is not None and whole.shape == pixels.shape else None
