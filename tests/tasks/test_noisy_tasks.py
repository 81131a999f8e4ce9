"""Tasks with wrong labels: the same patients at every kind and rate, clean test labels, and nothing told of the flips."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from carebench_tasks.consensus import simulated, studies
from carebench_tasks.noisy import grid

if TYPE_CHECKING:
    from carebench import Split
    from carebench_tasks.noisy.task import NoisyTask
    from carebench_tasks.noisy.truth import NoisyTruth

TASKS = {task.name: task for task in grid.tasks()}
COHORTS = [question.name for question in grid.questions() if not question.kinds]
# From PROTOCOL section 1, and scikit-learn: events among the rows of all five folds, rows, unknown outcomes.
COUNTS = {
    "support2-180d": (4265, 9105, 0),
    "breast-cancer": (212, 569, 0),
    "framingham-chd-10y": (397, 4699, 361),
    "flchain-5y": (935, 7874, 195),
    "trace-1y": (384, 1878, 9),
    "rott2-5y": (753, 2982, 145),
}


@cache
def cut(name: str, seed: int) -> tuple[Split, NoisyTruth]:
    """Split and truth, each cut once."""
    return TASKS[name].split(seed), TASKS[name].truth(seed)


def test_the_grid_is_whole() -> None:
    """Six questions on board; six kinds by four rates and the clean one on the first track, three kinds on the second.

    Of the two whose data a user brings, five kinds and three, by two rates.
    """
    by_track = {
        family: [t for t in TASKS.values() if t.family == family]
        for family in ("noisy-labels", "noisy-labels-known")
    }
    assert len(by_track["noisy-labels"]) == 6 * (6 * 4 + 1) - 4 + 2 * (5 * 2 + 1)
    assert len(by_track["noisy-labels-known"]) == 6 * (3 * 4 + 1) - 4 + 2 * (3 * 2 + 1)
    assert "noisy-labels/breast-cancer.group-10" not in TASKS


def test_only_clean_tasks_are_unranked_and_outside_a_series() -> None:
    """A rate is the level of its series and has the clean task for an oracle, which has neither and counts in no headline."""
    for task in TASKS.values():
        clean = task.noise.kind == "clean"
        assert (task.ranked, bool(task.series), task.level is None) == (not clean, not clean, clean)
        assert clean or task.level == task.noise.rate
        assert task.oracle == ("" if clean else f"{task.family}/{task.question.name}.clean")
        assert clean or TASKS[task.oracle].noise.kind == "clean"


@pytest.mark.parametrize("name", COHORTS)
def test_test_labels_are_the_cohort_s(name: str) -> None:
    """Events, rows and unknown outcomes of five folds add up to those counted on the data."""
    truths = [TASKS[f"noisy-labels/{name}.clean"].question.clean.truth(seed) for seed in range(5)]
    events = sum(int(np.asarray(t.answers["event"]).sum()) for t in truths)
    rows = sum(len(t.units) for t in truths)
    unknown = sum(int((np.asarray(t.answers["weight"]) == 0).sum()) for t in truths)
    assert (events, rows, unknown) == COUNTS[name]


@pytest.mark.parametrize("level", ["symmetric-30", "asymmetric-40", "group-20", "raters-40", "boundary-10"])
def test_patients_pair_over_kinds_and_rates(level: str) -> None:
    """Inputs and test patients are those of the clean task; only recorded labels differ."""
    (clean, truth), (noisy, other) = (
        cut("noisy-labels/trace-1y.clean", 1),
        cut(f"noisy-labels/trace-1y.{level}", 1),
    )
    assert noisy.train.equals(clean.train)
    assert noisy.test.equals(clean.test)
    np.testing.assert_array_equal(truth.units, other.units)
    wrong = noisy.reveals["y"] != clean.reveals["y"]
    np.testing.assert_array_equal(wrong, other.flipped)
    assert 0 < wrong.mean() < 0.5
    assert not truth.flipped.any()


def test_both_tracks_hold_the_same_labels() -> None:
    """The known track reveals T of each row beside the very labels of the other."""
    known, estimated = (
        cut(f"{family}/trace-1y.asymmetric-30", 0)[0] for family in ("noisy-labels-known", "noisy-labels")
    )
    np.testing.assert_array_equal(known.reveals["y"], estimated.reveals["y"])
    revealed = np.asarray(known.reveals["transition"], np.float64)
    np.testing.assert_allclose(revealed, np.tile([[1.0, 0.0], [0.3, 0.7]], (len(known.train), 1, 1)))
    assert "transition" not in estimated.reveals


def test_nothing_revealed_tells_which_labels_are_wrong() -> None:
    """Only y, raters, group and T are revealed, and within a class of true labels none but y ranks the flips."""
    for level, extras in (("raters-40", {"raters"}), ("group-40", {"group"}), ("symmetric-30", set())):
        split, truth = cut(f"noisy-labels/trace-1y.{level}", 0)
        assert set(split.reveals) == {"y", *extras}
        assert "flipped" not in truth.answers


def test_group_is_missed_oftener() -> None:
    """Under-served events are unrecorded three times as often as others', within sampling error."""
    split, truth = cut("noisy-labels/trace-1y.group-40", 0)
    y = np.where(truth.flipped, 1 - split.reveals["y"], split.reveals["y"])
    group = split.reveals["group"]
    missed = [truth.flipped[(y == 1) & (group == member)].mean() for member in (0, 1)]
    assert missed[0] == pytest.approx(0.2, abs=0.1)
    assert missed[1] == pytest.approx(0.6, abs=0.15)


