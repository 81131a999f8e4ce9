"""Surfaces follow their cards: equations again by another way, truths by brute force, and two boards on the same draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import carebench_tasks
from carebench_tasks.causal import binary_surfaces, hidden_surfaces, nhefs_surfaces, rhc_surfaces
from carebench_tasks.causal.simulated import AverageTask, EffectTask, SurfaceTask

if TYPE_CHECKING:
    from carebench_tasks.causal.surface import Surface

SURFACES: list[Surface] = [
    *rhc_surfaces.SURFACES,
    *binary_surfaces.SURFACES,
    *nhefs_surfaces.SURFACES,
    *hidden_surfaces.SURFACES,
    hidden_surfaces.INSTRUMENT,
]
TASKS = {task.name: task for task in carebench_tasks.carebench_tasks() if isinstance(task, SurfaceTask)}


@pytest.fixture(params=SURFACES, ids=[surface.name for surface in SURFACES])
def surface(request: pytest.FixtureRequest) -> Surface:
    """Each surface."""
    found: Surface = request.param
    return found


def test_every_surface_has_its_tasks() -> None:
    """Twelve on both boards, and the instrument among the averages alone."""
    names = {surface.name for surface in SURFACES}
    assert {name.partition("/")[2] for name in TASKS if name.startswith("causal-average/")} == names
    assert {name.partition("/")[2] for name in TASKS if name.startswith("causal/")} == names - {
        "rhc-instrument"
    }
    assert sum(task.ranked for task in TASKS.values() if isinstance(task, EffectTask)) == 8


def test_linear_surface_for_one_patient() -> None:
    """The equations of the card, worked out by hand for the first patient of RHC."""
    columns = rhc_surfaces.SURFACES[0].patients.columns
    one = columns.iloc[0]
    untreated = (
        0.5 * (one["meanbp1"] - 78) / 38 + 0.4 * (one["pafi1"] - 222) / 115 - 0.4 * (one["age"] - 61) / 17
    )
    untreated += -0.3 * (one["crea1"] - 2.1) / 2 + 0.3 * (one["alb1"] - 3.1) / 0.8
    untreated += -0.5 * (one["cat1"] == "MOSF w/Sepsis") - 0.4 * (one["ca"] in ("Yes", "Metastatic"))
    effect = (
        0.5
        - 0.5 * (one["pafi1"] - 222) / 115
        - 0.4 * (one["age"] - 61) / 17
        + 0.3 * (one["alb1"] - 3.1) / 0.8
    )
    found = rhc_surfaces.SURFACES[0].means(columns)
    assert found[0][0] == pytest.approx(untreated)
    assert found[1][0] - found[0][0] == pytest.approx(effect)


def test_non_linear_surface_of_nhefs_for_one_patient() -> None:
    """Likewise for a smoker: each z within 2, in kg."""
    columns = nhefs_surfaces.SURFACES[1].patients.columns
    one = columns.iloc[7]
    age, weight = np.clip([(one["age"] - 44) / 12, (one["wt71"] - 71) / 16], -2, 2)
    cigarettes = np.clip((one["smokeintensity"] - 20) / 12, -2, 2)
    untreated = 3 - 2 * max(age, 0) ** 2 + 2 * np.sin(1.5 * weight) - (one["sex"] == "1") * age
    effect = 8 / (1 + np.exp(-3 * cigarettes)) - 3 * (one["age"] >= 55)
    found = nhefs_surfaces.SURFACES[1].means(columns)
    assert found[0][7] == pytest.approx(untreated)
    assert found[1][7] - found[0][7] == pytest.approx(effect)


def test_outcomes_scatter_about_their_means(surface: Surface) -> None:
    """What is seen less what is expected has mean 0 and the declared spread, over 20 replications."""
    left = []
    for seed in range(20):
        drawn = surface.replicate(seed)
        expected = np.where(drawn.assignment.treatment == 1, drawn.treated, drawn.untreated)
        left.append(drawn.outcome - expected - drawn.assignment.shift)
    values = np.concatenate(left)
    assert abs(values.mean()) < 4 * values.std() / len(values) ** 0.5
    if surface.noise:
        assert values.std() == pytest.approx(surface.noise, rel=0.02)


def test_hidden_confounding_biases_by_its_strength() -> None:
    """The treated are better off by b whatever their treatment does; nobody else is."""
    for surface in hidden_surfaces.SURFACES:
        assignment = surface.replicate(0).assignment
        np.testing.assert_allclose(assignment.shift, (surface.level or 0) * assignment.treatment)


def test_truths_by_brute_force() -> None:
    """ATE, ATT and LATE as plain means over those concerned, the latter two by drawing who they are."""
    surface = rhc_surfaces.SURFACES[0]
    untreated, treated = surface.means(surface.patients.columns)
    effect = treated - untreated
    truths = surface.truths()
    assert truths["ATE"] == pytest.approx(effect.mean())
    assert truths["ATT"] == pytest.approx(effect[surface.patients.treatment == 1].mean())
    assert truths["sd0"] == pytest.approx(np.sqrt(untreated.var() + 1))
    instrument = hidden_surfaces.INSTRUMENT
    untreated, treated = instrument.means(instrument.patients.columns)
    complies = np.concatenate([instrument.replicate(seed).assignment.shift == 0 for seed in range(60)])
    late = np.tile(treated - untreated, 60)[complies]
    assert instrument.truths()["LATE"] == pytest.approx(late.mean(), abs=4 * late.std() / len(late) ** 0.5)


def test_overlap_truth_needs_no_model_where_treatment_is_drawn() -> None:
    """In the trial e is one half, so that every average is that of all patients."""
    truths = binary_surfaces.Trial().truths()
    assert {name: truths[name] for name in ("ATT", "ATO", "ATM", "trimmed")} == pytest.approx(
        dict.fromkeys(("ATT", "ATO", "ATM", "trimmed"), truths["ATE"])
    )


def test_poor_overlap_is_poor() -> None:
    """A fifth of the patients or nearly are almost certain to be treated, or not to be."""
    score = rhc_surfaces.PoorOverlap().propensity(rhc_surfaces.PoorOverlap().patients)
    assert 0.15 < np.mean((score < 0.05) | (score > 0.95)) < 0.3


def test_both_boards_see_the_same_replication() -> None:
    """Effects of patients and their average are asked of the same draws, and rows depend on cohort and seed alone."""
    one, other = TASKS["causal/rhc-linear"].split(3), TASKS["causal-average/rhc-linear"].split(3)
    np.testing.assert_array_equal(one.reveals["y"], other.reveals["y"])
    assert one.train.equals(TASKS["causal/rhc-trial"].split(3).train)
    assert not one.train.equals(TASKS["causal/rhc-linear"].split(4).train)


def test_only_the_trial_shows_what_happened_to_test_patients() -> None:
    """C-for-benefit needs outcomes of a randomised test set; elsewhere they stay with nobody."""
    told = {name: set(task.truth(0).answers) for name, task in TASKS.items() if isinstance(task, EffectTask)}
    with_outcomes = {name for name, answers in told.items() if "outcome" in answers}
    assert with_outcomes == {"causal/rhc-trial"}


def test_the_instrument_is_revealed_where_there_is_one() -> None:
    """No other task reveals more than outcomes and treatment."""
    for name, task in TASKS.items():
        if isinstance(task, AverageTask):
            extra = {"instrument"} if name.endswith("rhc-instrument") else set()
            assert set(task.split(0).reveals) == {"y", "treatment"} | extra


def test_a_trimmed_estimate_has_a_truth_of_its_own() -> None:
    """Under poor overlap, the effect of those with a propensity of .1 to .9 is not that of all, and both are known."""
    surface = rhc_surfaces.PoorOverlap()
    score = surface.propensity(surface.patients)
    kept = (score >= 0.1) & (score <= 0.9)
    untreated, treated = surface.means(surface.patients.columns)
    truths = surface.truths()
    assert truths["trimmed"] == pytest.approx((treated - untreated)[kept].mean())
    assert abs(truths["trimmed"] - truths["ATE"]) > 0.1
    told = TASKS[f"causal-average/{surface.name}"].truth(0).facts["share_in_overlap"]
    assert told == pytest.approx(kept.mean())
