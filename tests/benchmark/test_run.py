"""The run from the outside: whatever interrupts it, the same command completes it, and the board is the same to the byte."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"
SUITE = """
name = "tiny"
tasks = ["mortality/spam-toy"]
models = ["prevalence", "age-sex", "support-score", "spam-naive-bayes"]
seeds = 2
"""
CELLS, CELLS_WITH_DOTTED = 8, 10
#: With an importable estimator beside them, which some of the runs have: finding out what it is takes its import.
WITH_DOTTED = SUITE.replace("]\nseeds", ', "sklearn.svm.LinearSVC"]\nseeds')
BOARD = ("standings.json", "standings.csv", "standings.md", "results.json", "index.html")


def command(folder: Path, *more: str, executor: str = "local") -> list[str]:
    """The command line of a run in `folder`, of the suite that lies there or the smaller one."""
    if not (folder / "tiny.toml").exists():
        (folder / "tiny.toml").write_text(SUITE, encoding="utf-8")
    words = [
        "run",
        "--suite",
        "tiny.toml",
        "--plugin",
        str(SPAM),
        "--executor",
        executor,
        "--cpus",
        "2",
        *more,
    ]
    return [sys.executable, "-m", "carebench", *words]


def finish(folder: Path, *more: str, executor: str = "local") -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        command(folder, *more, executor=executor),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def board_of(folder: Path) -> dict[str, bytes]:
    """The bytes of all files of the board that hold no cost."""
    return {name: (folder / "leaderboards" / "tiny" / name).read_bytes() for name in BOARD}


def records_in(folder: Path) -> int:
    """How many segments the store holds: one for each answered cell and each batch of scores."""
    return len(list((folder / "results" / "segments").glob("*/*.jsonl")))


def begin(folder: Path, executor: str = "local") -> subprocess.Popen[str]:
    """Start a run in a process group of its own and wait until it has kept its first records."""
    process = subprocess.Popen(
        command(folder, executor=executor),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while records_in(folder) < 2 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, "the run ended before it could be interrupted"
    return process


def interrupt(folder: Path, number: signal.Signals, executor: str = "local") -> tuple[int, str]:
    """Start a run, send it a signal after its first records, and wait for its end.

    Ctrl-C goes to the whole process group, as from a terminal.
    """
    process = begin(folder, executor)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    return process.returncode, output


def with_dotted(folder: Path) -> Path:
    """The folder, with the larger suite in it."""
    (folder / "tiny.toml").write_text(WITH_DOTTED, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    outcome = finish(folder)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder


@pytest.fixture(scope="module")
def dotted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the larger suite that nothing disturbed."""
    folder = with_dotted(tmp_path_factory.mktemp("dotted"))
    outcome = finish(folder)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return folder


def test_every_cell_is_answered_and_scored(dotted: Path) -> None:
    """All cells are ok with a metric; an estimator without probabilities ranks and says so."""
    cells = json.loads(board_of(dotted)["results.json"])["cells"]
    assert len(cells) == CELLS_WITH_DOTTED
    assert {cell["status"] for cell in cells} == {"ok"}
    assert all(0.3 < cell["metrics"]["auroc"] < 1 for cell in cells)
    ranked = [cell for cell in cells if cell["model"] == "sklearn.svm.LinearSVC"]
    assert all(cell["metrics"]["brier"] is None and "brier" in cell["undefined"] for cell in ranked)


def test_the_same_command_again_runs_nothing(dotted: Path) -> None:
    """A complete store is left as it is, and the board comes out the same."""
    before, board = records_in(dotted), board_of(dotted)
    outcome = finish(dotted)
    assert f"{CELLS_WITH_DOTTED} cells, {CELLS_WITH_DOTTED} done before" in outcome.stdout
    assert records_in(dotted) == before
    assert board_of(dotted) == board


