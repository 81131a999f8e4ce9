"""The physicians of SUPPORT2: their file, the patients whom it adds, and the figures known of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from carebench import CarebenchError, DataAbsent
from carebench_tasks.cohorts.declaration import load
from carebench_tasks.cohorts.support2 import SUPPORT2
from carebench_tasks.data import support2_raw
from carebench_tasks.defer.physicians import Physician2Months, Physician6Months, Physician6MonthsWithScore
from carebench_tasks.mortality.physicians import PhysiciansAndModel, PhysiciansAndModel60Days

if TYPE_CHECKING:
    from pathlib import Path

PHYSICIANS = [Physician2Months, Physician6Months]


@cache
def truths(kind: Any) -> list[Any]:
    """The truths of the five folds, each made once."""
    return [kind().truth(seed) for seed in range(5)]


def column(truth: Any, name: str) -> Any:
    """One array of a truth as plain numbers."""
    return np.asarray(truth.answers[name], dtype=float)


@pytest.mark.parametrize("kind", [*PHYSICIANS, PhysiciansAndModel, PhysiciansAndModel60Days])
def test_absent_file_is_nobodys_failure(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable the task says what it lacks and how to get it, and has no fingerprint."""
    monkeypatch.delenv("CAREBENCH_DATA", raising=False)
    (lacks,) = kind().absent()
    assert "support2/support2.csv" in lacks
    assert kind().fingerprint() == ""
    with pytest.raises(DataAbsent, match="carebench data fetch support2"):
        kind().split(0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda raw: raw.iloc[1:], "9104 rows"),
        (lambda raw: raw.assign(prg6m=raw["prg6m"].mask(raw.index == 0)), "'prg6m': 7471"),
        (lambda raw: raw.iloc[::-1], "not in the published order"),
        (lambda raw: raw.assign(prg2m=100 * raw["prg2m"]), "outside 0 to 1"),
        (lambda raw: raw.drop(columns="prg2m"), "was expected to hold age, prg2m and prg6m"),
    ],
)
def test_another_file_is_refused(
    change: Any, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file cut short, reordered, rescaled or of other columns is refused with what came."""
    patients = load(SUPPORT2).columns
    known = np.arange(len(patients))
    raw = pd.DataFrame(
        {
            "age": patients["age"],
            "prg2m": np.where(known < 7456, 0.5, np.nan),
            "prg6m": np.where(known < 7472, 0.5, np.nan),
        }
    )
    (tmp_path / "support2").mkdir()
    monkeypatch.setenv("CAREBENCH_DATA", str(tmp_path))
    raw.to_csv(tmp_path / "support2" / support2_raw.NAMES[1], index=False)
    assert support2_raw.physicians(patients).notna().sum().to_dict() == support2_raw.ESTIMATES
    change(raw).to_csv(tmp_path / "support2" / support2_raw.NAMES[1], index=False)
    with pytest.raises(CarebenchError, match=said):
        support2_raw.physicians(patients)


@pytest.mark.parametrize(
    ("kind", "rows", "right"), [(Physician2Months, 7456, 0.768), (Physician6Months, 7472, 0.7195)]
)
def test_physicians_are_as_right_as_known(raw_data: Path, kind: Any, rows: int, right: float) -> None:
    """Over five folds every patient with an estimate is tested once, and their physicians are right as in the raw file."""
    agree = np.concatenate([column(truth, "expert_0") == column(truth, "event") for truth in truths(kind)])
    assert len(agree) == rows
    assert agree.mean() == pytest.approx(right, abs=0.0005)


def test_one_half_counts_as_survival(raw_data: Path) -> None:
    """In the raw file, death is said below one half and not at it: 15 % of six-month estimates are exactly one half."""
    raw = pd.read_csv(raw_data / "support2" / "support2.csv.gz")
    known = raw["prg6m"].dropna()
    said = np.concatenate([column(truth, "expert_0") for truth in truths(Physician6Months)])
    assert (known == 0.5).mean() == pytest.approx(0.147, abs=0.001)
    assert said.sum() == (known < 0.5).sum()


def test_only_the_check_shows_the_published_score(raw_data: Path) -> None:
    """No model sees an estimate of the physician; the model's outputs stand in one unranked task, in the same folds."""
    plain, shown = Physician6Months().split(0), Physician6MonthsWithScore().split(0)
    assert set(shown.test.columns) - set(plain.test.columns) == {"surv2m", "surv6m", "sps"}
    assert not {"prg2m", "prg6m"} & set(shown.test.columns)
    assert np.array_equal(plain.test["age"], shown.test["age"])
    assert not Physician6MonthsWithScore.ranked


def test_physicians_rank_as_well_as_the_model(raw_data: Path) -> None:
    """AUROCs of physician and SUPPORT model for death within 180 days, .787 and .785, in the task and in the raw file."""
    raw = pd.read_csv(raw_data / "support2" / "support2.csv.gz").dropna(subset="prg6m")
    died = (raw["death"] == 1) & (raw["d.time"] <= 180)
    assert roc_auc_score(died, 1 - raw["prg6m"]) == pytest.approx(0.787, abs=0.0006)
    assert roc_auc_score(died, 1 - raw["surv6m"]) == pytest.approx(0.785, abs=0.0006)
    split, truth = PhysiciansAndModel().split(0), PhysiciansAndModel().truth(0)
    fold = roc_auc_score(column(truth, "event"), 1 - split.test["prg6m"])
    assert fold == pytest.approx(0.787, abs=0.03)


def test_at_sixty_days_physicians_rank_as_well_as_the_model_too(raw_data: Path) -> None:
    """AUROCs of physician and SUPPORT model for death within 60 days, .804 and .805, among 7,456 patients in the raw file."""
    raw = pd.read_csv(raw_data / "support2" / "support2.csv.gz").dropna(subset="prg2m")
    died = (raw["death"] == 1) & (raw["d.time"] <= 60)
    assert len(raw) == 7456
    assert roc_auc_score(died, 1 - raw["prg2m"]) == pytest.approx(0.804, abs=0.0006)
    assert roc_auc_score(died, 1 - raw["surv2m"]) == pytest.approx(0.805, abs=0.0006)
    split, truth = PhysiciansAndModel60Days().split(0), PhysiciansAndModel60Days().truth(0)
    assert roc_auc_score(column(truth, "event"), 1 - split.test["prg2m"]) == pytest.approx(0.804, abs=0.03)
    assert set(split.test.columns) & {"surv6m", "sps", "prg6m"} == set()
