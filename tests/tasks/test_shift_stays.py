"""New regions, units and years of intensive care: who is trained on and tested, on real data where they are there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from carebench import DataAbsent
from carebench_tasks.icu import mimic_iv
from carebench_tasks.shift.stays import TASKS, Regions, UnitTypes, Years

BY_NAME: dict[str, Any] = {task.name: task for task in TASKS}


def cut(name: str) -> tuple[Any, Any, Any, Any]:
    """Task, stays trained on, split and truth; skipped where the data are not here."""
    task = BY_NAME[name]()
    try:
        return task, task.parts(0)[0], task.split(0), task.truth(0)
    except DataAbsent as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("name", BY_NAME)
def test_new_domains_are_tested_alone(name: str, raw_data: Any) -> None:
    """They are trained on nowhere, no patient is on both sides, and no input tells the domain's own name."""
    task, train, split, truth = cut(name)
    assert set(train.groups[task.attribute]) <= set(task.trained)
    assert set(np.unique(truth.groups["domain"])) == {"", *task.tested}
    assert not set(train.patients) & set(truth.units)
    assert not {*task.dropped, "region", "hospital"} & set(split.train.columns)
    assert len(np.unique(split.reveals["domain"])) == len(set(train.groups[task.attribute]))


def test_counts_of_the_demo_and_the_challenge(raw_data: Any) -> None:
    """As their cards say: 136 stays of the West with 15 deaths; 602 of coronary care in set C with 71."""
    for name, domain, counts in (
        (Regions.name, "West", (136, 15)),
        (UnitTypes.name, "coronary care", (602, 71)),
    ):
        *_, truth = cut(name)
        here = truth.groups["domain"] == domain
        assert (int(here.sum()), int(truth.answers["event"][here].sum())) == counts


def test_the_demos_are_in_no_rank(raw_data: Any) -> None:
    """A few deaths rank nobody; the challenge's sets do."""
    assert not BY_NAME[Regions.name]().ranked
    assert not BY_NAME[Years.name]().ranked
    assert BY_NAME[UnitTypes.name]().ranked


def test_years_follow_the_stay() -> None:
    """A stay two years after its patient's anchor is two years later than the anchor's group."""
    import pandas as pd

    cohort = pd.DataFrame(
        {
            "anchor_year_group": ["2008 - 2010", "2017 - 2019"],
            "anchor_year": [2150, 2160],
            "intime": pd.to_datetime(["2152-03-01", "2160-01-05"]),
        }
    )
    assert mimic_iv._first_years(cohort) == [2010, 2017]