def test_true_matrix_is_told_to_the_scorer_alone() -> None:
    """On the first track as four numbers, on the second not at all: there is nothing to estimate."""
    told = cut("noisy-labels/trace-1y.asymmetric-30", 0)[1].transition
    assert told is not None
    np.testing.assert_allclose(told, np.array([1, 0, 0.3, 0.7]))
    assert cut("noisy-labels-known/trace-1y.asymmetric-30", 0)[1].transition is None


def test_seeds_draw_other_noise() -> None:
    """Another fold, other flips; the same fold in another repeat, other flips too."""
    first, again = (cut("noisy-labels/breast-cancer.symmetric-30", seed)[1].flipped for seed in (0, 5))
    assert first.shape == again.shape
    assert (first != again).any()


@pytest.mark.parametrize(
    "task", [each for each in TASKS.values() if each.noise.rate == 0.3], ids=lambda t: t.name
)
def test_cards_say_the_noise(task: NoisyTask) -> None:
    """Each card names kind and rate before the clean task's own headings."""
    noise = task.card.partition("Noise in the training labels: ")[2].partition("\n")[0]
    assert "r = 0.3" in noise
    assert "\n\nInput:" in task.card


def test_rated_patients_have_the_raters_they_should() -> None:
    """Five columns of 0 and 1 with gaps; known outcomes only; more error at a higher rate."""
    tasks = {task.name: task for task in simulated.tasks()}
    assert len(tasks) == 24
    accuracy = []
    for percent in (10, 40):
        task = tasks[f"rater-consensus/trace-1y.raters-{percent}"]
        split, truth = task.split(0), task.truth(0)
        assert list(split.test.columns) == ["1", "2", "3", "4", "5"]
        assert (np.asarray(truth.answers["weight"]) == 1).all()
        said = split.test.astype("float64").mean(axis=1).to_numpy() > 0.5
        accuracy.append((said == (truth.answers["event"] == 1)).mean())
    assert accuracy[0] > accuracy[1]


def test_published_studies_hold_their_counts() -> None:
    """315 readings of 45 patients, 19,295 of 3,859 teeth: 347 numbers written into the module."""
    patients, teeth = studies.Anaesthetists().split(0).train, studies.Dentists().split(0).train
    assert patients.shape == (45, 7)
    assert teeth.shape == (3859, 5)
    assert int(patients.notna().sum().sum()) == 315
    assert int((teeth == "2").sum().sum()) == sum(
        f"{pattern:05b}".count("1") * count for pattern, count in enumerate(studies.DENTISTS)
    )


def test_studies_equal_the_files(raw_data: object) -> None:
    """The constants are those of the transcriptions in CAREBENCH_DATA, reading by reading."""
    from pathlib import Path

    import pandas as pd

    folder = Path(str(raw_data)) / "rater_studies"
    raw = pd.read_csv(folder / "anesthesia.csv")
    ours = studies.Anaesthetists().split(0).train.astype(int).to_numpy()
    assert ours.ravel().tolist() == raw["rating"].tolist()
    assert pd.read_csv(folder / "caries.csv")["n"].tolist() == list(studies.DENTISTS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "events", "rows", "within"),
    [("diabetes130", 46_176 / 5, 99_493 / 5, 0.02), ("physionet2012", 585, 4_000, 0)],
)
def test_questions_on_data_that_a_user_brings(
    raw_data: object, name: str, events: float, rows: float, within: float
) -> None:
    """Test labels are the data's own, of one fold or of the one test set; two events in five go unrecorded, no other label."""
    task = TASKS[f"noisy-labels/{name}.asymmetric-40"]
    truth, clean = task.question.clean.truth(0), task.question.clean.split(0)
    assert np.asarray(truth.answers["event"]).sum() == pytest.approx(events, rel=within)
    assert len(truth.units) == pytest.approx(rows, rel=within)
    split, right = task.split(0), clean.reveals["y"]
    assert task.fingerprint()
    assert not np.any(split.reveals["y"][right == 0])
    assert 0.35 < 1 - split.reveals["y"][right == 1].mean() < 0.45
    assert split.train_series is None
