"""Events for programs: every line is canonical JSON, the last is `finished`, and nothing else is on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from carebench.canonical import dump
from carebench.events import FORMAT, JsonReporter

DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"
RUN = [
    "run",
    "--json",
    "--executor",
    "local",
    "--cpus",
    "1",
    "--task",
    "mortality/whas500-1y",
    "--seeds",
    "1",
]


def told(folder: Path, *words: str) -> tuple[int, list[dict[str, Any]], str]:
    """Exit status, events and stderr of a command."""
    done = subprocess.run(
        [sys.executable, "-m", "carebench", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert all(dump(json.loads(line)).decode() == line for line in lines)
    return done.returncode, [json.loads(line) for line in lines], done.stderr


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, list[dict[str, Any]], str]:
    """A small run that tells its events."""
    return told(tmp_path_factory.mktemp("events"), *RUN, "--model", "prevalence", "--model", "age-sex")


def test_a_run_is_told_from_plan_to_finish(run: tuple[int, list[dict[str, Any]], str]) -> None:
    """Planned once, every job started and ended, every cell settled, and finished last with the exit status."""
    status, events, err = run
    names = [event["event"] for event in events]
    assert status == 0
    assert names.count("planned") == names.count("finished") == 1
    assert names[-1] == "finished"
    assert sorted(e["label"] for e in events if e["event"] == "started") == sorted(
        e["label"] for e in events if e["event"] == "ended"
    )
    assert {(e["model"], e["status"]) for e in events if e["event"] == "settled"} == {
        ("prevalence", "ok"),
        ("age-sex", "ok"),
    }
    assert "2 of 2 cells done" in err


def test_finished_says_how_it_went(run: tuple[int, list[dict[str, Any]], str]) -> None:
    """Counts, the board that was written, and how long start-up took."""
    last = run[1][-1]
    assert (last["status"], last["counts"], last["interrupted"], last["error"]) == (0, {"ok": 2}, False, "")
    assert Path(last["board"], "index.html").is_file()
    assert 0 < last["start_up_s"] < last["at"]


def test_times_never_go_back_and_the_format_stands_on_every_line(
    run: tuple[int, list[dict[str, Any]], str],
) -> None:
    """`at` grows, `format` is there."""
    times = [event["at"] for event in run[1]]
    assert times == sorted(times)
    assert {event["format"] for event in run[1]} == {FORMAT}


def test_every_event_and_field_is_documented(run: tuple[int, list[dict[str, Any]], str]) -> None:
    """docs/events.md and the reporter's docstring name each event and each field that a run writes."""
    words = {word for event in run[1] for word in (*event, event["event"])}
    for text in (DOCUMENT.read_text(encoding="utf-8"), JsonReporter.__doc__ or ""):
        assert [word for word in sorted(words) if f"`{word}`" not in text] == []


def test_a_wrong_command_is_told_too(tmp_path: Path) -> None:
    """One line, `finished`, with status 2 and the message that a person reads on stderr."""
    status, events, err = told(tmp_path, *RUN, "--model", "ridge-logistik")
    assert status == 2
    assert [event["event"] for event in events] == ["finished"]
    assert events[0]["status"] == 2
    assert "did you mean 'ridge-logistic'" in events[0]["error"]
    assert events[0]["error"] in err
    assert events[0]["board"] is None


def test_a_reader_that_goes_away_stops_nothing() -> None:
    """Writing to a closed pipe is given up silently."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as stream:
        reporter = JsonReporter(stream)
        reporter.said("one")
        assert reporter._stream is None
        reporter.planned(1, 0)
