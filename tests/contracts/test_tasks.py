"""Every registered task keeps the contract of tasks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from carebench.testing import TaskContract, check_names
from carebench_tasks.horizon_task import HorizonTask
from tests.contracts.registry import TASKS, complaint

if TYPE_CHECKING:
    from numpy.typing import NDArray


# Published protocols that judge on the rows that were trained on; such tasks are outside every ranking.
IN_SAMPLE = {"causal/acic2016.all-rows", "causal-average/acic2016.all-rows"}


class Known(TaskContract):
    """The contract, told who is trained on by the tasks whose code this repository holds."""

    def training_units(self, seed: int) -> NDArray[np.uint64] | None:
        """Ids of the training rows, from the cut that split and truth share."""
        if isinstance(self.task, HorizonTask):
            patients, outcome = self.task._patients()
            return np.asarray(patients.units[self.task._cut(seed, patients, outcome)[0]])
        if self.task.name == "mortality/spam-toy":
            spam = sys.modules[type(self.task).__module__]
            return np.array([spam.patient_id(number) for number in spam.fold(seed)[0]], np.uint64)
        return None


@pytest.mark.parametrize("check", check_names(TaskContract))
@pytest.mark.parametrize("name", TASKS)
def test_task(name: str, check: str) -> None:
    """This task passes this check."""
    if name in IN_SAMPLE and check == "test_no_unit_is_trained_and_tested_on":
        assert not TASKS[name].ranked
        return
    contract = type("Contract", (Known,), {"task": TASKS[name]})()
    assert complaint(getattr(contract, check)) == ""


@pytest.mark.parametrize("name", sorted(set(TASKS) - IN_SAMPLE))
def test_likeness_alone_finds_nobody_on_both_sides(name: str) -> None:
    """What a third party's task is held to without `training_units` holds for these tasks as well."""
    contract = type("Contract", (TaskContract,), {"task": TASKS[name]})()
    assert complaint(contract.test_no_unit_is_trained_and_tested_on) == ""


def test_built_in_and_third_party_tasks_are_among_them() -> None:
    """The registry was not empty: it holds a real cohort and the third party's simulated one."""
    assert {"mortality/support2-60d", "mortality/spam-toy"} <= set(TASKS)
