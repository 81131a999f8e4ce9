"""Two models side by side, filters, and the sentences that a board comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from scipy import stats

from carebench_leaderboard import TableError, compare, printed, read_board, write_board
from carebench_leaderboard.filters import chosen
from carebench_leaderboard.sentences import told
from carebench_leaderboard.table import read_table
from tests.leaderboard.kinds import unanchored
from tests.leaderboard.synthetic import cell, model, table, task, with_units, write

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard.compare import Comparison


def _board(directory: Path, gaps: list[float], spread: float = 0.01) -> Path:
    """One cohort a gap, between AUROC .7 + gap and .7; the difference has standard error `spread` in AUROC."""
    tasks = [task(f"mortality/t{at}") for at in range(len(gaps))]
    cells = []
    for at, gap in enumerate(gaps):
        cells.append(with_units(directory, cell(f"mortality/t{at}", "one", 0, 0.7 + gap), [1], [spread]))
        cells.append(with_units(directory, cell(f"mortality/t{at}", "two", 0, 0.7), [1], [0.0]))
    return write(directory, table(tasks=tasks, models=[model("one"), model("two")], cells=cells))


def _compared(directory: Path, first: str = "one", second: str = "two") -> Comparison:
    (found,) = compare(read_board(directory), first, second)
    return found


def test_a_difference_by_task_by_hand(tmp_path: Path) -> None:
    """AUROC .8 and .7 with standard error .01: skill .2 +- 1.96 x .02, beyond the region of .02, hence better."""
    (each,) = _compared(_board(tmp_path, [0.1])).contrasts
    assert (each.first, each.second, each.difference) == pytest.approx((0.6, 0.4, 0.2))
    assert each.interval.low == pytest.approx(0.2 - 1.959964 * 0.02)
    assert each.verdict == "better"


@pytest.mark.parametrize(
    ("gap", "spread", "verdict"),
    [
        (0.1, 0.01, "better"),
        (-0.1, 0.01, "worse"),
        (0.001, 0.001, "equivalent"),
        (0.02, 0.01, "not told apart"),
    ],
)
def test_verdicts_hang_on_the_region_of_practical_equivalence(
    tmp_path: Path, gap: float, spread: float, verdict: str
) -> None:
    """Beyond it, within it, or across its border."""
    assert _compared(_board(tmp_path, [gap], spread)).contrasts[0].verdict == verdict


def test_turning_a_comparison_round_turns_everything_round(tmp_path: Path) -> None:
    """Signs, bounds, wins and losses."""
    there = _compared(_board(tmp_path, [0.1, -0.1, 0.0]))
    back = _compared(tmp_path, "two", "one")
    assert (there.wins, there.ties, there.losses) == (1, 1, 1)
    assert (back.wins, back.ties, back.losses) == (1, 1, 1)
    assert [each.difference for each in back.contrasts] == pytest.approx(
        [-each.difference for each in there.contrasts]
    )
    assert back.interval.low == pytest.approx(-(there.interval.high or 0))


def test_the_test_across_cohorts_agrees_with_scipy(tmp_path: Path) -> None:
    """Seven cohorts: SciPy's exact signed ranks; six would do, five are too few and said so."""
    gaps = [0.1, 0.05, -0.02, 0.08, 0.03, 0.12, 0.01]
    found = _compared(_board(tmp_path / "seven", gaps))
    assert found.p == pytest.approx(stats.wilcoxon(gaps, method="exact").pvalue)
    assert found.practical is not None
    assert found.practical.better > 0.8
    few = _compared(_board(tmp_path / "five", gaps[:5]))
    assert (few.p, few.practical) == (None, None)
    assert "5 cohorts are too few for a test; 6 are needed" in printed(few).sentences[-1]


