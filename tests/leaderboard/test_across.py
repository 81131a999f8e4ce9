"""Tests across cohorts and what depends on the others, against independent implementations."""

from __future__ import annotations

import baycomp
import choix
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.multitest import multipletests

from carebench_leaderboard.across import across_tasks, iman_davenport, mid_ranks, signed_rank, smallest_number
from carebench_leaderboard.bayes import signed_rank_posterior
from carebench_leaderboard.elo import SCALE, bradley_terry, ratings
from carebench_leaderboard.groups import holm
from carebench_leaderboard.secondary import Runs, middle_mean, profile, runs_of, secondary
from carebench_leaderboard.yardstick import Yardstick
from tests.leaderboard.test_ranks import point, yard

Floats = NDArray[np.float64]


@pytest.mark.parametrize("cohorts", [3, 6, 13, 25])
def test_signed_ranks_agree_with_scipy(cohorts: int) -> None:
    """Without ties, the exact p is SciPy's."""
    for seed in range(5):
        differences = np.random.default_rng(seed).normal(0.4, 1, cohorts)
        expected = stats.wilcoxon(differences, method="exact").pvalue
        assert signed_rank(differences) == pytest.approx(expected, rel=1e-9)


def test_signed_ranks_with_ties_agree_with_all_permutations() -> None:
    """With ties and a zero, p is the share of all 2^7 sign patterns at least as far from the centre."""
    differences = np.array([1.0, 1.0, -1.0, 2.0, 2.0, 3.0, 0.0, 4.0])
    kept = differences[differences != 0]
    ranks = stats.rankdata(np.abs(kept))
    signs = (np.arange(2**7)[:, None] >> np.arange(7)) & 1
    centre = ranks.sum() / 2
    seen = abs(ranks[kept > 0].sum() - centre)
    assert signed_rank(differences) == pytest.approx(np.mean(abs(signs @ ranks - centre) >= seen - 1e-9))


def test_no_difference_anywhere_is_no_evidence() -> None:
    """All zeros give 1."""
    assert signed_rank(np.zeros(8)) == 1.0


def test_holm_agrees_with_statsmodels() -> None:
    """Adjusted p-values are those of statsmodels; a missing one is neither counted nor filled."""
    p = np.random.default_rng(0).random(12) ** 3
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    with_gap = holm(np.append(p, np.nan))
    assert with_gap[:-1] == pytest.approx(holm(p))
    assert np.isnan(with_gap[-1])


def test_iman_davenport_agrees_with_friedman() -> None:
    """F comes from SciPy's Friedman statistic, on 4 and 28 degrees of freedom for 5 models and 8 cohorts."""
    values = np.random.default_rng(1).normal(size=(5, 8)) + np.arange(5)[:, None] / 2
    chi2 = stats.friedmanchisquare(*values).statistic
    expected = stats.f.sf(7 * chi2 / (8 * 4 - chi2), 4, 28)
    assert iman_davenport(values) == pytest.approx(expected, rel=1e-9)


def test_the_smallest_number_of_cohorts_is_that_of_the_table() -> None:
    """A clean sweep of that many reaches 5 % after Holm over all pairs, and of one fewer does not."""
    for models in (3, 5, 10, 20):
        pairs = models * (models - 1) // 2
        needed = smallest_number(pairs)
        assert signed_rank(np.arange(1.0, needed + 1)) * pairs <= 0.05
        assert needed == 6 or signed_rank(np.arange(1.0, needed)) * pairs > 0.05


def test_too_few_cohorts_are_said_and_not_tested() -> None:
    """Three models need 7 cohorts; with 6 there is a reason and no verdict."""
    values = np.random.default_rng(2).normal(size=(3, 7)) + np.array([[30.0], [10.0], [0.0]])
    few, enough = (across_tasks(["a", "b", "c"], values[:, :count]) for count in (6, 7))
    assert (few.needed, few.allowed, few.verdicts, few.omnibus) == (7, False, (), None)
    assert "6, and 7 are needed" in few.reason
    assert enough.allowed
    assert [(each.better, each.worse) for each in enough.verdicts[:1]] == [("a", "b")]
    assert {each.adjusted <= 0.05 for each in enough.verdicts} == {True}


