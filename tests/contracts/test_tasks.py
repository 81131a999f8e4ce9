"""Every registered task keeps the contract of tasks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from carebench.testing import TaskContract, check_names
from carebench_tasks.consensus.simulated import RatedPatients
from carebench_tasks.consensus.studies import Anaesthetists
from carebench_tasks.horizon_task import HorizonTask
from carebench_tasks.icu.stay_task import StayTask
from carebench_tasks.noisy.task import NoisyTask
from carebench_tasks.shift.estimation import EstimationTask
from tests.contracts.registry import TASKS, complaint

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Of the many tasks that share their code, those that are always tried: one of each kind; the others are slow tests.
TRIED = {
    *(f"noisy-labels/trace-1y.{kind}" for kind in ("asymmetric-30", "boundary-30", "clean", "instance-30")),
    *("noisy-labels/breast-cancer.symmetric-30", "noisy-labels/rott2-5y.group-30"),
    *("noisy-labels/framingham-chd-10y.asymmetric-30", "noisy-labels-known/trace-1y.group-30"),
    *("rater-consensus/trace-1y.raters-30", "rater-consensus/anaesthetists", "rater-consensus/dentists"),
    *("defer/rott2-5y.bayesian", "defer/support2-180d.panel", "defer/support2-physician-2m"),
    *("defer/realisable-plane", "defer/trace-1y.tired"),
    *("causal/nhefs-linear", "causal/rhc-trial", "causal/ihdp", "causal-average/nhefs-weight"),
    *("shift/framingham-sex-age", "shift/support2-diagnosis", "shift-generalisation/flchain-year"),
    *("shift-generalisation/rhc-disease", "shift-generalisation/support2-units"),
    *("shift-adaptation/support2-covariate-shift", "shift-adaptation/support2-label-shift"),
    *("causal-average/rhc-death-30d", "causal-average/rhc-instrument", "causal-average/acic2016"),
    *("shift-detection/support2", "shift-estimation/support2-case-mix", "shift-sequential/flchain-year"),
}


def is_slow(name: str) -> bool:
    """Whether its checks are left to `make test-all`."""
    large = name.startswith("mortality/physionet2012")
    return large or (TASKS[name].family != "mortality" and name not in TRIED)


CASES = [pytest.param(name, marks=pytest.mark.slow) if is_slow(name) else name for name in TASKS]

# Published protocols that judge on the rows that were trained on; such tasks are outside every ranking.
IN_SAMPLE = {"causal/acic2016.all-rows", "causal-average/acic2016.all-rows"}
ON_BOTH_SIDES = {"test_no_unit_is_trained_and_tested_on", "test_likeness_alone_finds_nobody_on_both_sides"}


class Known(TaskContract):
    """The contract, told who is trained on by the tasks whose code this repository holds."""

    def training_units(self, seed: int) -> NDArray[np.uint64] | None:
        """Ids of the training rows, from the cut that split and truth share."""
        task = self.task.question.clean if isinstance(self.task, NoisyTask | RatedPatients) else self.task
        if isinstance(task, EstimationTask):
            patients, outcome = task._patients()
            return np.asarray(patients.units[np.concatenate(task.parts(seed, patients, outcome)[:2])])
        if isinstance(task, HorizonTask):
            patients, outcome = task._patients()
            return np.asarray(patients.units[task._cut(seed, patients, outcome)[0]])
        if isinstance(task, StayTask):
            return np.asarray(task.parts(seed)[0].patients)
        if isinstance(task, Anaesthetists):
            pytest.skip(
                "as published, raters are judged on all items; nobody knows their truth, so none can leak"
            )
        if self.task.name == "mortality/spam-toy":
            spam = sys.modules[type(self.task).__module__]
            return np.array([spam.patient_id(number) for number in spam.fold(seed)[0]], np.uint64)
        return None

    def test_likeness_alone_finds_nobody_on_both_sides(self) -> None:
        """What a third party's task is held to without `training_units` holds for these tasks as well."""
        if isinstance(self.task, Anaesthetists):
            pytest.skip("as published, raters are judged on all items")
        contract = type("Contract", (TaskContract,), {"task": self.task})()
        contract.test_no_unit_is_trained_and_tested_on()

    def test_truth_follows_the_test_rows(self) -> None:
        """As for all; but what raters said tells nobody apart: there the majority of raters is held to the truth."""
        if not isinstance(self.task, RatedPatients):
            super().test_truth_follows_the_test_rows()
            return
        said = self.task.split(0).test.astype("float64").mean(axis=1).to_numpy() > 0.5
        event = self.task.truth(0).answers["event"] == 1
        assert (said == event).mean() > 1.5 * max(event.mean(), 1 - event.mean()) - 0.5


@pytest.mark.parametrize("check", check_names(Known))
@pytest.mark.parametrize("name", CASES)
def test_task(name: str, check: str) -> None:
    """This task passes this check."""
    if name in IN_SAMPLE and check in ON_BOTH_SIDES:
        assert not TASKS[name].ranked
        return
    contract = type("Contract", (Known,), {"task": TASKS[name]})()
    assert complaint(getattr(contract, check)) == ""


def test_built_in_and_third_party_tasks_are_among_them() -> None:
    """The registry was not empty: it holds a real cohort and the third party's simulated one."""
    assert {"mortality/support2-60d", "mortality/spam-toy"} <= set(TASKS)


def test_what_is_always_tried_is_there() -> None:
    """A task that was renamed would leave the quick tests in silence."""
    assert set(TASKS) >= TRIED
