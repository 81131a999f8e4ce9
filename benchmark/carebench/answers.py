"""Checking an answer against its family's declaration; separate because child and parent both do it.

The child checks so that the error can speak of the model's own array; the parent checks again,
because it trusts no child.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carebench.errors import InvalidAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench.family import Answer


FLAGS = (CONSTANT, BATCH_DEPENDENT) = ("constant", "batch-dependent")
_TOLERANCE = 1e-6
#: The most columns of an array whose number of columns differs by task.
MOST_COLUMNS = 256


def is_constant(arrays: Mapping[str, NDArray[Any]]) -> bool:
    """Whether every array says the same of all its rows, of which there are several."""
    return all(len(array) > 1 and bool((array == array[0]).all()) for array in arrays.values())


def agree(whole: Mapping[str, NDArray[Any]], part: Mapping[str, NDArray[Any]], rows: Sequence[int]) -> bool:
    """Whether the answers to some rows asked for alone are those given among all rows, up to rounding."""
    import numpy as np

    return set(whole) == set(part) and all(
        np.allclose(array[list(rows)], part[name], rtol=_TOLERANCE, atol=_TOLERANCE)
        for name, array in whole.items()
    )


def check_answer(
    arrays: Mapping[str, NDArray[Any]], declared: Sequence[Answer], rows: Mapping[str, int]
) -> None:
    """Check names, shapes, finiteness and range.

    Args:
        arrays: the answer.
        declared: what the family expects.
        rows: number of rows for `test`, `train` and `one`.

    Raises:
        InvalidAnswer: with what was expected and what came.
    """
    known = {entry.name: entry for entry in declared}
    strange = sorted(set(arrays) - set(known))
    if strange or not arrays:
        raise InvalidAnswer(
            f"arrays named {', '.join(sorted(arrays)) or 'nothing'}; some of {', '.join(known)} were expected"
        )
    lacking = [entry.name for entry in declared if not entry.optional and entry.name not in arrays]
    if lacking:
        raise InvalidAnswer(f"the answer lacks {', '.join(lacking)}")
    for name, array in arrays.items():
        _check_array(array, known[name], rows[known[name].rows])


def _check_array(array: NDArray[Any], entry: Answer, rows: int) -> None:
    expected = _expected_shape(array, entry, rows)
    if array.shape != expected:
        raise InvalidAnswer(
            f"{entry.name} has shape {array.shape}; {expected} was expected, one row for each {entry.rows} row"
        )
    _check_finite(array, entry.name)
    _check_range(array, entry)


def _expected_shape(array: NDArray[Any], entry: Answer, rows: int) -> tuple[int | str, ...]:
    """Shape that an array must have; where any number of columns will do, that which it has."""
    if entry.columns is None:
        return (rows,)
    if entry.columns != "any":
        return (rows, entry.columns)
    fits = array.ndim == 2 and 1 <= array.shape[1] <= MOST_COLUMNS
    return (rows, array.shape[1] if fits else f"1 to {MOST_COLUMNS}")


def _check_finite(array: NDArray[Any], name: str) -> None:
    import numpy as np

    if not array.size:
        return
    bad = np.flatnonzero(~np.isfinite(array).reshape(len(array), -1).all(axis=1))
    if len(bad):
        raise InvalidAnswer(
            f"{name} is NaN or infinite in {len(bad)} of {len(array)} rows, first in row {bad[0]}"
        )


def _check_range(array: NDArray[Any], entry: Answer) -> None:
    if not array.size:
        return
    low, high = float(array.min()), float(array.max())
    if (entry.low is not None and low < entry.low) or (entry.high is not None and high > entry.high):
        raise InvalidAnswer(
            f"{entry.name} runs from {low:.6g} to {high:.6g}; {entry.low} to {entry.high} was expected"
        )
