"""The doctor at machine, installation and what dead runs left: each rule, and one real stray that is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from carebench.catalogue import PluginEntry
from carebench.doctor import environment, filesystem, leftovers, registered
from carebench.doctor.contender import CONTENDERS, ROUNDS
from carebench.processes import MARKER, owner_tag
from tests.benchmark.entries import ORIGIN, catalogue, model, task

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("system", "level"), [("Linux", "ok"), ("Darwin", "warning"), ("Windows", "problem")]
)
def test_platforms(system: str, level: str) -> None:
    """Linux is the reference, macOS is warned of, Windows refused, each with a reason."""
    found = environment.on_platform(system)
    assert found.level == level
    assert bool(found.remedy) == (level != "ok")


@pytest.mark.parametrize(("version", "level"), [("3.10.4", "problem"), ("3.11.0", "ok"), ("3.14.0rc1", "ok")])
def test_python_versions(version: str, level: str) -> None:
    """Against what the distribution declares."""
    assert environment.python_version(version).level == level


def test_a_version_out_of_range_and_an_absent_one_are_problems() -> None:
    """Named with what is there, what is needed, and the command that mends it."""
    old, absent = environment.version_of("numpy", ">=99"), environment.version_of("no-such-thing", ">=1")
    assert old is not None
    assert absent is not None
    assert (old.level, old.remedy) == ("problem", "pip install 'numpy>=99'")
    assert absent.what == "no-such-thing is not installed"
    assert environment.version_of("numpy", ">=1") is None


@pytest.mark.parametrize(("full", "level"), [(0.5, "ok"), (0.91, "warning"), (0.96, "problem")])
def test_a_filling_disk(full: float, level: str) -> None:
    """Warned of from 90 %, a problem from 95 %, where Ray stops placing work."""
    assert environment.disk_filled("/tmp", full, 2**30).level == level


def test_small_shared_memory_is_warned_of(tmp_path: Path) -> None:
    """A folder that is not there is told; one on a large disk is fine."""
    assert environment.shared_memory(tmp_path / "absent").level == "warning"
    assert environment.shared_memory(tmp_path).level in ("ok", "warning")


def test_a_distribution_that_cannot_be_imported_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error is quoted, in one line, from a process of its own."""
    (tmp_path / "broken_thing.py").write_text(
        "raise RuntimeError('no data \\x1b[31m here')", encoding="utf-8"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = environment._imported("broken-thing", ["broken_thing"])
    assert found.level == "problem"
    assert "RuntimeError: no data" in found.what
    assert "\x1b" not in found.what


def test_plugins_and_libraries_that_are_absent_are_told() -> None:
    """An unavailable plugin and a task without its library are problems, a model without one a warning."""
    broken = PluginEntry(origin=ORIGIN, problems=["at import: boom"])
    lacking = catalogue([task(missing=["pooh"], libraries={})], [model(missing=["piglet"])])
    found = [*registered.plugins(replace(lacking, plugins=[broken])), *registered.data(lacking)]
    assert [(each.level, each.remedy) for each in found if each.level != "ok"] == [
        ("problem", "`carebench list plugins` shows its traceback; mend it, or uninstall it"),
        ("problem", "pip install pooh"),
        ("warning", "pip install piglet, if you want them"),
    ]


ORPHAN = """
import os, subprocess, sys
child = subprocess.Popen(["sleep", "300"], env={**os.environ, sys.argv[1]: sys.argv[2].format(pid=os.getpid())}, start_new_session=True)
print(child.pid, flush=True)
sys.stdin.read()
"""


def marked_sleeper(marker: str) -> tuple[subprocess.Popen[str], int]:
    """A Python process that watches a marked sleeper, as a run watches a child."""
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, MARKER, marker],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("marker", ["doctor-test-stray", owner_tag().partition("-")[0] + "-{pid}-0a1b2c3d"])
def test_a_stray_is_found_when_its_run_is_gone_and_ended_when_asked(marker: str) -> None:
    """While its parent lives it is no stray; after kill -9 of the parent it is, and `clear` ends it; tagged or not."""
    parent, pid = marked_sleeper(marker)
    try:
        assert pid not in dict(leftovers.strays())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        mine = [stray for stray in leftovers.strays() if stray[0] == pid]
        assert mine == [(pid, marker.format(pid=parent.pid))]
        done = leftovers.clear(leftovers.Leftovers(strays=mine, folders=[]))
        assert done == [f"ended process {pid}"]
        deadline = time.monotonic() + 5
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:  # noqa: PTH110 - a process
            time.sleep(0.02)
        assert pid not in dict(leftovers.strays())
    finally:
        parent.kill()
        parent.wait()
        parent.stdin.close() if parent.stdin else None
        parent.stdout.close() if parent.stdout else None


def test_a_process_that_took_over_the_number_is_spared() -> None:
    """A process with another marker, or none, is not ended."""
    parent, pid = marked_sleeper("doctor-test-other")
    try:
        assert not leftovers.clear(leftovers.Leftovers(strays=[(pid, "doctor-test-stray")], folders=[]))
        assert os.path.exists(f"/proc/{pid}")  # noqa: PTH110 - a process
    finally:
        os.kill(pid, signal.SIGKILL)
        parent.communicate()


