"""The bootstrap of patients: its draws, its weights, its replicates, and the intervals that follow."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import poisson

from carebench_tasks.horizon import Horizon, outcome, resampled_weights
from carebench_tasks.metrics import probability, ranking, resampled
from carebench_tasks.metrics.outcome import Undefined
from carebench_tasks.resampling import LIMITS, PURPOSE, REPLICATES, contributions, counts, replicate_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Simulated = tuple[Floats, Floats, Floats]

PAIRS: list[tuple[Callable[[Floats, Floats, Floats], float], Callable[[Floats, Floats, Floats], Floats]]] = [
    (ranking.auroc, resampled.aurocs),
    (probability.brier, resampled.briers),
    (probability.brier_skill, resampled.brier_skills),
    (probability.log_loss, resampled.log_losses),
]


def ids(size: int, salt: int = 0) -> NDArray[np.uint64]:
    """Ids of `size` patients."""
    return np.arange(size, dtype=np.uint64) + np.uint64(salt * 10**6)


def test_limits_are_those_of_a_poisson_count_of_mean_one() -> None:
    """Each limit is 2^32 times scipy's distribution function, cut to an integer; 13 or more has chance under 1e-9."""
    expected = 2.0**32 * poisson.cdf(np.arange(len(LIMITS)), 1)
    assert np.all(np.abs(np.array(LIMITS) - expected) <= 1)
    assert poisson.sf(len(LIMITS), 1) < 1e-9


def test_counts_equal_a_literal_reading_of_their_definition() -> None:
    """Replicate b of a unit counts the limits that bytes 4b to 4b + 3 of its SHAKE-256 reach."""
    stream = hashlib.shake_256(PURPOSE + (77).to_bytes(8, "big")).digest(4 * REPLICATES)
    expected = [
        sum(int.from_bytes(stream[4 * b : 4 * b + 4], "big") >= limit for limit in LIMITS)
        for b in range(REPLICATES)
    ]
    assert counts(np.array([77], dtype=np.uint64))[0].tolist() == expected


def test_counts_are_pinned() -> None:
    """The draws of published boards do not move: a digest of our own output, first seen on 2,500 units."""
    drawn = counts(ids(2500))
    assert (drawn.shape, str(drawn.dtype)) == ((2500, REPLICATES), "uint8")
    assert hashlib.sha256(drawn.tobytes()).hexdigest()[:16] == "e0052bfc4bc62014"


