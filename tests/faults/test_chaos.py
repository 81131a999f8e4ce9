"""A seeded killer goes about while a grid runs on Ray: whatever it kills, the completed board is the same to the byte."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import children_under

SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"
SUITE = """
name = "chaos"
tasks = ["mortality/spam-toy"]
models = ["prevalence", "age-sex", "support-score", "spam-naive-bayes", "ridge-logistic"]
seeds = 12
limits = { time = "15s" }
"""
BOARD = ("standings.json", "standings.csv", "standings.md", "results.json", "index.html")
ROUNDS, KILLS = 10, 4
VICTIMS = ("child", "child", "template", "worker", "raylet", "driver", "stopped child")


def start(folder: Path, executor: str, *more: str) -> subprocess.Popen[bytes]:
    """Start the grid in `folder`."""
    (folder / "chaos.toml").write_text(SUITE, encoding="utf-8")
    words = [
        "run",
        "--suite",
        "chaos.toml",
        "--plugin",
        str(SPAM),
        "--executor",
        executor,
        "--cpus",
        "2",
        *more,
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "carebench", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def board_of(folder: Path) -> dict[str, bytes]:
    """The files of the board that hold no cost."""
    return {name: (folder / "leaderboards" / "chaos" / name).read_bytes() for name in BOARD}


def victims(driver: int, kind: str) -> list[psutil.Process]:
    """The processes of one kind below the driver, the driver itself among them."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [psutil.Process(driver), *psutil.Process(driver).children(recursive=True)]
        return [process for process in family if _is(process, kind, driver)]
    return []


def _is(process: psutil.Process, kind: str, driver: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        words = " ".join(process.cmdline())
        template = "carebench.children.template" in words
        forked = template and "carebench.children.template" in " ".join(
            psutil.Process(process.ppid()).cmdline()
        )
        kinds: dict[str, bool] = {
            "driver": process.pid == driver,
            "raylet": process.name() == "raylet",
            "worker": words.startswith("ray::"),
            "template": template and not forked,
            "child": forked,
            "stopped child": forked,
        }
        return kinds[kind]
    return False


def harass(process: subprocess.Popen[bytes], chance: random.Random, log: list[str]) -> None:
    """Kill something every now and then until the run ends or enough was killed."""
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.5, 3))
        kind = chance.choice(VICTIMS)
        found = victims(process.pid, kind)
        if found and process.poll() is None:
            victim = chance.choice(found)
            log.append(f"{kind} {victim.pid}")
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGSTOP if kind == "stopped child" else signal.SIGKILL)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The board of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(folder, "local").wait(timeout=200) == 0
    return board_of(folder)


@pytest.mark.slow
@pytest.mark.ray
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_chaos_ends_in_the_same_board(
    undisturbed: dict[str, bytes], workplaces: Path, tmp_path: Path, seed: int
) -> None:
    """After a round of killing, the same command on Ray completes the grid to the undisturbed board, and nothing is left.

    Only a child that was killed or stopped is put to its model, as `crashed` or `timeout`, and is asked for by
    `--retry`; whatever else was killed, the plain command completes the rest. Ray's own processes outlive a driver
    that was killed by some seconds; what they were using goes with the next run.
    """
    chance, log = random.Random(seed), []  # type: ignore[var-annotated]  # noqa: S311 - it kills, it guards nothing
    runs = [start(tmp_path, "ray")]
    harass(runs[0], chance, log)
    runs[0].wait(timeout=200)
    runs.append(start(tmp_path, "ray"))
    status = runs[1].wait(timeout=300)
    told = f"seed {seed}: {', '.join(log)}"
    if any("child" in each for each in log):
        assert status in (0, 1), told
        runs.append(start(tmp_path, "ray", "--retry", "all", "--retry", "quarantined"))
        status = runs[2].wait(timeout=300)
    assert status == 0, told
    assert board_of(tmp_path) == undisturbed, told
    assert _end_by_themselves([run.pid for run in runs]), told
    assert start(tmp_path, "local").wait(timeout=100) == 0
    assert not left_behind(tmp_path, workplaces, [run.pid for run in runs]), told


def left_behind(folder: Path, workplaces: Path, drivers: list[int]) -> list[str]:
    """What is still there of runs that are gone: files of store and cache, folders of Ray and children, processes."""
    store = folder / "results"
    nonces = store.glob("unfinished/nonce-*")
    copies = [path for path in (store / "cache" / "splits").iterdir() if len(path.name) != 64]
    ray = [path for pid in drivers for path in Path("/tmp").glob(f"cb-*-{pid}-*")]
    found = [str(path) for path in (*nonces, *copies, *ray, *workplaces.glob("carebench-*"))]
    marked = [f"process {pid}" for pid in children_under(workplaces)]
    return found + marked + [f"process {pid} of Ray" for pid in _of_ray(drivers)]


def _end_by_themselves(drivers: list[int]) -> bool:
    """Whether all processes of Ray end within a minute after their drivers."""
    deadline = time.monotonic() + 60
    while _of_ray(drivers) and time.monotonic() < deadline:
        time.sleep(0.5)
    return not _of_ray(drivers)


def _of_ray(drivers: list[int]) -> list[int]:
    """Processes whose command line names the folder of an instance that one of the drivers started."""
    named = re.compile(rf"/tmp/cb-[0-9a-f]+-({'|'.join(map(str, drivers))})-")
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if named.search(" ".join(process.cmdline())):
                found.append(process.pid)
    return found
