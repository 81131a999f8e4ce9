"""The mortality family: what it asks of a model, what it makes of the answer, and what it says when it cannot."""

from __future__ import annotations

import importlib
import math
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import roc_auc_score

import carebench_tasks
from carebench import InvalidAnswer, Split, Truth
from carebench_tasks.families.mortality import FAMILY, ask, fit, score
from carebench_tasks.metrics import sets
from carebench_tasks.resampling import ResampledTruth, counts, replicate_ids

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Simulated = tuple[Floats, Floats, Floats]


STATED = {"km_risk": 0.25, "operating_point": 0.3, "train_prevalence": 0.3}


def truth_of(event: Floats, weight: Floats | None = None) -> Truth:
    """The truth of patients with these outcomes."""
    return Truth(
        units=np.arange(len(event), dtype=np.uint64),
        answers={"event": event.astype(np.int8), "weight": np.ones(len(event)) if weight is None else weight},
        facts=dict(STATED),
    )


def example_split() -> Split:
    """Six patients to train on, three to test, death with larger x."""
    x = np.arange(6.0)[:, None]
    return Split(train=x, test=np.array([[0.0], [2.5], [5.0]]), reveals={"y": (x[:, 0] > 2).astype(np.int8)})


def test_package_imports_nothing_heavy() -> None:
    """Importing carebench_tasks, even calling its hooks, loads no pandas, scikit-learn, scipy or SurvSet."""
    code = (
        "import sys, carebench_tasks as t; bare = 'numpy' in sys.modules\n"
        "list(t.carebench_families()); list(t.carebench_tasks())\n"
        "print(bare, sorted({'pandas', 'sklearn', 'scipy', 'SurvSet', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "[]"]


def test_the_family_is_offered_through_the_hook() -> None:
    """The hook yields this family, and every module that decides its scores can be imported."""
    assert FAMILY in list(carebench_tasks.carebench_families())
    assert all(importlib.import_module(module) for module in FAMILY.modules)


def test_anchors_are_those_of_the_protocol() -> None:
    """AUROC first, one half without skill, 1 perfect, equivalence within .01."""
    assert (FAMILY.primary.name, FAMILY.no_skill, FAMILY.perfect, FAMILY.rope) == ("auroc", 0.5, 1.0, 0.01)


def test_a_probability_model_answers_risk() -> None:
    """A classifier is fitted on the revealed outcomes and gives the chance of death, rising with x."""
    arrays = ask(fit(LogisticRegression(), example_split()), example_split())
    assert list(arrays) == ["risk"]
    assert np.all(np.diff(np.asarray(arrays["risk"], dtype=float)) > 0)


def test_a_ranking_model_answers_score_and_is_not_judged_on_probabilities() -> None:
    """Without predict_proba the rankings are scored, and all else is undefined with the reason."""
    arrays = ask(fit(RidgeClassifier(), example_split()), example_split())
    found = score(truth_of(np.array([0.0, 1.0, 1.0])), arrays)
    assert list(arrays) == ["score"]
    assert found.metrics["auroc"] == 1
    by_ranks = {name for name, value in found.metrics.items() if value is not None}
    assert by_ranks == {"auroc", "average_precision", "event1"}
    assert set(found.undefined.values()) == {"ranks only: no probabilities", sets.NONE}
    assert "ranks only: no probabilities" in found.notes


def test_every_declared_metric_is_scored(simulated: Simulated) -> None:
    """A sound answer has a finite number for each metric, and contributions of one number a row."""
    event, risk, _ = simulated
    found = score(truth_of(event), {"risk": risk})
    assert list(found.metrics) == [metric.name for metric in FAMILY.metrics]
    without = {name for name, value in found.metrics.items() if value is None or not math.isfinite(value)}
    assert without == {metric.name for metric in sets.METRICS}
    assert found.metrics["auroc"] == pytest.approx(roc_auc_score(event, risk))
    assert {"auroc", "brier_skill"} <= set(found.contributions)
    assert all(values.shape == event.shape for values in found.contributions.values())


def test_facts_count_the_test_rows() -> None:
    """Known deaths, unknown outcomes and the weighted prevalence; the task's own facts are kept."""
    found = score(
        truth_of(np.array([0.0, 1.0, 1.0, 0.0]), np.array([1.0, 1.5, 1.5, 0.0])), {"risk": np.full(4, 0.5)}
    )
    assert found.facts.items() >= {"n": 4, "events": 2, "censored": 1, "prevalence": 0.75, **STATED}.items()
    assert any("lost before the horizon" in note for note in found.notes)


def test_unknown_outcomes_change_nothing(simulated: Simulated) -> None:
    """Rows of weight 0 leave every metric as it was, and contribute 0."""
    event, risk, _ = simulated
    weight = np.where(np.arange(len(event)) % 10 == 0, 0.0, 1.0)
    found = score(truth_of(event, weight), {"risk": risk})
    without = score(truth_of(event[weight > 0]), {"risk": risk[weight > 0]})
    assert found.metrics == pytest.approx(without.metrics, abs=1e-10)
    assert all(not values[weight == 0].any() for values in found.contributions.values())


def test_a_resampled_truth_gives_contributions_of_replicates(simulated: Simulated) -> None:
    """The metrics stay as they are; contributions are as long as the replicates, and paired by their ids."""
    event, risk, _ = simulated
    plain = truth_of(event)
    weights = counts(plain.units).astype(float)
    truth = ResampledTruth(units=plain.units, answers=plain.answers, facts=plain.facts, replicates=weights)
    found, expected = score(truth, {"risk": risk}), score(plain, {"risk": risk})
    assert found.metrics == expected.metrics
    assert set(found.contributions) == set(expected.contributions)
    assert found.units is not None
    assert all(values.shape == found.units.shape for values in found.contributions.values())
    assert np.array_equal(found.units, replicate_ids())
    assert expected.units is None


def test_one_outcome_gives_reasons_and_no_numbers() -> None:
    """Nobody dies: what needs both outcomes is None with the reason, and nothing is NaN."""
    found = score(truth_of(np.zeros(3)), {"risk": np.array([0.1, 0.2, 0.25])})
    both = {
        "auroc",
        "average_precision",
        "brier_skill",
        "calibration_intercept",
        "calibration_slope",
        "event1",
    }
    assert set(found.undefined) == {*both, "sensitivity", "ppv", "set_coverage", "set_size"}
    assert all(math.isfinite(value) for value in found.metrics.values() if value is not None)
    assert found.undefined["ppv"] == "nobody is called at this threshold"
    assert found.undefined["auroc"].startswith("every known outcome is 0")
    assert set(found.undefined) == {name for name, value in found.metrics.items() if value is None}
    assert "auroc" not in found.contributions


def test_nobody_known_is_undefined_throughout() -> None:
    """With no known outcome every metric is None with a reason."""
    found = score(truth_of(np.array([0.0, 1.0]), np.zeros(2)), {"risk": np.array([0.1, 0.2])})
    assert set(found.metrics.values()) == {None}
    assert "prevalence" not in found.facts


@pytest.mark.parametrize(
    ("arrays", "came"),
    [({}, "neither came"), ({"risk": np.full(2, 0.5), "score": np.zeros(2)}, "risk and score came")],
)
def test_exactly_one_answer_is_needed(arrays: dict[str, Floats], came: str) -> None:
    """Both or neither of risk and score is an invalid answer."""
    with pytest.raises(InvalidAnswer, match=came):
        score(truth_of(np.array([0.0, 1.0])), arrays)


def test_tuning_maximises_the_auroc_of_held_out_rows() -> None:
    """The objective is scikit-learn's AUROC of the held-out training answers, of risks and of scores alike."""
    assert FAMILY.objective is not None
    draw = np.random.default_rng(3)
    died = (draw.random(80) < 0.3).astype(np.int8)
    risk = np.round(np.clip(0.3 * died + draw.random(80) * 0.7, 0, 1), 2)
    expected = roc_auc_score(died, risk)
    for name in ("risk", "score"):
        assert FAMILY.objective(example_split(), {"y": died}, {name: risk}) == pytest.approx(
            expected, abs=1e-12
        )


def test_follow_up_goes_only_to_a_fit_that_names_it() -> None:
    """A plain fit gets inputs and outcomes; one that asks for times and for the lost gets them too."""

    class Plain:
        def fit(self, X: Floats, y: Floats) -> None:
            self.got = len(X), len(y)

    class Survival:
        def fit(
            self, X: Floats, y: Floats, *, time: Floats, X_unlabelled: Floats, unlabelled_time: Floats
        ) -> None:
            self.got = time.tolist(), len(X_unlabelled), unlabelled_time.tolist()

    plain = example_split()
    reveals = {
        **plain.reveals,
        "time": np.arange(6.0),
        "event": plain.reveals["y"],
        "unlabelled_time": np.ones(1),
    }
    split = Split(train=plain.train, test=plain.test, reveals=reveals, unlabelled=plain.test[:1])
    assert fit(Plain(), split).got == (6, 6)
    assert fit(Survival(), split).got == ([0, 1, 2, 3, 4, 5], 1, [1])


def test_prediction_sets_are_judged_where_there_are_any(simulated: Simulated) -> None:
    """Sets of everything hold all and leave all open; sets of survival alone hold only the survivors' outcomes."""
    event, risk, _ = simulated
    everything = score(truth_of(event), {"risk": risk, sets.SETS: np.ones((len(event), 2))})
    assert (everything.metrics["set_coverage"], everything.metrics["set_size"]) == (1, 2)
    alive = np.column_stack([np.ones(len(event)), np.zeros(len(event))])
    found = score(truth_of(event), {"risk": risk, sets.SETS: alive})
    assert found.metrics["set_coverage"] == pytest.approx(1 - event.mean())
    assert (found.facts["set_coverage_of_events"], found.facts["set_coverage_of_non_events"]) == (0, 1)
