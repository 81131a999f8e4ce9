"""The boards of shift: worst group, mean over domains, gap and severities against arithmetic by hand and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from carebench import InvalidAnswer, Split, Truth
from carebench_tasks.families import shift, shift_boards, shift_detection, shift_generalisation
from carebench_tasks.metrics import by_group
from carebench_tasks.metrics.binary import BRIER_SKILL
from carebench_tasks.resampling import REPLICATES, ResampledTruth, contributions, counts

GROUPS = np.repeat(["a", "b", ""], [200, 150, 50])

EMPTY = Split(train=None, test=None, reveals={})


def answered(seed: int = 3) -> tuple[dict[str, Any], Any]:
    """Truth of 400 patients and risks that suit group b less."""
    draw = np.random.default_rng(seed)
    logit = draw.normal(-0.5, 1.3, 400)
    event = (draw.random(400) < 1 / (1 + np.exp(-logit))).astype(float)
    told = logit + draw.normal(0, np.where(GROUPS == "b", 1.5, 0.2))
    return {"event": event, "weight": np.ones(400)}, 1 / (1 + np.exp(-told))


def skill(event: Any, risk: Any) -> float:
    """1 - B / (q (1 - q)), written once more."""
    return float(1 - np.mean((event - risk) ** 2) / (event.mean() * (1 - event.mean())))


def test_worst_group_and_gap_by_hand() -> None:
    """The worst of the eligible groups, the average over everybody, and what lies between."""
    answers, risk = answered()
    truth = Truth(units=np.arange(400, dtype=np.uint64), answers=answers, groups={"eligible": GROUPS})
    found = shift.score(truth, {"risk": risk}).metrics
    event = answers["event"]
    each = {name: skill(event[name == GROUPS], risk[name == GROUPS]) for name in "ab"}
    assert found["worst_brier_skill"] == pytest.approx(min(each.values()))
    assert found["average_brier_skill"] == pytest.approx(skill(event, risk))
    assert found["gap_brier_skill"] == pytest.approx(skill(event, risk) - min(each.values()))
    areas = [roc_auc_score(event[name == GROUPS], risk[name == GROUPS]) for name in "ab"]
    assert found["worst_auroc"] == pytest.approx(min(areas))
    ratios = [event[name == GROUPS].sum() / risk[name == GROUPS].sum() for name in "ab"]
    assert found["worst_observed_over_expected"] == pytest.approx(max(ratios, key=lambda each: abs(each - 1)))
    right = [np.mean((risk >= 0.5)[name == GROUPS] == event[name == GROUPS]) for name in "ab"]
    assert found["worst_accuracy"] == pytest.approx(min(right))


def test_the_worst_group_is_found_anew_in_every_replicate() -> None:
    """Contributions are those of the minimum over groups, replicate by replicate."""
    answers, risk = answered()
    units = np.arange(400, dtype=np.uint64)
    drawn = counts(units).astype(float)
    truth = ResampledTruth(
        units=units, answers=answers, groups={"eligible": GROUPS, "group": GROUPS}, replicates=drawn
    )
    scores = shift.score(truth, {"risk": risk})
    expected = np.empty(REPLICATES)
    for number in range(REPLICATES):
        rows = np.repeat(np.arange(400), drawn[:, number].astype(int))
        event, told, group = answers["event"][rows], risk[rows], GROUPS[rows]
        expected[number] = min(skill(event[group == name], told[group == name]) for name in "ab")
    np.testing.assert_allclose(scores.contributions["worst_brier_skill"], contributions(expected), atol=1e-12)
    shown = scores.subgroups["group"]["b"]
    assert shown["brier_skill_low"] < shown["brier_skill"] < shown["brier_skill_high"]  # type: ignore[operator]
    assert set(scores.subgroups["group"]) == {"a", "b"}


def test_small_groups_show_their_counts_alone() -> None:
    """Fewer than 30 events or non-events: no figure."""
    answers, risk = answered()
    small = np.where(np.arange(400) < 40, "few", "many")
    truth = Truth(units=np.arange(400, dtype=np.uint64), answers=answers, groups={"group": small})
    shown = shift.score(truth, {"risk": risk}).subgroups["group"]
    assert set(shown["few"]) == {"n", "events"}
    assert {"auroc", "brier_skill", "calibration_slope"} <= set(shown["many"])


def test_simultaneous_bounds_are_wider_than_single_ones() -> None:
    """With many independent groups max-t exceeds 1.96 standard errors; with one it is about that."""
    draw = np.random.default_rng(1)
    one, many = (
        by_group.simultaneous_half_width(list(draw.normal(size=(groups, 20_000)))) for groups in (1, 20)
    )
    assert one[0] == pytest.approx(1.96, abs=0.05)
    assert many[0] == pytest.approx(3.02, abs=0.08)  # the .95^(1/20) quantile of |normal|


def domains() -> tuple[Truth, Any]:
    """Two new domains and held-out rows of those trained on."""
    answers, risk = answered()
    part = np.where(GROUPS == "", "in", "out")
    truth = Truth(
        units=np.arange(400, dtype=np.uint64), answers=answers, groups={"domain": GROUPS, "part": part}
    )
    return truth, risk


def test_mean_over_new_domains_by_hand() -> None:
    """Out: the mean of the domains' own figures; in: held-out rows; gap: in minus out for a skill."""
    truth, risk = domains()
    event = np.asarray(truth.answers["event"])
    found = shift_generalisation.score(truth, {"risk": risk}).metrics
    each = [skill(event[name == GROUPS], risk[name == GROUPS]) for name in "ab"]
    inside = skill(event[GROUPS == ""], risk[GROUPS == ""])
    assert found["out_brier_skill"] == pytest.approx(np.mean(each))
    assert found["worst_brier_skill"] == pytest.approx(min(each))
    assert found["in_brier_skill"] == pytest.approx(inside)
    assert found["gap_brier_skill"] == pytest.approx(inside - np.mean(each))
    assert found["skill_at_1"] is None


