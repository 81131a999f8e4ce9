"""The critical-difference diagram in a browser, against a board that is worked out by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from carebench_leaderboard import write_board
from tests.leaderboard.browsing import chromium, opened
from tests.leaderboard.synthetic import cell, model, table, task, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

#: Above both, between both, below both: b is told from neither a nor c, though a is always above c.
BETWEEN = (0.92, 0.75, 0.58)
COHORTS = 12
LEFT, WIDE = 230, 440


def _board(directory: Path, scores: Mapping[str, Sequence[float]]) -> Path:
    """A board with one seed of each model in each cohort."""
    cohorts = [f"mortality/c{at:02d}" for at in range(len(next(iter(scores.values()))))]
    cells = [
        cell(name, by, 0, value)
        for by, values in scores.items()
        for name, value in zip(cohorts, values, strict=True)
    ]
    write_board(
        write(
            directory,
            table(tasks=[task(name) for name in cohorts], models=[model(by) for by in scores], cells=cells),
        )
    )
    return directory


def test_bars_join_who_is_not_told_apart(tmp_path: Path) -> None:
    """Mean ranks 4/3, 2, 8/3 and 4; bars from a to b and from b to c, though a and c are apart, and none at d.

    a - b and b - c: four each of .05, -.12 and .22 by size, so that negative ranks add up to 26 of 78 (14
    of 78 would be the 5 % point of Wilcoxon's table); every other pair has twelve differences of one sign, p = 2^-11, times 6 by Holm .003.
    """
    scores = {
        "a": [0.80] * COHORTS,
        "b": [value for value in BETWEEN for _ in range(COHORTS // 3)],
        "c": [0.70] * COHORTS,
        "d": [0.55] * COHORTS,
    }
    with chromium() as browser:
        tab = opened(browser, _board(tmp_path, scores))
        bars = tab.page.eval_on_selector_all(
            "svg.critical path[stroke-width='4']", "all => all.map(one => one.getAttribute('d'))"
        )
        names = tab.texts("svg.critical text")
        (said,) = tab.texts("figure:has(svg.critical) figcaption p")
        assert tab.quiet()
    ends = [[float(part) for part in re.findall(r"M([\d.]+) [\d.]+H([\d.]+)", bar)[0]] for bar in bars]
    wanted = [(_x(4 / 3) - 4, _x(2) + 4), (_x(2) - 4, _x(8 / 3) + 4)]
    assert np.array(ends) == pytest.approx(np.array(wanted))
    assert [name for name in names if name[0] in "abcd"] == ["a  1.3", "b  2.0", "c  2.7", "d  4.0"]
    assert said.endswith("Told apart: a over c; a over d; b over d; c over d.")


def _x(rank: float) -> float:
    """Where a mean rank from 1 to 4 lies."""
    return LEFT + WIDE * (rank - 1) / 3


def test_twenty_models_need_thirteen_cohorts(tmp_path: Path) -> None:
    """With 12 the page says how many are needed; with 13, and one model far behind, its bar leaves that one out."""
    draw = np.random.default_rng(0)
    for cohorts in (12, 13):
        scores = {f"model-{at:02d}": draw.normal(0.8, 0.02, cohorts).tolist() for at in range(19)}
        directory = _board(tmp_path / str(cohorts), scores | {"last": [0.6] * cohorts})
        with chromium() as browser:
            tab = opened(browser, directory)
            shown = tab.page.inner_text("main")
            drawn = tab.page.locator("svg.critical").count()
        assert ("12, and 13 are needed" in shown, drawn) == (cohorts == 12, int(cohorts == 13))
