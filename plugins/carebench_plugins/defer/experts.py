"""What every method needs to know of the experts' past decisions; separate because each method reads them alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def rightness(expert: NDArray[np.int8], y: NDArray[np.generic]) -> Floats:
    """Whether each known decision was right, shape (n, n_experts): 1, 0, or NaN where it is not known."""
    import numpy as np

    return np.where(expert < 0, np.nan, expert == np.asarray(y)[:, None]).astype(float)


def best_expert(expert: NDArray[np.int8], y: NDArray[np.generic]) -> int:
    """Number of the expert who was right most often where his decision is known; the first where none is."""
    import numpy as np

    right = rightness(expert, y)
    counts = np.maximum((~np.isnan(right)).sum(axis=0), 1)
    return int(np.argmax(np.nansum(right, axis=0) / counts))
