"""Tuning from the outside: the same trials for the same seed, whatever interrupts them, and what fails costs one trial."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from carebench.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from carebench.tuning import Trial

SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"
PLUGIN = '''
import os, time
import numpy as np
from carebench import Choice, FloatRange, Model, hookimpl


class Shrunk:
    """Naive: the risk is the prevalence, moved by the first column times `slope`; `trouble` is what happens else."""

    def __init__(self, slope=0.0, trouble="none", random_state=0):
        self.slope, self.trouble = slope, trouble

    def fit(self, X, y):
        if self.trouble == "hang":
            time.sleep(600)
        if self.trouble == "die":
            os.abort()
        if self.trouble == "raise":
            raise RuntimeError("too much of it")
        self.mean = float(np.mean(y))
        return self

    def predict_proba(self, X):
        risk = 1 / (1 + np.exp(-(np.log(self.mean / (1 - self.mean)) + self.slope * X[:, 0])))
        return np.column_stack([1 - risk, risk * (np.nan if self.trouble == "nan" else 1)])


SLOPE = FloatRange(-1.0, 1.0)


@hookimpl
def carebench_models():
    yield Model("shrunk", families=["mortality"], build=Shrunk, search={"slope": SLOPE})
    yield Model("fixed", families=["mortality"], build=Shrunk, params={"slope": 0.1})
    troubles = Choice(["none", "hang", "die", "raise", "nan"])
    yield Model("troubled", families=["mortality"], build=Shrunk, search={"slope": SLOPE, "trouble": troubles})
    yield Model("hopeless", families=["mortality"], build=Shrunk, params={"trouble": "raise"}, search={"slope": SLOPE})
'''


def command(folder: Path, *words: str, executor: str = "local") -> list[str]:
    """The command line of a run of the toy task."""
    (folder / "shrunk.py").write_text(PLUGIN, encoding="utf-8")
    plugins = ["--plugin", str(SPAM), "--plugin", "shrunk.py"]
    return [
        *(sys.executable, "-m", "carebench", "run", "--task", "mortality/spam-toy", "--executor", executor),
        *("--seeds", "1", "--cpus", "2", *plugins, *words),
    ]


def finish(folder: Path, *words: str, executor: str = "local") -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    made = command(folder, *words, executor=executor)
    return subprocess.run(made, cwd=folder, capture_output=True, text=True, check=False, timeout=240)


def studies(folder: Path) -> list[dict[int, Trial]]:
    """The trials of each study in the store of `folder`."""
    view = Store(folder / "results").read()
    return [dict(view.trials[key]) for key in sorted(view.trials)]


def history(folder: Path) -> list[list[tuple[Any, ...]]]:
    """What was tried in each study and what came of it, in order, without times."""
    return [
        [(number, dict(trial.params), trial.state, trial.value) for number, trial in sorted(study.items())]
        for study in studies(folder)
    ]


def cells(folder: Path) -> Mapping[str, dict[str, Any]]:
    """The cells of the board by model."""
    table = json.loads((folder / "leaderboards" / "custom" / "results.json").read_text())
    return {cell["model"]: cell for cell in table["cells"]}


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing disturbed: twelve trials."""
    folder = tmp_path_factory.mktemp("tuned")
    outcome = finish(folder, "--model", "shrunk", "--model", "fixed", "--tune", "12")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder


def test_default_tuned_and_ensemble_are_rows_of_their_own(tuned: Path) -> None:
    """Three rows for a model with a search space, one for a model without, which says so."""
    found = cells(tuned)
    assert sorted(found) == ["fixed", "shrunk", "shrunk@tuned-12", "shrunk@tuned-12+ensemble"]
    models = json.loads((tuned / "leaderboards" / "custom" / "results.json").read_text())["models"]
    said = {model["name"]: model["tuning"] for model in models}
    assert said["fixed"] == "runs at its defaults: it declares no search space"
    assert said["shrunk"] == ""
    assert said["shrunk@tuned-12"] == "tuned, 12 trials"


def test_the_first_trial_is_the_model_as_it_stands_and_the_best_one_answers(tuned: Path) -> None:
    """Age raises the risk in the toy: a positive slope ranks better than none, which tuning finds out."""
    (trials,) = history(tuned)
    assert [number for number, *_ in trials] == list(range(12))
    assert trials[0][1:] == ({}, "ok", 0.5)
    best = max(trials, key=lambda trial: (trial[3], -trial[0]))
    assert best[1]["slope"] > 0
    cell = cells(tuned)["shrunk@tuned-12"]
    assert cell["tuned"]["members"] == [{"trial": best[0], "weight": 1.0, "params": best[1]}]
    assert cell["tuned"]["values"] == [trial[3] for trial in trials]
    assert cell["metrics"]["auroc"] > cells(tuned)["shrunk"]["metrics"]["auroc"] == 0.5


def test_trials_are_the_same_on_ray_and_with_another_number_of_workers(tuned: Path, tmp_path: Path) -> None:
    """One slot, and that on Ray, gives the trials, values and answers of two without Ray."""
    words = ("--model", "shrunk", "--model", "fixed", "--tune", "12", "--cpus", "1")
    assert finish(tmp_path, *words, executor="ray").returncode == 0
    assert history(tmp_path) == history(tuned)
    assert cells(tmp_path) == cells(tuned)


