"""Standings, imputation, coverage and edge cases of whole boards."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from scipy.stats import norm

from carebench_leaderboard import Board, Standing, read_board, summary
from carebench_leaderboard.figures import units_tested
from carebench_leaderboard.page import page
from carebench_leaderboard.pooling import MIXED
from tests.leaderboard.synthetic import (
    AUROC,
    SLOPE,
    cell,
    failed,
    family,
    model,
    realistic,
    table,
    task,
    with_replicates,
    with_units,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


def board_of(directory: Path, **changes: Any) -> Board:
    """The board of a small table with `changes`."""
    return read_board(write(directory, table(**changes)))


def standings(directory: Path, **changes: Any) -> dict[str, Standing]:
    """Headline rows of the only board, by model."""
    (section,) = board_of(directory, **changes).sections
    return {row.model: row for row in section.standings}


def test_skill_is_anchored_and_orders_the_models(tmp_path: Path) -> None:
    """AUROC .8 and .7 are skills .6 and .4; the difference to the leader is -.2."""
    rows = standings(tmp_path)
    assert [(row.rank, row.model) for row in rows.values()] == [("1", "best"), ("2", "other")]
    assert rows["best"].skill == pytest.approx(0.6)
    assert rows["other"].difference == pytest.approx(-0.2)
    assert rows["best"].difference is None


def test_equal_skills_share_a_position(tmp_path: Path) -> None:
    """Two models at .8 are both first and the next is third."""
    names = {"a": 0.8, "b": 0.8, "c": 0.7}
    rows = standings(
        tmp_path,
        models=[model(name) for name in names],
        cells=[cell("mortality/a", name, 0, value) for name, value in names.items()],
    )
    assert [row.rank for row in rows.values()] == ["1", "1", "3"]


def test_a_lower_score_is_better_where_the_anchors_say_so(tmp_path: Path) -> None:
    """With no skill at 1 and perfection at 0, errors .2 and .7 are skills .8 and .3."""
    error = AUROC | {"better": "lower", "ideal": 0.0}
    rows = standings(
        tmp_path,
        families=[family(metrics=[error], no_skill=1.0, perfect=0.0)],
        cells=[cell("mortality/a", "best", 0, 0.7), cell("mortality/a", "other", 0, 0.2)],
    )
    assert next(iter(rows)) == "other"
    assert rows["other"].skill == pytest.approx(0.8)


def test_a_failure_counts_as_no_skill_and_unranks(tmp_path: Path) -> None:
    """Seeds .8 (skill .6) and a time-out (imputed 0): mean skill .3, one imputed, no rank."""
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/a", "best", 1, "timeout")]
    cells += [cell("mortality/a", "other", seed, 0.6) for seed in (0, 1)]
    rows = standings(tmp_path, cells=cells)
    best = rows["best"]
    assert best.skill == pytest.approx(0.3)
    assert (best.rank, best.imputed, best.ok, best.planned) == ("", 1, 1, 2)
    assert best.remarks == ("1 timeout (imputed)",)
    assert rows["other"].rank == "1"


def test_a_failure_counts_as_the_own_mean_where_that_is_worse(tmp_path: Path) -> None:
    """A seed at AUROC .4 (skill -.2) and a crash: failing must not raise the mean, which stays -.2."""
    cells = [cell("mortality/a", "best", 0, 0.4), failed("mortality/a", "best", 1, "crashed")]
    assert standings(tmp_path, cells=cells)["best"].skill == pytest.approx(-0.2)


@pytest.mark.parametrize("status", ["failed", "invalid", "timeout", "oom", "crashed"])
def test_each_failure_is_imputed(tmp_path: Path, status: str) -> None:
    """Rule 3 names five failures."""
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/a", "best", 1, status)]
    assert standings(tmp_path, cells=cells)["best"].imputed == 1


@pytest.mark.parametrize(
    "status", ["cancelled", "lost", "unavailable", "unsuited", "irreproducible", "missing"]
)
def test_other_gaps_are_not_imputed_but_unrank(tmp_path: Path, status: str) -> None:
    """The mean is over what is there: .6; the gap is named."""
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/a", "best", 1, status)]
    best = standings(tmp_path, cells=cells)["best"]
    assert best.skill == pytest.approx(0.6)
    assert (best.rank, best.imputed) == ("", 0)
    assert best.remarks == (f"1 {status}",)


def test_unsuited_cells_are_outside_coverage(tmp_path: Path) -> None:
    """One ok and one unsuited cell: 1 of 1 planned, one unsuited shown apart."""
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/a", "best", 1, "unsuited")]
    best = standings(tmp_path, cells=cells)["best"]
    assert (best.ok, best.planned, best.unsuited) == (1, 1, 1)


def test_a_cell_that_does_not_exist_keeps_the_rank(tmp_path: Path) -> None:
    """A task without what the model reads, as the plan says, is outside coverage, told, and costs no rank.

    best: AUROC .8 on the one task that exists for it, skill .6; other: .7 and .6, mean skill (.4 + .2) / 2 = .3.
    """
    tasks = [task("mortality/a"), task("mortality/b")]
    others = [cell("mortality/a", "other", 0, 0.7), cell("mortality/b", "other", 0, 0.6)]
    left_out = failed("mortality/b", "best", 0, "unsuited", "reads age and sex alone") | {"phase": "plan"}
    rows = standings(tmp_path, tasks=tasks, cells=[cell("mortality/a", "best", 0, 0.8), left_out, *others])
    best = rows["best"]
    assert (best.rank, rows["other"].rank) == ("1", "2")
    assert best.skill == pytest.approx(0.6)
    assert (best.ok, best.planned, best.unsuited) == (1, 1, 1)
    assert best.remarks == ("1 unsuited", "mean over 1 of 2 tasks")
    assert rows["other"].difference == pytest.approx(-0.2)


def test_a_cell_that_the_model_declined_costs_the_rank(tmp_path: Path) -> None:
    """The same cell, declined while fitting: nobody gains a rank by leaving a hard task out."""
    tasks = [task("mortality/a"), task("mortality/b")]
    others = [cell("mortality/a", "other", 0, 0.7), cell("mortality/b", "other", 0, 0.6)]
    declined = failed("mortality/b", "best", 0, "unsuited", "too few patients") | {"phase": "fit"}
    rows = standings(tmp_path, tasks=tasks, cells=[cell("mortality/a", "best", 0, 0.8), declined, *others])
    assert (rows["best"].rank, rows["other"].rank) == ("", "1")


def test_a_cell_that_is_not_in_the_table_counts_as_missing(tmp_path: Path) -> None:
    """Leaving a hard task out gains no rank, and the difference is over the common task: .8 - .7 as skill."""
    tasks = [task("mortality/a"), task("mortality/b")]
    cells = [cell("mortality/a", "best", 0, 0.8), cell("mortality/a", "other", 0, 0.7)]
    rows = standings(tmp_path, tasks=tasks, cells=[*cells, cell("mortality/b", "other", 0, 0.6)])
    assert rows["other"].rank == "1"
    assert rows["best"].remarks == ("1 missing", "mean over 1 of 2 tasks")
    assert rows["best"].difference == pytest.approx(0.2)


def test_everything_failed_gives_a_board_without_ranks(tmp_path: Path) -> None:
    """All cells failed: skill 0 by imputation, no rank, no leader, no error."""
    cells = [failed("mortality/a", name, 0) for name in ("best", "other")]
    rows = standings(tmp_path, cells=cells)
    assert {row.rank for row in rows.values()} == {""}
    assert {row.skill for row in rows.values()} == {0.0}
    assert rows["best"].difference_interval.reason == "no model is ranked"


def test_an_undefined_score_is_a_gap_with_its_reason(tmp_path: Path) -> None:
    """A null primary metric is not imputed; the task's score is null and says why."""
    spoilt = cell("mortality/a", "best", 0, None, undefined={"auroc": "one class only"})
    (section,) = board_of(tmp_path, cells=[spoilt]).sections
    (row,) = section.standings
    (score,) = section.tasks[0].scores
    assert (row.skill, row.rank) == (None, "")
    assert row.remarks[0] == "1 with an undefined score"
    assert score.undefined["auroc"] == "undefined in 1 of 1 ok cells: one class only"


