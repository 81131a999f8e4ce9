"""MIMIC-IV and eICU: who is in the cohort, what was known at the cutoff and nothing later, and what is refused."""

from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from carebench import CarebenchError, DataAbsent
from carebench_tasks.icu import eicu, eicu_events, mimic_iv, tables
from carebench_tasks.icu.items import NAMES
from carebench_tasks.icu.measured import series_of
from carebench_tasks.icu.mimic_iv import DEMO_COUNTS
from carebench_tasks.mortality.eicu import DemoApache
from carebench_tasks.mortality.eicu import InHospital as EicuInHospital
from carebench_tasks.mortality.mimic_iv import InHospital as MimicInHospital
from carebench_tasks.mortality.support2_hospital import DeathInHospital
from tests.tasks import icu_copies
from tests.tasks.icu_copies import Tables, assert_equal, changed, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from carebench_tasks.icu.stays import Stays

MIMIC = ("hosp/patients", "hosp/admissions", "icu/icustays", "hosp/labevents", "icu/outputevents")
EICU = ("patient", "hospital", "apacheApsVar", "apachePredVar", "apachePatientResult", "vitalAperiodic")
WINDOW = pd.Timedelta(hours=48)


def need(folder: Path, name: str) -> Path:
    """A data set of the user's."""
    if not (folder / name).is_dir():
        pytest.skip(f"CAREBENCH_DATA holds no {name}/")
    return folder / name


def test_events_become_a_series() -> None:
    """Other channels, times outside and impossible values go; equal rows count once; of one minute the mean, of urine the sum."""
    rows = [
        (0, 1.0, "HR", 80),
        (0, 1.0, "HR", 80),
        (0, 1.0, "HR", 90),
        (0, 1.0, "Urine", 50),
        (0, 1.0, "Urine", 70),
        (0, 0.5, "HR", 60),
        (2, 48.0, "HR", 70),
        (2, 48.1, "HR", 71),
        (2, -0.1, "HR", 72),
        (2, 3.0, "HR", 4000),
        (2, 3.0, "steps", 7),
        (2, 3.0, "HR", math.nan),
    ]
    events = pd.DataFrame(rows, columns=["unit", "hour", "channel", "value"])
    series = series_of(events, ("HR", "Urine"), 3, 48.0)
    assert series.starts.tolist() == [0, 3, 3, 4]
    assert series.hours.tolist() == [0.5, 1.0, 1.0, 48.0]
    assert series.channels.tolist() == [0, 0, 1, 0]
    assert series.values.tolist() == [60, 85, 120, 70]


@pytest.fixture(scope="module")
def mimic() -> Tables:
    """Tables of 24 patients of the MIMIC-IV demo, and of charted items made of their events."""
    import os

    folder = need(Path(os.environ.get("CAREBENCH_DATA", "/nowhere")), "mimic_iv_demo")
    whole = icu_copies.read(folder, MIMIC)
    chosen = set(sorted(whole["hosp/patients"]["subject_id"])[:24])
    part = {name: table[table.get("subject_id").isin(chosen)] for name, table in whole.items()}
    stays = part["icu/icustays"].assign(intime=pd.to_datetime(part["icu/icustays"]["intime"]))
    rows = []
    for number, stay in enumerate(stays.itertuples()):
        for hour, item, value in (
            (-1, 226730, 170),
            (1, 220045, 80 + number),
            (1, 223761, 98.6),
            (2, 223835, 40),
            (47, 220739, 4),
        ):
            at = stay.intime + pd.Timedelta(hours=hour)
            rows.append((stay.subject_id, stay.stay_id, str(at), str(at), item, value))
        at = stay.intime + pd.Timedelta(hours=47)
        rows += [(stay.subject_id, stay.stay_id, str(at), str(at), item, 5) for item in (223900, 223901)]
    columns = ["subject_id", "stay_id", "charttime", "storetime", "itemid", "valuenum"]
    return {**part, "icu/chartevents": pd.DataFrame(rows, columns=columns).astype(str)}


