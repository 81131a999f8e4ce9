"""Benchmarks from files: what the readers find in the originals, what they refuse, and a table of one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from carebench import CarebenchError, DataAbsent
from carebench_tasks.causal import acic2016, ihdp, patients, real
from carebench_tasks.causal.table import Study, StudyAverage, StudyEffects, from_table, spread_untreated
from carebench_tasks.data import files, nhefs

if TYPE_CHECKING:
    from pathlib import Path


def test_ihdp_archives_hold_the_csv_replications(raw_data: Path) -> None:
    """Replication 3 of the archives is that of the csv of 747 rows, in another order, and 139 are treated."""
    del raw_data
    archived, listed = ihdp.TASKS[0].study(2), ihdp.from_csv(3)
    assert archived.treatment.sum() == listed.treatment.sum() == 139
    for name in ("outcome", "untreated", "treated"):
        np.testing.assert_allclose(
            np.sort(getattr(archived, name)), np.sort(getattr(listed, name)), rtol=1e-6
        )
    assert (len(ihdp.TASKS[0].split(2).train), len(ihdp.TASKS[0].split(2).test)) == (672, 75)


def test_ihdp_refuses_other_replications(raw_data: Path) -> None:
    """There are fifty in the training file; the 51st is refused by number."""
    del raw_data
    with pytest.raises(CarebenchError, match="number 51"):
        ihdp.TASKS[0].study(50)


def test_acic_treated_counts(raw_data: Path) -> None:
    """Treated patients of the ten instances, as counted in the originals; instances 2 and 3 have one effect for all."""
    del raw_data
    studies = [acic2016.TASKS[0].study(seed) for seed in range(10)]
    assert [int(study.treatment.sum()) for study in studies] == [
        *(858, 1497, 1356, 1736, 1444, 1250, 1504, 1237, 1374, 1191)
    ]
    spread = [
        np.ptp(study.treated - study.untreated) < 1e-6
        for study in studies
        if study.treated is not None and study.untreated is not None
    ]
    assert [number + 1 for number, constant in enumerate(spread) if constant] == [2, 3]


def test_raw_rhc_is_the_packaged_one(raw_data: Path) -> None:
    """Treatment, age and death within 30 days (dth30) of the raw table equal those read from the package."""
    raw = pd.read_csv(raw_data / "rhc" / "rhc.csv.gz")
    columns, reveals = real.RightHeartCatheterisation().data()
    np.testing.assert_array_equal(raw["swang1"] == "RHC", reveals["treatment"] == 1)
    np.testing.assert_array_equal(raw["dth30"] == "Yes", reveals["y"] == 1)
    np.testing.assert_allclose(raw["age"], columns["age"], atol=1e-4)


def test_raw_nhefs_is_the_packaged_one(raw_data: Path) -> None:
    """The book's csv gives the same cohort as the package."""
    raw = nhefs.from_table(pd.read_csv(raw_data / "nhefs" / "nhefs.csv.gz"), "nhefs.csv.gz")
    packaged = nhefs.load()
    assert raw.columns.equals(packaged.columns)
    np.testing.assert_array_equal(raw.quit, packaged.quit)
    np.testing.assert_allclose(raw.gain, packaged.gain)


def test_nhefs_codes_for_unknown_are_missing() -> None:
    """Code 2 of diabetes and 8 of marital status say that nobody knows."""
    columns = patients.nhefs().columns
    assert set(columns["diabetes"].dropna()) == {0.0, 1.0}
    assert "8" not in columns["marital"].cat.categories
    assert columns["marital"].isna().sum() == 1


def test_a_damaged_nhefs_is_refused() -> None:
    """A row too few, or a column gone, is named."""
    from causaldata import nhefs as packaged

    table = packaged.load_pandas().data
    with pytest.raises(CarebenchError, match="1628"):
        nhefs.from_table(table.iloc[1:], "cut.csv")
    with pytest.raises(CarebenchError, match="wt71"):
        nhefs.from_table(table.drop(columns="wt71"), "cut.csv")


