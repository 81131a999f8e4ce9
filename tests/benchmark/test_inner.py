"""Inner splits: training rows alone, every one judged once, what is revealed of them kept from the model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench import inner, splits
from carebench.errors import PluginError
from tests.carebench_spam.carebench_spam import SpamToy

if TYPE_CHECKING:
    from pathlib import Path

    from carebench import Split


def test_folds_are_stratified_and_repeat() -> None:
    """Each training row is judged in one of three folds of equal size and prevalence; the same names, the same folds."""
    split = SpamToy().split(0)
    folds = inner.stratified_folds(split, "a task", 1, 0)
    judged = np.concatenate([held for _, held in folds])
    assert sorted(judged) == list(range(len(split.train)))
    assert all(not set(fit) & set(held) for fit, held in folds)
    deaths = [int(split.reveals["y"][held].sum()) for _, held in folds]
    assert max(deaths) - min(deaths) <= 1
    assert [held.tolist() for _, held in inner.stratified_folds(split, "a task", 1, 0)] == [
        held.tolist() for _, held in folds
    ]
    assert [held.tolist() for _, held in inner.stratified_folds(split, "a task", 1, 1)] != [
        held.tolist() for _, held in folds
    ]


def test_no_test_row_is_written(tmp_path: Path) -> None:
    """All rows of all inner splits are training rows, and the test rows of the cell are nowhere."""
    task = SpamToy()
    split = task.split(0)
    manifest = inner.write(tmp_path, task, split, 0)
    training, test = (
        {tuple(row) for row in table[["age"]].to_numpy()} for table in (split.train, split.test)
    )
    assert len(manifest["folds"]) == inner.FOLDS
    for number in range(inner.FOLDS):
        made = splits.read(tmp_path / str(number), "raw")
        rows = {tuple(row) for table in (made.train, made.test) for row in table[["age"]].to_numpy()}
        assert rows <= training
        assert not rows & test


def test_the_numeric_view_is_fitted_on_the_inner_training_rows(tmp_path: Path) -> None:
    """Its training part has mean 0 in every fold, which a view fitted on all training rows would not have."""
    task = SpamToy()
    inner.write(tmp_path, task, task.split(0), 0)
    for number in range(inner.FOLDS):
        view = splits.read(tmp_path / str(number), "numeric")
        assert abs(float(view.train[:, 0].mean())) < 1e-5
        assert abs(float(view.test[:, 0].mean())) > 1e-4


def test_answers_of_the_rows_judged_on_are_kept_from_the_model(tmp_path: Path) -> None:
    """A model reads the answers of its own part alone; the judge reads those of the other."""
    task = SpamToy()
    split = task.split(0)
    inner.write(tmp_path, task, split, 0)
    fit, held = inner.stratified_folds(split, task.name, task.version, 0)[0]
    made = splits.read(tmp_path / "0", "numeric")
    assert made.reveals["y"].tolist() == split.reveals["y"][fit].tolist()
    assert inner.held(tmp_path / "0")["y"].tolist() == split.reveals["y"][held].tolist()


def test_whatever_a_task_reveals_can_be_judged_by(tmp_path: Path) -> None:
    """Small integers, truth values and half floats come back as they are: the domains of shift are of 16 bits."""
    task = SpamToy()
    split = task.split(0)
    domain = np.arange(len(split.train), dtype=np.int16) % 3
    more = {"domain": domain, "flag": domain > 0, "half": domain.astype(np.float16)}
    inner.write(tmp_path, task, replace(split, reveals={**split.reveals, **more}), 0)
    rows = inner.stratified_folds(split, task.name, task.version, 0)[1][1]
    found = inner.held(tmp_path / "1")
    assert {name: found[name].dtype for name in more} == {name: more[name].dtype for name in more}
    assert found["domain"].tolist() == domain[rows].tolist()


@pytest.mark.parametrize("folds", [[], [([0, 1], [1, 2])], [([0, 1], [])], [([0], [10**6])]])
def test_folds_that_are_no_folds_are_the_tasks_fault(tmp_path: Path, folds: Any) -> None:
    """None at all, overlapping, empty or beyond the training rows: refused with what was expected."""

    class Odd(SpamToy):
        def inner_folds(self, split: Split, seed: int) -> Any:
            return [(np.array(fit, dtype=np.intp), np.array(held, dtype=np.intp)) for fit, held in folds]

    with pytest.raises(PluginError, match="expected"):
        inner.write(tmp_path, Odd(), SpamToy().split(0), 0)


def test_arrays_of_unlabelled_rows_go_along_whole(tmp_path: Path) -> None:
    """Even where there happen to be as many unlabelled as training rows, no inner fold cuts what follows the former."""
    split = SpamToy().split(0)
    times = np.arange(len(split.train), dtype=np.float64)
    reveals = {**split.reveals, "unlabelled_time": times, "time": times}
    both = replace(split, unlabelled=split.train, reveals=reveals)
    inner.write(tmp_path, SpamToy(), both, 0)
    made = splits.read(tmp_path / "0", "numeric")
    assert made.reveals["unlabelled_time"].tolist() == times.tolist()
    assert len(made.unlabelled) == len(times)
    assert len(made.reveals["time"]) == len(made.train) < len(times)


def test_arrays_of_unlabelled_rows_are_as_long_as_these(tmp_path: Path) -> None:
    """One value too many, or values without any unlabelled row, are the task's fault."""
    split = SpamToy().split(0)
    odd = replace(split, reveals={**split.reveals, "unlabelled_time": np.zeros(3)})
    with pytest.raises(PluginError, match="3 values of 'unlabelled_time' for 0 unlabelled rows"):
        splits.write(tmp_path, odd, (), ())
