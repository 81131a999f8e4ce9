"""The views of a split that a model may ask for: raw, numeric, or only some columns.

Separate from tasks and models because neither should prepare data: a view is made once per split, in the
preparing child, and shared by every model that asks for it. Whatever is estimated is estimated on the
training rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from carebench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from carebench.task import Split


@dataclass(frozen=True, kw_only=True)
class Frames:
    """The training and test rows as pandas DataFrames: same columns, same dtypes, index 0..n-1."""

    train: Any
    test: Any


@dataclass(frozen=True, kw_only=True)
class Matrices:
    """The training and test rows as float32 matrices, shapes (n_train, p) and (n_test, p).

    Attributes:
        train: training rows.
        test: test rows.
        names: what the p columns hold, for instance `age`, `age missing` or `sex=female`.
    """

    train: NDArray[np.float32]
    test: NDArray[np.float32]
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Feature:
    """One column of a numeric view, with its training and test values."""

    name: str
    train: NDArray[np.float32]
    test: NDArray[np.float32]


def raw_view(split: Split, comparators: Sequence[str] = ()) -> Frames:
    """All columns but the comparators, with true dtypes and real missing values.

    Text and object columns become categories; so do category columns anew. The levels are those of the
    training rows, as text: sorted, or in their declared order; any other level in the test rows is
    missing. Without training rows nothing can be learned, and the levels are those of the test rows.
    Booleans are 0 and 1. Numbers keep a dtype that both parts share, else they are float64.

    Raises:
        PluginError: naming column and row, when the split is no pair of tables of finite numbers and levels.
    """
    train, test = _tables(split)
    kept = [name for name in train.columns if name not in set(comparators)]
    return _frames(train[kept], test[kept])


def columns_view(split: Split, columns: Sequence[str]) -> Frames:
    """Only the named columns, in that order, as in the raw view: comparators or demographics.

    Raises:
        PluginError: when a column is absent, or as for the raw view.
    """
    train, test = _tables(split)
    absent = [name for name in columns if name not in train.columns]
    if absent:
        known = ", ".join(map(str, train.columns[:20]))
        raise PluginError(f"the task declares the columns {absent}, which its split lacks; it has: {known}")
    return _frames(train[list(columns)], test[list(columns)])


def numeric_view(split: Split, comparators: Sequence[str] = ()) -> Matrices:
    """The raw view as one float32 matrix, with everything fitted on the training rows alone.

    Per column, in order. Numbers: missing values take the training median, then the column is centred and
    divided by its training standard deviation (divisor n). Categories: one 0/1 column per training level;
    a missing value or an unseen level is 0 in all. Either: a 0/1 column `<name> missing` follows. Columns
    that do not vary over the training rows are dropped, so with no or one training row none is left; a
    number that is missing in every training row says nothing and is dropped too.

    Raises:
        PluginError: as for the raw view, and for a value too far out to be standardised.
    """
    import numpy as np

    frames = raw_view(split, comparators)
    kept = [feature for feature in _features(frames) if _varies(feature.train)]
    return Matrices(
        train=np.column_stack([np.empty((len(frames.train), 0), np.float32), *(f.train for f in kept)]),
        test=np.column_stack([np.empty((len(frames.test), 0), np.float32), *(f.test for f in kept)]),
        names=tuple(feature.name for feature in kept),
    )


def _tables(split: Split) -> tuple[Any, Any]:
    """The two tables, test columns in the order of training, or an error about their shape."""
    import pandas as pd

    for part, table in (("train", split.train), ("test", split.test)):
        if not isinstance(table, pd.DataFrame):
            kind = type(table).__name__
            raise PluginError(f"a tabular task's {part} inputs must be a pandas DataFrame, not {kind}")
        twice = sorted(map(str, table.columns[table.columns.duplicated()]))
        if twice:
            raise PluginError(f"the {part} inputs hold the columns {twice} more than once; name each once")
    odd = sorted(map(str, set(split.train.columns) ^ set(split.test.columns)))
    if odd:
        raise PluginError(f"the columns {odd} are in one of train and test only; both need the same columns")
    return split.train, split.test[split.train.columns]


def _frames(train: Any, test: Any) -> Frames:
    import pandas as pd

    pairs = {name: _column(name, train[name], test[name]) for name in train.columns}
    return Frames(
        train=pd.DataFrame({name: pair[0] for name, pair in pairs.items()}, index=range(len(train))),
        test=pd.DataFrame({name: pair[1] for name, pair in pairs.items()}, index=range(len(test))),
    )


def _column(name: object, train: Any, test: Any) -> tuple[Any, Any]:
    """The training and test values of one column of the raw view."""
    kinds = {_kind(name, train), _kind(name, test)}
    if "levels" in kinds:
        return _categories(train, test)
    numbers = _numbers(train, test)
    for part, values in zip(("train", "test"), numbers, strict=True):
        _check_finite(name, part, values, "finite numbers or missing values were expected")
    return numbers


def _kind(name: object, values: Any) -> str:
    """`levels` or `numbers`; any other dtype is an error."""
    from pandas.api import types

    if isinstance(values.dtype, types.CategoricalDtype) or types.is_object_dtype(values):
        return "levels"
    if types.is_string_dtype(values):
        return "levels"
    if types.is_numeric_dtype(values) and not types.is_complex_dtype(values):
        return "numbers"
    raise PluginError(
        f"column {name!r} has dtype {values.dtype}; real numbers, booleans, text or categories were expected: "
        "a task gives times as numbers, for instance hours since admission"
    )


def _categories(train: Any, test: Any) -> tuple[Any, Any]:
    import pandas as pd

    texts = [values.astype(object).map(_level, na_action="ignore") for values in (train, test)]
    levels = _levels(train, texts[0]) if len(train) else _levels(test, texts[1])
    parts = [pd.Categorical(text.where(text.isin(levels), None), categories=levels) for text in texts]
    return parts[0], parts[1]


def _level(value: object) -> str:
    """A value as the name of a level: 2 and 2.0 are one level, since a missing value makes floats of integers."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _levels(values: Any, texts: Any) -> list[str]:
    """The levels that occur: in their declared order when there is one, else sorted."""
    occurring = set(texts.dropna())
    declared = (
        [_level(value) for value in values.cat.categories] if hasattr(values, "cat") else sorted(occurring)
    )
    return [level for level in dict.fromkeys(declared) if level in occurring]