def test_many_models_are_compared_with_the_leader_alone() -> None:
    """With 21 models there are 20 tests, not 210."""
    found = across_tasks([str(at) for at in range(21)], np.random.default_rng(3).normal(size=(21, 12)))
    assert (found.compared, len(found.verdicts)) == ("with the leader", 20)
    assert all("0" in (each.better, each.worse) for each in found.verdicts)


@pytest.mark.parametrize(("shift", "rope"), [(0.0, 0.1), (0.3, 0.1), (0.6, 0.0), (-0.2, 0.3)])
def test_the_bayesian_signed_rank_agrees_with_baycomp(shift: float, rope: float) -> None:
    """Probabilities within .015 of 20,000 draws of baycomp, which counts ours as its right."""
    differences = np.random.default_rng(4).normal(shift, 0.5, 9)
    ours = signed_rank_posterior(differences, rope)
    sample = baycomp.SignedRankTest(np.zeros(9), differences, rope, nsamples=20_000, random_state=0).sample
    left, middle, right = np.bincount(np.argmax(sample, axis=1), minlength=3) / len(sample)
    assert (ours.worse, ours.equivalent, ours.better) == pytest.approx((left, middle, right), abs=0.015)


def test_the_posterior_hangs_on_the_differences_alone() -> None:
    """The same cohorts in another order give the same probabilities, to the last digit."""
    differences = np.random.default_rng(5).normal(0.2, 0.5, 9)
    assert signed_rank_posterior(differences, 0.1) == signed_rank_posterior(differences[::-1], 0.1)


def test_bradley_terry_agrees_with_choix() -> None:
    """Log strengths are choix's maximum likelihood, up to its shift."""
    draw = np.random.default_rng(6)
    wins = draw.integers(1, 20, size=(6, 6)).astype(float)
    np.fill_diagonal(wins, 0)
    expected = choix.ilsr_pairwise_dense(wins, alpha=0.0)
    assert bradley_terry(wins + wins.T, wins.sum(axis=1)) == pytest.approx(
        expected - expected.mean(), abs=1e-6
    )


