"""PhysioNet/CinC Challenge 2012: 12,000 intensive-care stays of at least 48 hours, in three sets of 4,000.

Separate because its layout is its own: one text file a stay, in a folder or a tar.gz a set, and an outcome file a set. The
value -1 means missing. What is known of the sets is checked: records, deaths, measurement rows, parameters.
"""

from __future__ import annotations

import functools
import io
import tarfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import CarebenchError, Series
from carebench_tasks.data import files
from carebench_tasks.icu import kept
from carebench_tasks.icu.plausible import LIMITS, plausible, within
from carebench_tasks.icu.stays import Stays, bands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

NAME, WINDOW = "physionet2012", 48.0
HOW = "`carebench data fetch physionet2012` brings it (20 MB, open), or `carebench data add physionet2012 FOLDER` names your copy"
CHANNELS = (
    *(
        "ALP",
        "ALT",
        "AST",
        "Albumin",
        "BUN",
        "Bilirubin",
        "Cholesterol",
        "Creatinine",
        "DiasABP",
        "FiO2",
        "GCS",
    ),
    *(
        "Glucose",
        "HCO3",
        "HCT",
        "HR",
        "K",
        "Lactate",
        "MAP",
        "MechVent",
        "Mg",
        "NIDiasABP",
        "NIMAP",
        "NISysABP",
    ),
    *(
        "Na",
        "PaCO2",
        "PaO2",
        "Platelets",
        "RespRate",
        "SaO2",
        "SysABP",
        "Temp",
        "TroponinI",
        "TroponinT",
        "Urine",
    ),
    *("WBC", "Weight", "pH"),
)
DESCRIPTORS = ("Age", "Gender", "Height", "ICUType", "Weight")
OUTCOMES = ("RecordID", "SAPS-I", "SOFA", "Length_of_stay", "Survival", "In-hospital_death")
UNITS = {1: "coronary care", 2: "cardiac surgery recovery", 3: "medical", 4: "surgical"}
HEADER = "Time,Parameter,Value"
CODE = ("carebench_tasks.icu.physionet2012",)


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
    arrays = kept.kept(f"{NAME}-{name}", files.text_digest(key), lambda: _parse(*sources))
    if not nonstandard:
        _check(arrays, name, sources[0])
    return _stays(arrays)


def _sources(folder: Path, name: str) -> list[Path]:
    """The records of a set, packed or loose, and its outcomes; only what is there."""
    records = [folder / f"set-{name}.tar.gz", folder / f"set-{name}"]
    found = [path for path in records if path.exists()][:1]
    return [*found, *(path for path in [folder / f"Outcomes-{name}.txt"] if path.is_file())]


