"""The tasks of shift: who is trained on and tested, what was shifted, and that what was declared is so."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from carebench_tasks import shift
from carebench_tasks.metrics.by_group import FEWEST
from carebench_tasks.shift import corruption, support2_targets
from carebench_tasks.shift.generalisation import leave_one_domain_out

if TYPE_CHECKING:
    from carebench import Split, Truth

OURS = {task.name: task for task in shift.tasks()}
TASKS = {name: task for name, task in OURS.items() if "SurvSet" in task.libraries and task.unit != "batch"}


@cache
def truth_of(name: str, seed: int = 0) -> Truth:
    """The truth, made once."""
    return TASKS[name].truth(seed)


@cache
def cut(name: str, seed: int = 0) -> tuple[Split, Truth]:
    """Split and truth, made once."""
    return TASKS[name].split(seed), truth_of(name, seed)


def tally(truth: Truth, group: str) -> dict[str, tuple[int, int]]:
    """Known events and non-events of every level of a group."""
    event, known = np.asarray(truth.answers["event"]), np.asarray(truth.answers["weight"]) > 0
    levels = truth.groups[group]
    return {
        str(level): (
            int(event[known & (levels == level)].sum()),
            int((1 - event)[known & (levels == level)].sum()),
        )
        for level in np.unique(levels)
    }


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.family == "shift"])
def test_eligible_groups_have_thirty_of_each(name: str) -> None:
    """In every one of five seeds; no other group has them in all five."""
    task: Any = TASKS[name]
    found = [tally(truth_of(name, seed), "group") for seed in range(5)]
    fewest = {group: min(min(each[group]) for each in found) for group in found[0]}
    assert {group for group, count in fewest.items() if count >= FEWEST} == set(task.eligible)
    assert set(np.unique(truth_of(name).groups["eligible"])) - {""} == set(task.eligible)


@pytest.mark.parametrize(
    "name",
    [n for n, task in TASKS.items() if task.family != "shift" and n.partition(".")[0] == n],
)
def test_new_domains_have_thirty_of_each(name: str) -> None:
    """Every domain that is tested is one that can be shown."""
    for domain, (events, others) in tally(truth_of(name), "domain").items():
        assert min(events, others) >= FEWEST, domain


def test_counts_of_the_years() -> None:
    """PROTOCOL rule 8: 770 residents of 1999 to 2001, 97 of them dead by five years."""
    truth = cut("shift-generalisation/flchain-year")[1]
    late = truth.groups["domain"] == "1999-2001"
    assert late.sum() == 770
    assert np.asarray(truth.answers["event"])[late].sum() == 97


def test_diseases_tested_are_not_trained_on() -> None:
    """1,573 patients of four categories are tested; three domains are trained on, and the category is no input."""
    split, truth = cut("shift-generalisation/rhc-disease")
    assert (truth.groups["part"] == "out").sum() == 456 + 457 + 224 + 436
    assert sorted(np.unique(split.reveals["domain"])) == [0, 1, 2]
    assert not {"cat1", "cat2"} & set(split.train.columns)


def test_tuning_leaves_one_training_domain_out() -> None:
    """Three folds, each judged on one domain alone; with one domain the engine's own folds are used."""
    split, _ = cut("shift-generalisation/rhc-disease")
    folds = leave_one_domain_out(split)
    assert folds is not None
    domain = split.reveals["domain"]
    assert [set(domain[held].tolist()) for _, held in folds] == [{0}, {1}, {2}]
    assert all(not set(domain[fit]) & set(domain[held]) for fit, held in folds)
    assert leave_one_domain_out(replace(split, reveals={"domain": np.zeros(len(domain))})) is None


@pytest.mark.parametrize("name", [n for n, task in TASKS.items() if task.family == "shift-adaptation"])
def test_the_target_given_is_not_tested(name: str) -> None:
    """X_target holds nobody who is tested, and source rows are none of the target's (rule 8)."""
    task: Any = TASKS[name]
    patients, outcome = task._patients()
    train, test = task._cut(0, patients, outcome)
    given = patients.units[task._given(patients, outcome)]
    assert not set(given) & set(patients.units[test])
    assert not set(patients.units[train]) & set(patients.units[test])
    split = cut(name)[0]
    assert split.unlabelled is not None
    assert list(split.unlabelled.columns) == list(split.train.columns)