def test_killed_without_mercy_it_resumes_to_the_same_board(dotted: Path, tmp_path: Path) -> None:
    """After kill -9 of the driver the same command gives byte-identical standings."""
    interrupt(with_dotted(tmp_path), signal.SIGKILL)
    assert finish(tmp_path).returncode == 0
    assert board_of(tmp_path) == board_of(dotted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_politely_it_says_how_to_resume(
    undisturbed: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """Ctrl-C and SIGTERM end with 130 and a board of what there is; the same command completes it."""
    status, output = interrupt(tmp_path, number)
    assert status == 130
    assert "same command again" in output
    assert json.loads(board_of(tmp_path)["results.json"])["cells"]
    assert finish(tmp_path).returncode == 0
    assert board_of(tmp_path) == board_of(undisturbed)


def test_two_drivers_may_share_a_store(undisturbed: Path, tmp_path: Path) -> None:
    """Two runs of one plan at once lose nothing and agree."""
    both = [subprocess.Popen(command(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=240) for process in both] == [0, 0]
    assert finish(tmp_path).returncode == 0
    assert board_of(tmp_path) == board_of(undisturbed)


def test_a_lost_contribution_is_scored_again_without_a_new_answer(undisturbed: Path, tmp_path: Path) -> None:
    """Deleting a score's array costs a re-score, never a re-run."""
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    results = json.loads(board_of(tmp_path)["results.json"])
    gone = results["cells"][0]["contributions"]["auroc"]
    (tmp_path / "results" / "arrays" / gone[:2] / f"{gone}.npy").unlink()
    outcome = finish(tmp_path)
    assert f"{CELLS} cells, {CELLS} done before" in outcome.stdout
    assert board_of(tmp_path) == board_of(undisturbed)


def test_a_lost_answer_is_asked_for_again(undisturbed: Path, tmp_path: Path) -> None:
    """Deleting an answer's array makes its cell run again, and only that."""
    shutil.copytree(undisturbed, tmp_path, dirs_exist_ok=True)
    store = tmp_path / "results"
    records = [json.loads(line)["entry"] for path in store.glob("segments/*/*.jsonl") for line in path.open()]
    gone = next(record["arrays"]["risk"] for record in records if record.get("model") == "age-sex")
    (store / "arrays" / gone[:2] / f"{gone}.npy").unlink()
    assert f"{CELLS} cells, {CELLS - 1} done before" in finish(tmp_path).stdout
    assert board_of(tmp_path) == board_of(undisturbed)


def test_another_order_and_number_of_workers_change_no_byte(undisturbed: Path, tmp_path: Path) -> None:
    """One worker, under other outer settings, gives the same board."""
    changed = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "OMP_NUM_THREADS": "2"}
    subprocess.run(
        command(tmp_path, "--cpus", "1"), cwd=tmp_path, env={**os.environ, **changed}, check=True, timeout=240
    )
    assert board_of(tmp_path) == board_of(undisturbed)


@pytest.mark.ray
def test_ray_gives_the_same_bytes_and_survives_the_loss_of_its_driver(dotted: Path, tmp_path: Path) -> None:
    """Killed on Ray and completed on Ray, the board equals that of an undisturbed run without Ray."""
    interrupt(with_dotted(tmp_path), signal.SIGKILL, executor="ray")
    outcome = finish(tmp_path, executor="ray")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "raylet" not in outcome.stdout
    assert board_of(tmp_path) == board_of(dotted)


@pytest.mark.ray
def test_ray_is_stopped_politely_too(undisturbed: Path, tmp_path: Path) -> None:
    """Ctrl-C on Ray ends with 130, and completing it without Ray gives the same board."""
    status, _ = interrupt(tmp_path, signal.SIGINT, executor="ray")
    assert status == 130
    assert finish(tmp_path).returncode == 0
    assert board_of(tmp_path) == board_of(undisturbed)


@pytest.mark.ray
@pytest.mark.parametrize("name", ["gcs_server", "raylet"])
def test_the_death_of_ray_ends_in_a_clear_line(undisturbed: Path, tmp_path: Path, name: str) -> None:
    """When Ray's own processes die the run says so with status 3, and the same command completes it."""
    process = begin(tmp_path, executor="ray")
    (daemon,) = [
        child for child in psutil.Process(process.pid).children(recursive=True) if child.name() == name
    ]
    daemon.kill()
    output, _ = process.communicate(timeout=90)
    assert process.returncode == 3, output
    assert name in output
    assert "same command again" in output
    assert finish(tmp_path).returncode == 0
    assert board_of(tmp_path) == board_of(undisturbed)


@pytest.mark.ray
def test_a_killed_worker_costs_nothing(undisturbed: Path, tmp_path: Path) -> None:
    """Killing a Ray worker and a child in the middle of a run leaves the board the same, and nothing running."""
    process = begin(tmp_path, executor="ray")
    for child in psutil.Process(process.pid).children(recursive=True):
        if child.name().startswith("ray::_on_worker"):
            child.kill()
            break
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert board_of(tmp_path) == board_of(undisturbed)