def test_a_lower_error_is_better(tmp_path: Path) -> None:
    """On a board without anchors .1 beats .3, though the difference is negative."""
    cells = [
        with_units(tmp_path, cell("mortality/a", name, 0, value), [1], [moved])
        for name, value, moved in (("one", 0.1, 0.01), ("two", 0.3, 0.0))
    ]
    content = table(families=[unanchored()], models=[model("one"), model("two")], cells=cells)
    (each,) = _compared(write(tmp_path, content)).contrasts
    assert each.difference == pytest.approx(-0.2)
    assert each.verdict == "better"


def test_an_unknown_model_is_named_with_what_was_meant(tmp_path: Path) -> None:
    """The message holds the likeliest name."""
    with pytest.raises(TableError, match="no model on the board is called 'onne'; did you mean one"):
        compare(read_board(_board(tmp_path, [0.1])), "onne", "two")


def test_models_that_share_no_task_are_not_compared(tmp_path: Path) -> None:
    """There is nothing in common."""
    cells = [cell("mortality/a", "one", 0, 0.8), cell("mortality/b", "two", 0, 0.7)]
    content = table(
        tasks=[task("mortality/a"), task("mortality/b")], models=[model("one"), model("two")], cells=cells
    )
    with pytest.raises(TableError, match="have no task with scores of both"):
        compare(read_board(write(tmp_path, content)), "one", "two")


def test_hostile_names_stay_text_in_the_terminal(tmp_path: Path) -> None:
    """Control characters are spelt out."""
    names = ("evil\x1b[31m", "two")
    cells = [cell("mortality/a", name, 0, 0.7) for name in names]
    content = table(models=[model(name) for name in names], cells=cells)
    found = printed(_compared(write(tmp_path, content), *names))
    assert "evil⟨U+001B⟩[31m" in found.columns
    assert not any("\x1b" in text for text in (found.columns, *found.sentences))


@pytest.mark.parametrize(
    ("filters", "tasks", "models"),
    [
        (["model=o*"], 3, {"one"}),
        (["task=*t0", "task=*t1"], 2, {"one", "two"}),
        (["cohort=!*t0"], 2, {"one", "two"}),
        (["family=mortality", "model=!one"], 3, {"two"}),
        ([], 3, {"one", "two"}),
    ],
)
def test_filters_choose_tasks_and_models(
    tmp_path: Path, filters: list[str], tasks: int, models: set[str]
) -> None:
    """One kind: alternatives; several kinds: all; `!` leaves out."""
    found = chosen(read_table(_board(tmp_path, [0.1, 0.0, -0.1])), filters)
    assert len(found.tasks) == tasks
    assert {row.model for row in found.cells} == models


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("model", "expected a filter such as"),
        ("colour=red", "found 'colour=red'"),
        ("model=x*", "no cell fits model=x"),
    ],
)
def test_a_filter_that_fits_nothing_is_told(tmp_path: Path, text: str, words: str) -> None:
    """The message says what a filter is, or what there is."""
    with pytest.raises(TableError, match=words):
        chosen(read_table(_board(tmp_path, [0.1])), [text])


def test_a_filtered_board_is_a_board_of_that_part(tmp_path: Path) -> None:
    """Skill over one of three tasks: .6 instead of the mean .4."""
    directory = _board(tmp_path, [0.1, 0.0, -0.1])
    whole, part = read_board(directory), write_board(directory, tmp_path / "out", ["task=*t0"])
    assert whole.sections[0].standings[0].skill == pytest.approx(0.4)
    assert part.sections[0].standings[0].skill == pytest.approx(0.6)
    assert (tmp_path / "out" / "standings.json").is_file()
    assert not (directory / "standings.json").exists()


def test_a_board_comes_to_sentences(tmp_path: Path) -> None:
    """Who leads, how many neighbours are told apart, and what the tasks can detect."""
    (section,) = read_board(_board(tmp_path, [0.1, 0.12])).sections
    said = " ".join(told(section))
    assert "one is told apart from every other ranked model." in said
    assert "1 of 1 pairs of neighbours in rank are told apart." in said
    assert "Too few cohorts for a test across tasks: 2, and 6 are needed" in said
    assert "Smallest detectable difference in AUROC: 0.028" in said
