"""The warden says exactly how a child ended, ends it at its limits, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from carebench.warden import Ending, Limits, _Watch, supervise, workplace

PRELUDE = """
import ctypes, os, signal, sys, time
from pathlib import Path
from carebench.children import harness

def program(order, work):
    harness.mark(work, "fit")
{body}
    return {{"value": order.get("value", 0)}}

harness.main(program, harness.named_folder())
"""


DEAF = """
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""


def end_of(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: Path | None = None, **limits: Any
) -> Ending:
    """Run `body` as a child program of its own file and wait for its end."""
    script = tmp_path / "program.py"
    script.write_text(PRELUDE.format(body=textwrap.indent(textwrap.dedent(body), "    ")), encoding="utf-8")
    popen = subprocess.Popen

    def start(command: list[str], **rest: Any) -> Any:
        return popen([sys.executable, "-P", str(script), command[-1]], **rest)

    monkeypatch.setattr(subprocess, "Popen", start)
    with workplace() as work:
        return supervise("program", {"value": 7}, work, Limits(**{"wall": 30.0, **limits}), line=line)


def test_a_good_child_hands_back_its_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a program returns comes back, with its cost."""
    ending = end_of("print('hello')", tmp_path, monkeypatch)
    assert (ending.status, ending.outcome["value"], ending.output) == ("ok", 7, "hello\n")
    assert ending.cpu_s > 0
    assert ending.peak_bytes > 2**20


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sys.exit(0)", "status 0"),
        ("sys.exit(3)", "status 3"),
        ("os._exit(0)", "status 0"),
        ("os._exit(7)", "status 7"),
        ("ctypes.string_at(0)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    ],
)
def test_every_way_of_dying_is_told_apart(
    body: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit codes and signals are named with the phase, and an early exit 0 is no success."""
    ending = end_of(body, tmp_path, monkeypatch)
    assert ending.status == "crashed"
    assert reason in ending.reason
    assert ending.phase == "fit"


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(60)",
        DEAF,
        "ctypes.PyDLL(None).sleep(60)",
    ],
)
def test_a_child_that_will_not_end_is_ended_at_its_limit(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sleeping, ignoring every signal, or holding the interpreter in C makes no difference."""
    ending = end_of(body, tmp_path, monkeypatch, wall=1.5)
    assert ending.status == "timeout"
    assert 1.5 <= ending.wall_s < 6


def test_a_stopped_child_times_out_by_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that uses no CPU at all is still ended."""
    assert end_of("os.kill(os.getpid(), signal.SIGSTOP)", tmp_path, monkeypatch, wall=1.5).status == "timeout"


def test_memory_is_limited_for_the_whole_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that grows without end is ended with its peak."""
    body = "kept = []\nwhile True:\n    kept.append(bytearray(b'x' * (8 << 20)))\n    time.sleep(0.01)"
    ending = end_of(body, tmp_path, monkeypatch, memory=300 << 20)
    assert ending.status == "oom"
    assert "300 MiB" in ending.reason


def test_endless_output_is_counted_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Head and tail stay, the number of bytes between is told."""
    body = (
        "os.write(1, b'first')\nfor _ in range(3000):\n    os.write(1, b'x' * 10_000)\nos.write(1, b'last')"
    )
    ending = end_of(body, tmp_path, monkeypatch)
    assert ending.status == "ok"
    assert ending.output.startswith("first")
    assert ending.output.endswith("last")
    assert "29934473 bytes left out" in ending.output
    assert len(ending.output) < 70_000


def test_the_last_line_stands_in_a_file_while_the_child_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child finds there what it printed, though it prints no more; after its end the file is gone."""
    line = tmp_path / "line"
    body = f"""
        print("epoch 1", flush=True)
        print("epoch 2", flush=True)
        until = time.monotonic() + 20
        while not (Path({str(line)!r}).exists() and Path({str(line)!r}).read_bytes() == b"epoch 2"):
            assert time.monotonic() < until
            time.sleep(0.05)
    """
    ending = end_of(body, tmp_path, monkeypatch, line=line)
    assert (ending.status, ending.outcome["value"]) == ("ok", 7)
    assert ending.output.split() == ["epoch", "1", "epoch", "2"]
    assert not line.exists()


def test_a_reason_does_not_name_the_workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is another one in every run, so it would make equal failures differ."""
    ending = end_of("open(work / 'home' / 'absent')", tmp_path, monkeypatch)
    assert ending.outcome["reason"].endswith("No such file or directory: '(workplace)/home/absent'")
    assert "carebench-" not in ending.outcome["traceback"]


class Talkative:
    """A selector for which there is always something to read."""

    def select(self, _seconds: float) -> list[tuple[SimpleNamespace, int]]:
        return [(SimpleNamespace(fd=-1), 1)]

    def get_map(self) -> dict[int, int]:
        return {0: 0}

    def close(self) -> None:
        """Nothing is open."""


def test_reading_what_never_ends_comes_to_an_end() -> None:
    """However fast a child, or what it left behind, prints, the limits are looked at and the warden comes back."""
    reading, writing = os.pipe()
    watch = _Watch(
        SimpleNamespace(output=reading, over=None, close=lambda: os.close(reading)),
        Limits(),
        lambda: False,
        time.monotonic(),
    )
    watch.selector.close()
    watch.selector = Talkative()  # type: ignore[assignment]
    for reads in (lambda: watch._drain(0.05), watch.close):
        reading_on = threading.Thread(target=reads, daemon=True)
        reading_on.start()
        reading_on.join(timeout=10)
        assert not reading_on.is_alive()
    os.close(writing)


DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(300)
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="strays in a session of their own are found through /proc"
)
@pytest.mark.parametrize("extra", ["", "ctypes.string_at(0)", "time.sleep(60)"])
def test_a_daemon_is_swept_however_the_child_ends(
    extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double-forked daemon in its own session is found by its marker and killed."""
    ending = end_of(DAEMON + extra, tmp_path, monkeypatch, wall=2.0)
    assert ending.strays == 1
    assert not _alive(tmp_path / "program.py")


def _alive(script: Path) -> list[int]:
    """Process ids of those that run `script`, forks of it included."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.fsencode(script) in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
    return found


def test_a_child_that_keeps_the_pipe_open_does_not_hold_the_warden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warden returns when the child ends, whoever still holds its output."""
    began = time.monotonic()
    end_of("if os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)", tmp_path, monkeypatch)
    assert time.monotonic() - began < 20


def test_an_exit_handler_cannot_change_the_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends without running exit handlers or waiting for threads."""
    body = """
    import atexit, threading
    atexit.register(lambda: (work / "outcome.json").write_text('{"status": "ok", "value": 99}'))
    threading.Thread(target=time.sleep, args=(300,)).start()
    """
    ending = end_of(body, tmp_path, monkeypatch)
    assert ending.outcome["value"] == 7
    assert ending.wall_s < 20


THREAD = "import threading\nthreading.Thread(target=time.sleep, args=(300,)).start()\n"


@pytest.mark.parametrize(
    ("leaving", "reason"),
    [
        ("sys.exit(0)", "ended with status 0"),
        ("sys.exit(3)", "ended with status 3"),
        ("sys.exit(256 + 3)", "ended with status 3"),
        ("sys.exit('a text')", "ended with status 1"),
        ("sys.exit()", "ended with status 0"),
    ],
)
def test_an_exit_does_not_wait_for_threads(
    leaving: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`sys.exit` beside a thread that goes on ends the child at once, and is told as what it was."""
    ending = end_of(THREAD + leaving, tmp_path, monkeypatch)
    assert ending.status == "crashed"
    assert reason in ending.reason
    assert ending.wall_s < 20


def test_a_complete_outcome_counts_though_the_streams_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stream that raises `SystemExit` when it is flushed cannot keep a child with a thread from ending."""
    body = f"""
    class Exiting:
        def flush(self):
            sys.exit(5)

    sys.stdout = sys.stderr = Exiting()
    {THREAD.strip().replace(chr(10), "; ")}
    """
    ending = end_of(body, tmp_path, monkeypatch)
    assert (ending.status, ending.outcome["value"]) == ("ok", 7)
    assert ending.wall_s < 20


def test_closed_descriptors_do_not_lose_the_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result travels in a file, not through the standard streams."""
    assert end_of("os.closerange(0, 256)", tmp_path, monkeypatch).outcome["value"] == 7


def test_the_child_sees_an_allow_list_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets stay outside; threads, locale, time zone and hash seed are fixed; home is private."""
    monkeypatch.setenv("SECRET_TOKEN", "canary-7391")
    ending = end_of("print(sorted(os.environ.items()))", tmp_path, monkeypatch)
    assert "canary-7391" not in ending.output
    for fixed in ("'OMP_NUM_THREADS', '1'", "'TZ', 'UTC'", "'PYTHONHASHSEED', '0'", "'LC_ALL', 'C.UTF-8'"):
        assert fixed in ending.output
    assert f"'HOME', '{Path.home()}'" not in ending.output


def test_the_workplace_is_removed(tmp_path: Path) -> None:
    """Home, temporary directory and everything else in it are gone afterwards."""
    with workplace() as work:
        (work / "home" / "left").write_text("x", encoding="ascii")
        assert work.is_dir()
    assert not work.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's")
def test_the_child_dies_with_its_parent(tmp_path: Path) -> None:
    """When whoever started the child is killed, the child is gone within seconds."""
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        import subprocess
        from carebench import warden
        program = {str(tmp_path / "sleeper.py")!r}
        popen = subprocess.Popen
        subprocess.Popen = lambda command, **rest: popen([sys.executable, "-P", program, command[-1]], **rest)
        with warden.workplace() as work:
            warden.supervise("x", {{}}, work, warden.Limits(wall=120.0))
        """),
        encoding="utf-8",
    )
    pidfile = tmp_path / "pid"
    (tmp_path / "sleeper.py").write_text(
        PRELUDE.format(body=f"    Path({str(pidfile)!r}).write_text(str(os.getpid()))\n    time.sleep(100)"),
        encoding="utf-8",
    )
    parent = subprocess.Popen([sys.executable, str(script)])
    try:
        pid = int(_wait_for(pidfile))
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()


def _wait_for(path: Path) -> str:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.exists() and path.read_text(encoding="ascii"):
            return path.read_text(encoding="ascii")
        time.sleep(0.05)
    raise AssertionError(f"{path} was never written")


def test_a_cancelled_child_is_ended_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelling does not wait for the limit."""
    (tmp_path / "program.py").write_text(PRELUDE.format(body="    time.sleep(60)"), encoding="utf-8")
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess,
        "Popen",
        lambda command, **rest: popen(
            [sys.executable, "-P", str(tmp_path / "program.py"), command[-1]], **rest
        ),
    )
    began = time.monotonic()
    with workplace() as work:
        ending = supervise("x", {}, work, Limits(), cancelled=lambda: time.monotonic() - began > 0.5)
    assert ending.status == "cancelled"
    assert ending.wall_s < 5
    assert os.getpid() > 0