def test_absent_files_are_said_with_their_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the folder there is no fingerprint, and the message says which file and where it comes from."""
    monkeypatch.delenv("CAREBENCH_DATA", raising=False)
    for task in (*ihdp.TASKS, *acic2016.TASKS):
        assert task.fingerprint() == ""
        with pytest.raises(DataAbsent, match=r"CAREBENCH_DATA names, .*(fredjo|causallib)"):
            task.split(0)


def test_fingerprint_follows_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another byte, another fingerprint."""
    monkeypatch.setenv("CAREBENCH_DATA", str(tmp_path))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.csv").write_text("1")
    first = files.fingerprint(["own/a.csv"])
    (tmp_path / "own" / "a.csv").write_text("2")
    assert len(first) == 64
    assert files.fingerprint(["own/a.csv"]) != first


class Drug(StudyEffects):
    """A benchmark of one's own."""

    name, title, cohort = "causal/drug", "A drug", "drug"

    def study(self, seed: int) -> Study:
        """Fifty patients; the drug adds a kilogram under fifty and none later."""
        draw = np.random.default_rng(seed)
        age, arm = draw.uniform(20, 80, 50), (np.arange(50) % 2).astype(float)
        table = pd.DataFrame(
            {"age": age, "drug": arm, "y0": age / 10, "y1": age / 10 + (age < 50), "id": range(50)}
        )
        table["kg"] = np.where(arm == 1, table["y1"], table["y0"])
        return from_table(
            table, treatment="drug", outcome="kg", untreated="y0", treated="y1", left_out=("id",)
        )


class DrugOnAverage(StudyAverage):
    """The same, on average."""

    name, title, cohort = "causal-average/drug", "A drug", "drug"
    study = Drug.study


def test_a_table_of_ones_own() -> None:
    """Forty are trained on and ten tested; effects are 1 or 0; averages are those of all fifty."""
    split, truth = Drug().split(0), Drug().truth(0)
    assert (split.train.shape, split.test.shape) == ((40, 1), (10, 1))
    np.testing.assert_allclose(np.asarray(truth.answers["effect"], float), split.test["age"].to_numpy() < 50)
    study = Drug().study(0)
    assert study.treated is not None
    assert DrugOnAverage().truth(0).averages["ATE"] == pytest.approx((study.columns["age"] < 50).mean())


def test_the_spread_without_treatment_counts_noise() -> None:
    """Expected outcomes of variance 4 with noise of variance 9: sd(Y(0)) is sqrt(13), and 2 without noise."""
    draw = np.random.default_rng(1)
    expected, arm = np.tile([-2.0, 2.0], 20_000), (np.arange(40_000) % 4 < 2).astype(float)
    drawn = Study(
        columns=pd.DataFrame({"x": expected}),
        treatment=arm,
        outcome=expected + arm + draw.normal(0, 3, 40_000),
        untreated=expected,
        treated=expected + 1,
    )
    assert spread_untreated(drawn) == pytest.approx(13**0.5, rel=0.02)
    assert spread_untreated(replace(drawn, outcome=expected + arm)) == pytest.approx(2)


def test_a_table_may_hold_harm() -> None:
    """Where a larger outcome is worse, the scorer is told so."""

    class Harm(Drug):
        larger_is_better = False

    assert Drug().truth(0).larger_is_better
    assert not Harm().truth(0).larger_is_better


def test_a_table_is_read_with_care() -> None:
    """An absent column, a treatment that is none, a missing outcome, and effects that nobody knows are refused."""
    table = pd.DataFrame({"age": [1.0, 2.0], "arm": [0.0, 2.0], "y": [1.0, np.nan]})
    with pytest.raises(CarebenchError, match="lacks the columns kg"):
        from_table(table, treatment="arm", outcome="kg")
    with pytest.raises(CarebenchError, match="0 or 1"):
        from_table(table, treatment="arm", outcome="y")
    with pytest.raises(CarebenchError, match="y lack values"):
        from_table(table.assign(arm=[0.0, 1.0]), treatment="arm", outcome="y")

    class Unknown(Drug):
        def study(self, seed: int) -> Study:
            return from_table(table.assign(arm=[0, 1], y=1.0), treatment="arm", outcome="y")

    with pytest.raises(CarebenchError, match="StudyAverage"):
        Unknown().truth(0)