def test_a_rating_that_wins_three_of_four_battles() -> None:
    """On 4 tasks, 3 won and half a virtual win and loss: strengths differ by log(3.5 / 1.5)."""
    good = np.array([[1.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    first, second = ratings(good, np.full(4, 0.25), ["a", "b", "c", "d"])
    assert first.value - second.value == pytest.approx(SCALE * np.log(3.5 / 1.5))
    assert first.value + second.value == pytest.approx(2000)
    assert "fewer than 5 cohorts" in first.interval.reason


def test_intervals_of_ratings_are_as_wide_as_over_boards() -> None:
    """Over 150 boards of 20 independent cohorts, mean half width / t is within 25 % of the spread of ratings."""
    draw = np.random.default_rng(7)
    found = []
    for _ in range(150):
        good = np.array([[0.6], [0.3], [0.0]]) + draw.normal(size=(3, 20))
        found.append(ratings(good, np.full(20, 0.05), [str(at) for at in range(20)])[0])
    halves = [(each.interval.high or 0) - each.value for each in found]
    assert np.mean(halves) / stats.t.ppf(0.975, 19) == pytest.approx(
        np.std([each.value for each in found]), rel=0.25
    )


def test_mid_ranks_agree_with_scipy() -> None:
    """Along the first axis, ties sharing their mean."""
    values = np.random.default_rng(8).integers(0, 4, size=(7, 5)).astype(float)
    assert mid_ranks(values).tolist() == stats.rankdata(values, axis=0).tolist()


def test_the_middle_mean_agrees_with_a_trimmed_mean() -> None:
    """With equal weights, and a multiple of four figures, it is SciPy's mean trimmed by a quarter."""
    figures = np.random.default_rng(9).normal(size=16)
    assert middle_mean(figures, np.ones(16)) == pytest.approx(stats.trim_mean(figures, 0.25))


def _columns(
    rows: dict[str, list[float]], cohorts: list[str]
) -> tuple[Floats, Floats, list[str], list[Runs]]:
    tasks = [f"t{at}" for at in range(len(cohorts))]
    share = dict.fromkeys(tasks, 1 / len(tasks))
    points = {
        name: [
            point(task, 0, value, cohort=cohort)
            for task, value, cohort in zip(tasks, values, cohorts, strict=True)
        ]
        for name, values in rows.items()
    }
    runs = [runs_of([(each.task, each.value) for each in points[name]], share) for name in rows]
    return np.array(list(rows.values())), np.array(list(share.values())), cohorts, runs


def test_win_rate_and_mean_rank_by_hand() -> None:
    """A beats b on both tasks and ties with c on one: win rates 7/8, 1/8, 1/2; mean ranks 1.25, 2.75, 2."""
    values, shares, cohorts, runs = _columns({"a": [0.9, 0.8], "b": [0.5, 0.1], "c": [0.9, 0.1]}, ["x", "y"])
    found = secondary(values, shares, cohorts, runs, yard())
    assert [each.win_rate for each in found] == pytest.approx([7 / 8, 1 / 8, 1 / 2])
    assert [each.mean_rank for each in found] == pytest.approx([1.25, 2.75, 2.0])
    assert [each.improvement for each in found] == pytest.approx([0.5, 0.0, 0.25])


def test_others_move_the_win_rate_but_not_the_skill() -> None:
    """Four newcomers between A and B on the tasks that A wins lift B, though no score of A or B changed: why it is secondary."""
    a, b = [0.9] * 6 + [0.1] * 4, [0.8] * 6 + [0.9] * 4
    newcomers = {f"n{at}": [0.7] * 6 + [0.5] * 4 for at in range(4)}
    values, shares, cohorts, runs = _columns({"a": a, "b": b}, list("abcdefghij"))
    few = secondary(values, shares, cohorts, runs, yard())
    values, shares, cohorts, runs = _columns({"a": a, "b": b, **newcomers}, list("abcdefghij"))
    many = secondary(values, shares, cohorts, runs, yard())
    assert few[0].win_rate == pytest.approx(0.6)
    assert few[1].win_rate == pytest.approx(0.4)
    assert many[0].win_rate == pytest.approx(0.6)
    assert many[1].win_rate == pytest.approx(0.88)


def test_the_profile_is_the_share_of_runs_at_least_as_good() -> None:
    """Runs .2 and .6 of one model against .4 of the other: at .4 the shares are a half and one."""
    _, _, _, runs = _columns({"a": [0.2, 0.6], "b": [0.4, 0.4]}, ["x", "y"])
    found = profile(["a", "b"], runs, yard())
    assert found is not None
    at = int(np.argmin(np.abs(np.array(found.thresholds) - 0.4)))
    assert (found.shares["a"][at], found.shares["b"][at]) == (0.5, 1.0)
    assert (found.shares["a"][0], found.shares["a"][-1]) == (1.0, 0.5)


def test_a_lower_error_is_better_in_every_column() -> None:
    """On a board of errors the model with the smaller ones wins."""
    errors = Yardstick(anchored=False, zero=0, span=1, better="lower", ideal=0, scale=yard().scale)
    values, shares, cohorts, runs = _columns({"a": [0.1, 0.2], "b": [0.3, 0.4]}, ["x", "y"])
    found = secondary(values, shares, cohorts, runs, errors)
    assert [each.win_rate for each in found] == [1.0, 0.0]
    assert found[1].improvement == 0.0