def test_influence_is_that_of_a_mean_of_skills() -> None:
    """Leaving a row out moves the mean by minus its contribution, to first order."""
    truth, risk = domains()
    scores = shift_generalisation.score(truth, {"risk": risk})
    event, whole = np.asarray(truth.answers["event"]), float(scores.metrics["out_brier_skill"] or 0)
    left = np.empty(350)
    for row in range(350):
        kept = np.arange(400) != row
        left[row] = np.mean(
            [skill(event[kept & (name == GROUPS)], risk[kept & (name == GROUPS)]) for name in "ab"]
        )
    moved = scores.contributions["out_brier_skill"][:350]
    assert np.abs((whole - left) - moved).max() < 0.02 * np.abs(moved).max()
    assert np.corrcoef(whole - left, moved)[0, 1] > 0.999
    assert not scores.contributions["out_brier_skill"][GROUPS == ""].any()


def test_severities_and_their_slope() -> None:
    """Five copies of one set of patients, risks pulled to one half more and more: the slope is that of a line fitted to the skills."""
    answers, risk = answered()
    event = np.tile(answers["event"], 5)
    told = np.concatenate([risk + (0.5 - risk) * severity / 4 for severity in range(5)])
    severity = np.repeat(range(5), 400)
    truth = Truth(
        units=np.arange(2000, dtype=np.uint64),
        answers={"event": event, "weight": np.ones(2000)},
        groups={
            "domain": np.array([f"severity {each}" if each else "" for each in severity]),
            "part": np.where(severity == 0, "in", "out"),
        },
    )
    found = shift_generalisation.score(truth, {"risk": told}).metrics
    skills = [skill(answers["event"], told[severity == each]) for each in range(5)]
    assert [found[f"skill_at_{each}"] for each in range(5)] == pytest.approx(skills)
    assert found["skill_by_severity"] == pytest.approx(np.polyfit(range(5), skills, 1)[0])
    assert found["out_brier_skill"] == pytest.approx(np.mean(skills[1:]))


def test_label_weight_error_needs_both_sides() -> None:
    """Told and known: the mean squared error; otherwise the reason."""
    truth, risk = domains()
    told = {"risk": risk, "label_weights": np.array([[0.5, 2.0]])}
    known = Truth(
        units=truth.units,
        answers=truth.answers,
        groups=truth.groups,
        facts={"label_weight_0": 0.4, "label_weight_1": 2.2},
    )
    assert shift_generalisation.score_adapted(known, told).metrics["label_weight_error"] == pytest.approx(
        0.025
    )
    for one, answer in ((truth, told), (known, {"risk": risk})):
        scores = shift_generalisation.score_adapted(one, answer)
        assert scores.metrics["label_weight_error"] is None
        assert "label weights" in scores.undefined["label_weight_error"]