def mimic_read(folder: Path) -> Stays:
    """A copy, whatever its counts."""
    return mimic_iv.read(folder, DEMO_COUNTS, nonstandard=True)


def test_mimic_cohort_is_that_of_a_loop(mimic: Tables, tmp_path: Path) -> None:
    """First stays of 48 hours, by one patient after the other; units are made one and height comes from before the stay."""
    stays = mimic_read(write(tmp_path, mimic))
    admissions = mimic["hosp/admissions"].set_index("hadm_id")
    expected, died = [], []
    for _, own in mimic["icu/icustays"].sort_values("intime").groupby("subject_id"):
        first = own.iloc[0]
        end = pd.Timestamp(first["intime"]) + WINDOW
        admission = admissions.loc[first["hadm_id"]]
        death = pd.Timestamp(admission["deathtime"])
        if (
            pd.Timestamp(first["outtime"]) >= end
            and not death < end
            and pd.Timestamp(admission["dischtime"]) >= end
        ):
            expected.append(first["subject_id"])
            died.append(int(admission["hospital_expire_flag"]))
    assert 5 < len(expected) == len(stays)
    assert stays.died.tolist() == died
    means = stays.series.grid(48.0)[:, 0]
    assert np.allclose(means[:, NAMES.index("Temp")], 37)
    assert np.allclose(means[:, NAMES.index("FiO2")], 0.4)
    assert np.allclose(means[:, NAMES.index("GCS")], 14)
    assert (stays.static["height"] == 170).all()
    assert {"age", "sex", "height", "weight at admission", "unit", "admission"} == set(stays.static.columns)


def late(table: pd.DataFrame, tables_: Tables, key: str, value: str) -> pd.DataFrame:
    """Values of events after the cutoff of their stay made absurd, every second one gone, and one more for everybody."""
    begins = tables_["icu/icustays"].sort_values("intime").drop_duplicates(key).set_index(key)["intime"]
    end = pd.to_datetime(table[key].map(begins)) + WINDOW
    after = (pd.to_datetime(table["charttime"]) > end) | (pd.to_datetime(table["storetime"]) > end)
    table.loc[after, value] = "77"
    gone = after & (np.arange(len(table)) % 2 == 0)
    more = table[~after].drop_duplicates([key, "itemid"]).copy()
    more["charttime"] = (pd.to_datetime(more[key].map(begins)) + WINDOW + pd.Timedelta(minutes=1)).astype(str)
    stored = table[~after].drop_duplicates([key, "itemid"]).copy()
    stored["storetime"] = more["charttime"]
    stored["charttime"] = (pd.to_datetime(stored[key].map(begins)) + pd.Timedelta(hours=47.5)).astype(str)
    more[value] = stored[value] = "66"
    return pd.concat([table[~gone], more, stored], ignore_index=True)


def stayed_longer(table: pd.DataFrame) -> pd.DataFrame:
    """Other last units and lengths of stay, and for those who were there at the cutoff another end."""
    there = pd.to_datetime(table["outtime"]) >= pd.to_datetime(table["intime"]) + WINDOW
    end = table["outtime"].where(~there, "2299-01-01 00:00:00")
    return table.assign(last_careunit="Somewhere else", los="99", outtime=end)


