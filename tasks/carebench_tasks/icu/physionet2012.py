"""PhysioNet/CinC Challenge 2012: 12,000 intensive-care stays of at least 48 hours, in three sets of 4,000.

Separate from the files' layout: here is which stays there are, and what is known of the sets is checked: records, deaths,
measurement rows, stays without a measurement.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import CarebenchError, Series
from carebench_tasks.data import files
from carebench_tasks.icu import kept
from carebench_tasks.icu.physionet2012_files import CHANNELS, HOW, WINDOW, parse
from carebench_tasks.icu.plausible import LIMITS, plausible, within
from carebench_tasks.icu.stays import Stays, bands

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

NAME = "physionet2012"
UNITS = {1: "coronary care", 2: "cardiac surgery recovery", 3: "medical", 4: "surgical"}
CODE = ("carebench_tasks.icu.physionet2012_files",)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a set is known to hold: records, deaths in hospital, measurement rows, and stays without time series."""

    records: int
    deaths: int
    rows: int
    empty: tuple[int, ...]


SETS = {
    "a": Known(records=4000, deaths=554, rows=1757977, empty=(140501, 140936, 141264)),
    "b": Known(
        records=4000,
        deaths=568,
        rows=1762535,
        empty=(142731, 142998, 143656, 145611, 147514, 150309, 150649),
    ),
    "c": Known(records=4000, deaths=585, rows=1765303, empty=(155655, 156254)),
}


def load(name: str) -> Stays:
    """The stays of one set, `a`, `b` or `c`, in the order of their record ids.

    Raises:
        DataAbsent: when the set is not on this machine, saying how to get it.
        CarebenchError: when it is damaged, or not the published one.
    """
    place = files.place(NAME, HOW)
    return read(place.path, name, nonstandard=place.nonstandard)


def check(folder: Path, *, nonstandard: bool) -> Mapping[str, int]:
    """Read all three sets and count; for `carebench data`."""
    sets = [read(folder, name, nonstandard=nonstandard) for name in SETS]
    return {
        "stays": sum(map(len, sets)),
        "deaths in hospital": sum(int(stays.died.sum()) for stays in sets),
        "measurements": sum(len(stays.series.hours) for stays in sets),
        "stays without a measurement": sum(int((np.diff(stays.series.starts) == 0).sum()) for stays in sets),
    }


def fingerprint(*names: str) -> str:
    """What identifies the files of some sets; empty where one is not there."""
    place = files.find(NAME)
    found = [path for name in names for path in _sources(place.path, name)] if place else []
    return files.digest(found) if len(found) == 2 * len(names) else ""


def read(folder: Path, name: str, *, nonstandard: bool) -> Stays:
    """One set from a folder, parsed once and mapped from then on.

    Raises:
        CarebenchError: naming file, what was expected and what came.
    """
    sources = _sources(folder, name)
    if len(sources) < 2:
        raise CarebenchError(
            f"{folder} was expected to hold set-{name}.tar.gz or a folder set-{name}, and Outcomes-{name}.txt; {HOW}"
        )
    key = files.digest(sources) + kept.code(*CODE)
    arrays = kept.kept(f"{NAME}-{name}", files.text_digest(key), lambda: parse(*sources))
    if not nonstandard:
        _check(arrays, name, sources[0])
    return _stays(arrays)


def _sources(folder: Path, name: str) -> list[Path]:
    """The records of a set, packed or loose, and its outcomes; only what is there."""
    records = [folder / f"set-{name}.tar.gz", folder / f"set-{name}"]
    found = [path for path in records if path.exists()][:1]
    return [*found, *(path for path in [folder / f"Outcomes-{name}.txt"] if path.is_file())]


def _check(arrays: Mapping[str, NDArray[Any]], name: str, source: Path) -> None:
    """Hold a set against what is known of it; damaged public copies lack rows or whole parameters."""
    known, records = SETS[name], arrays["records"]
    empty = tuple(records[np.diff(arrays["starts"]) == 0].tolist())
    counts = (len(records), int(arrays["died"].sum()), int(arrays["rows"][0]))
    if counts != (known.records, known.deaths, known.rows):
        raise CarebenchError(
            f"{source}: {known.records} records, {known.deaths} deaths and {known.rows} rows were expected; {counts[0]}, "
            f"{counts[1]} and {counts[2]} came: is it a damaged copy? Get it anew: {HOW}"
        )
    if not set(known.empty) <= set(empty) or np.isnan(arrays["descriptors"][:, 3]).any():
        raise CarebenchError(
            f"{source}: other stays are without measurements than the {len(known.empty)} known ones, or ICUType is missing; get it anew: {HOW}"
        )


@functools.cache
def _ids(records: tuple[int, ...]) -> NDArray[np.uint64]:
    from carebench_tasks.cohorts.declaration import unit_ids

    return unit_ids(NAME, map(str, records))


def _stays(arrays: Mapping[str, NDArray[Any]]) -> Stays:
    import pandas as pd

    age, gender, height, unit, weight = np.asarray(arrays["descriptors"]).T
    sex = np.select([gender == 1, gender == 0], ["male", "female"], default="")
    ward = np.array([UNITS.get(code, "") for code in np.nan_to_num(unit).astype(int)], dtype=np.str_)
    static = pd.DataFrame(
        {
            "age": age,
            "sex": _levels(sex, ["female", "male"]),
            "height": within(height, 100, 250),
            "unit": _levels(ward, list(UNITS.values())),
            "weight at admission": within(weight, *LIMITS["Weight"]),
        }
    )
    series = Series(
        names=CHANNELS,
        window=WINDOW,
        starts=np.asarray(arrays["starts"]),
        hours=np.asarray(arrays["hours"]),
        channels=np.asarray(arrays["channels"]),
        values=np.asarray(arrays["values"]),
        static=np.empty((len(age), 0), np.float32),
    )
    return Stays(
        static=static,
        series=plausible(series),
        scores=pd.DataFrame(np.asarray(arrays["scores"]), columns=["SAPS-I", "SOFA"]),
        died=np.asarray(arrays["died"]),
        patients=_ids(tuple(arrays["records"].tolist())),
        groups={"age": bands(age), "sex": sex.astype(np.str_), "unit": ward},
    )


def _levels(labels: NDArray[np.str_], categories: list[str]) -> pd.Series:
    """Labels as a category; "" is missing."""
    import pandas as pd

    column = pd.Series(labels.astype(object))
    return column.where(column != "").astype(pd.CategoricalDtype(categories))