def test_an_answer_is_a_risk_or_a_score() -> None:
    """Both, or neither, is refused; a score alone ranks."""
    truth, risk = domains()
    for wrong in ({}, {"risk": risk, "score": risk}):
        with pytest.raises(InvalidAnswer, match="either risk or score"):
            shift_generalisation.score(truth, wrong)
    scores = shift_generalisation.score(truth, {"score": risk})
    assert scores.metrics["out_auroc"] is not None
    assert scores.metrics["out_brier_skill"] is None


def test_loss_is_distance_from_the_ideal() -> None:
    """For a skill 1 minus it."""
    assert by_group.loss(BRIER_SKILL, 0.25) == 0.75


def test_calibration_rejects_five_per_cent_exactly() -> None:
    """Whatever the ties, null values are rejected at 5 % on average; of 1,000 distinct ones the largest 50 are."""
    draw = np.random.default_rng(2)
    for null in (draw.normal(size=1000), draw.integers(0, 4, 1000).astype(float), np.zeros(1000)):
        assert shift_detection.rejection(null, null).mean() == pytest.approx(0.05)
    distinct = np.arange(1000.0)
    assert shift_detection.rejection(distinct, distinct)[950:].tolist() == [1.0] * 50


def test_power_by_hand() -> None:
    """A statistic that finds every second shifted batch and is no larger otherwise has a power of a half."""
    batches, kinds = shift_detection.BATCHES, np.array(["none"] * 1000 + ["drift"] * 180)
    statistic = np.tile(np.concatenate([np.arange(1000.0), np.tile([2000.0, -1.0], 90)]), 3)[None, :]
    truth = Truth(
        units=np.arange(3 * batches, dtype=np.uint64),
        answers={"weight": np.ones(3 * batches)},
        groups={
            "batch": np.array([f"{number:05d}" for number in range(3 * batches)]),
            "shift": np.tile(kinds, 3),
        },
    )
    p_value = np.full((1, 3 * batches // 10), 0.01)
    scores = shift_detection.score(truth, {"statistic": statistic, "p_value": p_value})
    assert scores.metrics["power"] == pytest.approx(0.5)
    assert scores.metrics["false_alarm_rate"] == 1
    assert scores.subgroups["shift"]["drift"] == {"n": 540, "power": pytest.approx(0.5)}
    spread = np.sqrt(np.sum(scores.contributions["power"] ** 2))
    assert spread == pytest.approx(np.sqrt(0.25 / 540), rel=0.1)


def test_tuning_maximises_the_skill_of_the_worst_group_that_is_large() -> None:
    """Of two groups of sixty and one of ten the worse large one decides; without a large one all rows are one group."""
    assert shift.FAMILY.objective is not None
    draw = np.random.default_rng(11)
    group = np.repeat([0, 1, 2], [80, 80, 10])
    event = np.tile([0, 1], 85).astype(float)
    noise = np.where(group == 1, 0.4, 0.1)
    risk = np.clip(np.abs(event - noise) + draw.normal(scale=0.02, size=len(event)), 0, 1)
    risk[group == 2] = 1 - risk[group == 2]
    found = shift.FAMILY.objective(EMPTY, {"y": event, "domain": group}, {"risk": risk})
    assert found == pytest.approx(skill(event[group == 1], risk[group == 1]))
    few = {"y": event[:40], "domain": np.repeat([0, 1], 20)}
    assert shift.FAMILY.objective(EMPTY, few, {"risk": risk[:40]}) == pytest.approx(
        skill(event[:40], risk[:40])
    )


def test_tuning_for_new_domains_maximises_skill_and_needs_probabilities() -> None:
    """The Brier skill of the held-out rows, 0 for their prevalence, on both boards; an answer that only ranks fails."""
    event = np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    for family in (shift_boards.GENERALISATION, shift_boards.ADAPTATION):
        assert family.objective is not None
        assert family.objective(EMPTY, {"y": event}, {"risk": np.full(5, 0.6)}) == pytest.approx(0.0)
        assert family.objective(EMPTY, {"y": event}, {"risk": event}) == pytest.approx(1.0)
        with pytest.raises(ValueError, match="probabilities"):
            family.objective(EMPTY, {"y": event}, {"score": event})
