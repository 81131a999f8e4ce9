"""Boards without anchors, unranked tasks, long boards, and tables from before there were such things."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from scipy.stats import norm

from carebench_leaderboard import TableError, read_board, summary, write_board
from carebench_leaderboard.exports import standings_csv, standings_json
from carebench_leaderboard.markdown import standings_markdown
from carebench_leaderboard.page import page
from tests.leaderboard.kinds import metric, named, only, unanchored
from tests.leaderboard.shards import shard
from tests.leaderboard.synthetic import cell, failed, family, model, table, task, with_units, write

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard import Board


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


def test_an_unranked_task_stays_outside_the_mean(tmp_path: Path) -> None:
    """AUROC .8 where it counts and .6 where it does not: skill .6, and a failure there costs no rank."""
    tasks = [task("mortality/a"), task("mortality/b", ranked=False)]
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/b", "best", 0)]
    found = only(tmp_path, tasks=tasks, models=[model("best")], cells=cells)
    assert found.standings[0].skill == pytest.approx(0.6)
    assert found.standings[0].rank == "1"
    write_board(tmp_path)
    (about,) = shard(tmp_path, "summary")["boards"]
    assert [task["headline"] for task in about["tasks"]] == [True, False]


def test_models_that_nothing_suits_are_left_out_and_named(board: Board) -> None:
    """A method for averages alone is no row of the board for effects."""
    found = named(board, "causal")
    assert found.declined == ("Cost-sensitive trees",)
    assert "cost-sensitive-trees" not in found.models


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


def test_what_models_state_differently_is_no_fact_of_the_test_set(tmp_path: Path) -> None:
    """Estimates .08 and .05 of the same 25 patients: n is the task's, the estimates are each model's own."""
    cells = [
        cell("mortality/a", name, 0, 0.8, facts={"n": 25, "estimate": estimate})
        for name, estimate in (("best", 0.08), ("other", 0.05))
    ]
    found = only(tmp_path, cells=cells)
    (part,) = found.tasks
    assert (part.facts, part.own_facts) == ({"n": (25, 25)}, ("estimate",))
    assert [score.facts["estimate"] for score in part.scores] == [0.08, 0.05]
    write_board(tmp_path)
    assert shard(tmp_path, "task-0000")["own"] == {"estimate": [0.08, 0.05]}