def _parse(records: Path, outcomes: Path) -> Mapping[str, NDArray[Any]]:
    """Both files as plain arrays: stays by record id, measurements by stay and time."""
    import pandas as pd

    lines, stays, counts = _joined(records)
    table = pd.read_csv(
        io.BytesIO(lines),
        names=["time", "parameter", "value"],
        dtype={"time": "category", "parameter": "category"},
    )
    unit = np.repeat(np.arange(len(stays)), counts)
    answers = _outcomes(outcomes, stays)
    order = np.argsort(stays, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return {
        "records": stays[order],
        "rows": np.array([len(table)]),
        **answers,
        **_measurements(table, place[unit], len(stays), records),
    }


def _joined(records: Path) -> tuple[bytes, NDArray[np.int64], NDArray[np.int64]]:
    """All records' lines one behind the other without headers, with record ids and numbers of lines."""
    bodies, stays, counts = [], [], []
    try:
        for name, text in _texts(records):
            head, _, body = text.replace(b"\r\n", b"\n").partition(b"\n")
            if head.decode("latin-1").strip() != HEADER or not name.isdecimal():
                raise CarebenchError(
                    f"{records}, record {name}: the header {HEADER} was expected; {head[:60]!r} came; get the file anew: {HOW}"
                )
            if body and not body.endswith(b"\n"):
                raise CarebenchError(
                    f"{records}, record {name}: the last line is cut off; get the file anew: {HOW}"
                )
            bodies.append(body)
            stays.append(int(name))
            counts.append(body.count(b"\n"))
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise CarebenchError(f"{records} is damaged ({error}); get the file anew: {HOW}") from error
    if len(set(stays)) < len(stays) or not stays:
        raise CarebenchError(
            f"{records} holds {len(stays)} records, some twice or none at all; get the file anew: {HOW}"
        )
    return b"".join(bodies), np.array(stays), np.array(counts)


def _texts(records: Path) -> Iterator[tuple[str, bytes]]:
    """Record id and content of every text file."""
    if records.is_dir():
        for path in sorted(records.glob("*.txt")):
            yield path.stem, path.read_bytes()
        return
    with tarfile.open(records, "r:gz") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() and member.name.endswith(".txt") else None
            if stream is not None:
                yield member.name.rpartition("/")[2].removesuffix(".txt"), stream.read()


def _measurements(
    table: pd.DataFrame, unit: NDArray[np.int64], stays: int, source: Path
) -> dict[str, NDArray[Any]]:
    """Descriptors, which are the first of their name at 00:00, and measurements in order of stay and time; -1 is missing."""
    parameters = list(table["parameter"].cat.categories)
    unknown = sorted(set(parameters) - {*CHANNELS, *DESCRIPTORS, "RecordID", ""})
    if unknown:
        raise CarebenchError(
            f"{source}: the parameters {', '.join(unknown[:5])} are not among the known ones; get the file anew: {HOW}"
        )
    hours = _hours(table["time"].cat.categories, source)[table["time"].cat.codes]
    known = table["value"].to_numpy("float64")
    names, code = np.array(parameters), table["parameter"].cat.codes.to_numpy()
    descriptors, general = np.full((stays, len(DESCRIPTORS)), np.nan), np.zeros(len(unit), bool)
    for column, name in enumerate(DESCRIPTORS):
        rows = np.flatnonzero((names[code] == name) & (hours == 0))
        first = rows[np.unique(unit[rows], return_index=True)[1]]
        descriptors[unit[first], column] = np.where(known[first] < 0, np.nan, known[first])
        general[first] = True
    channel = np.array([CHANNELS.index(name) if name in CHANNELS else -1 for name in parameters])[code]
    there = ~general & (channel >= 0) & np.isfinite(known) & (known != -1) & (hours <= WINDOW)
    order = np.lexsort((np.flatnonzero(there), hours[there], unit[there]))
    lengths = np.bincount(unit[there], minlength=stays)
    return {
        "descriptors": descriptors,
        "starts": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        "hours": hours[there][order].astype(np.float32),
        "channels": channel[there][order].astype(np.int16),
        "values": known[there][order].astype(np.float32),
    }


def _hours(texts: Any, source: Path) -> NDArray[np.float64]:
    """Times such as 07:32 as hours."""
    try:
        pairs = [str(text).split(":") for text in texts]
        return np.array([int(hour) + int(minute) / 60 for hour, minute in pairs])
    except ValueError as error:
        raise CarebenchError(
            f"{source}: times such as 07:32 were expected ({error}); get the file anew: {HOW}"
        ) from error


def _outcomes(path: Path, stays: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """Scores and death in hospital by ascending record id, of exactly the stays that there are."""
    import pandas as pd

    table = pd.read_csv(path, skipinitialspace=True)
    lacking = [name for name in OUTCOMES if name not in table.columns]
    if lacking:
        raise CarebenchError(f"{path} lacks the columns {', '.join(lacking)}; get the file anew: {HOW}")
    table = table.sort_values("RecordID")
    if table["RecordID"].tolist() != sorted(stays.tolist()):
        raise CarebenchError(
            f"{path} names {len(table)} stays, and {len(stays)} records came, or others; get both files anew: {HOW}"
        )
    scores = table[["SAPS-I", "SOFA"]].to_numpy("float64")
    return {
        "scores": np.where(scores < 0, np.nan, scores),
        "died": table["In-hospital_death"].to_numpy("int8"),
    }


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
