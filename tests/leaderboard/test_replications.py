"""Seeds that are whole data sets: the bootstrap over them against theory and simulation, pairing, failures, rates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from carebench_leaderboard import read_board, write_board
from carebench_leaderboard.centres import centre, gradient
from carebench_leaderboard.influence import Influence
from carebench_leaderboard.intervals import Scale
from carebench_leaderboard.pooling import MIXED, Point, Rule, interval_of, paired, pool
from carebench_leaderboard.replications import TOO_FEW, bootstrapped, drawn, wilson
from tests.leaderboard.kinds import metric
from tests.leaderboard.shards import shard
from tests.leaderboard.synthetic import cell, failed, family, model, table, task, with_units, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from carebench_leaderboard.board import Section
    from carebench_leaderboard.records import OverSeeds

CENTRES: tuple[OverSeeds, ...] = ("mean", "median", "root-mean-square")


def points(values: Iterable[float], name: str = "t", cohort: str = "c") -> list[Point]:
    """One point a replication."""
    return [
        Point(cohort=cohort, task=name, seed=seed, value=float(value), influence=None)
        for seed, value in enumerate(values)
    ]


def held(values: Iterable[float], how: OverSeeds, truth: float) -> bool:
    """Whether the 95 % interval from replications holds the truth."""
    mean = pool(points(values), Rule(how, frozenset({"t"})))
    assert mean is not None
    found = interval_of(mean, Scale(0.0, None, ratio=True) if how == "root-mean-square" else Scale())
    assert found.low is not None
    assert found.high is not None
    return found.low <= truth <= found.high


def test_centres_by_hand() -> None:
    """Of 1, 2, 9 and 4: mean 4, median 3, root mean square sqrt(102 / 4)."""
    values = np.array([1.0, 2.0, 9.0, 4.0])
    assert [float(centre(values, how)) for how in CENTRES] == pytest.approx([4, 3, math.sqrt(25.5)])


@pytest.mark.parametrize("how", CENTRES)
@pytest.mark.parametrize("values", [[0.3, -1.2, 2.0], [0.3, -1.2, 2.0, 0.8]])
def test_gradients_are_derivatives(how: OverSeeds, values: list[float]) -> None:
    """Central differences of the centre agree with the gradient in every direction."""
    at, step = np.array(values), 1e-6
    found = [
        (centre(at + step * way, how) - centre(at - step * way, how)) / (2 * step) for way in np.eye(at.size)
    ]
    assert gradient(at, how) == pytest.approx(found, abs=1e-6)


def test_the_bootstrap_variance_of_a_mean_is_the_known_one() -> None:
    """s^2 / S, within the 2,000 draws' own error of 3.2 % (three of them)."""
    values = tuple(np.random.default_rng(1).normal(size=40))
    moved = bootstrapped(values, "mean", "c", tuple(range(40)))
    assert moved is not None
    assert moved.variance == pytest.approx(np.var(values, ddof=1) / 40, rel=0.1)


def test_the_draws_hang_on_cohort_and_seeds_alone() -> None:
    """The same for every model, others for another cohort or other seeds."""
    seeds = tuple(range(12))
    assert (drawn("c", seeds) == drawn("c", seeds)).all()
    assert (drawn("c", seeds) != drawn("d", seeds)).any()
    assert (drawn("c", seeds) != drawn("c", tuple(range(1, 13)))).any()


def test_the_difference_of_two_models_is_paired() -> None:
    """A rival that is worse by .1 in every replication differs by exactly that, however much replications vary."""
    values = np.random.default_rng(2).normal(size=30)
    mean = pool(paired(points(values - 0.1), points(values), Rule("mean", frozenset({"t"}))))
    assert mean is not None
    assert mean.value == pytest.approx(-0.1)
    assert mean.variance == pytest.approx(0, abs=1e-24)
    assert mean.df == 29


def test_tasks_of_one_cohort_with_the_same_seeds_are_joined() -> None:
    """Two tasks with the same scores vary together: the variance of their mean is that of one of them."""
    values = np.random.default_rng(3).normal(size=25)
    rule = Rule("mean", frozenset({"t", "u"}))
    one, both = pool(points(values), rule), pool([*points(values), *points(values, "u")], rule)
    apart = pool([*points(values), *points(values, "u", "d")], rule)
    assert one is not None
    assert both is not None
    assert apart is not None
    assert both.variance == pytest.approx(one.variance)
    assert apart.variance == pytest.approx((one.variance or 0) / 2, rel=0.1)
    assert both.df == 24
    assert apart.df == pytest.approx(48, abs=0.5)


