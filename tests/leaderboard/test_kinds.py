"""Boards of other kinds: without anchors, with unranked tasks, series, declared figures and subgroups."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import norm

from carebench_leaderboard import TableError, read_board, summary
from carebench_leaderboard.exports import standings_csv, standings_json
from carebench_leaderboard.markdown import standings_markdown
from carebench_leaderboard.page import page
from tests.leaderboard.kinds import RATES, all_kinds, figure, metric
from tests.leaderboard.synthetic import (
    AUROC,
    cell,
    failed,
    family,
    model,
    table,
    task,
    with_units,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard import Board, Section
    from carebench_leaderboard.drawings import Drawing

ERROR = metric("auroc", "RMSE", better="lower", low=0.0, high=None, ideal=0.0)


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four boards of other kinds, shared: tests only read it."""
    return all_kinds(tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="module")
def board(kinds: Path) -> Board:
    """The same, read."""
    return read_board(kinds)


def named(board: Board, family: str) -> Section:
    """One board of several."""
    return next(section for section in board.sections if section.family.name == family)


def only(directory: Path, **changes: Any) -> Section:
    """The only board of a small table with `changes`."""
    (section,) = read_board(write(directory, table(**changes))).sections
    return section


def unanchored(**changes: Any) -> dict[str, Any]:
    """A family whose errors have no anchors, with `changes`."""
    return family(metrics=[ERROR], no_skill=None, perfect=None) | changes


# Boards without anchors


def test_without_anchors_the_score_itself_orders(tmp_path: Path) -> None:
    """Errors .7 and 250: the smaller leads, the difference is in their unit, and there is no skill."""
    cells = [cell("mortality/a", "best", 0, 250.0), cell("mortality/a", "other", 0, 0.7)]
    found = only(tmp_path, families=[unanchored()], cells=cells)
    assert [(row.rank, row.model, row.score, row.skill) for row in found.standings] == [
        ("1", "other", 0.7, None),
        ("2", "best", 250.0, None),
    ]
    assert found.standings[1].difference == pytest.approx(249.3)


@pytest.mark.parametrize(
    ("better", "order"),
    [("higher", ["b", "a", "c"]), ("lower", ["c", "a", "b"]), ("nearer", ["a", "b", "c"])],
)
def test_the_direction_of_the_metric_decides(tmp_path: Path, better: str, order: list[str]) -> None:
    """Of .9, 1.2 and .4: the highest, the lowest, or the nearest to 1 leads."""
    scores = {"a": 0.9, "b": 1.2, "c": 0.4}
    bare = metric("auroc", "Slope", better=better, low=None, high=None, ideal=1.0)
    found = only(
        tmp_path,
        families=[unanchored(metrics=[bare])],
        models=[model(name) for name in scores],
        cells=[cell("mortality/a", name, 0, value) for name, value in scores.items()],
    )
    assert [row.model for row in found.standings] == order


def test_without_anchors_a_failure_is_not_imputed_and_unranks(tmp_path: Path) -> None:
    """The mean is over what is there, and the remark says that nothing stands in."""
    cells = [cell("mortality/a", "best", 0, 0.1), failed("mortality/a", "best", 1)]
    cells += [cell("mortality/a", "other", seed, 0.5) for seed in (0, 1)]
    rows = {row.model: row for row in only(tmp_path, families=[unanchored()], cells=cells).standings}
    assert (rows["best"].score, rows["best"].imputed, rows["best"].rank) == (0.1, 0, "")
    assert rows["best"].remarks == ("1 failed (not imputed: this board has no score without skill)",)
    assert rows["other"].rank == "1"


def test_without_anchors_intervals_are_in_the_unit_of_the_metric(tmp_path: Path) -> None:
    """Influences .3 and .4: SE .5 for the error itself, not for a skill."""
    row = with_units(tmp_path, cell("mortality/a", "best", 0, 2.0), [1, 2], [0.3, 0.4])
    found = only(tmp_path, families=[unanchored()], models=[model("best")], cells=[row])
    assert found.standings[0].interval.high == pytest.approx(2 + norm.ppf(0.975) * 0.5)


def test_without_anchors_every_output_says_so(tmp_path: Path) -> None:
    """Page, Markdown, JSON, CSV and the top name the metric; none of them speaks of skill."""
    content = table(families=[unanchored()])
    found = read_board(write(tmp_path, content))
    assert "This board has no anchors: it is ordered by RMSE itself, lower is better." in page(found)
    assert "| Rank | Model | RMSE |" in standings_markdown(found)
    exported = json.loads(standings_json(found))["boards"][0]
    assert (exported["measure"], exported["no_skill"], exported["standings"][0]["score"]) == (
        "auroc",
        None,
        0.7,
    )
    (first, _) = csv.DictReader(io.StringIO(standings_csv(found)))
    assert (first["skill"], first["measure"], float(first["score"])) == ("", "auroc", 0.7)
    (top,) = summary(found)
    assert (top.measure, top.heading, top.lines[0].shown) == ("RMSE", "score", "0.700")


