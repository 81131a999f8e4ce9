"""Pairs, rank ranges, ties and replicates: against one difference at a time, by hand, and over boards without a difference."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from carebench_leaderboard import read_board, write_board
from carebench_leaderboard.groups import adjusted, neighbours, tie_groups
from carebench_leaderboard.influence import Influence
from carebench_leaderboard.intervals import Scale, between_interval
from carebench_leaderboard.pairs import pairs
from carebench_leaderboard.panel import panel_of
from carebench_leaderboard.pooling import Point, Rule, by_task, combine, equal_weights, less, pool
from carebench_leaderboard.replicates import means, rank_ranges, replicates
from carebench_leaderboard.yardstick import Yardstick
from tests.leaderboard.synthetic import cell, failed, family, model, table, task, with_units, write

if TYPE_CHECKING:
    from pathlib import Path

    from carebench_leaderboard.panel import Panel

RULE = Rule(training={"a": 0.0, "b": 0.25, "c": 0.0})


def yard() -> Yardstick:
    """A board on which a higher score is better and is shown as it is."""
    return Yardstick(anchored=False, zero=0, span=1, better="higher", ideal=1, scale=Scale())


def point(task: str, seed: int, value: float, moved: Influence | None = None, cohort: str = "") -> Point:
    """A point in a cohort of its own, or in `cohort`."""
    return Point(cohort=cohort or task, task=task, seed=seed, value=value, influence=moved)


def _scored(
    draw: np.random.Generator, models: int, skip: tuple[str, int] = ("", 0)
) -> dict[str, list[Point]]:
    """Pooled points of some models on three tasks of two cohorts and three seeds; one model may lack one task."""
    ids = np.arange(40, dtype=np.uint64)
    found: dict[str, list[Point]] = {}
    for at in range(models):
        points = [
            point(task, seed, draw.normal(), Influence.of(ids, draw.normal(size=40) / 40), cohort)
            for task, cohort in (("a", "x"), ("b", "x"), ("c", "y"))
            for seed in range(3)
            if (task, at) != skip
        ]
        found[f"m{at}"] = by_task(points, RULE)
    return found


def _panel(points: dict[str, list[Point]]) -> Panel:
    return panel_of({"a": "x", "b": "x", "c": "y"}, points)


def test_all_pairs_at_once_are_each_pair_alone() -> None:
    """Difference, variance and degrees of freedom of five models are those of `pooling`, one pair at a time."""
    points = _scored(np.random.default_rng(0), 5)
    found = pairs(_panel(points))
    for one in range(5):
        for other in range(5):
            if one != other:
                both = less(points[f"m{one}"], points[f"m{other}"])
                alone = combine(both, equal_weights(both))
                assert alone.variance is not None
                assert found.difference[one, other] == pytest.approx(alone.value)
                assert found.variance[one, other] == pytest.approx(alone.variance)
                assert found.df[one, other] == pytest.approx(alone.df)


def test_pairs_that_share_fewer_tasks_are_compared_on_those() -> None:
    """Without task c in one of the models, its differences are over a and b alone, the others' over all three."""
    points = _scored(np.random.default_rng(1), 3, skip=("c", 1))
    found = pairs(_panel(points))
    both = less(points["m0"][:2], points["m1"])
    alone = combine(both, equal_weights(both))
    assert found.difference[0, 1] == pytest.approx(alone.value)
    assert found.variance[0, 1] == pytest.approx(alone.variance or np.nan)
    whole = less(points["m0"], points["m2"])
    assert found.difference[0, 2] == pytest.approx(combine(whole, equal_weights(whole)).value)


def test_a_model_without_contributions_is_told_from_nobody() -> None:
    """Its p-values are missing, and so are groups, rather than certain."""
    points = _scored(np.random.default_rng(2), 2)
    points["m2"] = by_task(
        [point(name, 0, 9.0, cohort=c) for name, c in (("a", "x"), ("b", "x"), ("c", "y"))], RULE
    )
    p = pairs(_panel(points)).p_values(0.0)
    assert np.isnan(p[0, 2])
    assert not np.isnan(p[0, 1])
    assert tie_groups(["m0", "m1", "m2"], adjusted(p)) == ()


def test_p_values_reach_the_region_of_practical_equivalence_with_the_interval() -> None:
    """P is that level at which the two-sided interval of Student's law just touches the region."""
    points = _scored(np.random.default_rng(3), 2)
    found = pairs(_panel(points))
    difference, variance, df = (abs(part[0, 1]) for part in (found.difference, found.variance, found.df))
    p = found.p_values(0.05)[0, 1]
    assert p == pytest.approx(2 * stats.t.sf((difference - 0.05) / np.sqrt(variance), df))
    assert found.p_values(10.0)[0, 1] == 1.0


