"""The files of PhysioNet/CinC Challenge 2012 as plain arrays, whole or refused; whose stays these are is the cohort's business.

Separate because the layout is the challenge's own: one text file a stay, in a folder or a tar.gz a set, and an outcome file a
set. The value -1 means missing.
"""

from __future__ import annotations

import io
import tarfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from carebench import CarebenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

HOW = "`carebench data fetch physionet2012` brings it (20 MB, open), or `carebench data add physionet2012 FOLDER` names your copy"
WINDOW = 48.0
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
HEADER = "Time,Parameter,Value"


def parse(records: Path, outcomes: Path) -> Mapping[str, NDArray[Any]]:
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
    known = _numbers(table["value"], source)
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


def _numbers(column: pd.Series, source: Path) -> NDArray[np.float64]:
    try:
        return np.asarray(column, np.float64)
    except ValueError as error:
        raise CarebenchError(
            f"{source}: numbers were expected ({error}); get the file anew: {HOW}"
        ) from error


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

    try:
        table = pd.read_csv(path, skipinitialspace=True)
    except (OSError, ValueError) as error:
        raise CarebenchError(f"{path} is damaged ({error}); get the file anew: {HOW}") from error
    lacking = [name for name in OUTCOMES if name not in table.columns]
    if lacking:
        raise CarebenchError(f"{path} lacks the columns {', '.join(lacking)}; get the file anew: {HOW}")
    table = table.sort_values("RecordID")
    if table["RecordID"].tolist() != sorted(stays.tolist()):
        raise CarebenchError(
            f"{path} names {len(table)} stays, and {len(stays)} records came, or others; get both files anew: {HOW}"
        )
    if not table["In-hospital_death"].isin([0, 1]).all():
        raise CarebenchError(
            f"{path}: In-hospital_death is 0 or 1; other values came; get the file anew: {HOW}"
        )
    scores = np.column_stack([_numbers(table[name], path) for name in ("SAPS-I", "SOFA")])
    return {
        "scores": np.where(scores < 0, np.nan, scores),
        "died": table["In-hospital_death"].to_numpy("int8"),
    }
