"""The command `plan`: cells, counts of test sets from a child, and what they can tell; nothing is run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from carebench import cli
from carebench.discovery import discover
from carebench.plan import make_plan
from carebench.sizes import sizes
from carebench.suite import Suite
from carebench_leaderboard import foreseen
from carebench_leaderboard.foresight import auroc_variance
from tests.leaderboard.synthetic import auroc

if TYPE_CHECKING:
    from pathlib import Path


def test_planning_counts_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """WHAS500, 1 year: 461 patients over five folds, 99 dead; no store appears."""
    monkeypatch.chdir(tmp_path)
    words = ["plan", "--task", "mortality/whas500-1y", "--model", "ridge-logistic", "--seeds", "5"]
    monkeypatch.setattr(sys, "argv", ["carebench", *words])
    with pytest.raises(SystemExit) as ending:
        cli.main()
    assert ending.value.code == 0
    out = capsys.readouterr().out
    row = next(line.split() for line in out.splitlines() if line.startswith("whas500-1y"))
    able = foreseen("auroc", 461, 99).detectable
    assert row[1:6] == ["5", "5", "5", "461", "99"]
    assert float(row[6]) == pytest.approx(able, abs=0.0006)
    assert "Cells: 5, of which 5 to be run." in out
    assert "Time: unknown" in out
    assert list(tmp_path.iterdir()) == []


def test_a_task_that_cannot_be_counted_says_why() -> None:
    """A task whose data are not here spares the others."""
    catalogue = discover()
    names = ["mortality/whas500-1y", "defer/support2-180d.physicians"]
    known = [name for name in names if any(task.name == name for task in catalogue.tasks)]
    suite = Suite(name="x", tasks=known, models=["ridge-logistic"], seeds=[0])
    found = sizes(make_plan(suite, catalogue))
    assert found["mortality/whas500-1y"].units == pytest.approx(93, abs=1)
    absent = [size for name, size in found.items() if name != "mortality/whas500-1y"]
    assert all(size.units or size.reason for size in absent)


def test_the_variance_of_an_auroc_is_that_of_exponential_risks() -> None:
    """Over 4,000 samples of 40 events and 120 others with exponential risks of AUROC .8, within 10 %."""
    draw = np.random.default_rng(0)
    event = np.arange(160) < 40
    found = [
        auroc(event, np.where(event, draw.exponential(4, 160), draw.exponential(1, 160))) for _ in range(4000)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.01)
    assert auroc_variance(0.8, 40, 120) == pytest.approx(np.var(found), rel=0.1)


@pytest.mark.parametrize(
    ("metric", "units", "events"), [("auroc", 400, None), ("effect_skill", 400, 40), ("auroc", None, None)]
)
def test_what_cannot_be_foreseen_is_said(metric: str, units: int | None, events: int | None) -> None:
    """No formula, or no counts: no number."""
    found = foreseen(metric, units, events)
    assert found.detectable is None
    assert found.assumed


def test_four_times_the_patients_halve_the_difference() -> None:
    """Accuracy and Brier skill go with the square root of n; AUROC nearly."""
    for metric in ("system_accuracy", "brier_skill", "auroc"):
        few, many = (foreseen(metric, count, count // 4).detectable for count in (400, 1600))
        assert few is not None
        assert many is not None
        assert few / many == pytest.approx(2, rel=0.02)
