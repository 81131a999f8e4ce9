"""Simulated readers have the sensitivity and specificity that they declare, and draw from names alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from carebench_tasks.experts.readers import (
    Bayesian,
    Biased,
    Reader,
    Rule,
    Specialist,
    Steady,
    Tired,
    decisions,
)

ROWS = 40_000


def patients() -> tuple[pd.DataFrame, np.ndarray]:
    """Many patients with a column for each reader, and who of them dies."""
    draw = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "sex": pd.Categorical(draw.choice(["female", "male"], ROWS)),
            "ward": pd.Categorical(draw.choice(["a", "b", "c"], ROWS)),
            "age": draw.normal(65, 10, ROWS),
            "hour": draw.uniform(0, 12, ROWS),
            "surv": np.where(draw.random(ROWS) < 0.1, np.nan, draw.random(ROWS)),
        }
    )
    return table, (draw.random(ROWS) < 0.4).astype(np.int8)


READERS: list[Reader] = [
    Steady(sensitivity=0.6, specificity=0.9),
    Specialist(column="ward", levels=("a", "b"), home=0.95, away=0.55),
    Specialist(column="age", within=(60, 70), home=0.9, away=0.7),
    Biased(column="sex", level="female", sensitivity_there=0.4, sensitivity=0.8, specificity=0.85),
    Bayesian(column="age", intercept=-0.5, slope=0.1, centre=65, evidence=1.5, bias=0.3),
    Rule(column="surv", below=0.5),
    Tired(column="hour", fresh=0.95, hourly=0.2),
]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: type(reader).__name__)
def test_reader_has_the_accuracies_that_it_declares(reader: Reader) -> None:
    """Among events and non-events, over fifths of the declared accuracy, it is right as often as declared, within four errors."""
    table, event = patients()
    right = decisions(reader, table, event, "test") == event
    for declared, rows in zip(reader.accuracies(table), (event == 1, event == 0), strict=True):
        edges = np.unique(np.quantile(declared[rows], np.linspace(0, 1, 6)))
        fifth = np.searchsorted(edges[1:-1], declared, side="right")
        for part in np.unique(fifth[rows]):
            some = rows & (fifth == part)
            error = np.sqrt(np.mean(declared[some] * (1 - declared[some])) / some.sum())
            assert abs(right[some].mean() - declared[some].mean()) <= 4 * error + 1e-12


def test_bayesian_reader_is_bayes_rule_on_private_evidence() -> None:
    """Evidence drawn and weighed as the docstring says gives the declared accuracies, within four errors."""
    table, event = patients()
    reader = READERS[4]
    assert isinstance(reader, Bayesian)
    evidence = np.random.default_rng(2).normal(1.5 * event, 1)
    prior = -0.5 + 0.1 * (table["age"] - 65)
    said = 0.3 + prior + 1.5 * evidence - 1.5**2 / 2 > 0
    sensitivity, specificity = reader.accuracies(table)
    for rows, declared, right in ((event == 1, sensitivity, said), (event == 0, specificity, ~said)):
        assert abs(right[rows].mean() - declared[rows].mean()) < 4 * 0.5 / np.sqrt(rows.sum())


def test_groups_are_read_as_declared() -> None:
    """Women, the ward at home and the ends of a shift have the numbers of the docstrings."""
    table = pd.DataFrame(
        {"sex": ["female", "male"], "ward": ["a", "c"], "hour": [0.0, 12.0], "surv": [0.4, np.nan]}
    )
    assert READERS[3].accuracies(table)[0].tolist() == [0.4, 0.8]
    assert READERS[1].accuracies(table)[0].tolist() == [0.95, 0.55]
    odds = 19 * np.exp(-0.2 * 12)
    np.testing.assert_allclose(READERS[6].accuracies(table)[0], [0.95, odds / (1 + odds)])
    assert [each.tolist() for each in READERS[5].accuracies(table)] == [[1, 0], [0, 1]]


def test_draws_follow_names_alone() -> None:
    """Equal names give equal decisions, other names others; a reader of another accuracy shares the draw."""
    table, event = patients()
    first = decisions(READERS[0], table, event, "cohort", 0)
    assert np.array_equal(first, decisions(READERS[0], table, event, "cohort", 0))
    assert not np.array_equal(first, decisions(READERS[0], table, event, "cohort", 1))
    better = decisions(Steady(sensitivity=0.9, specificity=0.95), table, event, "cohort", 0)
    assert not np.any((first == event) & (better != event))