def test_seeds_add_to_the_variance_of_a_mean_by_design() -> None:
    """Scores 1, 2, 3 with a patient part of .5: with a fixed test set s^2/S = 1/3 comes to it, with re-splits s^2 / 4."""
    moved = Influence.of(np.array([7], dtype=np.uint64), np.array([0.5**0.5]))
    points = [point("a", seed, seed + 1.0, moved) for seed in range(3)]
    fixed = pool(points, Rule(training={"a": 0.0}))
    resplit = pool(points, Rule(training={"a": 0.25}))
    alone = pool(points, Rule())
    assert fixed is not None
    assert resplit is not None
    assert alone is not None
    assert alone.variance == pytest.approx(0.5)
    assert alone.training is None
    assert fixed.patient == pytest.approx(0.5)
    assert fixed.training == pytest.approx(1 / 3)
    assert fixed.df == pytest.approx((5 / 6) ** 2 * 2 / (1 / 3) ** 2)
    assert resplit.training == pytest.approx(0.25)


def test_a_difference_pairs_its_seeds() -> None:
    """Two models that move together over seeds: the spread of their difference is none, though that of each is large."""
    moved = Influence.of(np.array([7], dtype=np.uint64), np.array([0.1]))
    ours, theirs = ([point("a", seed, 3.0 * seed + shift, moved) for seed in range(4)] for shift in (0, 1))
    found = less(*(by_task(side, RULE) for side in (ours, theirs)))
    assert combine(found, [1.0]).training == pytest.approx(0.0)


def test_tasks_like_these_by_hand() -> None:
    """Cohorts 1, 2, 3: 2 +- 4.302653 sqrt(1/3); one cohort tells nothing."""
    found = between_interval([1.0, 2.0, 3.0], Scale())
    assert found.high == pytest.approx(2 + 4.302653 / 3**0.5, abs=1e-5)
    assert "one cohort" in between_interval([1.0], Scale()).reason


def test_the_anchor_of_a_group_does_not_move() -> None:
    """B and c are not told from a, d is; d is not told from b or c, yet starts a group of its own."""
    p = np.full((4, 4), 0.9)
    p[0, 3] = p[3, 0] = 0.0001
    groups = tie_groups(["a", "b", "c", "d"], adjusted(p))
    assert [(group.anchor, group.members) for group in groups] == [("a", ("a", "b", "c")), ("d", ("d",))]


def test_the_correction_counts_all_pairs() -> None:
    """P of .02 separates two models when they are alone, but not among three: Holm over three pairs makes it .06."""
    p = np.array([[1, 0.02, 0.9], [0.02, 1, 1], [0.9, 1, 1.0]])
    assert len(tie_groups(["a", "b", "c"], adjusted(p))) == 1
    assert len(tie_groups(["a", "b"], adjusted(p[:2, :2]))) == 2


def test_neighbours_are_counted_with_their_correction() -> None:
    """Of p .01, .02 and .001 for the outer pair, Holm leaves .02, .02 and .003: both neighbours apart; with .2 one."""
    p = np.ones((3, 3))
    p[0, 1], p[1, 2], p[0, 2] = 0.01, 0.02, 0.001
    found = neighbours(adjusted(p))
    assert found is not None
    assert (found.pairs, found.separated) == (2, 2)
    p[1, 2] = 0.2
    assert (neighbours(adjusted(p)) or found).separated == 1


def test_replicates_have_the_variances_and_covariances_of_the_intervals() -> None:
    """Over 1,000 replicates the variance of each mean and difference is within 15 % of the exact one."""
    points = {
        name: [_certain(each) for each in listed]
        for name, listed in _scored(np.random.default_rng(4), 4).items()
    }
    panel = _panel(points)
    drawn = means(replicates(panel))
    exact = pairs(panel).variance
    assert drawn.shape == (1000, 4)
    for one, other in ((0, 1), (1, 2), (2, 3)):
        assert np.var(drawn[:, one] - drawn[:, other]) == pytest.approx(exact[one, other], rel=0.15)


def _certain(each: Point) -> Point:
    """A point whose trainings stand on many seeds, so that no heavy tail widens the draws."""
    return replace(each, seeds=10**6)