def test_comparators_are_unranked_and_last(tmp_path: Path) -> None:
    """A comparator that beats everybody is no leader, and its gaps are not imputed."""
    rows = standings(
        tmp_path,
        models=[model("best"), model("apache", role="comparator")],
        cells=[
            cell("mortality/a", "best", 0, 0.8),
            cell("mortality/a", "best", 1, 0.8),
            cell("mortality/a", "apache", 0, 0.9),
            failed("mortality/a", "apache", 1),
        ],
    )
    assert list(rows) == ["best", "apache"]
    assert (rows["best"].rank, rows["apache"].rank) == ("1", "")
    assert rows["apache"].difference == pytest.approx(0.2)
    assert rows["apache"].imputed == 0


def test_tasks_that_train_nothing_stay_outside_the_mean(tmp_path: Path) -> None:
    """AUROC .8 on a task with folds and .6 on one with all rows: mean skill .6, both tasks shown."""
    tasks = [task("mortality/a"), task("mortality/b", design="all-rows")]
    cells = [cell("mortality/a", "best", 0, 0.8), cell("mortality/b", "best", 0, 0.6)]
    (section,) = board_of(tmp_path, tasks=tasks, models=[model("best")], cells=cells).sections
    assert section.standings[0].skill == pytest.approx(0.6)
    assert section.standings[0].planned == 1
    assert [part.headline for part in section.tasks] == [True, False]
    assert section.tasks[1].scores[0].method.reason == "nothing is trained in this task"


