"""The results table as the engine writes it, read by the leaderboard: what is missing, and what never was to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from carebench.errors import StoreError
from carebench.plan import Plan, make_plan
from carebench.records import Record, Score, answer_digest, cell_key, scorer_key
from carebench.results import write_results
from carebench.store import Store
from carebench.suite import Suite
from carebench_leaderboard import read_board
from tests.benchmark.entries import FAMILY, catalogue, model, task

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    opened = Store(tmp_path / "store")
    opened.open_for_writing()
    return opened


def completed(store: Store, plan: Plan) -> None:
    """Give every planned cell an answer and the score .8."""
    for cell, of, by in plan.cells():
        arrays = {"risk": store.publish_array(cell.label.encode())}
        answer = answer_digest(arrays)
        key = cell_key(of, by, FAMILY.asking, cell.seed)
        record = Record(
            key=key, task=of.name, model=by.name, seed=cell.seed, status="ok", answer=answer, arrays=arrays
        )
        scorer = scorer_key(of, FAMILY.code, cell.seed)
        store.publish([record, Score(answer=answer, scorer=scorer, status="ok", metrics={"auroc": 0.8})])


def test_a_folder_that_cannot_be_written_is_told_with_advice(store: Store, tmp_path: Path) -> None:
    """A file in the way of the board gives status 3, the path, and what to do; the results are kept."""
    plan = make_plan(Suite(name="s", tasks=["*"], models=["*"]), catalogue([task()], [model()]))
    (tmp_path / "board").write_text("in the way", encoding="ascii")
    with pytest.raises(StoreError, match="--out") as caught:
        write_results(plan, store, tmp_path / "board")
    assert str(tmp_path / "board") in str(caught.value)
    assert caught.value.status == 3


def test_an_entrant_for_which_a_task_has_nothing_stays_ranked(store: Store, tmp_path: Path) -> None:
    """A task without demographics leaves `age-sex` ranked over the tasks that exist for it, and says why."""
    tasks = [task("mortality/a"), task("mortality/b", demographics=[])]
    plan = make_plan(
        Suite(name="s", tasks=["*"], models=["*"]),
        catalogue(tasks, [model("age-sex", inputs="demographics"), model("ridge")]),
    )
    completed(store, plan)
    write_results(plan, store, tmp_path / "board")
    board = read_board(tmp_path / "board")
    rows = {row.model: row for row in board.sections[0].standings}
    assert (rows["age-sex"].rank, rows["ridge"].rank) == ("1", "1")
    assert (rows["age-sex"].ok, rows["age-sex"].planned, rows["age-sex"].unsuited) == (1, 1, 1)
    (gap,) = board.not_ok
    assert (gap.task, gap.model, gap.status) == ("mortality/b", "age-sex", "unsuited")
    assert gap.reason == "reads age and sex alone; the task declares no such columns"