def test_mimic_knows_nothing_after_the_cutoff(mimic: Tables, tmp_path: Path) -> None:
    """Events after it changed, deleted and added, later stays, other discharge: no feature moves; one before it does."""
    before = mimic_read(write(tmp_path / "before", mimic))
    future = changed(mimic, "icu/chartevents", lambda table: late(table, mimic, "stay_id", "valuenum"))
    future = changed(future, "icu/outputevents", lambda table: late(table, mimic, "stay_id", "value"))
    future = changed(future, "hosp/labevents", lambda table: late(table, mimic, "subject_id", "valuenum"))
    future = changed(future, "icu/icustays", stayed_longer)
    future = changed(
        future,
        "hosp/admissions",
        lambda table: table.assign(discharge_location="HOME", insurance="None", language="?"),
    )
    future = changed(future, "hosp/patients", lambda table: table.assign(dod="2300-01-01"))
    after = mimic_read(write(tmp_path / "after", future))
    assert_equal(before, after)

    def early(table: pd.DataFrame) -> pd.DataFrame:
        return table.assign(valuenum=table["valuenum"].where(table["itemid"] != "220045", "100"))

    moved = mimic_read(write(tmp_path / "moved", changed(mimic, "icu/chartevents", early)))
    assert (moved.series.values != before.series.values).any()


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (
            "hosp/admissions",
            lambda table: table.drop(columns="hospital_expire_flag"),
            "lacks the columns hospital_expire_flag",
        ),
        ("icu/icustays", lambda table: table.drop(columns="intime"), "lacks the columns intime"),
        ("hosp/labevents", lambda table: table.assign(valuenum="much"), "does not hold what it should"),
        ("icu/icustays", lambda table: table.assign(intime="yesterday"), "does not hold what it should"),
    ],
)
def test_mimic_damage_is_refused(
    mimic: Tables, tmp_path: Path, name: str, change: Callable[[Any], Any], said: str
) -> None:
    """A lost column and words for numbers are said with the file."""
    folder = write(tmp_path, changed(mimic, name, change))
    with pytest.raises(CarebenchError, match=said) as caught:
        mimic_read(folder)
    assert f"{name}.csv.gz" in str(caught.value)


def test_a_table_cut_off_is_refused(mimic: Tables, tmp_path: Path) -> None:
    """Half a compressed file, and counts that nobody published, are refused; with the published ones it is read."""
    folder = write(tmp_path, mimic)
    with pytest.raises(
        CarebenchError,
        match=r"holds 24 patients, .*published are demo 2\.2: 100 patients, 275 admissions, 140 ICU stays",
    ):
        mimic_iv.read(folder, DEMO_COUNTS, nonstandard=False)
    path = folder / "hosp/labevents.csv.gz"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CarebenchError, match=r"labevents\.csv\.gz is damaged"):
        mimic_read(folder)
    path.unlink()
    with pytest.raises(CarebenchError, match="was expected to hold hosp/labevents"):
        mimic_read(folder)


def test_the_mimic_demo_is_as_known(raw_data: Path) -> None:
    """The demo is read from its tables and its MEDS events: 53 first stays, 7 deaths, heart rates of everybody; unranked."""
    need(raw_data, "mimic_iv_demo")
    stays = mimic_iv.load()
    assert (len(stays), int(stays.died.sum())) == (53, 7)
    assert np.isfinite(stays.series.grid(48.0)[:, 0, NAMES.index("HR")]).all()
    task = MimicInHospital()
    assert mimic_iv.is_demo() is not task.ranked
    split = task.split(0)
    assert split.train_series is not None
    assert len(split.train) + len(split.test) == 53


@pytest.fixture(scope="module")
def hospitals() -> Tables:
    """Tables of 120 patients of the eICU demo, with the large tables that copies lack made up."""
    import os

    folder = need(Path(os.environ.get("CAREBENCH_DATA", "/nowhere")), "eicu_demo")
    whole = icu_copies.read(folder, EICU)
    chosen = set(sorted(set(whole["patient"]["uniquepid"]))[:120])
    stays = whole["patient"][whole["patient"]["uniquepid"].isin(chosen)]
    ids = set(stays["patientunitstayid"])
    part = {
        name: table if name == "hospital" else table[table["patientunitstayid"].isin(ids)]
        for name, table in {**whole, "patient": stays}.items()
    }
    draw = np.random.default_rng(1)
    rows = [
        (stay, offset, min(offset + int(draw.integers(0, 3)), 10**6), name, value)
        for stay in sorted(ids)
        for offset, name, value in (
            (30, "lactate", 2.0),
            (60, "FiO2", 50),
            (2870, "sodium", 140),
            (3000, "sodium", 150),
        )
    ]
    labs = ["patientunitstayid", "labresultoffset", "labresultrevisedoffset", "labname", "labresult"]
    monitor = [
        (stay, offset, 36.6, 97, 80, 16, 120, 70, 85) for stay in sorted(ids) for offset in (5, 2880, 2881)
    ]
    columns = ["patientunitstayid", "observationoffset", *eicu_events.PERIODIC]
    return {
        **part,
        "lab": pd.DataFrame(rows, columns=labs).astype(str),
        "vitalPeriodic": pd.DataFrame(monitor, columns=columns).astype(str),
    }