def test_a_board_of_such_tasks_only_has_no_skill(tmp_path: Path) -> None:
    """Nothing to average: skill None, no rank."""
    row = standings(tmp_path, tasks=[task(design="all-rows")])["best"]
    assert (row.skill, row.rank, row.planned) == (None, "", 0)


def test_a_task_without_cells_is_shown_empty(tmp_path: Path) -> None:
    """A task that nobody ran has no scores and unranks nobody but by its absence."""
    (section,) = board_of(tmp_path, cells=[]).sections
    assert section.standings == ()
    assert section.tasks[0].scores == ()


def test_calibration_slope_is_the_median_over_tasks(tmp_path: Path) -> None:
    """Slopes .5, .9 and 1.4 have the median .9."""
    slopes = {"mortality/a": 0.5, "mortality/b": 1.4, "mortality/c": 0.9}
    cells = [
        cell(name, "best", 0, metrics={"auroc": 0.8, "calibration_slope": slope})
        for name, slope in slopes.items()
    ]
    rows = standings(
        tmp_path,
        families=[family(metrics=[AUROC, SLOPE], beside=["calibration_slope"])],
        tasks=[task(name) for name in slopes],
        models=[model("best")],
        cells=cells,
    )
    assert rows["best"].beside == {"calibration_slope": 0.9}


def test_brier_skill_is_the_mean_over_tasks(tmp_path: Path) -> None:
    """Brier skills .1, .2 and .6 have the mean .3; a model that only ranks has none."""
    skills = {"mortality/a": 0.1, "mortality/b": 0.2, "mortality/c": 0.6}
    brier = {**SLOPE, "name": "brier_skill", "label": "Brier skill", "better": "higher", "high": 1.0}
    cells = [
        cell(name, "best", 0, metrics={"auroc": 0.8, "brier_skill": skill}) for name, skill in skills.items()
    ]
    rows = standings(
        tmp_path,
        families=[family(metrics=[AUROC, brier], beside=["brier_skill"])],
        tasks=[task(name) for name in skills],
        models=[model("best")],
        cells=cells,
    )
    assert rows["best"].beside["brier_skill"] == pytest.approx(0.3)


