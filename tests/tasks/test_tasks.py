"""One walk over all declarations: what every mortality task must hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from carebench_tasks.resampling import REPLICATES, ResampledTruth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from carebench import Split, Truth
    from carebench_tasks.horizon_task import HorizonTask

    Cut = Callable[[str, int], tuple[Split, Truth]]

HEADINGS = ("Input:", "Answer:", "Cohort:", "Left out:", "Source:", "Access:", "Licence:", "Citation:")
# From PROTOCOL section 1: rows, deaths by the horizon, rows of unknown outcome.
COUNTS = {
    "mortality/support2-60d": (9105, 3159, 0),
    "mortality/support2-180d": (9105, 4265, 0),
    "mortality/rhc-30d": (5735, 1918, 0),
    "mortality/prostate-36mo": (502, 264, 0),
    "mortality/trace-1y": (1878, 384, 9),
    "mortality/whas500-1y": (461, 99, 0),
    "mortality/rott2-5y": (2982, 753, 145),
    "mortality/flchain-5y": (7874, 935, 195),
    "mortality/vlbw-in-hospital": (617, 107, 0),
}
# Written out a second time, from PROTOCOL section 1, so that an edited declaration cannot drop a leak unseen.
LEAKS = {
    "support2": {"sps", "sfdm2", "dnr", "adlp", "adls", "fac_num_co", "time", "event", "pid"},
    "rhc": {"aps1", "adld3p", "dnr1", "swang1", "time", "event", "pid"},
    "prostate": {"sdate", "time", "event", "pid"},
    "TRACE": {"vf", "time", "event", "pid"},
    "whas500": {"year", "week", "time", "event", "pid"},
    "rott2": {"recent", "time", "event", "pid"},
    "flchain": {"chapter", "num_sample_yr", "fac_sample_yr", "flc_grp", "time", "event", "pid"},
    "vlbw": {
        *("birth", "cld", "pneumo", "pda", "ivh", "pvh", "ipe", "vent", "meth", "pltct", "lowph"),
        *("time", "event", "pid"),
    },
}
# PROTOCOL section 2: where over 1 % are lost before the horizon, a patient bootstrap.
RESAMPLED = {"mortality/rott2-5y", "mortality/flchain-5y"}
PUBLISHED = {"surv2m", "surv6m", "sps", "surv2md1"}


def numbers(truth: Truth, name: str) -> Any:
    """One array of a truth as plain numbers."""
    return np.asarray(truth.answers[name], dtype=float)


def test_the_ten_tasks_are_there(tasks: dict[str, HorizonTask]) -> None:
    """Nine cross-validated tasks and the published check."""
    assert set(tasks) == {*COUNTS, "mortality/support2-180d.all-rows"}


def test_no_leak_is_among_the_inputs(task: HorizonTask, cut: Cut) -> None:
    """No column that PROTOCOL leaves out is in the frames; a published score only if declared a comparator."""
    split, _ = cut(task.name, 0)
    columns = set(split.test.columns)
    assert not columns & LEAKS[task.population.dataset]
    assert columns & PUBLISHED == set(task.comparators)
    assert list(split.train.columns) == list(split.test.columns)


def test_declared_columns_are_in_the_frames(task: HorizonTask, cut: Cut) -> None:
    """Demographics, treatments and subgroups are inputs; every column left out says why."""
    split, truth = cut(task.name, 0)
    assert {*task.demographics, *task.population.treatments} <= set(split.test.columns)
    assert task.demographics == task.population.demographics
    assert set(truth.groups) == {subgroup.name for subgroup in task.population.subgroups}
    assert all(len(reason) > 10 for reason in task.population.left_out.values())


def test_data_card_is_complete(task: HorizonTask) -> None:
    """Each task's docstring has every heading of a card, and the counts that it speaks of."""
    assert [heading for heading in HEADINGS if f"\n{heading}" not in task.card] == []
    assert f"{task.population.rows:,}" in task.card
    assert task.source
    assert task.citation
    assert task.libraries == ("SurvSet",)


def test_missing_values_are_real(task: HorizonTask, cut: Cut) -> None:
    """No level is blank or called missing, and text columns are categories."""
    frame = cut(task.name, 0)[0].test
    kinds = {str(kind) for kind in frame.dtypes}
    assert kinds <= {"category", "float64", "int64"}
    for name in frame.columns[frame.dtypes == "category"]:
        assert not {"", "missing"} & set(frame[name].cat.categories)


def test_five_folds_cover_every_patient_once(folded: HorizonTask, cut: Cut) -> None:
    """Rows, deaths and unknown outcomes of the five test folds add up to the counts in PROTOCOL."""
    truths = [cut(folded.name, seed)[1] for seed in range(5)]
    rows = sum(len(truth.units) for truth in truths)
    deaths = sum(int(numbers(truth, "event").sum()) for truth in truths)
    unknown = sum(int((numbers(truth, "weight") == 0).sum()) for truth in truths)
    assert (rows, deaths, unknown) == COUNTS[folded.name]
    assert len(set().union(*(truth.units.tolist() for truth in truths))) == sum(
        len(set(t.units)) for t in truths
    )


