"""One walk over all deferral tasks: who is read by whom, what models see, and that readings are one for all."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import carebench_tasks
from carebench import InvalidAnswer, Truth
from carebench_tasks.defer.realisable import RealisableLinear, simulate
from carebench_tasks.defer_task import UNKNOWN, DeferTask
from carebench_tasks.families.defer import FAMILY, Fitted, ask, best_expert
from carebench_tasks.families.defer_scoring import score
from carebench_tasks.resampling import REPLICATES, ResampledTruth

if TYPE_CHECKING:
    from carebench import Split, Task

TASKS: dict[str, Any] = {
    task.name: task
    for task in carebench_tasks.carebench_tasks()
    if task.family == "defer" and "physician" not in task.name
}
COHORTS = sorted(name for name, task in TASKS.items() if isinstance(task, DeferTask))


@cache
def cut(name: str, seed: int) -> tuple[Split, Truth]:
    """Split and truth, each cut once."""
    return TASKS[name].split(seed), TASKS[name].truth(seed)


def numbers(values: Any) -> Any:
    """An array of a truth or split as plain numbers."""
    return np.asarray(values, dtype=float)


def test_there_are_tasks_and_readers_enough() -> None:
    """At least six tasks on board, on four cohorts, and five kinds of simulated reader."""
    assert len(TASKS) >= 6
    assert {TASKS[name].cohort for name in COHORTS} == {"support", "trace", "rotterdam", "flchain"}
    assert len({type(reader).__name__ for name in COHORTS for reader in TASKS[name].readers}) >= 5


@pytest.mark.parametrize("name", COHORTS)
def test_no_comparator_is_an_input(name: str) -> None:
    """A reader may follow a published score, so no model sees one; what is left out stays out."""
    split, _ = cut(name, 0)
    population = TASKS[name].population
    assert not set(split.test.columns) & {*population.comparators, *population.left_out}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_models_see_decisions_of_training_rows_alone(name: str) -> None:
    """Decisions, cost and capacity have one row a training row and one column an expert."""
    split, truth = cut(name, 0)
    shape = (len(split.train), sum(answer.startswith("expert_") for answer in truth.answers))
    assert {reveal: values.shape for reveal, values in split.reveals.items() if reveal != "y"} == {
        "expert": shape,
        "cost": shape,
        "capacity": shape,
    }
    assert set(np.unique(split.reveals["expert"]).tolist()) <= {-1, 0, 1}
    assert all(set(np.unique(truth.answers[f"expert_{expert}"])) <= {0, 1} for expert in range(shape[1]))
    assert isinstance(truth, ResampledTruth)
    assert truth.replicates.shape == (len(split.test), REPLICATES)


@pytest.mark.parametrize("name", COHORTS)
def test_decisions_are_one_reading_of_the_patient(name: str) -> None:
    """A training row's known decision is what the same patient's test row has in another fold."""
    task = TASKS[name]
    patients, outcome = task._patients()
    decided = task._decided(0, patients, outcome)
    train, test = task._cut(0, patients, outcome)
    split, truth = cut(name, 0)
    known = split.reveals["expert"] != UNKNOWN
    assert np.array_equal(split.reveals["expert"][known], decided[train][known])
    assert np.array_equal(
        np.column_stack([truth.answers[f"expert_{j}"] for j in range(decided.shape[1])]), decided[test]
    )
    assert np.array_equal(decided, task._decided(4, patients, outcome))
    assert known.mean(axis=0) == pytest.approx(task.known, abs=0.02)


def test_readers_of_one_cohort_meet_the_same_folds() -> None:
    """The cut follows from cohort, horizon and seed, so that rows pair over tasks."""
    names = [name for name in COHORTS if name.startswith("defer/support2-180d")]
    assert len(names) >= 4
    first = cut(names[0], 1)
    for name in names[1:]:
        assert np.array_equal(first[1].units, cut(name, 1)[1].units)
        assert np.array_equal(numbers(first[0].reveals["y"]), numbers(cut(name, 1)[0].reveals["y"]))


def test_costs_and_capacities_go_with_the_score() -> None:
    """What a task declares is revealed to models and stands among the facts."""
    split, truth = cut("defer/support2-180d.panel", 0)
    assert split.reveals["capacity"][0].tolist() == [0.15, 0.15, 0.40]
    assert [truth.facts[f"cost_{expert}"] for expert in range(3)] == [0.04, 0.04, 0.01]


def test_the_biased_reader_misses_women() -> None:
    """Of women's deaths he foresees 45 %, of men's 80 %, within four standard errors."""
    split, truth = cut("defer/support2-180d.biased", 0)
    died = numbers(truth.answers["event"]) == 1
    women = (split.test["sex"] == "female").to_numpy()
    for rows, share in ((women & died, 0.45), (~women & died, 0.80)):
        error = np.sqrt(share * (1 - share) / rows.sum())
        assert abs(numbers(truth.answers["expert_0"])[rows].mean() - share) < 4 * error


@pytest.mark.parametrize("seed", range(3))
def test_the_realisable_world_has_a_team_without_error(seed: int) -> None:
    """Where the true line hands over the human is right; elsewhere the label follows a line; 20 to 80 % are handed over."""
    world = simulate(4000, 30, 0.3, seed)
    assert 0.2 <= world.hand_over.mean() <= 0.8
    assert (world.human == world.y)[world.hand_over].all()
    assert (world.human == world.y)[~world.hand_over].mean() == pytest.approx(0.7, abs=0.04)
    assert world.y[world.hand_over].mean() == pytest.approx(0.5, abs=0.06)


def test_realisable_labels_are_linear_where_kept() -> None:
    """A linear support vector machine without slack separates the kept rows of a small world."""
    from sklearn.svm import LinearSVC

    world = simulate(300, 3, 0.3, 1)
    kept = ~world.hand_over
    machine = LinearSVC(C=1e6, max_iter=200_000).fit(world.x[kept], world.y[kept])
    assert machine.score(world.x[kept], world.y[kept]) > 0.99


def test_the_best_team_is_perfect_at_its_own_point() -> None:
    """With true labels where kept and the true line to hand over, the own point has no error and complements both."""
    task = RealisableLinear()
    world, _ = task._world(0)
    truth, rows = task.truth(0), slice(task.training_rows, None)
    arrays = {"risk": world.y[rows].astype(float), "defer": np.where(world.hand_over[rows], 1.0, -1.0)}
    arrays["risk"] = np.where(world.hand_over[rows], 0.4, arrays["risk"])
    found = score(truth, arrays)
    assert found.metrics["own_accuracy"] == 1
    assert found.metrics["own_rate"] == pytest.approx(truth.facts["best_rate"])
    assert found.metrics["complementarity"] is not None
    assert found.metrics["complementarity"] > 0.1


def test_plain_classifiers_enter_by_selective_prediction() -> None:
    """Without a score of its own it hands over where max(p, 1 - p) is below the human's share of right decisions."""
    expert = np.array([[1, 0], [0, 0], [1, -1], [0, -1]], np.int8)
    assert best_expert(expert, np.array([1, 0, 0, 1])) == (0, 0.5)
    assert best_expert(expert, np.array([1, 0, 1, 1])) == (0, 0.75)
    assert best_expert(None, np.array([1, 0])) == (0, 0.5)

    class Plain:
        def predict_proba(self, X: Any) -> Any:
            return np.array([0.9, 0.6, 0.2])

    split = TASKS["defer/realisable-plane"].split(0)
    found = ask(Fitted(estimator=Plain(), expert=1, right=0.75), split)
    np.testing.assert_allclose(numbers(found["defer"]), [-0.15, 0.15, -0.05])
    assert np.asarray(found["choice"]).tolist() == [1, 1, 1]