def test_intervals_from_contributions_by_hand(tmp_path: Path) -> None:
    """Influences of .03 and .04 on AUROC: SE .05, hence .1 in skill; the same patients in the rival cancel one."""
    best = with_units(tmp_path, cell("mortality/a", "best", 0, 0.8), [1, 2], [0.03, 0.04])
    other = with_units(tmp_path, cell("mortality/a", "other", 0, 0.7), [2, 1], [0.04, 0.0])
    (section,) = board_of(tmp_path, cells=[best, other]).sections
    rows = {row.model: row for row in section.standings}
    assert rows["best"].interval.low == pytest.approx(0.6 - norm.ppf(0.975) * 0.1)
    assert rows["other"].difference_interval.high == pytest.approx(-0.2 + norm.ppf(0.975) * 0.06)
    fits = section.tasks[0].scores[0].fits
    assert fits.low == pytest.approx(1 / (1 + math.exp(-(math.log(4) - norm.ppf(0.975) * 0.05 / 0.16))))
    assert section.tasks[0].units == 2


def test_method_level_interval_takes_sizes_from_the_cells(tmp_path: Path) -> None:
    """Folds .7, .8, .9 of 25 tested and 100 trained: variance (1/3 + 1/4) x .01, t with 2 df, on the logit scale."""
    cells = [cell("mortality/a", "best", seed, value) for seed, value in enumerate([0.7, 0.8, 0.9])]
    (section,) = board_of(tmp_path, cells=cells).sections
    half = 4.302653 * math.sqrt(0.01 * 7 / 12) / 0.16
    method = section.tasks[0].scores[0].method
    assert method.high == pytest.approx(1 / (1 + math.exp(-(math.log(4) + half))), abs=1e-6)


def test_refits_of_a_fixed_test_set_use_its_patients(tmp_path: Path) -> None:
    """The same patient in two seeds, influence .1 each, scores equal: variance .01 and the normal interval."""
    cells = [with_units(tmp_path, cell("mortality/a", "best", seed, 0.8), [1], [0.1]) for seed in (0, 1)]
    (section,) = board_of(tmp_path, tasks=[task(design="fixed")], cells=cells).sections
    score = section.tasks[0].scores[0]
    expected = 1 / (1 + math.exp(-(math.log(4) - norm.ppf(0.975) * 0.1 / 0.16)))
    assert score.method.low == pytest.approx(expected)
    assert score.fits.low == pytest.approx(expected)


def test_without_contributions_the_reason_stands_in_place_of_an_interval(tmp_path: Path) -> None:
    """No influence, no interval, and the reason says so."""
    row = standings(tmp_path)["best"]
    assert row.interval.low is None
    assert "contributions" in row.interval.reason


def test_families_are_boards_of_their_own(tmp_path: Path) -> None:
    """A model in two families stands on two boards; there is no mean over them."""
    tasks = [task(), task("defer/a", family="defer")]
    families = [family(), family(name="defer", title="Deferral")]
    cells = [cell("mortality/a", "best", 0, 0.8), cell("defer/a", "best", 0, 0.6)]
    board = board_of(tmp_path, tasks=tasks, families=families, cells=cells)
    skills = {section.family.name: section.standings[0].skill for section in board.sections}
    assert skills == {"defer": pytest.approx(0.2), "mortality": pytest.approx(0.6)}


def test_adding_a_rival_moves_nobody(results: Path, tmp_path: Path) -> None:
    """Skill and interval of the others are the same with and without one of the models."""
    full = realistic(tmp_path)
    content = json.loads((full / "results.json").read_text())
    content["cells"] = [row for row in content["cells"] if row["model"] != "gradient-boosting"]
    (full / "results.json").write_text(json.dumps(content))
    before = {row.model: (row.skill, row.interval) for row in read_board(results).sections[0].standings}
    after = {row.model: (row.skill, row.interval) for row in read_board(full).sections[0].standings}
    assert after == {name: figures for name, figures in before.items() if name != "gradient-boosting"}


def test_the_realistic_board_ranks_nine_of_twelve(results: Path) -> None:
    """Three of twelve entrants have a failure or a loss; the published score is a reference."""
    (section,) = read_board(results).sections
    assert sum(bool(row.rank) for row in section.standings) == 9
    assert [row.role for row in section.standings].index("comparator") == 12