def _numbers(train: Any, test: Any) -> tuple[Any, Any]:
    import numpy as np

    if train.dtype == test.dtype and isinstance(train.dtype, np.dtype):
        dtype = np.dtype(np.int8) if train.dtype.kind == "b" else train.dtype
        return train.to_numpy(dtype=dtype, copy=True), test.to_numpy(dtype=dtype, copy=True)
    return _floats(train), _floats(test)


def _floats(values: Any) -> NDArray[np.float64]:
    """A column as float64 with NaN where missing, in memory of its own."""
    import numpy as np

    return np.array(values.to_numpy(dtype=np.float64, na_value=np.nan))


def _check_finite(name: object, part: str, values: Any, expected: str) -> None:
    import numpy as np

    rows = np.flatnonzero(np.isinf(values))
    if len(rows):
        came = f"column {name!r} holds {values[rows[0]]} in {part} row {rows[0]} (and {len(rows) - 1} more)"
        raise PluginError(f"{came}; {expected}: mend the task's split")


def _features(frames: Frames) -> Iterator[_Feature]:
    """All columns of a numeric view, in order, those that do not vary among them."""
    for name in frames.train.columns:
        train, test = frames.train[name], frames.test[name]
        if hasattr(train, "cat"):
            yield from _one_hot(str(name), train, test)
        else:
            yield from _standardised(str(name), _floats(train), _floats(test))
        yield _feature(f"{name} missing", train.isna().to_numpy(), test.isna().to_numpy())


def _one_hot(name: str, train: Any, test: Any) -> Iterator[_Feature]:
    for level in train.cat.categories:
        yield _feature(f"{name}={level}", (train == level).to_numpy(), (test == level).to_numpy())


def _standardised(name: str, train: NDArray[np.float64], test: NDArray[np.float64]) -> Iterator[_Feature]:
    import numpy as np

    known = train[~np.isnan(train)]
    if not len(known):
        return
    with np.errstate(all="ignore"):
        median = np.median(known)
        filled = [np.where(np.isnan(values), median, values) for values in (train, test)]
        mean, deviation = filled[0].mean(), filled[0].std()
        scale = np.nan if np.isinf(deviation) else deviation or 1.0
        feature = _feature(name, *((values - mean) / scale for values in filled))
    _check_standardised(feature)
    yield feature


def _check_standardised(feature: _Feature) -> None:
    """Finite before, not finite after: the value lies beyond what float32 can hold."""
    import numpy as np

    for part, values in (("train", feature.train), ("test", feature.test)):
        outside = np.where(np.isnan(values), np.float32(np.inf), values)
        _check_finite(
            feature.name, part, outside, "after standardising, numbers within float32 were expected"
        )


def _feature(name: str, train: NDArray[Any], test: NDArray[Any]) -> _Feature:
    import numpy as np

    return _Feature(name=name, train=train.astype(np.float32), test=test.astype(np.float32))


def _varies(values: NDArray[np.float32]) -> bool:
    return bool(values.size) and bool(values.min() != values.max())
