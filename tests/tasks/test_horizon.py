"""Outcomes at a horizon under loss to follow-up: curves and weights worked by hand, and the conventions at ties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from carebench import CarebenchError
from carebench_tasks.horizon import (
    Horizon,
    censoring_curve,
    kaplan_meier_risk,
    outcome,
    resampled_weights,
    survival_curve,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Ten patients with a tie at time 2 (one death, one loss), worked by hand below.
TIME = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 6.0, 6.0, 7.0, 8.0])
EVENT = np.array([1, 1, 0, 0, 1, 0, 1, 0, 0, 1], dtype=np.int8)


def test_kaplan_meier_by_hand() -> None:
    """Deaths at 1 (of 10), 2 (of 9), 4 (of 6), 6 (of 4): 9/10 * 8/9 * 5/6 * 3/4 = 1/2 at 6."""
    curve = survival_curve(TIME, EVENT)
    np.testing.assert_allclose(curve.at(np.array([0.5, 1, 2, 4, 6])), [1, 9 / 10, 8 / 10, 2 / 3, 1 / 2])
    assert curve.before(6.0) == pytest.approx(2 / 3)


def test_censoring_curve_by_hand() -> None:
    """At a tie deaths go first: losses at 2 (of 9 - 1 = 8), 3 (of 7), 5 (of 5), 6 (of 4 - 1 = 3)."""
    curve = censoring_curve(TIME, EVENT)
    expected = [1, 7 / 8, 7 / 8 * 6 / 7, 3 / 4 * 4 / 5, 3 / 5 * 2 / 3]
    np.testing.assert_allclose(curve.at(np.array([1, 2, 3, 5, 6])), expected)


def test_weights_by_hand() -> None:
    """At horizon 5.5: G(time-) is 1, 1 and 3/4 for deaths at 1, 2 and 4; G(5.5) is 3/5 for the four alive."""
    found = outcome(Horizon(at=5.5, events=3, censored=3), TIME, EVENT, "example")
    np.testing.assert_allclose(found.weight, [1, 1, 0, 0, 4 / 3, 0, 5 / 3, 5 / 3, 5 / 3, 5 / 3])
    assert found.event.tolist() == [1, 1, 0, 0, 1, 0, 0, 0, 0, 0]
    assert found.known.tolist() == [True, True, False, False, True, False, True, True, True, True]


def test_loss_on_the_very_day_of_the_horizon_counts_as_alive() -> None:
    """Followed to the horizon is known to live: at 6 the loss at 6 weighs 1 / G(6-) = 5/3, as do all alive."""
    found = outcome(Horizon(at=6, events=4, censored=3), TIME, EVENT, "example")
    np.testing.assert_allclose(found.weight[6:], [5 / 3] * 4)
    assert found.known[7]
    assert found.event[6] == 1


@pytest.mark.parametrize("seed", range(5))
def test_weighted_deaths_estimate_the_kaplan_meier_risk(seed: int) -> None:
    """With many ties the weights sum to n and the weighted share of deaths is the Kaplan-Meier risk."""
    draw = np.random.default_rng(seed)
    time = draw.integers(1, 12, 200).astype(float)
    event = draw.integers(0, 2, 200).astype(np.int8)
    died, lost = int(((event == 1) & (time <= 6)).sum()), int(((event == 0) & (time < 6)).sum())
    horizon = Horizon(at=6, events=died, censored=lost)
    found = outcome(horizon, time, event, "example")
    assert found.weight.sum() == pytest.approx(200)
    assert np.mean(found.weight * found.event) == pytest.approx(kaplan_meier_risk(horizon, time, event))


def test_weights_are_exactly_one_without_loss() -> None:
    """Nobody lost before the horizon: weights 1 to the last bit, whatever happens later."""
    event: NDArray[np.int8] = np.where(TIME < 5, 1, EVENT).astype(np.int8)
    found = outcome(Horizon(at=4.5, events=5, censored=0), TIME, event, "example")
    assert (found.weight == 1).all()
    assert found.known.all()


def test_published_convention_calls_the_lost_alive() -> None:
    """Where declared so, who is lost counts as alive with weight 1."""
    found = outcome(Horizon(at=5.5, events=3, censored=3, censored_are="alive"), TIME, EVENT, "example")
    assert (found.weight == 1).all()
    assert found.known.all()
    assert found.event.sum() == 3


def test_discharge_is_an_outcome() -> None:
    """In a stay without horizon nobody is lost: five die, five go home, all known, all of weight 1."""
    horizon = Horizon(at=np.inf, events=5, censored=0, censored_are="discharged")
    found = outcome(horizon, TIME, EVENT, "example")
    assert (found.weight == 1).all()
    assert found.known.all()
    assert found.event.tolist() == EVENT.tolist()


def test_replicate_that_draws_everybody_once_has_the_weights_of_the_outcome() -> None:
    """With every count 1 the weights by hand return: 1, 1, 4/3 for deaths, 5/3 for the living, 0 for the lost."""
    drawn = np.ones((10, 1), dtype=np.uint8)
    found = resampled_weights(Horizon(at=5.5, events=3, censored=3), TIME, EVENT, drawn, np.arange(10))
    np.testing.assert_allclose(found[:, 0], [1, 1, 0, 0, 4 / 3, 0, 5 / 3, 5 / 3, 5 / 3, 5 / 3])


def test_other_counts_than_declared_are_refused() -> None:
    """The message names the data, what was declared and what came."""
    with pytest.raises(
        CarebenchError, match=r"example was declared with 9 deaths by 5\.5 and 0 lost before; 3 and 3 came"
    ):
        outcome(Horizon(at=5.5, events=9, censored=0), TIME, EVENT, "example")