def test_no_patient_is_trained_and_tested_on(folded: HorizonTask, cut: Cut) -> None:
    """Training rows are exactly the known outcomes of the other folds; a unit is in one fold only."""
    for seed in range(5):
        split, truth = cut(folded.name, seed)
        others = [cut(folded.name, other)[1] for other in range(5) if other != seed]
        assert not set(truth.units) & {unit for other in others for unit in other.units.tolist()}
        assert len(split.train) == sum(int((numbers(other, "weight") > 0).sum()) for other in others)
        assert split.reveals["y"].sum() == sum(int(numbers(other, "event").sum()) for other in others)


def test_folds_are_stratified(folded: HorizonTask, cut: Cut) -> None:
    """Each fold's share of deaths is near that of the cohort."""
    rows, deaths, _ = COUNTS[folded.name]
    for seed in range(5):
        event = numbers(cut(folded.name, seed)[1], "event")
        assert float(event.mean()) == pytest.approx(deaths / rows, abs=0.015)


def test_order_of_test_rows_tells_nothing(folded: HorizonTask, cut: Cut) -> None:
    """Over five folds the position of a row ranks deaths no better than chance, within four standard errors."""
    events = [numbers(cut(folded.name, seed)[1], "event") for seed in range(5)]
    place = np.concatenate([np.arange(len(event)) / len(event) for event in events])
    event = np.concatenate(events)
    dead, alive = int(event.sum()), int((1 - event).sum())
    error = np.sqrt((dead + alive + 1) / (12 * dead * alive))
    assert abs(roc_auc_score(event, place) - 0.5) < 4 * error


def test_index_of_rows_tells_nothing(task: HorizonTask, cut: Cut) -> None:
    """Both frames are numbered 0 to n - 1, whatever rows they hold."""
    split, truth = cut(task.name, 0)
    assert split.test.index.tolist() == list(range(len(truth.units)))
    assert split.train.index.tolist() == list(range(len(split.reveals["y"])))


def test_the_same_seed_cuts_the_same_rows(task: HorizonTask, cut: Cut) -> None:
    """A second cut equals the first; another fold differs."""
    split, truth = cut(task.name, 0)
    again = task.split(0)
    assert split.test.equals(again.test)
    assert split.train.equals(again.train)
    assert np.array_equal(truth.units, task.truth(0).units)


def test_truth_is_in_the_order_of_the_test_rows(tasks: dict[str, HorizonTask], cut: Cut) -> None:
    """The id of each SUPPORT2 test row is that of its own age and sex."""
    from carebench_tasks.cohorts.declaration import unit_ids

    split, truth = cut("mortality/support2-60d", 3)
    keys = [f"{age:.3f} {sex}" for age, sex in zip(split.test["age"], split.test["sex"], strict=True)]
    assert np.array_equal(truth.units, unit_ids("support", keys))


def test_few_events_are_flagged(folded: HorizonTask, cut: Cut) -> None:
    """A task is flagged exactly when some fold has fewer than 100 deaths."""
    fewest = min(int(numbers(cut(folded.name, seed)[1], "event").sum()) for seed in range(5))
    assert any("fewer than 100 test events" in flag for flag in folded.flags) == (fewest < 100)


def test_weights_are_one_unless_somebody_is_lost(task: HorizonTask, cut: Cut) -> None:
    """Only three tasks have weights other than 1; the weighted share of deaths is near Kaplan-Meier's."""
    _, truth = cut(task.name, 0)
    weight, event = numbers(truth, "weight"), numbers(truth, "event")
    assert np.array_equal(np.unique(weight), [1.0]) == (task.name not in {"mortality/trace-1y", *RESAMPLED})
    if task.name != "mortality/vlbw-in-hospital":
        assert np.average(event, weights=weight) == pytest.approx(truth.facts["km_risk"], abs=0.003)


def test_discharge_is_no_loss(cut: Cut) -> None:
    """Infants who went home are known to have lived: no Kaplan-Meier risk, which would take them for lost, is given."""
    _, truth = cut("mortality/vlbw-in-hospital", 0)
    assert "km_risk" not in truth.facts
    assert (numbers(truth, "weight") == 1).all()


def test_bootstrap_is_used_exactly_where_over_one_per_cent_are_lost(task: HorizonTask, cut: Cut) -> None:
    """Two tasks carry replicates: finite, 0 for who was lost, and nobody's cohort mixes the two ways."""
    _, truth = cut(task.name, 0)
    assert isinstance(truth, ResampledTruth) == (task.name in RESAMPLED)
    if isinstance(truth, ResampledTruth):
        assert truth.replicates.shape == (len(truth.units), REPLICATES)
        assert np.isfinite(truth.replicates).all()
        assert not truth.replicates[numbers(truth, "weight") == 0].any()