def test_replications_and_patients_of_one_cohort_cannot_be_paired() -> None:
    """The variance of their mean is not known, and says why."""
    patients = Influence.of(np.array([1, 2], dtype=np.uint64), np.array([0.1, -0.1]))
    other = Point(cohort="c", task="p", seed=0, value=0.5, influence=patients)
    mean = pool([*points(range(6)), other], Rule("mean", frozenset({"t"})))
    assert mean is not None
    assert (mean.variance, mean.reason) == (None, MIXED)


@pytest.mark.parametrize(
    ("how", "truth", "least"),
    [("mean", 0.3, 0.925), ("median", 0.3, 0.925), ("root-mean-square", math.sqrt(1.09), 0.89)],
)
def test_intervals_over_replications_hold_the_truth(how: OverSeeds, truth: float, least: float) -> None:
    """15 normal replications, 600 tables: 95 % within 2.5, near three standard errors; a root mean square keeps 92."""
    draw = np.random.default_rng(7)
    share = np.mean([held(draw.normal(0.3, 1, size=15), how, truth) for _ in range(600)])
    assert least <= share <= 0.98


def test_the_median_of_skewed_replications_is_held() -> None:
    """1 less a lognormal, as skill with collapses is: median 0, 30 replications, 400 tables."""
    draw = np.random.default_rng(8)
    share = np.mean([held(1 - draw.lognormal(size=30), "median", 0.0) for _ in range(400)])
    assert 0.915 <= share <= 0.98


@pytest.mark.parametrize("how", CENTRES)
def test_two_models_that_do_not_differ_are_told_apart_in_one_of_twenty(how: OverSeeds) -> None:
    """Paired difference of two models that share half of what varies: 20 replications, 500 tables, 5 % within 3."""
    draw, wrong = np.random.default_rng(9), 0
    rule = Rule(how, frozenset({"t"}))
    for _ in range(500):
        shared = draw.normal(size=20)
        ours, theirs = (points(1 + shared + draw.normal(size=20)) for _ in range(2))
        mean = pool(paired(ours, theirs, rule))
        assert mean is not None
        found = interval_of(mean, Scale())
        assert found.low is not None
        assert found.high is not None
        wrong += not found.low <= 0 <= found.high
    assert 0.02 <= wrong / 500 <= 0.08


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (48, 50), (200, 200), (187, 200)])
def test_wilson_agrees_with_scipy(successes: int, trials: int) -> None:
    """Another implementation of the same formula."""
    oracle = binomtest(successes, trials).proportion_ci(method="wilson")
    found = wilson(successes, trials)
    assert found.low == pytest.approx(oracle.low, abs=1e-12)
    assert found.high == pytest.approx(oracle.high)


ERROR = metric("error", "RMSE", better="lower", low=None, high=None, ideal=0.0, over_seeds="root-mean-square")
COVERED = metric("covered", "Coverage", better="nearer", ideal=0.95)


def section(directory: Path, errors: Sequence[float], **changes: Any) -> Section:
    """The board of one model with `errors` over replications, without anchors."""
    cells = [
        cell("mortality/a", "best", seed, metrics={"error": error, "covered": float(abs(error) < 3)})
        for seed, error in enumerate(errors)
    ]
    content = table(
        families=[family(metrics=[ERROR, COVERED], no_skill=None, perfect=None)],
        tasks=[task(unit="replication")],
        models=[model("best")],
        cells=cells,
    )
    return read_board(write(directory, content | changes)).sections[0]


def test_a_task_of_replications_by_hand(tmp_path: Path) -> None:
    """Errors 3, -4, 0, 0, 0: root mean square sqrt 5, interval on the logarithm with t of 4 df, no second interval."""
    errors = [3.0, -4.0, 0.0, 0.0, 0.0]
    (score,) = section(tmp_path, errors).tasks[0].scores
    positions = drawn("mortality/a", (0, 1, 2, 3, 4))
    centres = np.sqrt(np.mean(np.square(np.array(errors)[positions]), axis=1))
    half = student.ppf(0.975, 4) * np.std(centres) * math.sqrt(5 / 4) / math.sqrt(5)
    assert score.values["error"] == pytest.approx(math.sqrt(5))
    assert score.fits.high == pytest.approx(math.sqrt(5) * math.exp(half))
    assert score.fits.low == pytest.approx(math.sqrt(5) / math.exp(half))
    assert score.method.reason == "replications are data sets of their own already"


def test_fewer_than_five_replications_have_no_interval(tmp_path: Path) -> None:
    """The reason stands in its place, in the task and in the standing."""
    found = section(tmp_path, [1.0, 2.0, 3.0, 1.0])
    assert found.tasks[0].scores[0].fits.reason == TOO_FEW
    assert found.standings[0].interval.reason == TOO_FEW


