"""The small statistics on which the checks of a task rest; separate because they are functions of arrays alone."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from carebench.task import Split, Truth

#: With fewer rows of either kind a ranking says nothing.
FEW = 10


def numbers(values: Any) -> NDArray[np.float64]:
    """An array as float64."""
    import numpy as np

    return np.asarray(values, dtype=np.float64)


def is_outcome(values: NDArray[Any]) -> bool:
    """Whether an answer is a yes or no."""
    import numpy as np

    return len(np.unique(values)) == 2


def outcomes(truth: Truth) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The answers that are yes or no, each with rows enough of both."""
    for name, values in truth.answers.items():
        high = numbers(values) > numbers(values).min()
        if name != "weight" and is_outcome(values) and FEW <= high.sum() <= len(high) - FEW:
            yield name, high


def halves(truth: Truth) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Every answer as high or low, where there are rows enough of both."""
    import numpy as np

    yield from outcomes(truth)
    for name, values in truth.answers.items():
        high = numbers(values) > np.median(numbers(values))
        if not is_outcome(values) and FEW <= high.sum() <= len(high) - FEW:
            yield name, high


def aurocs(high: NDArray[np.bool_], table: NDArray[Any]) -> NDArray[np.float64]:
    """Of each column: the chance that a high row has the larger value, ties half; from the sum of mid-ranks."""
    import numpy as np
    from scipy.stats import rankdata

    some, others = int(high.sum()), int((~high).sum())
    ranks = np.asarray(rankdata(table, axis=0), dtype=np.float64)
    return np.asarray((ranks[high].sum(axis=0) - some * (some + 1) / 2) / (some * others))


def likeness(table: Any) -> NDArray[np.uint64]:
    """One number a row, equal for equal values."""
    import numpy as np
    import pandas as pd

    return np.asarray(pd.util.hash_pandas_object(table, index=False), dtype=np.uint64)


def shared(first: Any, second: Any) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the rows stand that both tables have, and that nobody else in either is like."""
    import numpy as np

    places, rows = [], []
    for table in (first, second):
        values, place, times = np.unique(likeness(table), return_index=True, return_counts=True)
        rows.append(values[times == 1])
        places.append(place[times == 1])
    _, here, there = np.intersect1d(rows[0], rows[1], assume_unique=True, return_indices=True)
    return places[0][here], places[1][there]


def shares_with_an_equal(split: Split) -> tuple[float, float]:
    """The share of test rows that equal a training row, and of training rows that equal another."""
    import numpy as np

    if not len(split.train):
        return 0.0, 0.0
    values, times = np.unique(likeness(split.train), return_counts=True)
    tested = float(np.isin(likeness(split.test), values).mean())
    return tested, float(times[times > 1].sum() / times.sum())


def bytes_of(truth: Truth) -> str:
    """SHA-256 of all that a truth says."""
    import numpy as np

    found = hashlib.sha256(repr(sorted(truth.facts.items())).encode())
    arrays = itertools.chain([("units", truth.units)], truth.answers.items(), truth.groups.items())
    for name, values in arrays:
        found.update(f"{name} {values.dtype} {values.shape}".encode())
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()
