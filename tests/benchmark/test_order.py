"""The order of work: longest first by past times, what is unknown before it, splits shared, and shorter runs for it."""

from __future__ import annotations

import heapq
from dataclasses import replace

from carebench.estimate import Times, Work
from carebench.order import longest_first
from carebench.outstanding import Group
from tests.benchmark.entries import model, task

SECONDS = {"knn": 1.0, "ridge": 2.0, "forest": 9.0}


def group(name: str, *models: str) -> Group:
    """Cells of one task that wait."""
    return Group(task=replace(task(), name=name), seed=0, waiting=[model(each) for each in models])


def timed(seconds: dict[str, float], *, of: str = "mortality/toy") -> Times:
    """Times of past cells of one task."""
    times = Times()
    for name, took in seconds.items():
        times.add(Work("answer", of, name), took)
    return times


def names(groups: list[Group]) -> list[tuple[str, list[str]]]:
    """Tasks and their models, in order."""
    return [(each.task.name, [entry.name for entry in each.waiting]) for each in groups]


def test_longest_cells_and_groups_go_first() -> None:
    """By hand: forest 9 s before ridge 2 s before nearest neighbours 1 s, and the task with the forest before the other."""
    found = longest_first([group("t/a", "knn", "ridge"), group("t/b", "knn", "forest")], timed(SECONDS))
    assert names(found) == [("t/b", ["forest", "knn"]), ("t/a", ["ridge", "knn"])]


def test_a_time_of_the_same_task_counts_more_than_one_of_another() -> None:
    """Nearest neighbours took 1 s elsewhere and 30 s here."""
    times = timed(SECONDS)
    times.add(Work("answer", "t/b", "knn"), 30.0)
    found = longest_first([group("t/a", "forest"), group("t/b", "forest", "knn")], times)
    assert names(found) == [("t/b", ["knn", "forest"]), ("t/a", ["forest"])]


def test_what_was_never_timed_goes_first() -> None:
    """An unknown cell might be the longest of all."""
    found = longest_first([group("t/a", "forest"), group("t/b", "ridge", "new")], timed(SECONDS))
    assert names(found) == [("t/b", ["new", "ridge"]), ("t/a", ["forest"])]


def test_without_evidence_the_plan_decides() -> None:
    """A first run keeps the order of its plan."""
    groups = [group("t/b", "ridge", "knn"), group("t/a", "forest")]
    assert names(longest_first(groups, Times())) == names(groups)


def test_what_is_only_to_be_scored_goes_last() -> None:
    """Its answers are there; nobody waits for a slot."""
    found = longest_first([group("t/a"), group("t/b", "knn")], timed(SECONDS))
    assert names(found) == [("t/b", ["knn"]), ("t/a", [])]


def makespan(groups: list[Group], slots: int) -> float:
    """When the last cell ends if each goes to the first free slot: a list schedule, by hand."""
    free = [0.0] * slots
    for each in groups:
        for entry in each.waiting:
            heapq.heapreplace(free, free[0] + SECONDS[entry.name])
    return max(free)


def test_two_slots_end_together() -> None:
    """Nine seconds of short cells beside a forest of nine: 9 s, where a forest that comes last begins at 4 s and ends at 13."""
    groups = [group("t/a", *["knn"] * 5), group("t/b", "ridge", "ridge", "forest")]
    assert makespan(groups, 2) == 13.0
    assert makespan(longest_first(groups, timed(SECONDS)), 2) == 9.0