def eicu_read(folder: Path) -> Stays:
    """A copy, whatever its counts."""
    return eicu.read(folder, eicu.DEMO_COUNTS, nonstandard=True)


def test_eicu_cohort_and_measurements(hospitals: Tables, tmp_path: Path) -> None:
    """One stay a patient, of 48 hours, with a known outcome; ages over 89 are 90; the window ends at 2,880 minutes."""
    stays = eicu_read(write(tmp_path, hospitals))
    everybody = hospitals["patient"]
    first = (
        everybody.assign(
            year=everybody["hospitaldischargeyear"].astype(int),
            hospital=everybody["patienthealthsystemstayid"].astype(int),
            visit=everybody["unitvisitnumber"].astype(int),
        )
        .sort_values(["uniquepid", "year", "hospital", "visit"])
        .drop_duplicates("uniquepid")
    )
    long = (first["unitdischargeoffset"].astype(int) >= 2880) & (
        first["hospitaldischargeoffset"].astype(int) >= 2880
    )
    adult = pd.to_numeric(first["age"].replace("> 89", "90")) >= 18
    expected = first[long & adult & first["hospitaldischargestatus"].notna()]
    assert 20 < len(expected) == len(stays)
    assert stays.died.sum() == (expected["hospitaldischargestatus"] == "Expired").sum()
    assert len(set(stays.patients.tolist())) == len(stays)
    assert stays.static["age"].max() == 90
    counts = {
        name: int((stays.series.channels == eicu_events.NAMES.index(name)).sum())
        for name in ("HR", "Na", "FiO2", "Lactate")
    }
    assert counts == {"HR": 2 * len(stays), "Na": len(stays), "FiO2": len(stays), "Lactate": len(stays)}
    assert (stays.series.values[stays.series.channels == eicu_events.NAMES.index("FiO2")] == 0.5).all()


