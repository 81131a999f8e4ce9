"""How answers to tasks with wrong labels are asked for and scored: optional arrays, reasons, anchors, subgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from carebench import InvalidAnswer, Split, Truth
from carebench_tasks.families.noisy_labels import ESTIMATED, KNOWN, ask, fit, fit_known
from carebench_tasks.families.rater_consensus import FAMILY as CONSENSUS
from carebench_tasks.metrics.probability import brier_skill
from carebench_tasks.noisy.scoring import score, score_known
from carebench_tasks.noisy.truth import NoisyTruth

if TYPE_CHECKING:
    from numpy.typing import NDArray

Y = np.array([0, 0, 0, 1, 1, 1] * 20)
RISK = np.tile([0.1, 0.2, 0.4, 0.3, 0.7, 0.9], 20)


def truth(**more: Any) -> NoisyTruth:
    """120 test rows, four training rows of which one is flipped."""
    given: dict[str, Any] = {"flipped": np.array([True, False, False, False])}
    return NoisyTruth(
        units=np.arange(120, dtype=np.uint64),
        answers={"event": Y, "weight": np.ones(120)},
        groups={"sex": np.repeat(["f", "m"], 60), "few": np.array(["a"] * 20 + [""] * 100)},
        **(given | more),
    )


class Talkative:
    """An estimator with all that the contract lets it say, which notes what it was given."""

    classes_ = (0, 1)
    transition_ = np.array([[0.9, 0.1], [0.3, 0.7]])
    rater_rates_ = np.array([[0.8, 0.9], [0.7, 0.6]])

    def fit(self, X: Any, y: Any, *, raters: Any = None, transition: Any = None) -> None:
        self.seen = {"y": y, "raters": raters, "transition": transition}

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return np.tile([0.4, 0.6], (len(X), 1))

    def predict_proba_selected(self, X: Any) -> NDArray[np.float64]:
        return np.tile([0.7, 0.3], (len(X), 1))

    def label_quality(self, X: Any, y: Any) -> NDArray[np.float64]:
        return np.arange(len(X), dtype=float)


SPLIT = Split(
    train=np.zeros((4, 2)),
    test=np.zeros((3, 2)),
    reveals={
        "y": np.array([0, 1, 0, 1]),
        "raters": np.zeros((4, 2), np.int8),
        "transition": np.tile(np.eye(2), (4, 1, 1)),
        "group": np.zeros(4, np.int8),
    },
)


def test_each_track_passes_what_it_reveals_to_a_fit_that_names_it() -> None:
    """Raters on the first, T on the second; `group`, which this fit does not name, to neither."""
    first, second = fit(Talkative(), SPLIT).seen, fit_known(Talkative(), SPLIT).seen
    assert first["raters"] is not None
    assert first["transition"] is None
    assert second["transition"] is not None
    assert second["raters"] is None


def test_everything_that_it_says_is_asked() -> None:
    """Risks of the last and of the selected epoch, trust in training labels, T by rows, raters' rates in one row."""
    arrays = ask(fit(Talkative(), SPLIT), SPLIT)
    assert {name: array.shape for name, array in arrays.items()} == {
        "risk": (3,),
        "risk_selected": (3,),
        "quality": (4,),
        "transition": (1, 4),
        "rater_rates": (1, 4),
    }
    np.testing.assert_array_equal(arrays["transition"], [[0.9, 0.1, 0.3, 0.7]])
    np.testing.assert_array_equal(arrays["rater_rates"], [[0.8, 0.9, 0.7, 0.6]])


def test_a_plain_answer_has_reasons_for_what_it_lacks() -> None:
    """Risks alone: all metrics of the test labels, and a reason for every other."""
    found = score(truth(transition=np.array([1, 0, 0.4, 0.6])), {"risk": RISK})
    assert found.metrics["brier_skill"] == pytest.approx(brier_skill(Y.astype(float), RISK, np.ones(120)))
    absent = {name for name, value in found.metrics.items() if value is None}
    assert absent == {
        *("brier_skill_selected", "auroc_selected", "flip_auroc", "flip_average_precision", "flip_precision"),
        *("transition_error", "rater_error"),
    }
    assert set(found.undefined) == absent