def test_scores_speak_of_selective_prediction_and_of_deciding_together() -> None:
    """Notes say what kind of answer it was; a choice that names nobody is refused."""
    truth = TASKS["defer/realisable-plane"].truth(0)
    rows = len(truth.units)
    risk = np.linspace(0.01, 0.99, rows)
    plain = {"risk": risk, "defer": 0.7 - np.maximum(risk, 1 - risk)}
    assert any("selective prediction" in note for note in score(truth, plain).notes)
    both = {**plain, "defer": risk, "with_human": np.column_stack([risk, risk])}
    found = score(truth, both)
    assert any("together" in note for note in found.notes)
    assert found.metrics["accuracy_at_100"] == found.metrics["model_accuracy"]
    assert found.metrics["human_accuracy"] == found.facts["human_alone"] == found.facts["expert_0_accuracy"]
    lines = found.facts
    assert lines["reference_oracle_accuracy"] >= max(lines["human_alone"], lines["reference_accuracy"])
    assert lines["reference_random_accuracy"] == pytest.approx(
        0.77 * lines["reference_accuracy"] + 0.23 * lines["human_alone"]
    )
    with pytest.raises(InvalidAnswer, match="whole numbers from 0 to 0"):
        score(truth, {**plain, "choice": np.ones(rows)})