def test_tasks_of_one_cohort_have_intervals_of_one_kind(tasks: dict[str, HorizonTask]) -> None:
    """Contributions of patients and of replicates cannot be paired, so a cohort uses either."""
    kinds = {(task.cohort, task.is_resampled) for task in tasks.values()}
    assert len(kinds) == len({task.cohort for task in tasks.values()})


def test_replicate_weights_average_to_the_weights(tasks: dict[str, HorizonTask], cut: Cut) -> None:
    """Over replicates a patient's mean weight is that of the score, within five standard errors of a Poisson mean."""
    _, truth = cut("mortality/flchain-5y", 0)
    assert isinstance(truth, ResampledTruth)
    weight = numbers(truth, "weight")
    apart = np.abs(truth.replicates.mean(axis=1) - weight) / np.maximum(weight, 1)
    assert apart.max() < 5 / np.sqrt(REPLICATES)


def test_published_check_trains_on_nothing(cut: Cut) -> None:
    """All 9,104 patients with an estimate are tested, none trained on, in the same order for every seed."""
    split, truth = cut("mortality/support2-180d.all-rows", 0)
    assert (len(split.train), len(split.test)) == (0, 9104)
    assert split.test["surv6m"].notna().all()
    assert np.array_equal(truth.units, cut("mortality/support2-180d.all-rows", 1)[1].units)


def test_support_model_reaches_its_published_auroc(raw_data: Path, cut: Cut) -> None:
    """M1: 1 - surv6m has an AUROC of 0.789 for death by day 180, in the task and in the raw file."""
    import pandas as pd

    split, truth = cut("mortality/support2-180d.all-rows", 0)
    ours = roc_auc_score(numbers(truth, "event"), 1 - split.test["surv6m"])
    raw = pd.read_csv(raw_data / "support2" / "support2.csv.gz").dropna(subset="surv6m")
    theirs = roc_auc_score((raw["death"] == 1) & (raw["d.time"] <= 180), 1 - raw["surv6m"])
    assert ours == pytest.approx(0.789, abs=0.0005)
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_support2_equals_the_raw_file(raw_data: Path) -> None:
    """Row for row, follow-up and inputs equal the file that Vanderbilt publishes."""
    import pandas as pd

    from carebench_tasks.cohorts.declaration import load
    from carebench_tasks.cohorts.support2 import SUPPORT2

    raw, ours = pd.read_csv(raw_data / "support2" / "support2.csv.gz"), load(SUPPORT2)
    assert len(raw) == 9105
    assert np.array_equal(raw["death"], ours.event)
    assert np.array_equal(raw["d.time"], ours.time)
    for name in ("age", "meanbp", "alb", "surv2m", "surv6m"):
        np.testing.assert_allclose(raw[name], ours.columns[name], rtol=1e-6)
    assert np.array_equal(raw["race"].isna(), ours.columns["race"].isna())


def test_rhc_outcome_is_the_published_one(raw_data: Path, tasks: dict[str, HorizonTask]) -> None:
    """Death by day 30 equals the raw column dth30 for every one of 5,735 patients, in the same order."""
    import pandas as pd

    from carebench_tasks.cohorts.declaration import load
    from carebench_tasks.horizon import outcome

    raw = pd.read_csv(raw_data / "rhc" / "rhc.csv.gz")
    task = tasks["mortality/rhc-30d"]
    patients = load(task.population)
    found = outcome(task.horizon, patients.time, patients.event, task.name)
    assert np.array_equal(raw["dth30"] == "Yes", found.event == 1)
    np.testing.assert_allclose(raw["age"], patients.columns["age"])


def test_follow_up_of_the_training_rows_agrees_with_their_outcomes(folded: HorizonTask, cut: Cut) -> None:
    """Dead by the horizon means y 1; the others were followed beyond it; a stay in hospital reveals no follow-up."""
    reveals = cut(folded.name, 0)[0].reveals
    if folded.horizon.censored_are == "discharged":
        assert set(reveals) == {"y"}
        return
    time, event, horizon = (np.asarray(reveals[name]) for name in ("time", "event", "horizon"))
    assert set(horizon.tolist()) == {folded.horizon.at}
    assert np.array_equal((event == 1) & (time <= horizon), np.asarray(reveals["y"]) == 1)
    beyond = time[np.asarray(reveals["y"]) == 0] >= folded.horizon.at
    assert beyond.all() or folded.horizon.censored_are == "alive"


def test_patients_lost_go_along_unlabelled_outside_their_own_fold(folded: HorizonTask, cut: Cut) -> None:
    """Each is lost before the horizon and is unlabelled in the four folds in which nobody tests it."""
    splits = [cut(folded.name, seed)[0] for seed in range(5)]
    lost = COUNTS[folded.name][2] if folded.horizon.censored_are == "weighted" else 0
    if not lost:
        assert all(split.unlabelled is None for split in splits)
        return
    assert sum(len(split.unlabelled) for split in splits) == 4 * lost
    assert all(np.all(np.asarray(split.reveals["unlabelled_time"]) < folded.horizon.at) for split in splits)
    assert all(list(split.unlabelled.columns) == list(split.train.columns) for split in splits)