def workplace(place: Path, name: str, *inside: str) -> Path:
    """A folder as runs make them, a day and a half old."""
    folder = place / name
    folder.mkdir(mode=0o700)
    for each in inside:
        (folder / each).mkdir()
    os.utime(folder, (time.time() - 130_000,) * 2)
    return folder


def test_only_old_unused_folders_of_ours_are_told_and_removed(tmp_path: Path) -> None:
    """By name, build, owner or age, and that no process names them; a user's own folder of a like name stays."""
    dead = workplace(tmp_path, "carebench-0a1b2c3d", "home", "tmp")
    ray = workplace(tmp_path, "cb-0a1b2c3d", "r", "r/session_2026")
    template = workplace(tmp_path, "carebench-template-0a1b2c3d", "home", "tmp")
    workplace(tmp_path, "carebench-mystudy1", "results")
    workplace(tmp_path, "carebench-results", "home", "tmp")
    ended = subprocess.Popen(["true"])
    ended.wait()
    tag, mine = owner_tag().partition("-")[0], owner_tag()
    gone = workplace(tmp_path, f"carebench-{tag}-{ended.pid}-0a1b2c3d", "home", "tmp")
    os.utime(gone)
    workplace(tmp_path, f"carebench-{mine}-0a1b2c3d", "home", "tmp")
    used = workplace(tmp_path, "carebench-11111111", "home", "tmp")
    young = workplace(tmp_path, "carebench-22222222", "home", "tmp")
    os.utime(young)
    user = subprocess.Popen(["sleep", "60"], env={"HOME": str(used / "home"), "PATH": os.environ["PATH"]})
    try:
        found = leftovers.leftovers([tmp_path])
        assert set(found.folders) == {dead, ray, template, gone}
        leftovers.clear(replace(found, strays=[]))
    finally:
        user.kill()
        user.wait()
    kept = {"carebench-mystudy1", "carebench-results", f"carebench-{mine}-0a1b2c3d"}
    assert {path.name for path in tmp_path.iterdir()} == {*kept, used.name, young.name}


def test_a_real_folder_may_hold_a_store_and_is_left_as_it_was(tmp_path: Path) -> None:
    """Eight processes really compete; no trial is a problem, and nothing stays behind."""
    found = filesystem.filesystem(tmp_path)
    assert [each.level for each in found if each.level == "problem"] == []
    assert len(found) == 5
    assert list(tmp_path.iterdir()) == []


GOOD: dict[str, Any] = {
    "created": ROUNDS // CONTENDERS,
    "linked": [ROUNDS // CONTENDERS, 0],
    "renamed": [0, 0],
    "synced": True,
    "seen": 0.1,
}


@pytest.mark.parametrize(
    ("changed", "level", "said"),
    [
        ({}, "ok", ""),
        ({"created": ROUNDS}, "problem", "were created"),
        ({"linked": [5, 5]}, "problem", "40 link counts were wrong"),
        ({"linked": "error: [Errno 1] Operation not permitted"}, "warning", "no hard links here"),
        ({"renamed": [0, 1]}, "problem", "torn 8 times"),
        ({"synced": "error: [Errno 5] Input/output error"}, "problem", "synced: error"),
        ({"seen": 42.0}, "warning", "within 42.00 s"),
        ({"seen": "error: 7 of 8 files were listed"}, "problem", "7 of 8"),
    ],
)
def test_file_systems_are_judged(changed: dict[str, Any], level: str, said: str) -> None:
    """Each promise that is broken is a problem; late listings and absent links only cost time."""
    found = filesystem.judge([{**GOOD, **changed}] * CONTENDERS)
    worst = [each for each in found if each.level != "ok"]
    assert [each.level for each in worst] == ([level] if level != "ok" else [])
    assert all(said in each.what for each in worst)


def test_a_contender_that_dies_is_a_problem() -> None:
    """Seven of eight results are not enough."""
    assert [each.level for each in filesystem.judge([GOOD] * (CONTENDERS - 1))] == ["problem"]


#: Ray reads its settings when it is imported, so the instance has a process of its own.
RAY = """
from pathlib import Path
from carebench.doctor import leftovers
from carebench.executors.on_ray import RayExecutor

executor = RayExecutor(1)
folder = Path(executor._folder)
seen = (folder.stat().st_mode & 0o077, leftovers._is_ours(folder))
executor.close()
print(*seen, folder.exists())
"""


@pytest.mark.ray
def test_the_folder_of_ray_is_known_for_ours_and_closed_to_others() -> None:
    """What the executor makes for Ray is what the doctor looks for, nobody else may enter it, and it goes at the end."""
    ended = subprocess.run(
        [sys.executable, "-c", RAY], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stdout.splitlines()[-1:] == ["0 True False"], ended.stderr


def test_a_half_copied_split_is_removed_once_its_worker_is_gone(tmp_path: Path) -> None:
    """The copy of a worker that lives stays, as does a whole split; that of a dead one goes."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    namespace = owner_tag().partition("-")[0]
    names = ["a" * 64, f"{'a' * 64}.{owner_tag()}-0f", f"{'a' * 64}.{namespace}-{gone.pid}-0f"]
    for name in names:
        (tmp_path / "splits" / name / "raw").mkdir(parents=True)
    leftovers.clear(leftovers.half_copied(tmp_path))
    assert sorted(path.name for path in (tmp_path / "splits").iterdir()) == sorted(names[:2])