def test_contributions_of_patients_do_not_count_where_seeds_are_replications(tmp_path: Path) -> None:
    """With them and without, the interval is that of the replications."""
    bare = [cell("mortality/a", "best", seed, 0.6 + 0.02 * seed) for seed in range(6)]
    moved = [with_units(tmp_path, row, [1, 2], [0.3, 0.2]) for row in bare]
    tasks = [task(unit="replication")]
    plain, rich = (
        read_board(write(tmp_path, table(tasks=tasks, models=[model("best")], cells=cells)))
        .sections[0]
        .standings[0]
        for cells in (bare, moved)
    )
    assert plain.interval == rich.interval
    assert plain.interval.low is not None


def test_a_failed_replication_counts_before_the_median_is_taken(tmp_path: Path) -> None:
    """Skills .8, .6, .4 and two failures as 0: the median of five is .4, not the .6 of the three."""
    skill = metric("auroc", "Skill", low=None, over_seeds="median")
    cells = [cell("mortality/a", "best", seed, value) for seed, value in enumerate([0.8, 0.6, 0.4])]
    cells += [failed("mortality/a", "best", seed) for seed in (3, 4)]
    content = table(
        families=[family(metrics=[skill], no_skill=0.0)],
        tasks=[task(unit="replication")],
        models=[model("best")],
        cells=cells,
    )
    (row,) = read_board(write(tmp_path, content)).sections[0].standings
    assert row.skill == pytest.approx(0.4)
    assert (row.imputed, row.rank) == (2, "")
    assert row.interval.low is not None


def rates(directory: Path) -> dict[str, list[str]]:
    """The rates of the only model of a board, as its page says them."""
    write_board(directory)
    return dict(shard(directory, "task-0000")["rates"]["0"])


def test_a_rate_has_wilsons_interval_and_its_number(tmp_path: Path) -> None:
    """Four of five covered: the interval, and the count since 5 is below 200."""
    found = section(tmp_path, [1.0, 1.0, 2.0, 5.0, 1.0])
    (score,) = found.tasks[0].scores
    assert score.rates["covered"] == wilson(4, 5)
    assert rates(tmp_path) == {"covered": ["0.376 to 0.964", "of 5"]}


def test_a_rate_over_200_replications_needs_no_number(tmp_path: Path) -> None:
    """Coverage is shown as such from 200 replications on."""
    section(tmp_path, [1.0, 5.0] * 100)
    assert rates(tmp_path)["covered"][1] == ""


def test_a_metric_of_patients_is_no_rate(tmp_path: Path) -> None:
    """An AUROC of exactly 1 in every fold is no share of successes."""
    cells = [cell("mortality/a", "best", seed, 1.0) for seed in range(6)]
    content = table(models=[model("best")], cells=cells)
    (score,) = read_board(write(tmp_path, content)).sections[0].tasks[0].scores
    assert score.rates == {}
    assert score.errors == {}


def test_a_mean_over_replications_has_its_standard_error(tmp_path: Path) -> None:
    """Of .6, .8 and .7 it is .1 / sqrt(3)."""
    cells = [cell("mortality/a", "best", seed, value) for seed, value in enumerate([0.6, 0.8, 0.7])]
    content = table(tasks=[task(unit="replication")], models=[model("best")], cells=cells)
    found = read_board(write(tmp_path, content))
    assert found.sections[0].tasks[0].scores[0].errors["auroc"] == pytest.approx(0.1 / 3**0.5)
    write_board(tmp_path)
    assert shard(tmp_path, "task-0000")["errors"] == {"0": {"auroc": 0.057735}}


def test_seeds_of_patients_are_pooled_as_the_metric_says(tmp_path: Path) -> None:
    """Median of folds .6, .9 and .7 is .7, moved by the middle fold alone: SE .05."""
    median = metric("auroc", "AUROC", low=None, high=None, over_seeds="median")
    cells = [
        with_units(tmp_path, cell("mortality/a", "best", seed, value), [seed], [0.01 + 0.02 * seed])
        for seed, value in enumerate([0.6, 0.9, 0.7])
    ]
    content = table(families=[family(metrics=[median])], models=[model("best")], cells=cells)
    (score,) = read_board(write(tmp_path, content)).sections[0].tasks[0].scores
    assert score.values["auroc"] == 0.7
    assert score.fits.high == pytest.approx(0.7 + norm.ppf(0.975) * 0.05)
    assert "no such formula" in score.method.reason
