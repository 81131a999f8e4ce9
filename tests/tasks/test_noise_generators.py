"""Labels go wrong as their equations say: rates, matrices, pairing over rates, and the identities of Menon et al."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from carebench_tasks.noisy.generators import (
    FLIPPING,
    NO_LABEL,
    Noise,
    Subjects,
    majority,
    record,
    standardised,
)

if TYPE_CHECKING:
    from carebench_tasks.noisy.generators import Kind

ROWS = 20_000
RATES = (0.1, 0.2, 0.3, 0.4)
FLIPS: tuple[Kind, ...] = ("symmetric", "asymmetric", "instance", "boundary", "group")


def subjects(rows: int = ROWS, seed: int = 0) -> Subjects:
    """Simulated patients: two informative inputs of five, events of a third, half of them under-served."""
    draw = np.random.default_rng(seed)
    inputs = draw.normal(size=(rows, 5))
    chance = 1 / (1 + np.exp(-(inputs[:, 0] + inputs[:, 1] - 1)))
    return Subjects(
        y=(draw.random(rows) < chance).astype(np.int8),
        inputs=inputs,
        underserved=(draw.random(rows) < 0.5).astype(np.int8),
        names=("simulated", seed),
    )


PATIENTS = subjects()


@pytest.mark.parametrize("kind", FLIPS)
@pytest.mark.parametrize("rate", RATES)
def test_labels_are_wrong_as_often_as_their_matrices_say(kind: Kind, rate: float) -> None:
    """Among rows of each true label the share of wrong ones is the mean probability, within five standard errors."""
    found = record(Noise(kind=kind, rate=rate), PATIENTS)
    for label in (0, 1):
        rows = np.equal(PATIENTS.y, label)
        expected = found.transition[rows, label, 1 - label].mean()
        error = np.sqrt(max(expected * (1 - expected), 1e-12) / rows.sum())
        assert abs((found.y[rows] != label).mean() - expected) <= 5 * error


@pytest.mark.parametrize("rate", RATES)
def test_rates_are_those_of_the_equations(rate: float) -> None:
    """Symmetric: both rates; asymmetric: none invented; group: 1.5 and .5 times; boundary and instance: on average."""
    wrong = {kind: FLIPPING[kind](rate, PATIENTS) for kind in FLIPS}
    np.testing.assert_array_equal(wrong["symmetric"], rate)
    np.testing.assert_array_equal(wrong["asymmetric"], [[0, rate]] * ROWS)
    np.testing.assert_allclose(np.unique(wrong["group"][:, 1]), [0.5 * rate, 1.5 * rate])
    assert not wrong["group"][:, 0].any()
    assert wrong["boundary"].mean() == pytest.approx(rate, abs=1e-6)
    assert wrong["instance"].mean() == pytest.approx(rate, abs=0.02)


def test_matrices_are_stochastic() -> None:
    """Every row of every T sums to 1, between 0 and 1."""
    for kind in FLIPS:
        transition = record(Noise(kind=kind, rate=0.4), PATIENTS).transition
        np.testing.assert_allclose(transition.sum(axis=2), 1)
        assert transition.min() >= 0


def test_boundary_noise_is_likelier_where_the_outcome_is_uncertain_and_never_outweighs_it() -> None:
    """The probability falls with the distance of the fitted risk from one half, is alike for both labels, at most 1/2."""
    wrong = FLIPPING["boundary"](0.3, PATIENTS)
    np.testing.assert_array_equal(wrong[:, 0], wrong[:, 1])
    assert wrong.max() <= 0.5
    linear = PATIENTS.inputs[:, 0] + PATIENTS.inputs[:, 1] - 1
    assert wrong[np.abs(linear) < 0.3].min() > wrong[np.abs(linear) > 3].max()


def test_instance_noise_depends_on_the_inputs() -> None:
    """Two halves along the drawn direction differ in how often labels are wrong; symmetric noise does not."""
    found = record(Noise(kind="instance", rate=0.3), PATIENTS)
    chance = found.transition[:, 0, 1]
    half = chance > np.median(chance)
    wrong = found.y != PATIENTS.y
    ours = (PATIENTS.y == 0) & half, (PATIENTS.y == 0) & ~half
    assert wrong[ours[0]].mean() > wrong[ours[1]].mean() + 0.1


@pytest.mark.parametrize("kind", ["symmetric", "asymmetric", "group", "boundary"])
def test_rows_flipped_at_a_low_rate_stay_flipped_at_a_higher_one(kind: Kind) -> None:
    """One uniform number a row decides at every rate, so that the curve over rates is paired."""
    wrong = [record(Noise(kind=kind, rate=rate), PATIENTS).y != PATIENTS.y for rate in RATES]
    for fewer, more in itertools.pairwise(wrong):
        assert not (fewer & ~more).any()


def test_draws_follow_from_names_alone() -> None:
    """The same names give the same labels; another seed gives others; clean labels are the true ones."""
    noise = Noise(kind="symmetric", rate=0.3)
    first, again = record(noise, PATIENTS).y, record(noise, PATIENTS).y
    other = record(noise, replace(PATIENTS, names=("simulated", 1))).y
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.2
    np.testing.assert_array_equal(record(Noise(kind="clean", rate=0), PATIENTS).y, PATIENTS.y)


def test_raters_err_at_their_own_rates_and_label_some_rows_each() -> None:
    """Sensitivities and specificities are those given, within five standard errors; each row has a rater, none has all."""
    found = record(Noise(kind="raters", rate=0.4), PATIENTS)
    assert found.raters is not None
    assert found.rater_rates is not None
    seen = found.raters != NO_LABEL
    assert seen.any(axis=1).all()
    assert 0.6 < seen.mean() < 0.75
    sensitivity, specificity = found.rater_rates[:5], found.rater_rates[5:]
    for rater in range(5):
        for label, rate in ((1, sensitivity[rater]), (0, specificity[rater])):
            said = found.raters[(label == PATIENTS.y) & seen[:, rater], rater]
            assert abs((said == label).mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / len(said))


def test_majority_by_hand() -> None:
    """Two against one wins; at a tie the first who labelled the row decides."""
    raters = np.array([[1, 1, 0], [0, -1, 1], [-1, 1, 0], [-1, -1, 0]], np.int8)
    assert majority(raters).tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize(("r0", "r1"), [(0.3, 0.3), (0.0, 0.4), (0.1, 0.35)])
def test_menon_identities(r0: float, r1: float) -> None:
    """Under class-conditional noise AUROC and balanced error shrink by 1 - a - b about chance (Menon et al. 2015).

    a = P(true 0 | recorded 1), b = P(true 1 | recorded 0): AUROC' = (1 - a - b) (AUROC - 1/2) + 1/2 and
    BER' = (1 - a - b) BER + (a + b) / 2. Expectations over the noise, here the mean of 40 draws within five standard errors.
    """
    draw = np.random.default_rng(5)
    score = PATIENTS.inputs[:, 0] + 0.5 * draw.normal(size=ROWS)
    y = PATIENTS.y
    gaps = []
    for _ in range(40):
        flip = draw.random(ROWS) < np.where(y == 1, r1, r0)
        recorded = np.where(flip, 1 - y, y)
        a, b = (y[recorded == 1] == 0).mean(), (y[recorded == 0] == 1).mean()
        kept = 1 - a - b
        area = roc_auc_score(recorded, score) - (kept * (roc_auc_score(y, score) - 0.5) + 0.5)
        error = 1 - balanced_accuracy_score(y, score > 0)
        found = 1 - balanced_accuracy_score(recorded, score > 0)
        gaps.append((area, found - (kept * error + (a + b) / 2)))
    mean, spread = np.mean(gaps, axis=0), np.std(gaps, axis=0, ddof=1) / np.sqrt(40)
    assert (np.abs(mean) < 5 * spread + 1e-12).all()


CLASS_CONDITIONAL: tuple[Kind, ...] = ("symmetric", "asymmetric")


@pytest.mark.parametrize("kind", CLASS_CONDITIONAL)
def test_menon_identities_hold_for_the_labels_that_tasks_record(kind: Kind) -> None:
    """The same two, with a and b by Bayes' rule from the share of events p: (1 - p) r0 / P(1), p r1 / P(0).

    P(1) = p (1 - r1) + (1 - p) r0 is the share of recorded events. The ranking that is best by AUROC or balanced error is the
    same for recorded labels as for true ones: a better score stays better, by the factor 1 - a - b.
    """
    few = subjects(4000, seed=1)
    scores = few.inputs[:, 0] + few.inputs[:, 1], few.inputs[:, 0]
    share, (r0, r1) = few.y.mean(), FLIPPING[kind](0.3, few)[0]
    recorded = share * (1 - r1) + (1 - share) * r0
    a, b = (1 - share) * r0 / recorded, share * r1 / (1 - recorded)
    gaps = []
    for number in range(60):
        y = record(Noise(kind=kind, rate=0.3), replace(few, names=("draw", number))).y
        areas = [roc_auc_score(y, score) - 0.5 for score in scores]
        errors = [1 - balanced_accuracy_score(y, score > 1) for score in scores]
        gaps.append([*areas, *errors, areas[0] - areas[1]])
    clean = [roc_auc_score(few.y, score) - 0.5 for score in scores]
    wrong = [1 - balanced_accuracy_score(few.y, score > 1) for score in scores]
    kept = 1 - a - b
    expected = [kept * each for each in clean] + [kept * each + (a + b) / 2 for each in wrong]
    expected.append(kept * (clean[0] - clean[1]))
    error = np.std(gaps, axis=0, ddof=1) / np.sqrt(len(gaps))
    assert 0.2 < kept < 0.9
    assert (np.abs(np.mean(gaps, axis=0) - expected) < 5 * error).all()


@pytest.mark.parametrize("kind", CLASS_CONDITIONAL)
def test_the_risk_of_a_recorded_event_is_affine_in_that_of_a_true_one(kind: Kind) -> None:
    """P(recorded 1 | x) = (1 - r0 - r1) P(1 | x) + r0 (Menon et al. 2015, proposition 1), in every tenth of the true risk.

    Hence its extremes are r0 and 1 - r1, which anchor points read, and 1/2 is passed elsewhere unless r0 = r1.
    """
    chance = 1 / (1 + np.exp(-(PATIENTS.inputs[:, 0] + PATIENTS.inputs[:, 1] - 1)))
    r0, r1 = FLIPPING[kind](0.3, PATIENTS)[0]
    expected = (1 - r0 - r1) * chance + r0
    y = record(Noise(kind=kind, rate=0.3), PATIENTS).y
    for tenth in np.array_split(np.argsort(chance), 10):
        error = np.sqrt((expected[tenth] * (1 - expected[tenth])).sum()) / len(tenth)
        assert abs(y[tenth].mean() - expected[tenth].mean()) < 5 * error


def test_standardised_fills_and_codes() -> None:
    """Medians for missing numbers, 0 and 1 for levels, mean 0 and deviation 1; a constant column is 0."""
    import pandas as pd

    table = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": pd.Categorical(["x", "y", "x"]), "c": [7, 7, 7]})
    found = standardised(table)
    assert found.shape == (3, 4)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found[:, 0], np.array([-1, 0, 1]) * np.sqrt(1.5))
    assert not found[:, 1].any()