def test_eicu_knows_nothing_after_the_cutoff(hospitals: Tables, tmp_path: Path) -> None:
    """Later vitals and results changed or gone, later revisions, actual outcomes in the APACHE tables: no feature moves."""
    before = eicu_read(write(tmp_path / "before", hospitals))

    def after(offset: str, *columns: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
        def change(table: pd.DataFrame) -> pd.DataFrame:
            later = table[offset].astype(float) > 2880
            table.loc[later, list(columns)] = "33"
            return table[~(later & (np.arange(len(table)) % 2 == 0))]

        return change

    future = changed(hospitals, "vitalAperiodic", after("observationoffset", *eicu_events.APERIODIC))
    future = changed(future, "vitalPeriodic", after("observationoffset", *eicu_events.PERIODIC))
    future = changed(future, "lab", after("labresultoffset", "labresult"))
    revised = hospitals["lab"].assign(labresultoffset="100", labresultrevisedoffset="2900", labresult="44")
    future["lab"] = pd.concat([future["lab"], revised], ignore_index=True)
    future = changed(
        future,
        "patient",
        lambda table: table.assign(
            dischargeweight="50", unitdischargelocation="Home", hospitaldischargelocation="Home"
        ),
    )
    future = changed(
        future,
        "apachePatientResult",
        lambda table: table.assign(actualhospitalmortality="ALIVE", actualiculos="1", actualhospitallos="1"),
    )
    future = changed(
        future, "apachePredVar", lambda table: table.assign(diedinhospital="0", dischargelocation="1")
    )
    assert_equal(before, eicu_read(write(tmp_path / "after", future)))
    moved = changed(
        hospitals, "lab", lambda table: table.assign(labresult=table["labresult"].replace("2.0", "3.0"))
    )
    assert (eicu_read(write(tmp_path / "moved", moved)).series.values != before.series.values).any()


def test_eicu_damage_is_refused_and_large_tables_may_lack(hospitals: Tables, tmp_path: Path) -> None:
    """A lost column and other counts are said; without laboratory and monitors fewer measurements are left."""
    folder = write(
        tmp_path, changed(hospitals, "patient", lambda table: table.drop(columns="unitdischargeoffset"))
    )
    with pytest.raises(CarebenchError, match=r"patient\.csv\.gz lacks the columns unitdischargeoffset"):
        eicu_read(folder)
    folder = write(tmp_path, hospitals)
    with pytest.raises(
        CarebenchError, match=r"published are 2\.0: 200,859 unit stays, 139,367 patients, 208 hospitals"
    ):
        eicu.check(folder, nonstandard=False)
    said = eicu.check_demo(folder, nonstandard=True)
    assert said["large tables that are not there"] == 0
    (folder / "lab.csv.gz").unlink()
    (folder / "vitalPeriodic.csv.gz").unlink()
    fewer = eicu.check_demo(folder, nonstandard=True)
    assert fewer["large tables that are not there (lab, vitalPeriodic)"] == 2
    assert 0 < fewer["measurements in the first 48 hours"] < said["measurements in the first 48 hours"]


def test_the_eicu_demo_is_as_known(raw_data: Path) -> None:
    """1,683 stays with a prediction of APACHE IVa, 8.26 % of them dead, and a task that is in no rank."""
    need(raw_data, "eicu_demo")
    scored = eicu.load_scored()
    assert len(scored) == 1683
    assert scored.died.mean() == pytest.approx(0.0826, abs=5e-5)
    assert len(DemoApache().split(0).train) == 0
    task = EicuInHospital()
    assert eicu.is_demo() is not task.ranked
    truth = task.truth(0)
    assert set(truth.groups) == {"age", "sex", "ethnicity", "unit", "region"}
    assert set(truth.groups["region"]) <= {"", "Midwest", "Northeast", "South", "West"}


def test_tasks_without_data_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is here: no fingerprint, no rank, and a message with the command."""
    monkeypatch.delenv("CAREBENCH_DATA", raising=False)
    for task in (MimicInHospital(), EicuInHospital(), DemoApache(), DeathInHospital()):
        assert task.fingerprint() == ""
        with pytest.raises(DataAbsent, match="carebench data"):
            task.split(0)


def test_support2_deaths_in_hospital(raw_data: Path) -> None:
    """2,360 of 9,105 die before discharge; over five folds each is tested once, and all outcomes are known."""
    need(raw_data, "support2")
    truths = [DeathInHospital().truth(seed) for seed in range(5)]
    event = np.concatenate([truth.answers["event"] for truth in truths])
    assert (len(event), int(event.sum())) == (9105, 2360)
    assert all((truth.answers["weight"] == 1).all() for truth in truths)
    columns = DeathInHospital().split(0).train.columns
    assert not {"hospdead", "slos", "d.time", "dnr", "totcst"} & set(columns)


def test_large_tables_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of each part is all that is in memory."""
    monkeypatch.setattr(tables, "CHUNK", 3)
    with gzip.open(tmp_path / "t.csv.gz", "wt") as stream:
        stream.write("a,b\n" + "".join(f"{number},x\n" for number in range(10)))
    parts = tables.chunks(tmp_path, "t", {"a": "int64"}, [], lambda chunk: chunk[chunk["a"] % 5 == 0])
    assert [part["a"].tolist() for part in parts] == [[0], [5], [], []]