def test_the_summary_is_the_top_in_texts(results: Path) -> None:
    """Three of twelve models, first the leader, without a difference to itself, and the reference; nine are left out."""
    (top,) = summary(read_board(results), top=3)
    lines = top.lines
    assert (top.measure, top.more) == ("Mean skill", 9)
    assert [line.rank for line in lines] == ["1", "2", "3", ""]
    assert (lines[3].name, lines[3].remarks) == ("published-score", "reference")
    assert lines[0].difference == ""
    assert lines[1].difference.startswith("\N{MINUS SIGN}0.0")
    assert lines[0].coverage == "18/18"


def resampled(directory: Path) -> Board:
    """Two models on one resampled task of two folds of 25 patients; three replicates with plain numbers."""
    parts = {"best": ([0.03, 0.0, -0.03], [0.0, 0.04, -0.04]), "other": ([0.03, 0.0, -0.03], [0.0, 0.0, 0.0])}
    cells = [
        with_replicates(directory, cell("mortality/a", name, seed, value), parts[name][seed])
        for name, value in (("best", 0.8), ("other", 0.7))
        for seed in (0, 1)
    ]
    return board_of(directory, cells=cells)


def test_replicates_pair_folds_and_models(tmp_path: Path) -> None:
    """Contributions add by replicate: (.03, .04, -.07) / 2 for the mean of two folds, squared, on the logit scale.

    The difference to the leader is moved by (0, -.04, .04) / 2, all on the doubled scale of the skill.
    """
    (section,) = resampled(tmp_path).sections
    best, other = section.tasks[0].scores
    error = math.sqrt(0.03**2 + 0.04**2 + 0.07**2) / 2
    half = norm.ppf(0.975) * error / (0.8 * 0.2)
    assert best.fits.low == pytest.approx(1 / (1 + math.exp(half) / 4))
    assert other.fits.low is not None
    row = section.standings[1].difference_interval
    assert row.low is not None
    assert row.high is not None
    assert (row.high - row.low) / 2 == pytest.approx(norm.ppf(0.975) * 2 * math.sqrt(2 * 0.02**2))


def test_replicates_are_not_counted_as_patients(tmp_path: Path) -> None:
    """A resampled task says how many were tested in each seed, by its facts, never how many replicates there are."""
    board = resampled(tmp_path)
    part = board.sections[0].tasks[0]
    assert (part.units, part.resampled) == (None, True)
    assert units_tested(part) == "25 patients tested in each seed"
    assert (
        units_tested(replace(part, task=part.task.model_copy(update={"unit": "batch"})))
        == "25 batches tested in each seed"
    )
    assert not read_board(write(tmp_path, table())).sections[0].tasks[0].resampled


def test_methods_name_the_resampled_tasks(tmp_path: Path) -> None:
    """The page says which tasks have intervals from a bootstrap, and says nothing of it where none has."""
    assert "In mortality/a, patients are resampled instead" in page(resampled(tmp_path))
    assert "resampled" not in page(read_board(write(tmp_path, table())))


def test_a_cohort_of_both_kinds_has_no_joint_interval(tmp_path: Path) -> None:
    """Each task keeps its own interval; the mean and the difference say why they have none."""
    plain = with_units(tmp_path, cell("mortality/a", "best", 0, 0.8), [1, 2, 3], [0.03, 0.0, -0.03])
    other = with_units(tmp_path, cell("mortality/a", "other", 0, 0.7), [1, 2, 3], [0.03, 0.0, -0.03])
    drawn = [
        with_replicates(tmp_path, cell("mortality/b", name, 0, 0.7), [0.02, 0.0, -0.02])
        for name in ("best", "other")
    ]
    tasks = [task("mortality/a", cohort="shared"), task("mortality/b", cohort="shared")]
    (section,) = board_of(tmp_path, tasks=tasks, cells=[plain, other, *drawn]).sections
    assert all(score.fits.low is not None for part in section.tasks for score in part.scores)
    rows = {row.model: row for row in section.standings}
    for found in (rows["best"].interval, rows["other"].interval, rows["other"].difference_interval):
        assert (found.low, found.high, found.reason) == (None, None, MIXED)
    assert rows["best"].skill == pytest.approx(0.5)