def test_with_anchors_the_score_stands_beside_the_skill(tmp_path: Path) -> None:
    """AUROC .8 is skill .6; both are exported."""
    found = json.loads(standings_json(read_board(write(tmp_path, table()))))["boards"][0]["standings"][0]
    assert (found["score"], found["skill"]) == (0.8, 0.6)


def test_half_a_pair_of_anchors_is_refused(tmp_path: Path) -> None:
    """A family has both, or none."""
    with pytest.raises(TableError, match="one of `perfect` and `no_skill` is null"):
        only(tmp_path, families=[family(no_skill=None)])


# Unranked tasks and series


def test_an_unranked_task_stays_outside_the_mean(tmp_path: Path) -> None:
    """AUROC .8 where it counts and .6 where it does not: skill .6, and a failure there costs no rank."""
    tasks = [task("mortality/a"), task("mortality/b", ranked=False)]
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/b", "best", 0)]
    found = only(tmp_path, tasks=tasks, models=[model("best")], cells=cells)
    assert found.standings[0].skill == pytest.approx(0.6)
    assert found.standings[0].rank == "1"
    text = page(read_board(tmp_path))
    assert "(1 shown below stays outside)" in text
    assert "outside the mean and the ranks" in text


def test_tasks_of_a_series_stand_together_by_level(tmp_path: Path) -> None:
    """Level 10 comes after level 2, and the series where its first name stands."""
    tasks = [
        task("mortality/a-10", series="noise", level=10.0),
        task("mortality/b"),
        task("mortality/c-2", series="noise", level=2.0),
    ]
    cells = [cell(row["name"], "best", 0, 0.8) for row in tasks]
    found = only(tmp_path, tasks=tasks, models=[model("best")], cells=cells)
    assert [part.task.name for part in found.tasks] == ["mortality/c-2", "mortality/a-10", "mortality/b"]


def noisy(directory: Path, scores: dict[str, list[float]], series: str = "noise") -> Section:
    """A board of tasks at levels 0, .1 and .4 on the same two patients; each score is moved by .03 and .04."""
    levels = (0.0, 0.1, 0.4)
    tasks = [
        task(f"mortality/{series}-{level:g}", series=series, level=level, cohort="c", design="fixed")
        for level in levels
    ]
    cells = [
        with_units(directory, cell(row["name"], name, 0, value), [1, 2], [0.03, 0.04])
        for name, values in scores.items()
        for row, value in zip(tasks, values, strict=True)
    ]
    plain = AUROC | {"low": None, "high": None}
    return only(
        directory,
        families=[family(metrics=[plain])],
        tasks=tasks,
        models=[model(name) for name in scores],
        cells=cells,
    )


def test_the_slope_is_least_squares(tmp_path: Path) -> None:
    """Agrees with NumPy's fit of a line; patients that move every level alike move no slope."""
    scores = {"best": [0.9, 0.85, 0.6], "other": [0.8, 0.6, 0.55]}
    (drawing,) = noisy(tmp_path, scores).drawings
    (panel,) = drawing.panels
    assert (drawing.figure.title, panel.title) == ("AUROC by level", "noise")
    for name, values in scores.items():
        expected = float(np.polyfit([0.0, 0.1, 0.4], values, 1)[0])
        slope = panel.slopes[name]
        assert slope.value == pytest.approx(expected)
        assert slope.interval.low == pytest.approx(expected, abs=1e-9)
        assert slope.interval.high == pytest.approx(expected, abs=1e-9)


def test_the_slopes_interval_by_hand(tmp_path: Path) -> None:
    """Levels 0 and .5 with SE .05 from other patients each: slope -.4, variance 2 x .05^2 / .5^2."""
    tasks = [
        task(f"mortality/{level:g}", series="noise", level=level, design="fixed") for level in (0.0, 0.5)
    ]
    cells = [
        with_units(tmp_path, cell(row["name"], "best", 0, value), [1, 2], [0.03, 0.04])
        for row, value in zip(tasks, (0.8, 0.6), strict=True)
    ]
    found = only(tmp_path, tasks=tasks, models=[model("best")], cells=cells)
    slope = found.drawings[0].panels[0].slopes["best"]
    assert slope.value == pytest.approx(-0.4)
    assert slope.interval.high == pytest.approx(-0.4 + norm.ppf(0.975) * 0.05 * math.sqrt(2) / 0.5)