def test_a_whole_answer_is_scored_by_hand() -> None:
    """The flipped row has the lowest trust: 1; T is wrong by .1 in two of four numbers: .05; raters by .1 in one of two."""
    found = score(
        truth(transition=np.array([1, 0, 0.4, 0.6]), rater_rates=np.array([0.9, 0.8])),
        {
            "risk": RISK,
            "risk_selected": np.full(120, 0.5),
            "quality": np.array([0.1, 0.5, 0.6, 0.9]),
            "transition": np.array([[1, 0, 0.3, 0.7]]),
            "rater_rates": np.array([[0.8, 0.8]]),
        },
    )
    assert found.metrics["flip_auroc"] == found.metrics["flip_precision"] == 1
    assert found.metrics["transition_error"] == pytest.approx(0.05)
    assert found.metrics["rater_error"] == pytest.approx(0.05)
    assert found.metrics["brier_skill_selected"] == pytest.approx(0, abs=1e-12)
    assert not found.undefined


def test_the_known_track_has_no_error_of_estimates() -> None:
    """There is nothing to estimate, so the board has no such column."""
    found = score_known(truth(), {"risk": RISK, "transition": np.array([[1, 0, 0, 1.0]])})
    assert set(found.metrics) == {metric.name for metric in KNOWN.metrics}
    assert "transition_error" not in found.metrics


def test_small_groups_are_suppressed() -> None:
    """Sixty women with thirty events are shown; twenty others are not (PROTOCOL, rule 4)."""
    found = score(truth(), {"risk": RISK}).subgroups
    assert set(found["sex"]) == {"f", "m"}
    assert found["sex"]["f"]["n"] == 60
    assert found["few"] == {}


def test_an_answer_of_ranks_is_not_judged_on_probabilities() -> None:
    """AUROC stands, the rest says why; both or neither of risk and score is refused."""
    found = score(truth(), {"score": 5 * RISK})
    assert found.metrics["auroc"] is not None
    assert found.undefined["brier_skill"] == "ranks only: no probabilities"
    with pytest.raises(InvalidAnswer, match="either risk or score"):
        score(truth(), {"quality": np.zeros(4)})


def test_anchors_are_those_of_the_protocol() -> None:
    """Brier skill first, 0 for the constant prevalence, 1 perfect, equivalence within .005, on all three boards."""
    for family in (ESTIMATED, KNOWN, CONSENSUS):
        assert (family.primary.name, family.no_skill, family.perfect, family.rope) == (
            "brier_skill",
            0,
            1,
            0.005,
        )


def test_consensus_without_a_truth_is_facts() -> None:
    """Class shares and confusion are shown by name, and every metric says why it is not."""
    confusion = np.array([[[0.9, 0.1], [0.2, 0.8]]])
    found = CONSENSUS.score(
        Truth(units=np.arange(3, dtype=np.uint64), answers={}),
        {
            "class_probability": np.full((3, 2), 0.5),
            "class_shares": np.array([[0.8, 0.2]]),
            "confusion": confusion.reshape(1, -1),
        },
    )
    assert found.facts["share_2"] == 0.2
    assert found.facts["rater_1_2_as_1"] == 0.2
    assert set(found.metrics.values()) == {None}


def test_consensus_with_a_truth_judges_the_raters() -> None:
    """Sensitivity .8 for a true .9 and specificity .9 for .9: mean error .05; three classes are refused."""
    told = truth(rater_rates=np.array([0.9, 0.9]))
    arrays = {
        "class_probability": np.column_stack([1 - RISK, RISK]),
        "confusion": np.array([[0.9, 0.1, 0.2, 0.8]]),
    }
    assert CONSENSUS.score(told, arrays).metrics["rater_error"] == pytest.approx(0.05)
    with pytest.raises(InvalidAnswer, match="two classes"):
        CONSENSUS.score(told, {"class_probability": np.full((120, 3), 1 / 3)})
