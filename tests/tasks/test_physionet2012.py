"""PhysioNet 2012: what the reader finds in simulated records and in the originals, what it refuses, and its tasks."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench import CarebenchError, DataAbsent
from carebench_tasks.icu import physionet2012, physionet2012_files
from carebench_tasks.icu.physionet2012 import Known, read
from carebench_tasks.icu.physionet2012_files import CHANNELS
from carebench_tasks.icu.stays import table
from carebench_tasks.mortality.physionet2012 import Challenge, ChallengeFolds, ScoreCheck
from tests.tasks.icu_copies import assert_equal, challenge, pack

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_tasks.icu.stays import Stays

SMALL = Known(records=30, deaths=10, rows=30 * 7 + 29 * 12, empty=(101,))


def small(folder: Path) -> Stays:
    """A simulated set, whatever its counts."""
    return read(folder, "a", nonstandard=True)


def test_records_are_read_as_written(tmp_path: Path) -> None:
    """Descriptors, -1 as missing, the first weight as a descriptor and later ones as measurements, ascending hours."""
    texts = challenge(tmp_path)
    stays = small(tmp_path)
    assert len(stays) == 30
    assert stays.died.sum() == 10
    assert stays.static["sex"].isna().tolist() == [True] + [False] * 29
    assert set(stays.static["unit"]) == {"coronary care", "cardiac surgery recovery", "medical", "surgical"}
    assert (stays.static["weight at admission"] == 80.5).all()
    assert stays.static["height"].isna().all()
    row = 7
    here = slice(int(stays.series.starts[row]), int(stays.series.starts[row + 1]))
    found = [
        f"{int(hour):02d}:{round(hour % 1 * 60):02d},{CHANNELS[channel]},{value:.1f}"
        for hour, channel, value in zip(
            stays.series.hours[here], stays.series.channels[here], stays.series.values[here], strict=True
        )
    ]
    assert found == texts["set-a/107.txt"].splitlines()[8:]
    assert np.diff(stays.series.starts)[1] == 0
    assert stays.scores["SAPS-I"].isna().sum() == 2


def test_loose_files_and_archives_are_the_same(tmp_path: Path) -> None:
    """A folder of texts, and an archive in another order, give the same stays."""
    texts = challenge(tmp_path / "packed")
    (tmp_path / "loose" / "set-a").mkdir(parents=True)
    for name, text in texts.items():
        (tmp_path / "loose" / name).write_text(text)
    shutil.copy(tmp_path / "packed/Outcomes-a.txt", tmp_path / "loose")
    packed = small(tmp_path / "packed")
    assert_equal(packed, small(tmp_path / "loose"))
    pack(tmp_path / "packed/set-a.tar.gz", dict(reversed(texts.items())))
    assert_equal(packed, small(tmp_path / "packed"))


def test_nothing_after_the_window_counts(tmp_path: Path) -> None:
    """Rows after 48:00, of any parameter, change no feature; a row before does."""
    texts = challenge(tmp_path)
    before = small(tmp_path)
    late = {name: f"{text}48:01,HR,150\n60:00,Lactate,9\n60:00,Age,99\n" for name, text in texts.items()}
    pack(tmp_path / "set-a.tar.gz", late)
    assert_equal(before, small(tmp_path))
    pack(tmp_path / "set-a.tar.gz", {name: f"{text}48:00,HR,150\n" for name, text in texts.items()})
    assert len(small(tmp_path).series.hours) == len(before.series.hours) + 30


def test_what_no_body_can_have_is_missing(tmp_path: Path) -> None:
    """A pH of 735 is no measurement, and a weight of 0 none at admission."""
    texts = challenge(tmp_path)
    count = len(small(tmp_path).series.hours)
    odd = {name: text.replace("Weight,80.5", "Weight,0") + "47:59,pH,735\n" for name, text in texts.items()}
    pack(tmp_path / "set-a.tar.gz", odd)
    assert len(small(tmp_path).series.hours) == count
    assert small(tmp_path).static["weight at admission"].isna().all()


def test_it_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time arrays are mapped from the cache; another byte is read anew."""
    challenge(tmp_path)
    first = small(tmp_path)
    parse, times = physionet2012_files.parse, []

    def counted(*paths: Any) -> Any:
        times.append(paths)
        return parse(*paths)

    monkeypatch.setattr(physionet2012, "parse", counted)
    assert_equal(first, small(tmp_path))
    assert not times
    outcomes = tmp_path / "Outcomes-a.txt"
    outcomes.write_text(outcomes.read_text().replace("100,", "100, ", 1))
    assert_equal(first, small(tmp_path))
    assert len(times) == 1


