"""Share of the oracle gap: by hand, against a patient bootstrap, and blank where the gap is too small to divide by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from carebench_leaderboard import read_board, write_board
from tests.leaderboard.browsing import chromium, opened
from tests.leaderboard.kinds import metric
from tests.leaderboard.synthetic import cell, family, model, store, table, task, write

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from carebench_leaderboard.oracle import OracleShare

SKILL = metric("brier_skill", "Brier skill", low=None)


def _shares(
    directory: Path, losses: dict[str, dict[str, NDArray[np.float64]]], **named: str
) -> dict[str, OracleShare]:
    """Of models on noisy tasks with clean twins: task to model to the skill of each patient."""
    cells = []
    for name, by_model in losses.items():
        for model_name, skills in by_model.items():
            units = store(directory, np.arange(skills.size, dtype=np.uint64))
            moved = store(directory, (skills - skills.mean()) / skills.size)
            cells.append(
                cell(
                    name,
                    model_name,
                    0,
                    metrics={"brier_skill": float(skills.mean())},
                    units=units,
                    contributions={"brier_skill": moved},
                )
            )
    tasks = [
        task(
            name,
            cohort="c",
            design="fixed",
            ranked=not name.endswith("clean"),
            oracle="" if name.endswith("clean") else f"{name}.clean",
        )
        for name in losses
    ]
    models = [model("plain"), model("method", reference="plain")]
    content = table(
        families=[family(metrics=[SKILL], no_skill=0.0, perfect=1.0, rope=0.005)],
        tasks=tasks,
        models=models,
        cells=cells,
    )
    (section,) = read_board(write(directory, content)).sections
    return dict(section.oracle)


def _patients(draw: np.random.Generator, mean: float, shared: NDArray[np.float64]) -> NDArray[np.float64]:
    noise = draw.normal(0, 0.2, shared.size)
    return np.asarray(mean + shared + noise - (shared + noise).mean())


def _losses(method: float, clean: float = 0.3, n: int = 2000) -> dict[str, dict[str, NDArray[np.float64]]]:
    draw = np.random.default_rng(0)
    shared = draw.normal(0, 0.5, n)
    return {
        "mortality/a": {"plain": _patients(draw, 0.1, shared), "method": _patients(draw, method, shared)},
        "mortality/a.clean": {
            "plain": _patients(draw, clean, shared),
            "method": _patients(draw, 0.28, shared),
        },
    }


def test_half_of_the_gap_won_back(tmp_path: Path) -> None:
    """Plain .1 on wrong labels and .3 on right ones, the method .2: one half, of a gap of .2; and none for the reference."""
    found = _shares(tmp_path, _losses(0.2))
    each = found["method"]
    assert set(found) == {"method"}
    assert (each.reference, each.tasks) == ("plain", 1)
    assert each.gap == pytest.approx(0.2)
    assert each.share == pytest.approx(0.5)
    assert not each.beats_oracle


def test_the_interval_agrees_with_a_paired_patient_bootstrap(tmp_path: Path) -> None:
    """Percentiles of 4,000 resamples of the patients, the same for all three, within .02."""
    losses = _losses(0.2)
    each = _shares(tmp_path, losses)["method"]
    ours, plain, right = (
        losses["mortality/a"]["method"],
        losses["mortality/a"]["plain"],
        losses["mortality/a.clean"]["plain"],
    )
    draw = np.random.default_rng(1)
    rows = draw.integers(0, ours.size, size=(4000, ours.size))
    ratios = (ours[rows] - plain[rows]).mean(axis=1) / (right[rows] - plain[rows]).mean(axis=1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    assert each.interval.low == pytest.approx(low, abs=0.02)
    assert each.interval.high == pytest.approx(high, abs=0.02)


def test_a_gap_that_is_hardly_there_leaves_the_share_blank(tmp_path: Path) -> None:
    """Clean .105 against .1: nothing to divide by, and the reason says so."""
    each = _shares(tmp_path, _losses(0.2, clean=0.105))["method"]
    assert each.share is None
    assert "not above twice the region of practical equivalence 0.005" in each.reason
    assert each.interval.low is None


def test_a_method_that_beats_right_labels_is_flagged(tmp_path: Path) -> None:
    """.35 on wrong labels against .3 on right ones with the same backbone: look for a leak."""
    each = _shares(tmp_path, _losses(0.35))["method"]
    assert each.beats_oracle
    assert (each.share or 0) > 1


def test_tasks_are_summed_before_they_are_divided(tmp_path: Path) -> None:
    """Gaps .2 and .1, won .1 and .02: .12 / .3, not the mean of a half and a fifth."""
    draw = np.random.default_rng(2)
    shared = draw.normal(0, 0.5, 1000)
    means = {"a": (0.1, 0.2, 0.3), "b": (0.2, 0.22, 0.3)}
    losses: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name, (plain, method, clean) in means.items():
        losses[f"mortality/{name}"] = {
            "plain": _patients(draw, plain, shared),
            "method": _patients(draw, method, shared),
        }
        losses[f"mortality/{name}.clean"] = {"plain": _patients(draw, clean, shared)}
    assert _shares(tmp_path, losses)["method"].share == pytest.approx(0.4)


def test_without_oracles_there_is_no_share(tmp_path: Path) -> None:
    """A board whose tasks declare none."""
    (section,) = read_board(write(tmp_path, table())).sections
    assert section.oracle == {}


def test_the_page_names_who_beats_the_oracle_and_shows_every_share(tmp_path: Path) -> None:
    """.35 on wrong labels against .3 on right ones and .1 plainly: a notice, a mark, and a share of 1.25 in the table."""
    _shares(tmp_path, _losses(0.35))
    write_board(tmp_path)
    with chromium() as browser:
        tab = opened(browser, tmp_path)
        (notice,) = tab.texts("figure .notice")
        cells = tab.texts("figure:has(.notice) tbody tr:first-child > *")
        assert tab.quiet()
    assert notice.startswith("⚑ method: better than the same backbone trained on right labels")
    assert "a leak of right labels is likelier" in notice
    assert cells[:3] == ["method ⚑", "plain", "1"]
    assert cells[4].startswith("1.25")
    assert cells[5] == "⚑ beats the oracle: look for a leak"
