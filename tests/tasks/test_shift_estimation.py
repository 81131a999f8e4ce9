"""Performance estimation: how estimates are judged, who is on which side, and that batches are what they say."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench import InvalidAnswer
from carebench_tasks.families.shift_estimation import BATCH, FAMILY, RISK, fit, score
from carebench_tasks.shift.estimation_tasks import TASKS, CaseMix, Corrupted, LabelShift
from tests.contracts.shift import EstimationContract

if TYPE_CHECKING:
    from carebench import Split, Truth

CLASSES: dict[str, Any] = {task.name: task for task in TASKS}


@cache
def cut(name: str) -> tuple[Split, Truth]:
    """Split and truth of seed 0, made once."""
    task = CLASSES[name]()
    return task.split(0), task.truth(0)


def of_batch(name: str, values: Any) -> dict[int, Any]:
    """The values of each batch."""
    number = cut(name)[0].test[BATCH].to_numpy()
    return {int(each): values[number == each] for each in np.unique(number)}


def sound(name: str) -> Any:
    """The boosted ones cost seconds each, and are left to the slow tests."""
    quick = CLASSES[name].classifier == "logistic"
    return name if quick else pytest.param(name, marks=pytest.mark.slow)


@pytest.mark.parametrize("name", [sound(name) for name in CLASSES])
def test_nobody_is_on_two_sides(name: str) -> None:
    """Those who teach the classifier, those given with outcomes and those asked about are other patients."""
    task = CLASSES[name]()
    patients, outcome = task._patients()
    sides = [set(patients.units[rows].tolist()) for rows in task.parts(0, patients, outcome)]
    assert all(not one & other for one, other in [(sides[0], sides[1]), (sides[0] | sides[1], sides[2])])
    split, truth = cut(name)
    assert set(truth.units.tolist()) <= sides[2]
    assert len(split.train) >= 800
    assert ((split.train[RISK] >= 0.5) == (split.reveals["y"] == 1)).mean() == truth.facts["source_accuracy"]


def test_tilted_batches_are_of_the_same_patients_in_another_mix() -> None:
    """At a tilt of 1.5 patients are older than at none, at -1.5 younger; the classifier does better among the fitter."""
    split, truth = cut(CaseMix.name)
    kind, age = truth.groups["shift"], split.test["age"].to_numpy()
    means = [age[kind == f"tilt {tilt}"].mean() for tilt in ("-1.5", "+0.0", "+1.5")]
    assert means[0] + 8 < means[1] < means[2] - 8
    assert {len(rows) for rows in of_batch(CaseMix.name, age).values()} == {400}
    assert len(np.unique(split.test[BATCH])) == 42


@pytest.mark.slow
def test_batches_of_label_shift_have_the_deaths_that_they_say() -> None:
    """Exactly; the event is known again from risk and whether the classifier was right."""
    split, truth = cut(LabelShift.name)
    event = (split.test[RISK].to_numpy() >= 0.5) == np.asarray(truth.answers["correct"])
    kinds, shares = of_batch(LabelShift.name, truth.groups["shift"]), of_batch(LabelShift.name, event)
    assert all(f"{shares[each].mean():.0%} die" == kinds[each][0] for each in kinds)


@pytest.mark.slow
def test_corruption_costs_accuracy() -> None:
    """Batches at severity 1 to 4 of units are worse than those as they are."""
    _, truth = cut(Corrupted.name)
    kind, right = truth.groups["shift"], np.asarray(truth.answers["correct"])
    assert right[kind == "units"].mean() < right[kind == "none"].mean() - 0.02
    assert (kind == "none").sum() == 8 * 500


def test_error_removed_by_hand() -> None:
    """Two batches of accuracy .5 and .9, source .6: the baseline errs by .1 and .3; estimates .5 and .8 by 0 and .1."""
    contract = EstimationContract()
    truth = contract.truth()
    rows = np.arange(20)
    truth = replace(
        truth,
        units=truth.units[rows],
        answers={"correct": np.concatenate([np.arange(10) < 5, np.arange(10) < 9])},
        groups={"batch": np.repeat(["000", "001"], 10), "shift": np.repeat(["none", "older"], 10)},
    )
    scores = score(truth, {"accuracy": np.array([[0.5, 0.8]])})
    assert scores.metrics["error_removed"] == pytest.approx(1 - 0.05 / 0.2)
    assert scores.metrics["absolute_error"] == pytest.approx(0.05)
    assert scores.metrics["bias"] == pytest.approx(-0.05)
    assert scores.facts["source_error"] == pytest.approx(0.2)


def test_the_interval_is_that_of_a_ratio_over_batches() -> None:
    """The bootstrap's standard deviation is near the delta method's of 1 - sum e / sum b over twenty batches."""
    contract = EstimationContract()
    truth, answer = contract.truth(), contract.ordinary_answer()
    estimate = np.asarray(answer["accuracy"], np.float64)[0]
    true = (6 + np.arange(20) % 8) / 15
    errors, plain = np.abs(estimate - true), np.abs(0.6 - true)
    ratio = errors.sum() / plain.sum()
    delta = np.sqrt(np.sum((errors - ratio * plain) ** 2)) / plain.sum()
    found = score(truth, answer).contributions["error_removed"]
    assert np.sqrt(np.sum(found**2)) == pytest.approx(delta, rel=0.25)


def test_another_number_of_estimates_is_refused() -> None:
    """The message says how many batches there are."""
    with pytest.raises(InvalidAnswer, match="20 batches were asked about; estimates of 3 came"):
        score(EstimationContract().truth(), {"accuracy": np.ones((1, 3))})


def test_another_view_is_refused_with_what_to_do() -> None:
    """The numeric view has no column of risks to read."""
    split, _ = cut(CaseMix.name)
    with pytest.raises(InvalidAnswer, match="declare inputs='raw'"):
        fit(object(), replace(split, train=np.ones((3, 2))))
    assert FAMILY.primary.name == "error_removed"