def test_series_with_the_same_levels_are_averaged_first(board: Board) -> None:
    """Three series of five rates: their mean, then each; who timed out at one rate is not drawn."""
    (drawing,) = named(board, "noisy-labels").drawings
    assert [panel.title for panel in drawing.panels] == [
        "Mean over 3 series",
        "flchain, symmetric noise",
        "support2, asymmetric noise",
        "support2, symmetric noise",
    ]
    assert [dot.x for dot in drawing.panels[0].lines["confidence-rejection"]] == list(RATES)
    assert "softmax-temperature" not in drawing.panels[0].lines
    assert "softmax-temperature" in {row.model for row in named(board, "noisy-labels").standings}


def test_the_mean_over_series_counts_cohorts_alike(board: Board) -> None:
    """Two series of one cohort and one of another: weights 1/4, 1/4 and 1/2."""
    (drawing,) = named(board, "noisy-labels").drawings
    mean, flchain, asymmetric, symmetric = (
        panel.lines["cross-entropy-surrogate"][3].y for panel in drawing.panels
    )
    assert mean == pytest.approx(flchain / 2 + asymmetric / 4 + symmetric / 4)


def test_the_page_groups_a_series_under_one_heading(kinds: Path, board: Board) -> None:
    """Fifteen noise tasks take three headings with five levels each, and three foldings."""
    text = page(board)
    assert text.count('colspan="5" class="series"') == 3
    assert text.count("<small>5 levels</small>") == 3


# Figures


def drawing_of(board: Board, name: str) -> Drawing:
    """A drawing by the name of its figure."""
    return next(
        drawing for section in board.sections for drawing in section.drawings if drawing.figure.name == name
    )


def test_a_line_over_metrics_has_the_scores_and_intervals_of_its_metrics(tmp_path: Path) -> None:
    """Two budgets of one answer, .7 and .8, with SE .05 each from contributions to that very metric."""
    metrics = [
        AUROC,
        metric("at_10", "At 10 %", low=None, high=None),
        metric("at_50", "At 50 %", low=None, high=None),
    ]
    drawn = figure("over-metrics", points=[[10, "at_10"], [50, "at_50"]])
    row = with_units(tmp_path, cell("mortality/a", "best", 0, 0.7), [1, 2], [0.03, 0.04])
    digest = row["contributions"]["auroc"]
    row |= {
        "metrics": {"auroc": 0.7, "at_10": 0.7, "at_50": 0.8},
        "contributions": {"auroc": digest, "at_10": digest},
    }
    found = only(
        tmp_path, families=[family(metrics=metrics, figures=[drawn])], models=[model("best")], cells=[row]
    )
    (panel,) = found.drawings[0].panels
    ten, fifty = panel.lines["best"]
    assert [(dot.x, dot.y) for dot in (ten, fifty)] == [(10, 0.7), (50, 0.8)]
    assert ten.interval.high == pytest.approx(0.7 + norm.ppf(0.975) * 0.05)
    assert "contributions" in fifty.interval.reason


def test_the_first_panel_is_the_mean_over_headline_tasks(board: Board) -> None:
    """Two deferral tasks: their mean, then each."""
    panels = drawing_of(board, "budgets").panels
    assert [panel.title for panel in panels] == [
        "Mean over 2 tasks",
        "Chest films, nodule or none",
        "SUPPORT2, death by day 60",
    ]
    heights = [panel.lines["physicians"][2].y for panel in panels]
    assert heights[0] == pytest.approx((heights[1] + heights[2]) / 2)


def test_an_unranked_task_is_in_no_mean_figure(board: Board) -> None:
    """Three causal tasks, one unranked: the mean is over two, and the third has a panel of its own."""
    panels = drawing_of(board, "bias-error").panels
    assert panels[0].tasks == ("causal-average/acic", "causal-average/ihdp")
    assert len(panels) == 4


def test_a_scatter_has_intervals_both_ways(board: Board) -> None:
    """From replications, without any contribution."""
    (dot,) = drawing_of(board, "bias-error").panels[0].lines["confidence-rejection"]
    assert dot.interval.low is not None
    assert dot.x_interval.low is not None


