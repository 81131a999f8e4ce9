"""MEDS: events of any release are read, cut at the prediction time, and damage is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from carebench import CarebenchError, DataAbsent
from carebench_tasks.icu import meds
from carebench_tasks.icu.meds_task import MedsTask
from carebench_tasks.icu.stays import table

if TYPE_CHECKING:
    from pathlib import Path

NOW = pd.Timestamp("2150-01-03 12:00")


def written(folder: Path, number: str = "numeric_value") -> Path:
    """Two subjects' events in two shards, birth without a time of day and codes without a number among them."""
    rows = [
        (1, None, "MEDS_BIRTH", np.nan),
        (1, NOW - pd.Timedelta(hours=50), "HR", 50.0),
        (1, NOW - pd.Timedelta(hours=48), "HR", 60.0),
        (1, NOW - pd.Timedelta(hours=1), "HR", 70.0),
        (1, NOW - pd.Timedelta(hours=1), "DIAGNOSIS", np.nan),
        (1, NOW + pd.Timedelta(hours=1), "HR", 300.0),
        (2, NOW - pd.Timedelta(hours=3), "LACTATE", 2.5),
        (3, NOW - pd.Timedelta(hours=3), "LACTATE", 9.5),
    ]
    events = pd.DataFrame(rows, columns=["subject_id", "time", "code", number])
    for name, part in (
        ("train/0", events[events["subject_id"] == 1]),
        ("tuning/0", events[events["subject_id"] > 1]),
    ):
        path = folder / "data" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        part.to_parquet(path)
    labels = pd.DataFrame(
        {"subject_id": [2, 1], "prediction_time": [NOW, NOW], "boolean_value": [True, False]}
    )
    labels.to_parquet(folder / "labels.parquet")
    return folder


@pytest.mark.parametrize("number", ["numeric_value", "value"])
def test_a_folder_with_labels_becomes_stays(tmp_path: Path, number: str) -> None:
    """One unit a label, in order of subject; what was measured in the window before it, and nothing after."""
    stays = meds.load(written(tmp_path, number), tmp_path / "labels.parquet")
    assert stays.series.names == ("HR", "LACTATE")
    assert stays.died.tolist() == [0, 1]
    assert stays.series.starts.tolist() == [0, 2, 3]
    assert stays.series.hours.tolist() == [0, 47, 45]
    assert stays.series.values.tolist() == [60, 70, 2.5]
    assert table(stays)["HR last"].tolist()[0] == 70


def test_what_comes_later_changes_nothing(tmp_path: Path) -> None:
    """Events after the prediction time are deleted: the same stays, channels and all."""
    whole = meds.load(written(tmp_path / "whole"), tmp_path / "whole/labels.parquet")
    path = written(tmp_path / "cut") / "data/train/0.parquet"
    events = pd.read_parquet(path)
    events[~(events["time"] > NOW)].to_parquet(path)
    cut = meds.load(tmp_path / "cut", tmp_path / "cut/labels.parquet")
    assert cut.series.names == whole.series.names
    np.testing.assert_array_equal(cut.series.values, whole.series.values)


def test_damage_is_said(tmp_path: Path) -> None:
    """No file, a file that is none, and a file of other columns."""
    with pytest.raises(CarebenchError, match="was expected to hold parquet files of MEDS events"):
        meds.events(tmp_path)
    folder = written(tmp_path)
    shard = folder / "data/train/0.parquet"
    pd.DataFrame({"subject_id": [1], "time": [NOW], "numeric_value": [1.0]}).to_parquet(shard)
    with pytest.raises(CarebenchError, match="lacks the columns code"):
        meds.events(folder)
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(CarebenchError, match="is damaged or no parquet file"):
        meds.events(folder)


def test_the_demos_events_are_read(raw_data: Path) -> None:
    """Heart rates of the MIMIC-IV demo, by item number, as many as were counted in it."""
    folder = raw_data / "mimic_iv_demo" / "meds"
    if not folder.is_dir():
        pytest.skip("CAREBENCH_DATA holds no mimic_iv_demo/meds/")
    found = meds.events(folder, code=lambda codes: codes.where(codes.str.startswith("LAB//220045//")))
    assert (len(found), found["subject_id"].nunique()) == (13_913, 100)


class OwnHospital(MedsTask):
    """Who of sixty simulated subjects dies? The sicker have the faster hearts."""

    name, title, cohort = "mortality/own-hospital", "Death in one's own hospital", "own-hospital"


def test_a_task_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subjects with two labels stay together, tables and series are of the same rows, and absent data are said."""
    monkeypatch.setattr(OwnHospital, "folder", tmp_path / "own", raising=False)
    monkeypatch.setattr(OwnHospital, "labels", tmp_path / "own/labels.parquet", raising=False)
    task = OwnHospital()
    assert task.fingerprint() == ""
    with pytest.raises(DataAbsent, match="with MEDS events"):
        task.split(0)
    (tmp_path / "own" / "data").mkdir(parents=True)
    subjects, died = np.repeat(np.arange(60), 2), np.repeat(np.arange(60) % 3 == 0, 2)
    times = [NOW + pd.Timedelta(days=100 * (number % 2)) for number in range(120)]
    pd.DataFrame(
        {
            "subject_id": subjects,
            "time": [time - pd.Timedelta(hours=5) for time in times],
            "code": "HR",
            "numeric_value": np.where(died, 110.0, 80.0) + subjects % 7,
        }
    ).to_parquet(tmp_path / "own/data/0.parquet")
    labels = pd.DataFrame({"subject_id": subjects, "prediction_time": times, "boolean_value": died})
    labels.to_parquet(tmp_path / "own/labels.parquet")
    assert len(task.fingerprint()) == 64
    tested = []
    for seed in range(5):
        split, truth = task.split(seed), task.truth(seed)
        assert split.test_series is not None
        np.testing.assert_array_equal(split.test["HR count"], np.diff(split.test_series.starts))
        assert not set(truth.units) & set(task.parts(seed)[0].patients)
        assert (split.test["HR last"] > 100).tolist() == (truth.answers["event"] == 1).tolist()
        tested.append(len(truth.units))
    assert sum(tested) == 120