def test_label_shift_is_what_it_says() -> None:
    """A quarter of the source die and three quarters of the target; siblings train on equally many rows."""
    split, truth = cut("shift-adaptation/support2-label-shift")
    out = truth.groups["part"] == "out"
    assert split.reveals["y"].mean() == pytest.approx(0.25, abs=0.02)
    assert np.asarray(truth.answers["event"])[out].mean() == pytest.approx(0.75, abs=0.02)
    assert truth.facts["label_weight_1"] == pytest.approx(3, abs=0.25)
    there, here = (cut(f"shift-adaptation/support2-label-shift.{end}") for end in ("target", "source-same-n"))
    assert len(there[0].train) == len(here[0].train)
    assert np.array_equal(there[1].units, here[1].units)
    assert there[0].reveals["y"].mean() > 0.7
    assert here[0].reveals["y"].mean() < 0.3


@pytest.mark.parametrize("name", ["shift-generalisation/flchain-year", "shift-generalisation/rhc-disease"])
def test_siblings_of_generalisation_differ_in_where_they_train_alone(name: str) -> None:
    """Equal n, equal test rows, a part of those of the task; nobody is on both sides, and domains are the wanted ones."""
    task: Any = TASKS[f"{name}.target"]
    (there, truth), (here, same), (_, whole) = (
        cut(f"{name}{end}") for end in (".target", ".source-same-n", "")
    )
    assert len(there.train) == len(here.train) > 300
    assert np.array_equal(truth.units, same.units)
    assert set(truth.units) <= set(whole.units)
    patients, outcome = task._patients()
    train, _ = task._cut(0, patients, outcome)
    assert not set(patients.units[train]) & set(truth.units)
    assert set(task._domains(patients)[train]) == set(task.tested)
    assert TASKS[f"{name}.source-same-n"].oracle == task.name
    assert {pair for pair in tally(truth, "domain").values() if min(pair) < FEWEST} == set()


@pytest.mark.parametrize("name", [name for name in TASKS if name.endswith(".told-100")])
def test_a_hundred_answers_of_the_target_are_told(name: str) -> None:
    """They are those of the rows that lend inputs, and everything else is as without them."""
    task: Any = TASKS[name]
    split, plain = cut(name)[0], cut(name.removesuffix(".told-100"))[0]
    told = np.asarray(split.reveals["unlabelled_y"], np.int64)
    assert (told >= 0).sum() == 100
    patients, outcome = task._patients()
    given = task._given(patients, outcome)
    assert np.array_equal(told[told >= 0], outcome.event[given][told >= 0])
    assert plain.train.equals(split.train)
    assert plain.unlabelled.equals(split.unlabelled)
    assert "unlabelled_y" not in plain.reveals


def test_label_shift_leaves_inputs_given_the_answer_alike() -> None:
    """Among the dead, and among the living, age has one mean in source and target, within four standard errors."""
    split, truth = cut("shift-adaptation/support2-label-shift")
    out = truth.groups["part"] == "out"
    for answer in (0, 1):
        source = split.train["age"].to_numpy()[split.reveals["y"] == answer]
        target = split.test["age"].to_numpy()[out & (np.asarray(truth.answers["event"]) == answer)]
        error = np.sqrt(source.var() / len(source) + target.var() / len(target))
        assert abs(source.mean() - target.mean()) < 4 * error


def test_known_density_ratio_gives_an_unbiased_risk() -> None:
    """The target's mean of any function is the source's, weighted by p / (1 - p): here the share of deaths and the mean age."""
    task: Any = TASKS["shift-adaptation/support2-covariate-shift"]
    patients, outcome = task._patients()
    domain = task._domains(patients)
    chance = support2_targets.target_probability(patients.columns)
    weight = np.where(domain == "source", chance / (1 - chance), 0.0)
    target = domain == "target"
    for values in (outcome.event.astype(float), patients.columns["age"].to_numpy()):
        weighted, plain = np.average(values, weights=weight), values[domain == "source"].mean()
        share = weight / weight.sum()
        error = np.sqrt(np.sum((share * (values - weighted)) ** 2) + values[target].var() / target.sum())
        assert abs(weighted - values[target].mean()) < 4 * error
        assert abs(plain - values[target].mean()) > 4 * error