def test_a_task_that_knows_a_metric_from_hardly_anybody_is_left_out_of_the_mean(tmp_path: Path) -> None:
    """Where there is no noise nobody finds wrong labels: that task must not empty the scatter of all others."""
    metrics = [AUROC, metric("found", "Found")]
    drawn = figure("scatter", x_metric="found", metric="auroc")
    tasks = [task(f"mortality/{name}") for name in "abc"]
    cells = [
        cell(row["name"], name, 0, metrics={"auroc": 0.8, "found": None if row["name"][-1] == "c" else 0.6},
             undefined={"found": "no label is wrong"})
        for row in tasks
        for name in ("best", "other")
    ]  # fmt: skip
    found = only(tmp_path, families=[family(metrics=metrics, figures=[drawn])], tasks=tasks, cells=cells)
    first = found.drawings[0].panels[0]
    assert first.tasks == ("mortality/a", "mortality/b")
    assert set(first.lines) == {"best", "other"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "pie"}, "field 'figures.0.kind'"),
        ({"kind": "scatter", "metric": "auroc"}, "a scatter both metrics"),
        ({"points": [[1, "auroc"]]}, "two points or more"),
        ({"points": [[1, "auroc"], [2, "moon"]]}, "names what the table does not list: 'moon'"),
    ],
)
def test_a_figure_that_cannot_be_drawn_is_refused(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    """An unknown kind or metric, or too little to draw."""
    drawn = figure("over-metrics", points=[[1, "auroc"], [2, "auroc"]]) | changes
    with pytest.raises(TableError, match=words):
        only(tmp_path, families=[family(figures=[drawn])])


def test_figures_and_slopes_are_exported(kinds: Path, board: Board) -> None:
    """The file for machines holds every dot with its bounds, and every slope."""
    boards = {row["family"]: row for row in json.loads(standings_json(board))["boards"]}
    (levels,) = boards["noisy-labels"]["figures"]
    x, y, low, high = levels["panels"][0]["lines"]["confidence-rejection"][1]
    assert (x, low < y < high) == (0.1, True)
    assert levels["panels"][0]["slopes"]["confidence-rejection"]["slope"] < 0


# Subgroups


def grouped(directory: Path, levels: dict[str, list[float | None]], **changes: Any) -> Section:
    """A board of one model with its primary metric by group, over seeds."""
    seeds = range(len(next(iter(levels.values()))))
    cells = [
        cell("mortality/a", "best", seed, 0.8, subgroups={
            "sex": {level: {"n": 40.0 + seed, "auroc": values[seed]} for level, values in levels.items()}})
        for seed in seeds
    ]  # fmt: skip
    return only(directory, models=[model("best")], cells=cells, **changes)


def test_worst_group_and_gap_by_hand(tmp_path: Path) -> None:
    """Means .7 and .9 over two seeds: female is worst, the gap is .2, n is 40.5."""
    found = grouped(tmp_path, {"female": [0.6, 0.8], "male": [0.9, 0.9]})
    (score,) = found.tasks[0].scores
    assert score.worst is not None
    assert (score.worst.attribute, score.worst.level) == ("sex", "female")
    assert score.worst.value == pytest.approx(0.7)
    assert score.worst.gap == pytest.approx(0.2)
    assert score.subgroups[0].groups[0].figures["n"] == 40.5
    assert "sex female, gap 0.200" in page(read_board(tmp_path))


def test_the_worst_group_is_the_highest_where_lower_is_better(tmp_path: Path) -> None:
    """An error of .9 is worse than one of .7."""
    found = grouped(tmp_path, {"female": [0.7], "male": [0.9]}, families=[unanchored()])
    worst = found.tasks[0].scores[0].worst
    assert worst is not None
    assert worst.level == "male"


def test_a_group_that_is_held_back_in_one_seed_is_held_back(tmp_path: Path) -> None:
    """A mean over the other seed would be of other patients; one group left has no gap."""
    found = grouped(tmp_path, {"female": [0.6, None], "male": [0.9, 0.9]})
    (score,) = found.tasks[0].scores
    (sex,) = score.subgroups
    assert sex.groups[0].figures["auroc"] is None
    assert (score.worst, sex.gap) == (None, None)


def test_subgroup_tables_say_counts_once(board: Board) -> None:
    """The counts, alike for all models, stand in the headings; suppressed figures read as a dash."""
    text = page(board)
    assert text.count("<summary>By subgroup") == 2
    assert '<th scope="colgroup" colspan="1">over 75<small>n 26</small></th>' in text


# Large boards


def test_models_that_nothing_suits_are_left_out_and_named(board: Board) -> None:
    """A method for averages alone is no row of the board for effects."""
    found = named(board, "causal")
    assert found.declined == ("Cost-sensitive trees",)
    assert "cost-sensitive-trees" not in found.models
    assert "Left out, since no task here suits them: Cost-sensitive trees." in page(board)


def test_the_top_says_how_many_more_there_are(board: Board) -> None:
    """Ten of twelve models and the physicians, and two more on the page."""
    top = next(top for top in summary(board) if top.board == "Learning to defer")
    assert (len(top.lines), top.more) == (11, 2)


def test_old_tables_read_as_before(tmp_path: Path) -> None:
    """Without any of the newer fields: mean over seeds, ranked, no figure, no group."""
    content = table()
    assert not {"series", "level", "ranked"} & set(content["tasks"][0])
    assert "figures" not in content["families"][0]
    found = read_board(write(tmp_path, content))
    assert found.warnings == ()
    assert found.sections[0].drawings == ()
    assert found.sections[0].tasks[0].headline
