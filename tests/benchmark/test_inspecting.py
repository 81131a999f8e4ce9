"""The commands that look at a store: `doctor`, `logs` and `show`, as a user calls them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.benchmark.test_store import a_record, opened

if TYPE_CHECKING:
    from pathlib import Path

    from carebench.records import Record
    from carebench.store import Store

TRACE = (
    "Traceback (most recent call last):\n" + "".join(f"  frame {n}\n" for n in range(30)) + "ValueError: no"
)


def called(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command in `folder`, through a pipe."""
    command = [sys.executable, "-m", "carebench", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store with one cell that failed once and once was ok."""
    found = opened(tmp_path / "results")
    attempts = [
        attempt(
            status="failed",
            phase="fit",
            reason="ValueError: no",
            output="first\n\x1b[31mred\n",
            traceback=TRACE,
        ),
        attempt(output="a long line " * 40 + "\nlast line\n"),
    ]
    for record in attempts:
        found.publish([record])
    return found


def attempt(**changed: object) -> Record:
    """One attempt of cell 7."""
    return a_record(7, plugin="spam 1.0", **changed)


def test_logs_print_output_and_traceback_of_all_attempts(store: Store, tmp_path: Path) -> None:
    """Whole lines, never wrapped, escapes visible, each attempt under its heading."""
    done = called(tmp_path, "logs", "t/t,m,7")
    assert done.returncode == 0
    headings = [line for line in done.stdout.splitlines() if line.startswith("==")]
    assert headings == [
        f"== t/t x m x 7 (cell {7:064x}), attempt 1 of 2: ok".replace(f"{7:064x}", f"{7:064x}"[:12]),
        f"== t/t x m x 7 (cell {7:064x}), attempt 2 of 2: failed in fit".replace(
            f"{7:064x}", f"{7:064x}"[:12]
        ),
    ]
    assert ("a long line " * 40).rstrip() in done.stdout
    assert "\\x1b[31mred" in done.stdout
    assert TRACE in done.stdout
    assert "reason: ValueError: no" in done.stdout


def test_one_attempt_may_be_asked_for(store: Store, tmp_path: Path) -> None:
    """By its number; a number that there is not is a message with status 2."""
    done = called(tmp_path, "logs", "t/t,m,7", "--attempt", "2")
    assert ("last line" in done.stdout, "frame 29" in done.stdout) == (False, True)
    absent = called(tmp_path, "logs", "t/t,m,7", "--attempt", "3")
    assert (absent.returncode, absent.stdout) == (2, "")
    assert "has no attempt 3; it was tried 2 times" in absent.stderr


def test_logs_end_quietly_when_the_reader_has_enough(store: Store, tmp_path: Path) -> None:
    """`carebench logs ... | head -1` prints one line and no traceback."""
    store.publish([attempt(output="line\n" * 10_000)])
    line = f"{sys.executable} -m carebench logs t/t,m,7 | head -1"
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_show_keeps_an_extract_and_points_to_the_rest(store: Store, tmp_path: Path) -> None:
    """The last lines of a traceback, how many there are, and the command that prints all."""
    done = called(tmp_path, "show", "t/t,m,7")
    assert done.returncode == 0
    assert "frame 29" in done.stdout
    assert "frame 3\n" not in done.stdout
    assert f"last 8 of 32 lines; all: carebench logs {7:064x}"[:-52] in done.stdout


def test_the_doctor_finds_a_good_installation_and_a_good_store_well(store: Store, tmp_path: Path) -> None:
    """Each part of the examination is there, and the status is 0 unless a problem is named, such as a full disk."""
    done = called(tmp_path, "doctor")
    assert done.returncode == ("  problem " in done.stdout), done.stdout + done.stderr
    headings = [line for line in done.stdout.splitlines() if line and not line.startswith(" ")]
    assert headings[:5] == ["environment", "plugins", "data", "store", "leftovers"]
    assert "SurvSet" in done.stdout
    assert "2 records and scores and 0 arrays, each as published" in done.stdout


def test_the_doctor_names_damage_and_repairs_only_when_asked(store: Store, tmp_path: Path) -> None:
    """Status 1 with the remedy; `--repair` follows it, says what it did, and then all is well."""
    segment = min(store.segments.glob("*/*.jsonl"))
    segment.write_bytes(segment.read_bytes()[:-9])
    first = called(tmp_path, "doctor")
    assert first.returncode == 1
    assert f"segment {segment.name[:12]} is damaged" in first.stdout
    assert "--repair" in first.stdout
    assert segment.is_file()
    second = called(tmp_path, "doctor", "--repair")
    assert "is damaged" not in second.stdout
    assert f"quarantine/segments/{segment.parent.name}/{segment.name}" in second.stdout
    assert not segment.is_file()


def test_the_doctor_tries_a_file_system(tmp_path: Path) -> None:
    """Status 0 and a verdict for a real folder; a folder that is not there is a message with status 2."""
    good, absent = (
        called(tmp_path, "doctor", "--filesystem", "."),
        called(tmp_path, "doctor", "--filesystem", "x"),
    )
    assert (good.returncode, "may live in" in good.stdout) == (0, True)
    assert (absent.returncode, "cannot be tried" in absent.stderr) == (2, True)