@pytest.mark.parametrize("kind", ["units", "missing-panel", "coding", "drift"])
def test_severity_zero_is_as_it_was_and_four_is_all(kind: str) -> None:
    """Five rows a patient with one answer; those in domain are the fold as it stands."""
    split, truth = cut(f"shift-generalisation/support2-{kind}")
    size = len(truth.units) // 5
    assert len(np.unique(truth.groups["domain"])) == 5
    for severity in ("", *(f"severity {each}" for each in range(1, 5))):
        assert (truth.groups["domain"] == severity).sum() == size
    inside = truth.groups["part"] == "in"
    plain = cut("shift-generalisation/support2-units")
    same = plain[1].groups["part"] == "in"
    columns = ["age", "crea", "meanbp"]
    pd.testing.assert_frame_equal(split.test[columns][inside], plain[0].test[columns][same])


def test_corruptions_strike_the_share_that_they_should() -> None:
    """At severity s a share s/4 of rows, and those struck at one severity at every higher one."""
    table = pd.DataFrame({"crea": np.ones(80), "hrt": np.ones(80), "ca": pd.Categorical(["no", "yes"] * 40)})
    struck = [
        corruption.rescaled(table, severity, {"crea": 88.4})["crea"].to_numpy() > 1
        for severity in range(1, 5)
    ]
    assert [int(each.sum()) for each in struck] == [20, 40, 60, 80]
    assert all(np.all(less <= more) for less, more in itertools.pairwise(struck))
    assert corruption.withheld(table, 2, ("crea",))["crea"].isna().sum() == 40
    recoded = corruption.recoded(table, 4, ("ca",))["ca"].tolist()
    assert recoded == ["yes", "no"] * 40
    assert corruption.drifted(table, 3, {"hrt": 10.0})["hrt"].tolist() == [16.0] * 80


def test_batches_are_what_they_say() -> None:
    """1,000 batches of each size did not shift and 180 did; sizes come in order; those shifted differ as told."""
    task = OURS["shift-detection/support2"]
    split, truth = task.split(0), task.truth(0)
    names, first, sizes = np.unique(truth.groups["batch"], return_index=True, return_counts=True)
    kinds = truth.groups["shift"][first]
    assert sizes.tolist() == [20] * 1180 + [50] * 1180 + [100] * 1180
    assert len(split.test) == len(truth.units) == sizes.sum()
    for block in np.split(kinds, 3):
        assert (block == "none").sum() == 1000
        assert {str(kind): int((block == kind).sum()) for kind in np.unique(block)} == dict.fromkeys(
            np.unique(block).tolist(), 30
        ) | {"none": 1000}
    kind = truth.groups["shift"]
    age, pressure = split.test["age"].to_numpy(), split.test["meanbp"].to_numpy()
    assert age[kind == "older"].mean() > age[kind == "none"].mean() + 8
    assert np.nanmean(pressure[kind == "drift"]) == pytest.approx(
        np.nanmean(pressure[kind == "none"]) + 14, abs=1.5
    )
    assert set(split.test["dzgroup"][kind == "other diagnoses"].dropna()) == {"CHF", "COPD"}
    assert split.test["alb"][kind == "missing panel"].isna().mean() > 0.6
    assert len(names) == 3540


def test_diabetes_counts(raw_data: Any) -> None:
    """TableShift's 99,493 rows, 56,632 of them out of domain, .423 and .495 readmitted; nobody is on both sides of ours."""
    del raw_data
    truth = OURS["shift-generalisation/diabetes130-admission.tableshift"].truth(0)
    out, event = truth.groups["part"] == "out", np.asarray(truth.answers["event"])
    assert out.sum() == 56_632
    assert event[out].mean() == pytest.approx(0.495, abs=0.0005)
    assert event[~out].mean() == pytest.approx(0.423, abs=0.01)
    ours: Any = OURS["shift-generalisation/diabetes130-admission"]
    from carebench_tasks.shift.diabetes130 import encounters

    train, test, units, _ = ours._cut(encounters())
    assert not set(units[train]) & set(units[test])
