"""A named suite and chosen tasks or models: its grids narrowed, with the seeds that they had."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from carebench.commands.narrowing import narrowed
from carebench.discovery import discover
from carebench.errors import UsageError
from carebench.suite import Part, Suite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carebench.catalogue import Catalogue

SUITE = Suite(
    name="both",
    tasks=["mortality/trace-1y", "mortality/whas500-1y"],
    models=["prevalence", "ridge-logistic"],
    seeds=[0, 1, 2],
    part=[Part(tasks=["defer/trace-1y.*"], models=["prevalence", "random-deferral"], seeds=[0])],
)


@functools.cache
def catalogue() -> Catalogue:
    """All that is installed, found once."""
    return discover()


def grids(tasks: Sequence[str] = (), models: Sequence[str] = ()) -> list[tuple[list[str], list[str], int]]:
    """Tasks, models and number of seeds of what is left."""
    left = narrowed(SUITE, tasks, models, catalogue())
    return [(part.tasks, part.models, len(part.seeds)) for part in left.parts]


def test_a_task_leaves_its_grid_with_its_seeds() -> None:
    """The other grid is gone, whose seeds and models are not those of this task."""
    assert grids(["mortality/trace-1y"]) == [(["mortality/trace-1y"], ["prevalence", "ridge-logistic"], 3)]
    assert grids(["defer/*"])[0][2] == 1


def test_a_model_leaves_the_tasks_that_it_met() -> None:
    """A model of both grids keeps both, a model of one keeps that one; patterns add no model of other suites."""
    assert [grid[1] for grid in grids(models=["prevalence"])] == [["prevalence"], ["prevalence"]]
    assert grids(models=["random-*"]) == [
        (["defer/trace-1y.steady", "defer/trace-1y.tired"], ["random-deferral"], 1)
    ]


def test_a_model_by_name_may_join() -> None:
    """One that the suite does not hold meets every task that is left."""
    assert grids(["mortality/*"], ["naive-bayes", "prevalence"]) == [
        (["mortality/trace-1y", "mortality/whas500-1y"], ["naive-bayes", "prevalence"], 3)
    ]


@pytest.mark.parametrize(
    ("tasks", "models", "words"),
    [
        (["mortality/rhc-30d"], [], "'both' has no task 'mortality/rhc-30d'.*without --suite"),
        (["mortality/trace-1y"], ["random-*"], "'both' asks none of the models random-"),
        (["mortality/trace"], [], "did you mean 'mortality/trace-1y'"),
        ([], ["ridge-logistc"], "did you mean 'ridge-logistic'"),
    ],
)
def test_what_the_suite_does_not_hold_is_refused(tasks: list[str], models: list[str], words: str) -> None:
    """Naming suite and word, and the way out."""
    with pytest.raises(UsageError, match=words):
        grids(tasks, models)
