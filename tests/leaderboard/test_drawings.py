"""Series, slopes and declared figures: the numbers that are drawn, against hand-worked ones and NumPy."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import norm

from carebench_leaderboard import TableError
from carebench_leaderboard.chart import chart
from carebench_leaderboard.exports import standings_json
from carebench_leaderboard.svg import drawing_svg
from tests.leaderboard.kinds import RATES, figure, metric, named, only
from tests.leaderboard.synthetic import AUROC, cell, family, model, task, with_units

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard import Board, Section
    from carebench_leaderboard.drawings import Drawing


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


def test_series_of_one_cohort_share_the_oracle_as_their_first_level(tmp_path: Path) -> None:
    """Right labels are a rate of 0 of both mechanisms; the mean over series counts them once."""
    clean = task("mortality/clean", cohort="b", ranked=False)
    noisy = [
        task(
            f"mortality/{mechanism}-{level:g}",
            cohort="b",
            series=mechanism,
            level=level,
            oracle=clean["name"],
        )
        for mechanism in ("boundary", "symmetric")
        for level in (0.2, 0.4)
    ]
    heights = {
        "clean": 0.9,
        "boundary-0.2": 0.8,
        "boundary-0.4": 0.5,
        "symmetric-0.2": 0.7,
        "symmetric-0.4": 0.6,
    }
    cells = [cell(f"mortality/{name}", "best", 0, height) for name, height in heights.items()]
    drawn = figure("over-levels", metric="auroc", oracle_at=0.0)
    found = only(
        tmp_path,
        families=[family(figures=[drawn])],
        tasks=[clean, *noisy],
        models=[model("best")],
        cells=cells,
    )
    mean, boundary, symmetric = found.drawings[0].panels
    assert set(mean.tasks) == {clean["name"], *(row["name"] for row in noisy)}
    heights_drawn = [[(dot.x, dot.y) for dot in panel.lines["best"]] for panel in (mean, boundary, symmetric)]
    assert heights_drawn == [
        [(0.0, 0.9), (0.2, pytest.approx(0.75)), (0.4, pytest.approx(0.55))],
        [(0.0, 0.9), (0.2, 0.8), (0.4, 0.5)],
        [(0.0, 0.9), (0.2, 0.7), (0.4, 0.6)],
    ]
    assert boundary.slopes["best"].value == pytest.approx(np.polyfit([0.0, 0.2, 0.4], [0.9, 0.8, 0.5], 1)[0])


def test_the_mean_over_series_counts_cohorts_alike(board: Board) -> None:
    """Two series of one cohort and one of another: weights 1/4, 1/4 and 1/2."""
    (drawing,) = named(board, "noisy-labels").drawings
    mean, flchain, asymmetric, symmetric = (
        panel.lines["cross-entropy-surrogate"][3].y for panel in drawing.panels
    )
    assert mean == pytest.approx(flchain / 2 + asymmetric / 4 + symmetric / 4)


def test_tasks_of_a_series_follow_each_other(board: Board) -> None:
    """Fifteen noise tasks stand series by series, each by rising level."""
    tasks = [part.task for part in named(board, "noisy-labels").tasks if part.task.series]
    assert len(tasks) == 15
    for at in (0, 5, 10):
        assert len({task.series for task in tasks[at : at + 5]}) == 1
        assert [task.level for task in tasks[at : at + 5]] == list(RATES)


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
    assert [curve.band for curve in chart(found, found.drawings[0], found.drawings[0].panels[0]).curves] == [
        ""
    ]


def test_the_first_model_along_its_metrics_has_its_intervals_as_an_area(board: Board) -> None:
    """From the lower bounds, left to right, back along the upper ones; nobody else has one."""
    section = named(board, "defer")
    drawing = drawing_of(board, "budgets")
    view = chart(section, drawing, drawing.panels[0])
    first, *others = view.curves
    dots = next(
        line for model, line in drawing.panels[0].lines.items() if section.models[model].shown == first.title
    )
    corners = [(dot.x, dot.interval.low) for dot in dots] + [(dot.x, dot.interval.high) for dot in dots[::-1]]
    aside = float(first.path[1:].split()[0]) - view.x.share(dots[0].x)
    places = [f"{view.x.share(x) + aside:g} {view.y.height(y):g}" for x, y in corners if y is not None]
    assert first.band == f"M{'L'.join(places)}Z"
    assert not any(curve.band for curve in others)


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
        ({"kind": "over-levels", "metric": "auroc", "lines": [["n", "n"]]}, "over metrics alone"),
        ({"oracle_at": 0.0}, "over levels alone"),
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


def test_the_only_headline_task_is_drawn_first(tmp_path: Path) -> None:
    """Of an unranked task and a ranked one, the latter has the large panel, whatever their names."""
    metrics = [AUROC, metric("found", "Found")]
    drawn = figure("scatter", x_metric="found", metric="auroc")
    tasks = [task("mortality/a", ranked=False), task("mortality/b")]
    cells = [cell(row["name"], "best", 0, metrics={"auroc": 0.8, "found": 0.6}) for row in tasks]
    families = [family(metrics=metrics, figures=[drawn])]
    found = only(tmp_path, families=families, tasks=tasks, models=[model("best")], cells=cells)
    assert [panel.title for panel in found.drawings[0].panels] == ["mortality/b", "mortality/a"]


BUDGETS = figure("over-metrics", points=[[0, "auroc"], [50, "auroc"]], lines=[["Human alone", "human"]])


def with_lines(directory: Path, humans: dict[tuple[str, int], float | None]) -> Section:
    """Two tasks of one cohort and one of another, two models each, with the fact `human` by (task, seed) where it is known."""
    tasks = [
        task(f"mortality/{name}", cohort=cohort)
        for name, cohort in (("a", "one"), ("b", "one"), ("c", "two"))
    ]
    cells = [
        cell(f"mortality/{name}", model_name, seed, 0.5, facts={} if human is None else {"human": human})
        for (name, seed), human in humans.items()
        for model_name in ("best", "other")
    ]  # fmt: skip
    return only(directory, families=[family(figures=[BUDGETS])], tasks=tasks, cells=cells)


def test_a_line_is_a_fact_averaged_over_seeds_then_tasks_then_cohorts(tmp_path: Path) -> None:
    """Seeds .6 and .8 of the first task, .9 of the second, .4 of the other cohort: ((.7 + .9) / 2 + .4) / 2 = .6."""
    found = with_lines(tmp_path, {("a", 0): 0.6, ("a", 1): 0.8, ("b", 0): 0.9, ("c", 0): 0.4})
    heights = [panel.levels["Human alone"] for panel in found.drawings[0].panels]
    assert heights == pytest.approx([0.6, 0.7, 0.9, 0.4])


def test_a_panel_whose_tasks_do_not_all_state_a_fact_has_no_line(tmp_path: Path) -> None:
    """Of three tasks one states none: their mean goes without, and so does it."""
    found = with_lines(tmp_path, {("a", 0): 0.6, ("b", 0): 0.9, ("c", 0): None})
    assert [list(panel.levels) for panel in found.drawings[0].panels] == [[], ["Human alone"], ["Human alone"], []]  # fmt: skip


def test_lines_are_drawn_level_within_the_axis_and_named(tmp_path: Path) -> None:
    """A human far above every model still lies within the plot, in the page's picture, its words and the SVG file."""
    found = with_lines(tmp_path, {("a", 0): 0.95, ("b", 0): 0.95, ("c", 0): 0.95})
    drawing = found.drawings[0]
    view = chart(found, drawing, drawing.panels[0])
    line = next(curve for curve in view.curves if curve.title == "Human alone")
    assert line.path == f"M0 {line.end:g}H100"
    assert line.end == pytest.approx(view.y.height(0.95))
    assert 0 < line.end < next(curve.end for curve in view.curves if curve.title != "Human alone") < 100
    assert "line: Human alone 0.950" in view.said
    assert "Human alone 0.950" in drawing_svg(found, drawing, drawing.panels[0])