def test_a_model_with_two_seeds_widens_nobody_elses_ranks() -> None:
    """Four models with ten seeds, alone and beside one with two: their pairs' p, replicates and rank ranges stay."""
    draw, ids = np.random.default_rng(7), np.arange(200, dtype=np.uint64)
    points = {
        f"m{at}": by_task(
            [
                point(
                    "a",
                    seed,
                    at / 10 + draw.normal(scale=0.05),
                    Influence.of(ids, draw.normal(size=200) / 2000),
                )
                for seed in range(seeds)
            ],
            RULE,
        )
        for at, seeds in enumerate((10, 10, 10, 10, 2))
    }
    full, part = (panel_of({"a": "a"}, dict(list(points.items())[:size])) for size in (5, 4))
    assert np.array_equal(pairs(full).df[:4, :4], pairs(part).df, equal_nan=True)
    assert (pairs(full).df[4, :4] < 3).all()
    assert (pairs(part).df[0, 1:] >= 9).all()
    together, apart = (means(replicates(panel)) for panel in (full, part))
    assert np.array_equal(together[:, :4], apart)
    assert rank_ranges(-apart).tolist() == rank_ranges(-together[:, :4]).tolist()


@pytest.mark.parametrize("seeds", [3, 10])
def test_replicates_of_few_seeds_have_the_tails_of_students_law(seeds: int) -> None:
    """What trainings alone move: the 2.5 % quantiles of 1,000 replicates of a mean are those of t within a fifth."""
    values = np.random.default_rng(8).normal(size=seeds)
    nothing = Influence.of(np.array([7], dtype=np.uint64), np.array([0.0]))
    points = by_task([point("a", seed, value, nothing) for seed, value in enumerate(values)], RULE)
    drawn = means(replicates(panel_of({"a": "a"}, {"m": points})))[:, 0] - values.mean()
    wanted = stats.t.ppf(0.975, seeds - 1) * values.std(ddof=1) / seeds**0.5
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (high - low) / 2 == pytest.approx(wanted, rel=0.2)


def test_another_model_moves_no_replicate() -> None:
    """Draws hang on cohort and ids alone: with a fourth model, those of the first three stay."""
    points = _scored(np.random.default_rng(5), 4)
    full, part = replicates(_panel(points)), replicates(_panel(dict(list(points.items())[:3])))
    assert np.array_equal(full.steps[:, :3], part.steps)
    assert np.array_equal(full.scale[:3], part.scale)


def test_rank_ranges_agree_with_scipy() -> None:
    """Ranks within each replicate are SciPy's, smallest for ties; the range is that of the middle 95 %."""
    draws = np.random.default_rng(6).integers(0, 9, size=(400, 6)).astype(float)
    ranks = np.sort(stats.rankdata(draws, axis=1, method="min"), axis=0)
    assert rank_ranges(draws).tolist() == [[int(ranks[10, at]), int(ranks[389, at])] for at in range(6)]


def _board(directory: Path, scores: dict[str, list[float]]) -> Path:
    cells = [
        with_units(
            directory,
            cell("mortality/a", name, seed, value),
            [2 * seed, 2 * seed + 1],
            [0.01, (len(name) % 3) / 90],
        )
        for name, values in scores.items()
        for seed, value in enumerate(values)
    ]
    return write(
        directory, table(tasks=[task(design="fixed")], models=[model(name) for name in scores], cells=cells)
    )


def test_a_model_that_is_far_ahead_stands_alone(tmp_path: Path) -> None:
    """AUROC .9 against .7 and .699 with a standard error near .01: ranks 1, 2 to 3, 2 to 3, two groups, one of two neighbours."""
    directory = _board(
        tmp_path, {"a": [0.9, 0.9, 0.9], "bb": [0.7, 0.701, 0.702], "ccc": [0.702, 0.7, 0.699]}
    )
    (section,) = read_board(directory).sections
    found = section.analysis
    assert found.ranges == {"a": (1, 1), "bb": (2, 3), "ccc": (2, 3)}
    assert [group.members for group in found.groups] == [("a",), ("bb", "ccc")]
    assert dict(found.group_of) == {"a": 1, "bb": 2, "ccc": 2}
    assert found.neighbours is not None
    assert (found.neighbours.pairs, found.neighbours.separated) == (2, 1)
    assert found.apart["bb"] < 0.05


def test_without_contributions_no_rank_looks_certain(tmp_path: Path) -> None:
    """No range, no group, no count of neighbours."""
    (section,) = read_board(write(tmp_path, table())).sections
    assert section.analysis.ranges == {}
    assert section.analysis.groups == ()
    assert section.analysis.neighbours is None


