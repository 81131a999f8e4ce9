"""The grid: which names are chosen, which pairs exist, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from carebench.errors import UsageError
from carebench.plan import dotted_names, make_plan, pairs, plan_cells, select
from carebench.records import Cell
from carebench.suite import Part, Suite
from carebench.warden import Limits
from tests.benchmark.entries import catalogue, model, task

KNOWN = ["extra-trees", "random-forest", "ridge", "ridge-logistic"]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["ridge"], ["ridge"]),
        (["ridge*"], ["ridge", "ridge-logistic"]),
        (["*"], KNOWN),
        (["ridge", "ridge*", "ridge"], ["ridge", "ridge-logistic"]),
        (["r?dge"], ["ridge"]),
        (["[er]*-*s*"], ["extra-trees", "random-forest", "ridge-logistic"]),
    ],
)
def test_names_and_patterns_choose_each_once_in_order(wanted: list[str], chosen: list[str]) -> None:
    """A plain name is itself alone; patterns choose all that fit."""
    assert select(wanted, KNOWN, "model") == chosen


@pytest.mark.parametrize("wanted", ["rigde", "x*", "RIDGE", "ridge ", ""])
def test_a_name_or_pattern_that_fits_nothing_is_refused(wanted: str) -> None:
    """No model is left out in silence."""
    with pytest.raises(UsageError, match="no model is called"):
        select(["ridge", wanted], KNOWN, "model")


@pytest.mark.parametrize(
    ("task_fields", "model_fields", "exists"),
    [
        ({}, {}, True),
        ({}, {"families": ["shift", "mortality"]}, True),
        ({}, {"families": ["shift"]}, False),
        ({}, {"families": []}, False),
        ({"modalities": ["image"]}, {}, False),
        ({"modalities": ["image"]}, {"modality": "image"}, True),
        ({"modalities": ["tabular", "series"]}, {}, True),
        ({"modalities": ["tabular", "series"]}, {"inputs": "series", "modality": "series"}, True),
        ({}, {"inputs": "series", "modality": "series"}, False),
        ({}, {"inputs": "comparators"}, True),
        ({"comparators": []}, {"inputs": "comparators"}, False),
        ({}, {"inputs": "demographics"}, True),
        ({"demographics": []}, {"inputs": "demographics"}, False),
        ({"comparators": [], "demographics": []}, {"inputs": "raw"}, True),
        ({"design": "fixed"}, {}, True),
        ({"design": "all-rows"}, {}, False),
        ({"design": "all-rows"}, {"inputs": "raw"}, False),
        ({"design": "all-rows"}, {"inputs": "demographics"}, False),
        ({"design": "all-rows"}, {"inputs": "comparators"}, True),
        ({"design": "all-rows", "comparators": []}, {"inputs": "comparators"}, False),
    ],
)
def test_a_pair_exists_when_the_model_can_be_asked(
    task_fields: dict[str, Any], model_fields: dict[str, Any], exists: bool
) -> None:
    """Family and modality agree, declared columns are there, and where nothing trains only comparators enter."""
    assert pairs(task(**task_fields), model(**model_fields)) is exists


def test_the_grid_is_every_pair_and_seed_once_in_order() -> None:
    """Two tasks, two models and two seeds are eight cells, task by task and seed by seed."""
    found = catalogue(
        [task("mortality/a"), task("mortality/b")], [model("forest"), model("ridge"), model("unused")]
    )
    plan = make_plan(Suite(name="s", tasks=["*"], models=["ridge", "forest"], seeds=[1, 0, 1]), found)
    cells = [(cell.task[-1], cell.seed, cell.model) for cell, _, _ in plan.cells()]
    assert cells == [(t, s, m) for t in "ab" for s in (0, 1) for m in ("forest", "ridge")]


def test_a_task_without_what_an_entrant_reads_is_told_with_the_reason() -> None:
    """No cell, but a named gap: of entrants that have other cells in the family, never of reference lines."""
    found = catalogue(
        [task("mortality/a"), task("mortality/b", demographics=[], comparators=[])],
        [
            *(
                model("age-sex", inputs="demographics"),
                model("published", inputs="comparators"),
                model("ridge"),
            ),
            *(model("image-net", modality="image"), model("elsewhere", families=["shift"])),
        ],
    )
    plan = make_plan(Suite(name="s", tasks=["*"], models=["*"], seeds=[0, 1]), found)
    assert [(cell.task, cell.model, cell.seed, reason) for cell, _, _, reason in plan.unsuited()] == [
        ("mortality/b", "age-sex", seed, "reads age and sex alone; the task declares no such columns")
        for seed in (0, 1)
    ]
    assert ("mortality/b", "age-sex") not in {(cell.task, cell.model) for cell, _, _ in plan.cells()}


def test_an_all_rows_task_has_one_cell_whatever_the_seeds() -> None:
    """Nothing is drawn where nothing trains: the first seed stands for all."""
    found = catalogue([task(design="all-rows")], [model("published", inputs="comparators"), model("ridge")])
    plan = make_plan(Suite(name="s", tasks=["*"], models=["*"], seeds=[5, 3, 4]), found)
    assert [(cell.model, cell.seed) for cell, _, _ in plan.cells()] == [("published", 3)]


def test_a_plan_without_any_pair_is_refused() -> None:
    """When no model answers any task, that is said before anything starts."""
    found = catalogue([task()], [model(families=["shift"])])
    with pytest.raises(UsageError, match="none of the models ridge answers any of the tasks mortality/toy"):
        make_plan(Suite(name="s", tasks=["*"], models=["*"]), found)


def test_limits_of_the_suite_are_those_of_the_plan() -> None:
    """Time becomes the wall limit, memory stays bytes."""
    suite = Suite.model_validate(
        {"name": "s", "tasks": ["*"], "models": ["*"], "limits": {"time": "2m", "memory": "1GiB"}}
    )
    limits = make_plan(suite, catalogue([task()], [model()])).limits
    assert (limits.wall, limits.memory) == (120.0, 1024**3)


def test_dotted_names_are_importable_ones_only() -> None:
    """Registered names with hyphens, plain names and patterns are none of them."""
    assert dotted_names(["sklearn.svm.SVC", "ridge", "support2-180d.all-rows", "sklearn.*"]) == [
        "sklearn.svm.SVC"
    ]


def test_chosen_cells_are_planned_alone_each_once_in_order() -> None:
    """Not every pair and seed; an all-rows task keeps the seeds that were asked for; none is answered twice."""
    found = catalogue(
        [task("mortality/a"), task("mortality/b", design="all-rows"), task("mortality/unused")],
        [model("forest"), model("published", inputs="comparators")],
    )
    wanted = [
        Cell("mortality/b", "published", 7),
        Cell("mortality/a", "forest", 1),
        Cell("mortality/a", "published", 0),
        Cell("mortality/a", "forest", 1),
    ]
    plan = plan_cells(wanted, found, Limits(wall=1, memory=1), name="chosen", title="")
    assert [cell for cell, _, _ in plan.cells()] == sorted(
        set(wanted), key=lambda cell: (cell.task, cell.seed, cell.model)
    )
    assert all(
        (question.name, method.name) == (cell.task, cell.model) for cell, question, method in plan.cells()
    )
    assert [entry.name for entry in plan.tasks] == ["mortality/a", "mortality/b"]
    assert not plan.repeats
    assert {family.name for family in plan.families} == {"mortality"}


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (Cell("mortality/b", "ridge", 0), "no task is called 'mortality/b'; did you mean 'mortality/a'"),
        (Cell("mortality/a", "rigde", 0), "no model is called 'rigde'; did you mean 'ridge'"),
        (Cell("mortality/a", "image", 0), "the model 'image' does not answer the task 'mortality/a'"),
    ],
)
def test_a_chosen_cell_that_cannot_exist_is_refused(cell: Cell, words: str) -> None:
    """Nothing is left out in silence."""
    found = catalogue([task("mortality/a")], [model("ridge"), model("image", modality="image")])
    with pytest.raises(UsageError, match=words):
        plan_cells([cell], found, Limits(wall=1, memory=1), name="chosen", title="")


def test_cells_of_several_grids_come_once_each_task_by_task() -> None:
    """A model meets the tasks of its own grids alone, each for the seeds of that grid."""
    found = catalogue(
        [task("mortality/a"), task("mortality/b")], [model("forest"), model("ridge"), model("other")]
    )
    suite = Suite(
        name="mine",
        tasks=["mortality/a"],
        models=["forest", "ridge"],
        seeds=[0],
        part=[
            Part(tasks=["mortality/*"], models=["forest"], seeds=[0, 1]),
            Part(tasks=["mortality/b"], models=["other"], seeds=[2]),
        ],
    )
    plan = make_plan(suite, found)
    assert [(cell.task[-1], cell.model, cell.seed) for cell, _, _ in plan.cells()] == [
        ("a", "forest", 0),
        ("a", "ridge", 0),
        ("a", "forest", 1),
        ("b", "forest", 0),
        ("b", "forest", 1),
        ("b", "other", 2),
    ]