@pytest.mark.parametrize("kept", [3, 8])
def test_killed_in_the_middle_it_goes_on_with_the_same_trials(tuned: Path, tmp_path: Path, kept: int) -> None:
    """After kill -9 the same command replays what is kept, and ends with the same trials and the same board."""
    words = ("--model", "shrunk", "--model", "fixed", "--tune", "12")
    process = subprocess.Popen(
        command(tmp_path, *words), cwd=tmp_path, stdout=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 120
    while sum(map(len, studies(tmp_path))) < kept and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = studies(tmp_path)[0]
    assert kept <= len(before) < 12
    assert finish(tmp_path, *words).returncode == 0
    assert history(tmp_path) == history(tuned)
    assert cells(tmp_path) == cells(tuned)
    after = studies(tmp_path)[0]
    assert all(after[number].cost == trial.cost for number, trial in before.items()), (
        "a kept trial was made again"
    )


def test_a_larger_budget_is_another_study_and_begins_alike(tuned: Path, tmp_path: Path) -> None:
    """Another number of trials is another row of the board; its first trials are those of the smaller budget."""
    assert finish(tmp_path, "--model", "shrunk", "--tune", "15").returncode == 0
    (more,), (fewer,) = history(tmp_path), history(tuned)
    assert len(more) == 15
    assert more[:10] == fewer[:10]


def test_trials_that_hang_die_raise_or_are_no_numbers_cost_one_trial_each(tmp_path: Path) -> None:
    """Each is recorded as what it was; the others go on, and the best of them answers."""
    outcome = finish(tmp_path, "--model", "troubled", "--tune", "20", "--time-limit", "30s")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    (trials,) = history(tmp_path)
    states = {params.get("trouble", "none"): state for _, params, state, _ in trials}
    expected = {"none": "ok", "hang": "timeout", "die": "crashed", "raise": "failed", "nan": "invalid"}
    assert len(states) >= 4
    assert all(expected[trouble] == state for trouble, state in states.items())
    assert all((value is None) == (state != "ok") for _, _, state, value in trials)
    assert cells(tmp_path)["troubled@tuned-20"]["status"] == "ok"


def test_a_model_none_of_whose_trials_ends_well_fails_with_the_first_reason(tmp_path: Path) -> None:
    """Its tuned rows fail as its default does, and say why."""
    assert finish(tmp_path, "--model", "hopeless", "--tune", "3").returncode == 1
    cell = cells(tmp_path)["hopeless@tuned-3"]
    assert (cell["status"], cell["phase"]) == ("failed", "tuning")
    assert "none of 3 trials ended well" in cell["reason"]
    assert "too much of it" in cell["reason"]


def test_a_budget_of_time_ends_and_says_that_it_is_not_repeatable(tmp_path: Path) -> None:
    """Trials are made until their times add up to the budget."""
    assert finish(tmp_path, "--model", "shrunk", "--tune", "1s").returncode == 0
    (study,) = studies(tmp_path)
    assert sum(trial.cost["wall_s"] for trial in study.values()) >= 1
    assert len(study) % 5 == 0
    table = json.loads((tmp_path / "leaderboards" / "custom" / "results.json").read_text())
    said = {model["name"]: model["tuning"] for model in table["models"]}
    assert said["shrunk@tuned-1s"] == "tuned for 1 s: not repeatable"


def test_tuning_past_the_cells_limit_is_a_timeout_that_a_larger_limit_completes(tmp_path: Path) -> None:
    """The limit of the cell covers all trials; with a larger one the kept trials are not made again."""
    words = ("--model", "shrunk", "--tune", "60")
    assert finish(tmp_path, *words, "--time-limit", "1s").returncode == 1
    cell = cells(tmp_path)["shrunk@tuned-60"]
    assert cell["status"] == "timeout"
    assert "1 s in tuning" in cell["reason"]
    made = len(studies(tmp_path)[0])
    assert 0 < made < 60
    assert finish(tmp_path, *words, "--time-limit", "300s").returncode == 0
    assert len(studies(tmp_path)[0]) == 60


@pytest.mark.parametrize("budget", ["0", "-3", "soon", "1.5", "10001"])
def test_a_budget_that_is_none_is_refused(tmp_path: Path, budget: str) -> None:
    """Before anything runs, with what was expected."""
    outcome = finish(tmp_path, "--model", "shrunk", f"--tune={budget}")
    assert outcome.returncode == 2
    assert "tune" in outcome.stderr
    assert not (tmp_path / "results" / "segments").exists()


def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """Of a build that is only named, too; the message names plugin, model and parameter."""
    (tmp_path / "wrong.py").write_text(
        "from carebench import FloatRange, Model, hookimpl\n@hookimpl\ndef carebench_models():\n"
        "    yield Model('wrong', families=['mortality'], build='sklearn.svm.SVC', search={'D': FloatRange(0, 1)})\n",
        encoding="utf-8",
    )
    outcome = finish(tmp_path, "--plugin", "wrong.py", "--model", "wrong", "--tune", "5")
    assert outcome.returncode == 2
    assert "model 'wrong' searches 'D'" in outcome.stderr
    assert not (tmp_path / "results" / "segments").exists()


def test_show_tells_the_history(tuned: Path) -> None:
    """`carebench show` names the trial that answers and lists all of them with their values."""
    words = [sys.executable, "-m", "carebench", "show", "mortality/spam-toy,shrunk@tuned-12,0"]
    shown = subprocess.run(words, cwd=tuned, capture_output=True, text=True, check=True).stdout
    (trials,) = history(tuned)
    assert "best so far" in shown
    assert all(f"{value:.4f}" in shown for *_, value in trials)