def test_damage_is_refused_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off, a record of another kind, a lost column, lost records, lost rows: each is named, with the remedy."""
    texts = challenge(tmp_path)
    monkeypatch.setitem(physionet2012.SETS, "a", SMALL)
    read(tmp_path, "a", nonstandard=False)
    archive, outcomes = tmp_path / "set-a.tar.gz", tmp_path / "Outcomes-a.txt"
    whole, said = archive.read_bytes(), outcomes.read_text()

    def refused(match: str) -> None:
        with pytest.raises(CarebenchError, match=match) as caught:
            read(tmp_path, "a", nonstandard=False)
        assert "carebench data fetch physionet2012" in str(caught.value)

    archive.write_bytes(whole[: len(whole) // 2])
    refused("set-a.tar.gz is damaged")
    archive.write_bytes(gzip.compress(b"no archive"))
    refused("set-a.tar.gz is damaged")
    pack(archive, {**texts, "set-a/105.txt": "<html>"})
    refused("record 105: the header Time,Parameter,Value was expected")
    pack(archive, {**texts, "set-a/105.txt": texts["set-a/105.txt"].rstrip("\n")})
    refused("record 105: the last line is cut off")
    pack(archive, {**texts, "set-a/105.txt": texts["set-a/105.txt"] + "47:00,Hr,80\n"})
    refused("the parameters Hr are not among the known ones")
    pack(archive, {**texts, "set-a/105.txt": texts["set-a/105.txt"] + "noon,HR,80\n"})
    refused("times such as 07:32")
    pack(archive, {name: text for name, text in texts.items() if "105" not in name})
    refused("names 30 stays, and 29 records came")
    pack(archive, {**texts, "set-a/105.txt": texts["set-a/105.txt"].replace("00:00,HR,-1\n", "")})
    refused(f"10 deaths and {SMALL.rows} rows were expected; 30, 10 and {SMALL.rows - 1} came")
    pack(archive, {**texts, "set-a/105.txt": texts["set-a/105.txt"] + "47:00,HR,fast\n"})
    refused("numbers were expected .*fast")
    archive.write_bytes(whole)
    outcomes.write_text(said.replace(",1\n", ",9\n", 1))
    refused("In-hospital_death is 0 or 1")
    outcomes.write_bytes(b"\xff\xfe\x00")
    refused("Outcomes-a.txt is damaged")
    outcomes.write_text(said.replace("In-hospital_death", "Died"))
    refused("lacks the columns In-hospital_death")
    outcomes.unlink()
    refused("was expected to hold")


def test_a_subset_is_taken_where_it_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other counts than the published are refused, unless the user said that they are."""
    challenge(tmp_path)
    with pytest.raises(
        CarebenchError, match="4000 records, 554 deaths and 1757977 rows were expected; 30, 10 and"
    ):
        read(tmp_path, "a", nonstandard=False)
    assert len(read(tmp_path, "a", nonstandard=True)) == 30


def test_summaries_are_those_of_a_loop(tmp_path: Path) -> None:
    """First, last, smallest, largest, mean and count of every channel, against one stay after the other."""
    challenge(tmp_path)
    stays = small(tmp_path)
    found = table(stays)
    series = stays.series
    assert found.shape == (30, 5 + 6 * len(CHANNELS))
    for row in range(30):
        here = slice(int(series.starts[row]), int(series.starts[row + 1]))
        for name in ("HR", "pH", "Lactate"):
            values = series.values[here][series.channels[here] == CHANNELS.index(name)].astype(np.float64)
            expected = (
                [values[0], values[-1], values.min(), values.max(), values.mean()]
                if len(values)
                else [np.nan] * 5
            )
            columns = [f"{name} {what}" for what in ("first", "last", "min", "max", "mean", "count")]
            np.testing.assert_allclose(
                found.loc[row, columns].astype(float), [*expected, len(values)], rtol=1e-6
            )


def test_tasks_say_what_they_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the data there is no fingerprint, and the message says how to get them."""
    monkeypatch.delenv("CAREBENCH_DATA", raising=False)
    for task in (Challenge(), ChallengeFolds(), ScoreCheck("SOFA", "b")):
        assert task.fingerprint() == ""
        with pytest.raises(DataAbsent, match="carebench data fetch physionet2012"):
            task.split(0)


def test_both_modalities_are_of_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row the table's counts are those of the series, in training and test, and the truth follows."""
    for number, name in enumerate("abc"):
        challenge(tmp_path / "physionet2012", name, seed=number)
        monkeypatch.setitem(physionet2012.SETS, name, SMALL)
    monkeypatch.setenv("CAREBENCH_DATA", str(tmp_path))
    task = Challenge()
    split, truth = task.split(0), task.truth(0)
    assert split.train_series is not None
    assert split.test_series is not None
    for part, series in ((split.train, split.train_series), (split.test, split.test_series)):
        counts = part.filter(regex=" count$").sum(axis=1).to_numpy()
        np.testing.assert_array_equal(counts, np.diff(series.starts))
    assert split.test["SOFA"].notna().all()
    assert truth.facts["train_prevalence"] == pytest.approx(10 / 30)
    assert set(truth.groups) == {"age", "sex", "unit"}
    folds = [set(ChallengeFolds().truth(seed).units.tolist()) for seed in range(5)]
    assert sum(map(len, folds)) == len(set().union(*folds)) == 30


def test_originals_are_as_known(raw_data: Path) -> None:
    """Set A: deaths, stays without series, missing scores and deaths by unit as its source says."""
    if not (raw_data / "physionet2012").is_dir():
        pytest.skip("CAREBENCH_DATA holds no physionet2012/")
    stays = physionet2012.load("a")
    assert (len(stays), int(stays.died.sum())) == (4000, 554)
    assert stays.scores.isna().sum().tolist() == [190, 144]
    rates = [stays.died[stays.groups["unit"] == unit].mean() for unit in physionet2012.UNITS.values()]
    np.testing.assert_allclose(rates, [0.140, 0.049, 0.186, 0.145], atol=0.0006)
    assert 1.73e6 < len(stays.series.hours) < 1.74e6


def test_a_damaged_set_spares_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With set C cut off, the task on it says so, and that on set A alone is what it was."""
    for number, name in enumerate("abc"):
        challenge(tmp_path / "physionet2012", name, seed=number)
        monkeypatch.setitem(physionet2012.SETS, name, SMALL)
    monkeypatch.setenv("CAREBENCH_DATA", str(tmp_path))
    archive = tmp_path / "physionet2012" / "set-c.tar.gz"
    archive.write_bytes(archive.read_bytes()[:500])
    with pytest.raises(CarebenchError, match=r"set-c\.tar\.gz is damaged"):
        Challenge().split(0)
    assert len(ChallengeFolds().split(0).train) == 24
