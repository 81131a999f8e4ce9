"""The noun `Images`: pictures of n units, read a few at a time.

Separate from tables because pictures seldom fit in memory: they lie in one file, which is mapped, and what was read of it is
let go at once, so that memory does not grow with their number.
"""

from __future__ import annotations

import mmap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, kw_only=True)
class Images:
    """One RGB picture for each of n units, all of one size.

    It is a data set as PyTorch knows them, `len(images)` and `images[row]`, and iterates over its pictures.

    Attributes:
        pixels: shape (N, H, W, 3), uint8, 0 (dark) to 255 (light): in memory, or a whole `.npy` file that `numpy.load` mapped.
        rows: shape (n,), int64: which of the N pictures each unit has.

    Example:
        >>> import numpy as np
        >>> grey = Images.of(np.full((3, 8, 8, 3), 128, np.uint8))
        >>> len(grey), grey.take([2, 0])[:].shape, [len(batch) for batch in grey.batches(2)]
        (3, (2, 8, 8, 3), [2, 1])
    """

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]

    @classmethod
    def of(cls, pixels: NDArray[np.uint8]) -> Images:
        """All pictures of an array or of a mapped file, in order."""
        import numpy as np

        return cls(pixels=pixels, rows=np.arange(len(pixels), dtype=np.int64))

    def __len__(self) -> int:
        """The number of units."""
        return len(self.rows)

    def __getitem__(self, rows: int | slice | NDArray[np.integer] | Sequence[int]) -> NDArray[np.uint8]:
        """The pixels of one unit, (H, W, 3), or of some, (b, H, W, 3): read now, in memory of their own."""
        import numpy as np

        chosen: Any = rows if isinstance(rows, int | slice) else np.asarray(rows, dtype=np.intp)
        found = np.array(self.pixels[self.rows[chosen]])
        home = getattr(self.pixels, "base", None)
        if isinstance(home, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            home.madvise(mmap.MADV_DONTNEED)
        return found

    def take(self, rows: ArrayLike | Sequence[int]) -> Images:
        """The units at `rows`, in that order, each as often as it is named; nothing is read."""
        import numpy as np

        return replace(self, rows=self.rows[np.asarray(rows, dtype=np.intp)])

    def batches(self, size: int) -> Iterator[NDArray[np.uint8]]:
        """The pixels of all units in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self[start : start + size]