def test_counts_follow_the_unit_and_nothing_else() -> None:
    """Rows of one unit are drawn together; company and order of the rows change no draw."""
    drawn = counts(np.array([5, 9, 5], dtype=np.uint64))
    assert np.array_equal(drawn[0], drawn[2])
    assert np.array_equal(counts(np.array([9], dtype=np.uint64))[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[1])


def test_counts_are_independent_poisson() -> None:
    """Mean and variance are 1 and two units are uncorrelated, each within four standard errors over 300,000 draws."""
    drawn = counts(ids(300)).astype(float)
    size = drawn.size
    assert abs(drawn.mean() - 1) < 4 / np.sqrt(size)
    assert abs(drawn.var() - 1) < 4 * np.sqrt(3 / size)
    assert abs(np.mean((drawn[:-1] - 1) * (drawn[1:] - 1))) < 4 / np.sqrt(size)


def test_replicates_have_ids_of_their_own() -> None:
    """A thousand different ids, and no patient of a cohort is called like a replicate."""
    assert len(set(replicate_ids().tolist())) == REPLICATES
    assert not np.isin(ids(100_000), replicate_ids()).any()


def test_weights_equal_those_of_the_repeated_patients() -> None:
    """In each replicate: patients repeated as often as drawn, their outcome worked out anew, times the count."""
    draw = np.random.default_rng(5)
    time, event = draw.integers(1, 12, 60).astype(float), draw.integers(0, 2, 60).astype(np.int8)
    drawn, rows = counts(ids(60))[:, :40], np.array([3, 50, 11])
    found = resampled_weights(Horizon(at=6, events=0, censored=0), time, event, drawn, rows)
    for b in range(40):
        copies = np.repeat(np.arange(60), drawn[:, b])
        t, e = time[copies], event[copies]
        horizon = Horizon(
            at=6, events=int(((e == 1) & (t <= 6)).sum()), censored=int(((e == 0) & (t < 6)).sum())
        )
        weight = dict(zip(copies.tolist(), outcome(horizon, t, e, "example").weight, strict=True))
        expected = [weight.get(row, 0.0) * drawn[row, b] for row in rows.tolist()]
        np.testing.assert_allclose(found[:, b], expected, rtol=1e-12)


@pytest.mark.parametrize(("definition", "replicates"), PAIRS)
def test_replicates_equal_a_loop_over_the_definition(
    simulated: Simulated,
    definition: Callable[[Floats, Floats, Floats], float],
    replicates: Callable[[Floats, Floats, Floats], Floats],
) -> None:
    """One matrix of weights gives what the definition gives replicate by replicate, ties among the risks included."""
    event, risk, _ = simulated
    weights = counts(ids(len(event)))[:, :150] * np.random.default_rng(6).uniform(0.5, 2, (len(event), 1))
    expected = [definition(event, risk, weights[:, b]) for b in range(150)]
    np.testing.assert_allclose(replicates(event, risk, weights), expected, atol=1e-12)


def test_sums_of_contributions_are_the_bootstrap_covariance(simulated: Simulated) -> None:
    """Sums of squares and products equal numpy's covariance of the replicates of two models."""
    event, first, second = simulated
    drawn = counts(ids(len(event))).astype(float)
    values = np.array([resampled.aurocs(event, risk, drawn) for risk in (first, second)])
    parts = np.array([contributions(each) for each in values])
    np.testing.assert_allclose(parts @ parts.T, np.cov(values), rtol=1e-10)


@pytest.mark.parametrize("which", ["first", "second", "difference"])
def test_without_loss_the_bootstrap_agrees_with_delong(simulated: Simulated, which: str) -> None:
    """Nobody lost: standard errors of two models and of their paired difference are within 10 % of DeLong's."""
    event, *risks = simulated
    drawn, ones = counts(ids(len(event))).astype(float), np.ones(len(event))
    bootstrap = [contributions(resampled.aurocs(event, risk, drawn)) for risk in risks]
    delong = [ranking.auroc_influence(event, risk, ones) for risk in risks]
    pick = {"first": (1, 0), "second": (0, 1), "difference": (1, -1)}[which]
    found, expected = (
        np.linalg.norm(pick[0] * parts[0] + pick[1] * parts[1]) for parts in (bootstrap, delong)
    )
    assert found == pytest.approx(expected, rel=0.10)


def test_a_replicate_of_one_outcome_is_undefined() -> None:
    """With a single death some of a thousand replicates hold none: the reason is given instead of numbers."""
    event = np.array([1.0, 0.0, 0.0, 0.0])
    with pytest.raises(Undefined, match="one outcome only"):
        resampled.aurocs(event, event, counts(ids(4)).astype(float))


def test_intervals_cover_the_truth_under_loss_to_follow_up() -> None:
    """Of 200 simulated studies of 300 patients, 15 % lost, the 95 % interval covers the true AUROC in 90 to 99 %.

    Survival is exponential, the score one plus noise on its log-rate; the truth is the AUROC of 400,000 patients
    never lost. The Monte-Carlo standard error of a coverage of 95 % over 200 studies is 1.5 points.
    """
    draw = np.random.default_rng(20240611)
    time, _, score = followed(draw, 400_000, loss=0.0)
    truth = ranking.auroc((time <= 1).astype(float), score, np.ones(len(time)))
    covered = [covers(*followed(draw, 300, loss=0.2), truth, salt) for salt in range(200)]
    assert 0.90 <= np.mean(covered) <= 0.99


def followed(draw: np.random.Generator, size: int, loss: float) -> tuple[Floats, NDArray[np.int8], Floats]:
    """Follow-up, whether it ended in death, and a score, of patients lost at the rate `loss`."""
    danger = draw.normal(-1, 1, size)
    death = draw.exponential(np.exp(-danger))
    lost = draw.exponential(1 / loss, size) if loss else np.full(size, math.inf)
    return np.minimum(death, lost), (death <= lost).astype(np.int8), danger + draw.normal(0, 1, size)


def covers(time: Floats, event: NDArray[np.int8], score: Floats, truth: float, salt: int) -> bool:
    """Whether the interval of one study, on the logit scale as the board has it, covers the truth."""
    died, lost = (event == 1) & (time <= 1), (event == 0) & (time < 1)
    horizon = Horizon(at=1, events=int(died.sum()), censored=int(lost.sum()))
    weight = outcome(horizon, time, event, "simulation").weight
    area = ranking.auroc(died.astype(float), score, weight)
    drawn = counts(ids(len(time), salt + 1))
    weights = resampled_weights(horizon, time, event, drawn, np.arange(len(time)))
    error = np.linalg.norm(contributions(resampled.aurocs(died.astype(float), score, weights)))
    centre, half = math.log(area / (1 - area)), 1.959964 * error / (area * (1 - area))
    return bool(centre - half <= math.log(truth / (1 - truth)) <= centre + half)
