"""Tables in a publisher's layout: csv or csv.gz in a folder, with the columns that are needed, whole or refused.

Separate from the loaders because files break in the same ways everywhere: they are absent, cut off, lack a column, or hold
text where numbers were.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from carebench import CarebenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

#: Rows of a large table that are in memory at once.
CHUNK = 2_000_000


def find(folder: Path, name: str) -> Path | None:
    """The table called `name`, for instance `icu/icustays`, or None."""
    found = [
        folder / f"{name}{ending}" for ending in (".csv.gz", ".csv") if (folder / f"{name}{ending}").is_file()
    ]
    return found[0] if found else None


def table(folder: Path, name: str, columns: Mapping[str, str], times: Sequence[str] = ()) -> pd.DataFrame:
    """Some columns of a table.

    Args:
        folder: of the data set.
        name: of the table, without ending.
        columns: names with their dtypes.
        times: columns that hold dates and times.

    Raises:
        CarebenchError: naming the file, what was expected and what came.
    """
    import pandas as pd

    parts = list(chunks(folder, name, columns, times, lambda chunk: chunk))
    return pd.concat(parts, ignore_index=True)


def chunks(
    folder: Path,
    name: str,
    columns: Mapping[str, str],
    times: Sequence[str],
    keep: Callable[[pd.DataFrame], pd.DataFrame],
) -> list[pd.DataFrame]:
    """What `keep` leaves of each part of a table that may be too large for memory; arguments and errors as for `table`."""
    import pandas as pd

    path = find(folder, name)
    if path is None:
        raise CarebenchError(f"{folder} was expected to hold {name}.csv.gz or {name}.csv")
    wanted = {*columns, *times}
    try:
        lacking = sorted(wanted - set(pd.read_csv(path, nrows=0).columns))
        if lacking:
            raise CarebenchError(f"{path} lacks the columns {', '.join(lacking)}; get the file anew")
        reader = pd.read_csv(path, usecols=sorted(wanted), dtype=dict(columns), chunksize=CHUNK)
        return [keep(_timed(chunk, times)) for chunk in reader]
    except (EOFError, OSError, zlib.error) as error:
        raise CarebenchError(f"{path} is damaged ({error}); get the file anew") from error
    except ValueError as error:
        raise CarebenchError(f"{path} does not hold what it should ({error}); get the file anew") from error


def hold(
    folder: Path,
    counts: Mapping[str, int],
    known: Mapping[str, tuple[int, ...]],
    others: Mapping[str, Collection[tuple[int, ...]]],
) -> None:
    """Hold what was counted against the counts of the published versions.

    Args:
        folder: of the data set.
        counts: what was counted, to how many.
        known: version to its counts, in the same order.
        others: data set to the counts of its versions, to say which one this is instead.

    Raises:
        CarebenchError: with all of them, and what it is instead.
    """
    came = tuple(counts.values())
    if came in known.values():
        return
    published = "; ".join(
        f"{version}: {_in_words(dict(zip(counts, expected, strict=True)))}"
        for version, expected in known.items()
    )
    instead = [
        f"; this is {name}: use `carebench data add {name} FOLDER`"
        for name, versions in others.items()
        if came in versions
    ]
    raise CarebenchError(f"{folder} holds {_in_words(counts)}; published are {published}{''.join(instead)}")


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items())


def _timed(chunk: pd.DataFrame, times: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    return chunk.assign(**{name: pd.to_datetime(chunk[name], format="ISO8601") for name in times})