def test_every_metric_is_declared_and_intervals_are_replicates() -> None:
    """The names agree, and what has an interval has one number a replicate."""
    task: Task = TASKS["defer/trace-1y.steady"]
    truth = task.truth(0)
    found = score(truth, {"risk": np.full(len(truth.units), 0.3), "defer": np.zeros(len(truth.units))})
    assert set(found.metrics) == {metric.name for metric in FAMILY.metrics}
    assert found.metrics["deferral_skill"] == pytest.approx(0, abs=1e-12)
    assert {len(values) for values in found.contributions.values()} == {REPLICATES}
    assert {"deferral_skill", "complementarity", "gain", "accuracy_at_50"} <= set(found.contributions)


def test_tuning_maximises_accuracy_where_the_expert_is_known() -> None:
    """Of four rows two have known decisions: the model errs in one of these, which the expert gets right.

    Handed over first, that row is gone at 50 %; at 5, 10, 20 and 30 % a share of it.
    """
    held = {
        "y": np.array([1, 0, 1, 0]),
        "expert": np.array([[1], [0], [-1], [-1]]),
        "capacity": np.ones((4, 1)),
    }
    arrays = {"risk": np.array([0.2, 0.2, 0.9, 0.9]), "defer": np.array([4.0, 3.0, 9.0, 8.0])}
    assert FAMILY.objective is not None
    found = FAMILY.objective(cut("defer/realisable-plane", 0)[0], held, arrays)
    assert found == pytest.approx(0.5 + 0.23)
    none = {**held, "expert": np.full((4, 1), UNKNOWN)}
    assert FAMILY.objective(cut("defer/realisable-plane", 0)[0], none, arrays) == 0.5


def test_the_interval_is_that_of_new_patients() -> None:
    """Over 40 fresh samples of 600 patients the skill varies as the bootstrap of each says, within a third: the spread of 40 has an error of 11 %."""
    values, errors = [], []
    world = simulate(600, 2, 0.3, 7)
    for seed in range(40):
        draw = np.random.default_rng(seed)
        rows = draw.integers(0, 600, 600)
        truth = Truth(
            units=(np.arange(600) + 600 * seed).astype(np.uint64),
            answers={
                "event": world.y[rows],
                "weight": np.ones(600),
                "reference": world.y[rows],
                "expert_0": world.human[rows],
            },
        )
        risk = np.clip(world.x[rows, 0], 0.01, 0.99)
        found = score(truth, {"risk": risk, "defer": world.x[rows, 1]})
        values.append(found.metrics["deferral_skill"])
        errors.append(float(np.sqrt((found.contributions["deferral_skill"] ** 2).sum())))
    assert np.mean(errors) == pytest.approx(np.std(np.array(values, float), ddof=1), rel=0.35)
