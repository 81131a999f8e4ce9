"""The noun `Series`: what was measured of n units, when, in the order of time.

Separate from tables because measurements come at irregular hours: nothing is binned, filled or averaged before a model
asks for it. The units stand in one row after the other (CSR): those of unit i lie from `starts[i]` to `starts[i + 1]`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

#: Units that `grid` fills at once, so that its working memory does not grow with their number.
_BLOCK = 1024


@dataclass(frozen=True, kw_only=True)
class Series:
    """Irregular measurements of n units in C channels, m in all.

    Attributes:
        names: what the C channels hold.
        window: hours that were watched, the same for every unit.
        starts: shape (n + 1,), int64: where each unit's measurements begin, and m at the end.
        hours: shape (m,), float32: when, from 0 to `window`, ascending within a unit.
        channels: shape (m,), int16: of what, 0 to C - 1.
        values: shape (m,), float32, finite: how much. From a task in the channel's unit; a model gets them with mean 0
            and standard deviation 1 over each channel's training measurements.
        static: shape (n, p), float32: what does not change. From a task of no columns; a model gets the numeric view of
            the columns that the task declares as `static`.

    Example:
        >>> import numpy as np
        >>> beats = Series(
        ...     names=("heart rate",), window=2.0, starts=np.array([0, 2, 2]), hours=np.array([0.5, 0.9], np.float32),
        ...     channels=np.zeros(2, np.int16), values=np.array([80, 90], np.float32), static=np.empty((2, 0), np.float32),
        ... )
        >>> len(beats), beats.grid(1.0)[0].tolist()
        (2, [[85.0], [nan]])
    """

    names: tuple[str, ...]
    window: float
    starts: NDArray[np.int64]
    hours: NDArray[np.float32]
    channels: NDArray[np.int16]
    values: NDArray[np.float32]
    static: NDArray[np.float32]

    def __len__(self) -> int:
        """The number of units."""
        return len(self.starts) - 1

    def take(self, rows: ArrayLike | Sequence[int]) -> Series:
        """The units at `rows`, in that order, each as often as it is named."""
        import numpy as np

        chosen = np.asarray(rows, dtype=np.intp)
        lengths = np.diff(self.starts)[chosen]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths, dtype=np.int64)])
        places = np.repeat(self.starts[:-1][chosen] - starts[:-1], lengths) + np.arange(starts[-1])
        return replace(
            self,
            starts=starts,
            hours=self.hours[places],
            channels=self.channels[places],
            values=self.values[places],
            static=self.static[chosen],
        )

    def keep(self, kept: NDArray[np.bool_]) -> Series:
        """The same units with those measurements alone at which `kept`, shape (m,), is true."""
        import numpy as np

        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(kept, dtype=np.int64)])
        return replace(
            self,
            starts=before[self.starts],
            hours=self.hours[kept],
            channels=self.channels[kept],
            values=self.values[kept],
        )

    def grid(self, step_hours: float) -> NDArray[np.float32]:
        """Means over bins of `step_hours`, shape (n, T, C) with T = ceil(window / step_hours); NaN where nothing was measured.

        Bin t holds the hours from t to under t + 1 steps; the last bin its end as well.
        """
        import math

        import numpy as np

        if not step_hours > 0:
            raise ValueError(f"step_hours is {step_hours}; a number above 0 was expected")
        steps = max(1, math.ceil(self.window / step_hours - 1e-9))
        means = np.full((len(self), steps, len(self.names)), np.nan, np.float32)
        for first in range(0, len(self), _BLOCK):
            self._fill(means[first : first + _BLOCK], first, step_hours)
        return means

    def units(self) -> NDArray[np.intp]:
        """Shape (m,): to which of the units each measurement belongs."""
        import numpy as np

        return np.repeat(np.arange(len(self), dtype=np.intp), np.diff(self.starts))

    def _fill(self, means: NDArray[np.float32], first: int, step_hours: float) -> None:
        """Fill a block of the grid, that of the units from `first` on."""
        import numpy as np

        count, steps, width = means.shape
        here = slice(int(self.starts[first]), int(self.starts[first + count]))
        unit = np.repeat(np.arange(count), np.diff(self.starts[first : first + count + 1]))
        step = np.minimum((self.hours[here].astype(np.float64) / step_hours).astype(np.intp), steps - 1)
        cell = (unit * steps + step) * width + self.channels[here]
        times = np.bincount(cell, minlength=means.size)
        sums = np.bincount(cell, weights=self.values[here], minlength=means.size)
        known = times > 0
        means.reshape(-1)[known] = sums[known] / times[known]
