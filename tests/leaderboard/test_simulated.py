"""The table of simulations that the page shows: each row is one that can be run again, and holds what it should."""

from __future__ import annotations

import numpy as np
import pytest

from carebench_leaderboard.simulated import simulated
from tests.leaderboard.simulations import decisions, intervals
from tests.leaderboard.simulations.__main__ import cases
from tests.leaderboard.simulations.intervals import share
from tests.leaderboard.simulations.worlds import direction, patients_of, population_auroc, trained_auroc
from tests.leaderboard.synthetic import auroc


def test_the_table_has_a_row_for_every_simulation() -> None:
    """In their order, none left out."""
    assert [(row.kind, row.what, row.where, row.nominal) for row in simulated()] == [
        case[:4] for case in cases()
    ]


def test_tests_do_not_decide_too_often() -> None:
    """At a nominal 5 % no row is above 7 %: with 1,000 boards, three standard errors."""
    assert {
        row.what: row.found for row in simulated() if row.kind == "type I error" and row.found > 0.071
    } == {}


def test_intervals_hold_the_truth_but_where_the_page_says_so() -> None:
    """93 to 100 %, but for folds taken as independent, and a root mean square of ten."""
    low = {row.what for row in simulated() if row.kind == "coverage" and row.found < 0.93}
    assert low <= {"folds, given these fits", "root mean square over replications"}


def test_worlds_are_what_they_say() -> None:
    """The AUROC among many patients is the closed form, for a given gap and for a trained model."""
    draw = np.random.default_rng(0)
    event = draw.random(200_000) < 0.3
    assert auroc(event, 1.1 * event + draw.normal(size=event.size)) == pytest.approx(
        float(population_auroc(1.1)), abs=0.004
    )
    weights = direction(*patients_of(draw, 200))
    inputs, outcome = patients_of(draw, 200_000)
    assert auroc(outcome, inputs @ weights) == pytest.approx(trained_auroc(weights), abs=0.004)


@pytest.mark.parametrize(
    ("once", "least", "most"),
    [
        (intervals.tasks_like_these(5, 4.0), 0.9, 0.99),
        (intervals.rate(200), 0.9, 1.0),
        (decisions.one_pair_across(12), 0.0, 0.1),
        (decisions.all_alike(5, 6), 0.0, 0.11),
    ],
    ids=["t over cohorts", "Wilson", "signed ranks", "Iman and Davenport"],
)
def test_a_few_boards_of_the_cheap_rows_agree(once: object, least: float, most: float) -> None:
    """300 boards: within the luck of 300 of what the table says."""
    assert least <= share(300, once) <= most  # type: ignore[arg-type]