def test_shipped_replicates_give_the_same_rank_ranges(tmp_path: Path) -> None:
    """From the file alone, as a reader would: values + scale x steps, cohorts alike, ranks replicate by replicate."""
    directory = _board(
        tmp_path, {"a": [0.71, 0.7, 0.72], "bb": [0.7, 0.701, 0.702], "ccc": [0.702, 0.7, 0.699]}
    )
    board = write_board(directory)
    shipped = json.loads((directory / "replicates.json").read_text())["boards"]["mortality"]
    steps = np.frombuffer(base64.b64decode(shipped["steps"]["mortality/a"]), dtype=np.int8).reshape(
        3, shipped["draws"]
    )
    shown = np.array(shipped["values"])[:, [0]] + np.array(shipped["scale"])[:, [0]] * steps
    ranks = np.sort(stats.rankdata(-shown.T, axis=1, method="min"), axis=0)
    low, high = ranks[25], ranks[974]
    assert {name: (int(low[at]), int(high[at])) for at, name in enumerate(shipped["models"])} == dict(
        board.sections[0].analysis.ranges
    )


def test_views_differ_in_what_is_missing(tmp_path: Path) -> None:
    """Best failed on b: unranked among all, first on the common task a, and without imputation its mean is that of a."""
    tasks = [task("mortality/a"), task("mortality/b")]
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/b", "best", 0)]
    cells += [cell("mortality/a", "other", 0, 0.7), cell("mortality/b", "other", 0, 0.7)]
    (section,) = read_board(write(tmp_path, table(tasks=tasks, cells=cells))).sections
    found = {view.name: view for view in section.analysis.views}
    rows: dict[str, list[Any]] = {
        name: [(row.model, row.rank, row.shown) for row in view.rows] for name, view in found.items()
    }
    assert rows["all"] == [("other", "1", pytest.approx(0.4)), ("best", "", pytest.approx(0.3))]
    assert found["common"].tasks == ("mortality/a",)
    assert rows["common"] == [("best", "1", pytest.approx(0.6)), ("other", "2", pytest.approx(0.4))]
    assert rows["complete"] == [("other", "1", pytest.approx(0.4)), ("best", "", pytest.approx(0.6))]


def test_ranks_under_four_rules_for_failures(tmp_path: Path) -> None:
    """best: .6 and a failure; other: .4 and .4. Means .3, .3, .6, and with the worst of others .5: it leads by two of the rules."""
    tasks = [task("mortality/a"), task("mortality/b")]
    cells = [cell("mortality/a", "best", 0, 0.8), failed("mortality/b", "best", 0)]
    cells += [cell("mortality/a", "other", 0, 0.7), cell("mortality/b", "other", 0, 0.7)]
    (section,) = read_board(write(tmp_path, table(tasks=tasks, cells=cells))).sections
    found = section.analysis.sensitivity
    assert found is not None
    assert {rule: ranks["best"] for rule, ranks in found.ranks.items()} == {
        "protocol": 2,
        "no-skill": 2,
        "own-mean": 1,
        "worst-of-others": 1,
    }
    assert found.moved == ("best", "other")


def test_without_failures_there_is_no_rule_to_be_sensitive_to(tmp_path: Path) -> None:
    """Nothing was imputed."""
    (section,) = read_board(write(tmp_path, table(families=[family()]))).sections
    assert section.analysis.sensitivity is None


def test_power_by_hand(tmp_path: Path) -> None:
    """Influences .03 against .01 on one patient: SE of the difference .02, detectable .02 x (1.95996 + .84162)."""
    cells = [
        with_units(tmp_path, cell("mortality/a", name, 0, value), [5], [moved])
        for name, value, moved in (("best", 0.8, 0.03), ("other", 0.7, 0.01))
    ]
    (section,) = read_board(write(tmp_path, table(cells=cells))).sections
    (found,) = section.analysis.power
    assert found.se_difference == pytest.approx(0.02)
    assert found.detectable == pytest.approx(0.02 * 2.801585)
    assert found.se_patient == pytest.approx(0.02)
    assert (found.se_seed, found.advice) == (None, "unknown")


@pytest.mark.parametrize(
    ("spread", "advice", "wanted"), [(0.001, "seeds suffice", None), (0.05, "more seeds pay", 18)]
)
def test_more_seeds_pay_until_they_are_a_third_of_the_patients(
    tmp_path: Path, spread: float, advice: str, wanted: int | None
) -> None:
    """Patient SE .05 with two fixed seeds. Spread .05: s = .0707, seed SE .05, wanted 2 x 9 = 18."""
    cells = [
        with_units(tmp_path, cell("mortality/a", "best", seed, 0.7 + sign * spread), [5], [0.05])
        for seed, sign in ((0, 1), (1, -1))
    ]
    (section,) = read_board(
        write(tmp_path, table(tasks=[task(design="fixed")], models=[model("best")], cells=cells))
    ).sections
    (found,) = section.analysis.power
    assert (found.advice, found.seeds_wanted) == (advice, wanted)
