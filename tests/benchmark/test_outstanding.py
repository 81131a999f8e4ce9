"""What a second run does: which statuses are tried again when, and what is only scored."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from carebench.executors import Capacity
from carebench.outstanding import Outstanding, survey, why_impossible
from carebench.plan import make_plan
from carebench.records import Record, Score, Status, answer_digest, cell_key, scorer_key
from carebench.store import Store
from carebench.suite import Suite
from tests.benchmark.entries import FAMILY, MODEL, TASK, catalogue, model, task

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.catalogue import FamilyEntry, ModelEntry

ALWAYS = ("lost", "cancelled", "unavailable")
NEVER_BY_ITSELF = [status for status in get_args(Status) if status not in (*ALWAYS, "ok")]
BEFORE = {"wall": 60.0, "memory": 2.0**30}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    opened = Store(tmp_path / "store")
    opened.open_for_writing()
    return opened


def record(status: Any, **fields: Any) -> Record:
    """An attempt at the toy task by ridge under the limits `BEFORE`."""
    cell: dict[str, Any] = {
        "key": cell_key(TASK, MODEL, FAMILY.asking, 0),
        "task": TASK.name,
        "model": MODEL.name,
        "seed": 0,
    }
    return Record(**cell, status=status, limits=BEFORE, **fields)


def answered(store: Store, content: bytes = b"risk") -> Record:
    """An `ok` attempt whose array is in the store."""
    arrays = {"risk": store.publish_array(content)}
    return record("ok", arrays=arrays, answer=answer_digest(arrays))


def scored(store: Store, answer: str, **fields: Any) -> Score:
    """A score whose arrays are in the store."""
    kept: dict[str, Any] = {
        "status": "ok",
        "units": store.publish_array(b"units"),
        "contributions": {"auroc": store.publish_array(b"contributions")},
    }
    return Score(answer=answer, scorer=scorer_key(TASK, FAMILY.code, 0), **(kept | fields))


def surveyed(
    store: Store,
    *,
    retry: tuple[str, ...] = (),
    models: tuple[ModelEntry, ...] = (MODEL,),
    limits: dict[str, float] = BEFORE,
    cpus: int = 2,
    repeats: bool = False,
    family: FamilyEntry = FAMILY,
) -> Outstanding:
    """The toy task, seed 0, against what the store holds."""
    asked = {"time": limits["wall"], "memory": int(limits["memory"])}
    wanted = {"name": "s", "tasks": ["*"], "models": ["*"], "limits": asked, "repeats": repeats}
    suite = Suite.model_validate(wanted)
    plan = replace(make_plan(suite, catalogue([TASK], list(models))), families=[family])
    return survey(plan, store.read(), store, capacity=Capacity(cpus=cpus, gpus=0, memory=2**34), retry=retry)


def is_asked_again(found: Outstanding) -> bool:
    """Whether the one cell waits for an answer."""
    return [[waiting.name for waiting in group.waiting] for group in found.groups] == [[MODEL.name]]


def test_a_new_cell_is_asked(store: Store) -> None:
    """Nothing in the store: everything to do."""
    found = surveyed(store)
    assert is_asked_again(found)
    assert (found.total, dict(found.counts), found.impossible) == (1, {}, [])


@pytest.mark.parametrize("status", ALWAYS)
def test_what_was_no_fault_of_the_model_is_always_tried_again(store: Store, status: str) -> None:
    """Lost, cancelled and unavailable cells need no flag."""
    store.publish([record(status)])
    assert is_asked_again(surveyed(store))


@pytest.mark.parametrize("status", NEVER_BY_ITSELF)
def test_a_failure_is_settled_until_somebody_asks_for_it(store: Store, status: str) -> None:
    """Under the same limits a failure stays; `--retry` with its status, and no other, tries again."""
    store.publish([record(status)])
    settled = surveyed(store)
    assert (settled.groups, dict(settled.counts)) == ([], {status: 1})
    assert is_asked_again(surveyed(store, retry=(status,)))
    others = tuple(other for other in NEVER_BY_ITSELF if other != status)
    assert not surveyed(store, retry=others).groups


@pytest.mark.parametrize(
    ("status", "limits", "again"),
    [
        ("timeout", {"wall": 61.0}, True),
        ("timeout", {"wall": 59.0}, False),
        ("timeout", {"memory": 2.0**31}, False),
        ("oom", {"memory": 2.0**31}, True),
        ("oom", {"memory": 2.0**29}, False),
        ("oom", {"wall": 600.0}, False),
        ("crashed", {"wall": 600.0, "memory": 2.0**32}, False),
        ("failed", {"wall": 600.0, "memory": 2.0**32}, False),
    ],
)
def test_a_limit_that_was_raised_tries_again_what_it_had_ended(
    store: Store, status: str, limits: dict[str, float], again: bool
) -> None:
    """More time helps a timeout, more memory an oom, and neither the other."""
    store.publish([record(status)])
    assert is_asked_again(surveyed(store, limits=BEFORE | limits)) is again


def test_an_answer_with_its_score_is_done(store: Store) -> None:
    """Nothing is left, even with every status to be tried again."""
    first = answered(store)
    store.publish([first, scored(store, first.answer)])
    found = surveyed(store, retry=tuple(NEVER_BY_ITSELF))
    assert (found.groups, dict(found.counts)) == ([], {"ok": 1})


@pytest.mark.parametrize(
    "score",
    [
        None,
        {"status": "failed"},
        {"units": "0" * 64},
        {"contributions": {"auroc": "0" * 64}},
        {"scorer": "old"},
    ],
)
def test_an_answer_without_a_good_score_is_scored_and_not_asked_again(
    store: Store, score: dict[str, Any] | None
) -> None:
    """No score, a failed one, one by an older scorer, or one whose arrays are gone: a re-score, never a re-run."""
    first = answered(store)
    store.publish([first])
    if score is not None:
        store.publish([replace(scored(store, first.answer), **score)])
    (group,) = surveyed(store).groups
    assert (list(group.waiting), group.unscored) == ([], {first.answer: first.arrays})


def test_an_answer_whose_array_is_gone_is_asked_again(store: Store) -> None:
    """A record without its numbers is not enough."""
    first = answered(store)
    store.publish([first, scored(store, first.answer)])
    store.array_path(first.arrays["risk"]).unlink()
    assert is_asked_again(surveyed(store))


def test_a_good_attempt_counts_before_a_failure(store: Store) -> None:
    """Whatever came first: ok and failed together are ok."""
    first = answered(store)
    store.publish([record("failed"), scored(store, first.answer)])
    store.publish([first])
    assert dict(surveyed(store).counts) == {"ok": 1}


def test_two_answers_are_counted_as_irreproducible(store: Store) -> None:
    """A cell with two different answers is no success."""
    store.publish([answered(store, b"one"), answered(store, b"two")])
    assert dict(surveyed(store).counts) == {"irreproducible": 1}


def test_a_cell_that_cannot_run_here_is_unavailable_once(store: Store) -> None:
    """Its record is new in the first run and not written again by the second."""
    big = replace(MODEL, cpus=3)
    first = surveyed(store, models=(big,))
    (unavailable,) = first.impossible
    assert (unavailable.status, dict(first.counts), first.groups) == ("unavailable", {"unavailable": 1}, [])
    store.publish(first.impossible)
    assert surveyed(store, models=(big,)).impossible == []
    assert surveyed(store, models=(big,), cpus=3).groups != []


@pytest.mark.parametrize(
    ("task_fields", "model_fields", "reason"),
    [
        ({}, {}, ""),
        ({}, {"cpus": 2}, ""),
        ({}, {"cpus": 3}, "asks for 3 cores and 0 GPUs; here are 2 cores and 0 GPUs"),
        ({}, {"gpus": 1}, "asks for 1 cores and 1 GPUs; here are 2 cores and 0 GPUs"),
        (
            {},
            {"missing": ["lightgbm"], "extra": "boost"},
            "needs lightgbm, not installed; pip install 'carebench[boost]'",
        ),
        ({}, {"memory": 2**35}, "asks for 32768 MiB of memory; here are 16384 MiB"),
        ({}, {"missing": ["lightgbm"]}, "needs lightgbm, not installed"),
        ({"missing": ["SurvSet"]}, {"extra": "boost"}, "needs SurvSet, not installed"),
    ],
)
def test_the_reason_says_what_is_lacking(
    task_fields: dict[str, Any], model_fields: dict[str, Any], reason: str
) -> None:
    """Missing distributions come with the extra that installs them; resources with what is here."""
    here = Capacity(cpus=2, gpus=0, memory=2**34)
    assert why_impossible(task(**task_fields), model(**model_fields), here) == reason


def test_one_cell_of_each_model_is_answered_twice(store: Store) -> None:
    """A sampled cell with one attempt is repeated, and with a probed one it is done."""
    first = answered(store)
    store.publish([first, scored(store, first.answer)])
    found = surveyed(store, repeats=True)
    assert [[model.name for model in group.repeating] for group in found.groups] == [[MODEL.name]]
    assert found.sampled == {first.key: first.answer}
    assert dict(found.counts) == {"ok": 1}
    store.publish([replace(first, probed=True)])
    assert surveyed(store, repeats=True).groups == []


def test_an_edit_of_a_metric_scores_again_and_an_edit_of_the_asking_asks_again(store: Store) -> None:
    """Other scoring code leaves every answer; other code to fit and ask with leaves none."""
    first = answered(store)
    store.publish([first, scored(store, first.answer)])
    (group,) = surveyed(store, family=replace(FAMILY, code="another")).groups
    assert (group.waiting, group.unscored) == ([], {first.answer: first.arrays})
    assert is_asked_again(surveyed(store, family=replace(FAMILY, asking="another")))


def test_a_repeat_that_failed_is_not_tried_in_every_run(store: Store) -> None:
    """One honest try is enough; only a repeat that was lost or stopped is no try."""
    first = answered(store)
    store.publish([first, scored(store, first.answer), record("lost", probed=True)])
    assert [group.repeating for group in surveyed(store, repeats=True).groups] == [[MODEL]]
    store.publish([record("failed", probed=True, reason="no luck this time")])
    found = surveyed(store, repeats=True)
    assert (found.groups, dict(found.counts)) == ([], {"ok": 1})


def test_a_failed_cell_is_not_repeated(store: Store) -> None:
    """Only an answer can be compared."""
    store.publish([record("failed")])
    assert surveyed(store, repeats=True).groups == []


def test_a_cell_that_crashed_three_times_is_left_alone_until_asked_for_by_name(store: Store) -> None:
    """`--retry crashed` tries it twice more; after that only `--retry quarantined` does."""
    for number in range(2):
        store.publish([record("crashed", output=str(number))])
    assert is_asked_again(surveyed(store, retry=("crashed",)))
    store.publish([record("crashed", output="3")])
    found = surveyed(store, retry=("crashed",))
    assert not found.groups
    assert found.quarantined == [f"{TASK.name} x {MODEL.name} x 0"]
    assert is_asked_again(surveyed(store, retry=("crashed", "quarantined")))
