"""Small copies of intensive-care data for tests: simulated in a publisher's layout, or cut from what the user has."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from carebench_tasks.icu.stays import Stays

Tables = dict[str, pd.DataFrame]


def challenge(folder: Path, name: str = "a", stays: int = 30, seed: int = 0) -> dict[str, str]:
    """A set in the layout of PhysioNet 2012, simulated: texts by file name, also written to `folder` as tar.gz with outcomes."""
    draw = np.random.default_rng(seed)
    texts, outcomes = {}, ["RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death"]
    for record in range(100, 100 + stays):
        rows = ["Time,Parameter,Value", f"00:00,RecordID,{record}", f"00:00,Age,{draw.integers(20, 90)}"]
        rows += ["00:00,Gender,-1" if record == 100 else f"00:00,Gender,{record % 2}", "00:00,HR,-1"]
        rows += ["00:00,Height,-1", f"00:00,ICUType,{record % 4 + 1}", "00:00,Weight,80.5"]
        for minute in sorted(draw.integers(1, 48 * 60, 0 if record == 101 else 12)):
            what = draw.choice(["HR", "Temp", "pH", "Weight"])
            value = {"HR": 80, "Temp": 37, "pH": 7.4, "Weight": 81}[what] + draw.integers(-2, 3) * 0.1
            rows.append(f"{minute // 60:02d}:{minute % 60:02d},{what},{value:.1f}")
        texts[f"set-{name}/{record}.txt"] = "\n".join(rows) + "\n"
        outcomes.append(f"{record},{record % 20 - 1},{record % 9},10,-1,{int(record % 3 == 0)}")
    folder.mkdir(parents=True, exist_ok=True)
    pack(folder / f"set-{name}.tar.gz", texts)
    (folder / f"Outcomes-{name}.txt").write_text("\n".join(outcomes) + "\n")
    return texts


def pack(path: Path, texts: dict[str, str]) -> None:
    """Texts as a tar.gz."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


def read(folder: Path, names: Sequence[str]) -> Tables:
    """Tables of a data base, as text, so that what is written is what was read."""
    return {name: pd.read_csv(folder / f"{name}.csv.gz", dtype=str) for name in names}


def write(folder: Path, tables: Tables) -> Path:
    """Tables in a publisher's layout."""
    for name, table in tables.items():
        path = folder / f"{name}.csv.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, index=False)
    return folder


def changed(tables: Tables, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Tables:
    """The same tables with one of them changed."""
    return {**tables, name: change(tables[name].copy())}


def assert_equal(first: Stays, second: Stays) -> None:
    """The same patients, features, measurements and answers, bit for bit."""
    pd.testing.assert_frame_equal(first.static, second.static)
    for name in ("starts", "hours", "channels", "values"):
        np.testing.assert_array_equal(getattr(first.series, name), getattr(second.series, name), err_msg=name)
    np.testing.assert_array_equal(first.died, second.died)
    np.testing.assert_array_equal(first.patients, second.patients)
