"""The command `replicate` from the outside: a plugin whose scores are worked out by hand, and numbers said of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = '''
"""Four patients whose scores are worked out by hand, a task without its data, one that breaks, a model that breaks."""
import numpy as np
import pandas as pd
from carebench import DataAbsent, Model, Split, Task, Truth, hookimpl


class Known(Task):
    """Who of four patients dies? Survival by comparator; at seed 1 it ranks all pairs right, at seed 0 three of four."""

    name, family, title = "mortality/known", "mortality", "Four patients"
    cohort, design, comparators = "known", "all-rows", ("surv",)

    def split(self, seed):
        table = pd.DataFrame({"surv": [0.9, 0.6 if seed else 0.4, 0.6 - 0.2 * seed, 0.1]})
        return Split(train=table.iloc[:0], test=table, reveals={"y": np.empty(0, np.int8)})

    def truth(self, seed):
        answers = {"event": np.array([0, 0, 1, 1], np.int8), "weight": np.ones(4)}
        return Truth(units=np.arange(4, dtype=np.uint64), answers=answers, facts={"estimate": 2.5})


class Absent(Known):
    """Data that a user has to bring."""

    name = "mortality/absent"

    def split(self, seed):
        raise DataAbsent("set CAREBENCH_DATA to the folder with known.csv, from example.org")


class Broken(Known):
    """A fault of the task."""

    name = "mortality/broken"

    def split(self, seed):
        raise KeyError("column")


class Failing:
    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        raise ValueError("no answer from me")


@hookimpl
def carebench_tasks():
    return [Known(), Absent(), Broken()]


@hookimpl
def carebench_models():
    yield Model("failing", families=["mortality"], build=Failing, inputs="comparators")
    yield Model("lacking", families=["mortality"], build=Failing, inputs="comparators", requires=("no-such-library",))
'''
#: What of each entry differs, the verdict on it, and ours, worked out by hand where there is one.
SAID: dict[str, tuple[dict[str, Any], str, float | None]] = {
    "X1": ({"published": 0.75}, "within", 0.75),
    "X2": ({"published": 0.7, "uncertainty": "SE 0.1"}, "outside", 0.75),
    "X3": ({"published": 0.7, "status": "unverified"}, "unverified", 0.75),
    "X4": ({"published": 0.875, "seeds": [0, 1], "status": "run"}, "within", 0.875),
    "X5": ({"published": 0.125, "seeds": [0, 1], "over_seeds": "standard-error"}, "within", 0.125),
    "X6": ({"published": 2.5, "quantity": "estimate"}, "within", 2.5),
    "X7": ({"published": 0.185, "quantity": "brier"}, "within", 0.185),
    "X8": ({"published": 0.7, "task": "mortality/absent"}, "not run", None),
    "X9": ({"published": 0.7, "model": "lacking"}, "not run", None),
    "X10": ({"published": 0.7, "model": "failing"}, "failed", None),
    "X11": ({"published": 0.7, "task": "mortality/broken"}, "failed", None),
    "X12": ({"published": 0.7, "quantity": "aurok"}, "failed", None),
}
FINE = ("X1", "X3", "X4", "X5", "X6", "X7", "X8", "X9")


def toml(name: str) -> str:
    """One entry of the registry."""
    common = {
        "id": name,
        "what": f"number {name}",
        "task": "mortality/known",
        "model": "support-score",
        "quantity": "auroc",
        "tolerance": 0.0001,
        "protocol": "by hand",
        "source": f"the paper of {name}",
        "status": "seen",
    }
    return "[[published]]\n" + "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in (common | SAID[name][0]).items()
    )


def carebench(
    folder: Path, *words: str, surroundings: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "carebench", *words],
        cwd=folder,
        env={**os.environ, **(surroundings or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def replicate(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`carebench replicate` with the tiny plugin."""
    return carebench(
        folder, "replicate", *words, "--plugin", "known.py", "--executor", "local", "--cpus", "2"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin, a registry of all entries, and one of those that end well."""
    place = tmp_path_factory.mktemp("replicate")
    (place / "known.py").write_text(PLUGIN, encoding="utf-8")
    (place / "all.toml").write_text("\n".join(map(toml, SAID)), encoding="utf-8")
    (place / "fine.toml").write_text("\n".join(map(toml, FINE)), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def ended(folder: Path) -> subprocess.CompletedProcess[str]:
    """All entries, run to the end."""
    return replicate(folder, "all.toml")


@pytest.fixture(scope="module")
def found(folder: Path, ended: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """What `replications.json` says, by id."""
    assert ended.returncode == 1, ended.stdout + ended.stderr
    table = json.loads((folder / "replications" / "replications.json").read_bytes())
    assert table["format"] == "carebench-replications/1"
    return {each["id"]: each for each in table["replications"]}


@pytest.mark.parametrize("name", SAID)
def test_each_number_is_obtained_and_judged(name: str, found: dict[str, dict[str, Any]]) -> None:
    """Hand-worked scores: three of four pairs ranked right, all at seed 1; Brier (.01 + .36 + .36 + .01) / 4."""
    _, verdict, ours = SAID[name]
    assert found[name]["verdict"] == verdict, found[name]["reason"]
    assert found[name]["ours"] == (None if ours is None else pytest.approx(ours, abs=1e-12))
    assert bool(found[name]["reason"]) is (ours is None)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("X8", "data not on this machine: set CAREBENCH_DATA to the folder with known.csv, from example.org"),
        ("X9", "needs no-such-library, not installed"),
        ("X10", "mortality/known x failing x 0: failed: ValueError: no answer from me"),
        (
            "X11",
            "mortality/broken x support-score x 0: unavailable: the task could not be prepared: KeyError",
        ),
        ("X12", "has no metric or fact 'aurok'; did you mean 'auroc'?"),
    ],
)
def test_a_gap_says_why_on_the_screen_and_in_the_file(
    name: str, reason: str, found: dict[str, dict[str, Any]], ended: subprocess.CompletedProcess[str]
) -> None:
    """The cause, and for absent data the way to get them."""
    assert reason in found[name]["reason"]
    assert f"{name}, number {name}: {found[name]['reason']}" in ended.stdout


def test_the_screen_shows_published_ours_and_verdict(ended: subprocess.CompletedProcess[str]) -> None:
    """One line for each number, with its uncertainty, in the order of the ids; and the source underneath."""
    lines = [line.split() for line in ended.stdout.splitlines() if re.match(r"X\d+ +number ", line)]
    assert [line[0] for line in lines] == list(SAID)
    assert lines[1] == ["X2", "number", "X2", "0.7", "(SE", "0.1)", "0.75", "+0.05", "0.0001", "outside"]
    assert all(f"{name}  the paper of {name}\n" in ended.stdout for name in SAID)


def test_the_page_has_every_number(folder: Path, found: dict[str, dict[str, Any]]) -> None:
    """As a Markdown table with one width, then protocol and source of each."""
    text = (folder / "replications" / "replications.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {8}
    assert len(rows) == len(found) + 2
    assert "| X5 | number X5 | 0.125 | 0.125 | +0 | 0.0001 | within |" in rows
    assert "standard-error over the seeds 0-1" in text
    assert all(f"Source: the paper of {name}\n" in text for name in found)


def test_status_is_zero_when_all_that_gates_is_within(
    folder: Path, ended: subprocess.CompletedProcess[str]
) -> None:
    """Unverified numbers far away and absent data and libraries fail nothing; what is in the store is not run again."""
    assert ended.returncode == 1
    again = replicate(folder, "fine.toml", "--out", "fine")
    assert again.returncode == 0, again.stdout + again.stderr
    table = json.loads((folder / "fine" / "replications.json").read_bytes())
    assert [each["id"] for each in table["replications"]] == list(FINE)


def test_events_tell_each_comparison(folder: Path, ended: subprocess.CompletedProcess[str]) -> None:
    """One `compared` for each entry between the cells and `finished`; stdout holds nothing else."""
    assert ended.returncode == 1
    told = replicate(folder, "all.toml", "--json", "--out", "told")
    events = [json.loads(line) for line in told.stdout.splitlines()]
    verdicts = {event["id"]: event["verdict"] for event in events if event["event"] == "compared"}
    assert verdicts == {name: verdict for name, (_, verdict, _) in SAID.items()}
    assert (events[-1]["event"], events[-1]["status"], events[-1]["board"]) == ("finished", 1, None)
    assert told.returncode == 1


def test_the_plan_names_cells_and_runs_none(folder: Path, tmp_path: Path) -> None:
    """Each cell once, however many numbers rest on it, and only those that an entry names."""
    (tmp_path / "known.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "all.toml").write_text((folder / "all.toml").read_text(encoding="utf-8"), encoding="utf-8")
    planned = replicate(tmp_path, "all.toml", "--plan")
    assert planned.returncode == 0, planned.stderr
    lines = [line.split() for line in planned.stdout.splitlines()]
    assert ["mortality/known", "support-score", "0-1"] in lines
    assert ["mortality/absent", "failing", "0"] not in lines
    assert lines[-1] == ["Cells:", "6."]
    assert not {"results", "replications"} & {path.name for path in tmp_path.iterdir()}


def test_the_list_shows_status_and_source_and_runs_nothing(folder: Path, tmp_path: Path) -> None:
    """Names need not be registered for it."""
    listed = carebench(tmp_path, "replicate", "--list", str(folder / "all.toml"))
    assert listed.returncode == 0, listed.stderr
    (line,) = [line.split() for line in listed.stdout.splitlines() if re.match("X3 +number", line)]
    assert line == ["X3", "number", "X3", "0.7", "unverified", "mortality/known", "support-score", "0"]
    assert "the paper of X3" in listed.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def support(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of M1, as shipped, and what a terminal of 80 columns showed of it."""
    place = tmp_path_factory.mktemp("support")
    narrow = {"COLUMNS": "80", "FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"}
    ended = carebench(place, "replicate", "M1", "--executor", "local", surroundings=narrow)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return place, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", ended.stdout)


def test_the_support_model_reaches_its_published_auroc(support: tuple[Path, str]) -> None:
    """M1, on all 9,104 patients with an estimate; .789 is the AUROC by scikit-learn, see `tests/tasks/test_tasks.py`."""
    table = json.loads((support[0] / "replications" / "replications.json").read_bytes())
    assert {each["verdict"] for each in table["replications"]} == {"within"}
    assert [each["published"] for each in table["replications"]] == [0.79, 0.78]
    assert all(each["ours"] == pytest.approx(0.789, abs=0.0005) for each in table["replications"])


def test_the_table_is_whole_on_a_narrow_terminal(support: tuple[Path, str]) -> None:
    """Texts are folded, figures stand whole, and nothing is cut off with an ellipsis."""
    table = support[1].partition("Knaus")[0]
    assert all(word in table for word in ("0.78940", "within", "-0.0006", "+0.0094", "0.015"))
    assert max(map(len, table.splitlines())) <= 80
    assert "…" not in table
