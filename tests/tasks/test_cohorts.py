"""The cohorts as loaded: published counts, ids of patients, units of follow-up, and the leaks that are left out."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from carebench import CarebenchError
from carebench_tasks.cohorts.declaration import Subgroup, labels, load, unit_ids
from carebench_tasks.cohorts.flchain import FLCHAIN
from carebench_tasks.cohorts.prostate import PROSTATE
from carebench_tasks.cohorts.rhc import RHC
from carebench_tasks.cohorts.rott2 import ROTT2
from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.cohorts.vlbw import VLBW
from carebench_tasks.cohorts.whas500 import WHAS500


def test_every_rhc_patient_is_a_support2_patient() -> None:
    """All 5,735 RHC patients carry the id of a SUPPORT2 patient, so that paired resampling knows them."""
    assert np.isin(load(RHC).units, load(SUPPORT2).units).all()


def test_unit_ids_hide_cohort_and_key() -> None:
    """An id is the head of a SHA-256, equal for equal keys of one cohort and different between cohorts."""
    expected = int(hashlib.sha256(b"support\x1f62.850 male").hexdigest()[:16], 16)
    assert unit_ids("support", ["62.850 male"]).tolist() == [expected]
    assert unit_ids("a", ["1", "2", "1"]).tolist()[0] == unit_ids("a", ["1"]).tolist()[0]
    assert unit_ids("a", ["1"]).tolist() != unit_ids("b", ["1"]).tolist()


def test_weight_zero_is_missing_in_rhc() -> None:
    """515 RHC patients have no recorded weight; none weighs 0."""
    weight = load(RHC).columns["wtkilo1"]
    assert weight.isna().sum() == 515
    assert weight.min() > 0


def test_blank_ecg_is_missing_in_prostate() -> None:
    """The blank level of the ECG is no level."""
    ecg = load(PROSTATE).columns["ekg"]
    assert "" not in ecg.cat.categories
    assert ecg.isna().sum() == 8


def test_whas500_outcome_does_not_depend_on_where_the_clock_starts() -> None:
    """Death within 365 days of admission and of discharge are the same patients."""
    patients = load(WHAS500)
    since_discharge = patients.time - patients.columns["los"].to_numpy()
    dead = patients.event == 1
    assert np.array_equal(dead & (patients.time <= 365), dead & (since_discharge <= 365))


def test_units_of_follow_up_are_those_declared() -> None:
    """Rotterdam is followed 19 years in months, FLCHAIN 14 years in days: at 60 and 1,826 many are still followed."""
    assert load(ROTT2).time.max() / 12 == pytest.approx(19.3, abs=0.05)
    assert load(FLCHAIN).time.max() / 365.25 == pytest.approx(14.3, abs=0.05)


def test_binned_columns_double_what_stays() -> None:
    """Rotterdam's `recent` is the year cut at 1988; FLCHAIN's groups rise with kappa plus lambda."""
    rott2, flchain = load(replace(ROTT2, left_out={})), load(replace(FLCHAIN, left_out={}))
    assert ((rott2.columns["recent"] == "1988-1993") == (rott2.columns["year"] >= 1988)).all()
    total = flchain.columns["kappa"] + flchain.columns["lambda"]
    highest, lowest = total.groupby(flchain.columns["flc_grp"]).agg(["max", "min"]).to_numpy().T
    assert (highest[:-1] <= lowest[1:] + 1e-9).all()


def test_cause_of_death_is_known_of_the_dead_only() -> None:
    """FLCHAIN's chapter is there for every death and for nobody else."""
    flchain = load(replace(FLCHAIN, left_out={}))
    assert np.array_equal(flchain.columns["chapter"].notna(), flchain.event == 1)


def test_the_infant_of_day_3668_died() -> None:
    """One death stands ten years and two weeks after birth; the outcome in hospital does not rest on its day."""
    vlbw = load(VLBW)
    assert vlbw.event[vlbw.time > 1000].tolist() == [1]
    assert vlbw.time.max() == 3668
    assert vlbw.event.sum() == 107


def test_another_number_of_rows_is_refused() -> None:
    """A cohort that is not the declared one stops with expected and found."""
    with pytest.raises(CarebenchError, match="declared with 501 rows, and 502 came"):
        load(replace(PROSTATE, rows=501))


def test_a_stale_column_name_is_refused() -> None:
    """A left-out column that the data do not have could be a leak under another name."""
    with pytest.raises(CarebenchError, match="the columns date, which did not come"):
        load(replace(PROSTATE, left_out={"date": "calendar time"}))


def test_bands_start_at_their_cut() -> None:
    """A cut belongs to the band above it; a missing value to none."""
    ages = pd.DataFrame({"age": [49.9, 50.0, 64.9, 65.0, np.nan]})
    found = labels(Subgroup(name="age", column="age", cuts=(50, 65)), ages)
    assert found.tolist() == ["under 50", "50 to under 65", "50 to under 65", "65 and over", ""]


def test_suppressed_levels_belong_to_no_group() -> None:
    """A level too small to report, and a missing one, are both without a group."""
    races = pd.DataFrame({"race": pd.Categorical(["asian", "white", None])})
    found = labels(Subgroup(name="race", column="race", suppressed=("asian",)), races)
    assert found.tolist() == ["", "white", ""]


def test_declared_missingness_leak_is_real() -> None:
    """46 % of SUPPORT2 patients without an own report die by day 60, 16 % of those with one (PROTOCOL)."""
    patients = load(replace(SUPPORT2, left_out={}))
    dead = (patients.event == 1) & (patients.time <= 60)
    missing = patients.columns["adlp"].isna().to_numpy()
    assert dead[missing].mean() == pytest.approx(0.46, abs=0.005)
    assert dead[~missing].mean() == pytest.approx(0.16, abs=0.005)
