"""What a run shows: a picture that fits 80 columns, plain lines, and estimates only from evidence."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from carebench.jobs import AnswerJob, Places, Prepared, TrialJob
from carebench.lastline import place_of
from carebench.pace import Pace, past_times
from carebench.progress import LiveReporter, PlainReporter
from carebench.records import Record
from carebench.store import View
from carebench.warden import Limits
from tests.benchmark.entries import FAMILY, model, task

if TYPE_CHECKING:
    from pathlib import Path


def job(name: str = "ridge", seed: int = 0) -> AnswerJob:
    """The answer of a model to the toy task."""
    return AnswerJob(
        task=task(),
        model=model(name),
        family=FAMILY,
        seed=seed,
        split=Prepared(),
        limits=Limits(),
        places=Places(store="", cache=""),
    )


def trial(number: int) -> TrialJob:
    """One of twenty trials of a model on the toy task."""
    return TrialJob(
        task=task(),
        model=replace(model("ridge"), base="ridge"),
        family=FAMILY,
        seed=0,
        study="s" * 64,
        number=number,
        params={},
        split=Prepared(),
        limits=Limits(),
        places=Places(store="", cache=""),
        progress=f"trial {number + 1} of 20, best so far 0.8100",
    )


def record(name: str = "ridge", status: Any = "ok", **changed: Any) -> Record:
    """A record of the toy task."""
    fields: dict[str, Any] = {
        "key": "a" * 64,
        "task": "mortality/toy",
        "model": name,
        "seed": 0,
        "plugin": "p 1",
    }
    return Record(**{**fields, "status": status, "cost": {"wall_s": 60.0}, **changed})


def pace(view: View | None = None, clock: Any = lambda: 0.0) -> Pace:
    """The pace of a run with two ridge cells left, on one slot, with nothing to prepare or score counted."""
    group: Any = SimpleNamespace(task=task(), seed=0, waiting=[model(), model()])
    found = Pace([group], past_times(view), 1, clock)
    found._pending = type(found._pending)(
        {work: n for work, n in found._pending.items() if work.kind == "answer"}
    )
    return found


def plain(width: int = 200) -> tuple[Console, io.StringIO]:
    """A console that writes to memory."""
    stream = io.StringIO()
    return Console(file=stream, width=width, highlight=False), stream


def test_nothing_is_estimated_before_there_is_evidence() -> None:
    """No past and nothing done: no estimate."""
    assert pace().left() is None


def test_past_cells_of_the_store_are_evidence() -> None:
    """Two cells left, 60 s each before: about 2 min."""
    left = pace(View(attempts={"a" * 64: [record()]})).left()
    assert left is not None
    assert left.words() == "about 2 min left"


def test_a_cell_that_was_never_started_is_no_more_left() -> None:
    """Settled without a cost, it leaves the count and teaches no time."""
    found = pace(View(attempts={"a" * 64: [record()]}))
    found.settled(record(status="unavailable", cost={}))
    left = found.left()
    assert left is not None
    assert left.words() == "about 1 min left"


def test_plain_lines_tell_failures_counts_and_the_estimate() -> None:
    """One line for the failure with cell, plugin, phase and cause; one for the count with what is left."""
    console, stream = plain()
    reporter = PlainReporter(console, pace())
    reporter.planned(2, 0)
    reporter.started(job())
    reporter.ended(job())
    reporter.settled(record(status="crashed", phase="fit", reason="killed by SIGSEGV"))
    assert stream.getvalue().splitlines() == [
        "2 cells, 0 done before",
        f"crashed: mortality/toy x ridge x 0 (p 1, cell {'a' * 12}) in fit: killed by SIGSEGV",
        "1 of 2 cells done; about 1 min left",
    ]


def test_text_of_strangers_is_no_markup_and_no_control() -> None:
    """Square brackets stay, escape characters are made visible, in both reporters."""
    for reporter in (PlainReporter, LiveReporter):
        console, stream = plain()
        shown = reporter(console)
        shown.said("[red]a[/red] :smile: \x1b[31m")
        shown.settled(record(status="failed", reason="[bold]x \x1b[0m"))
        assert "[red]a[/red] :smile: \\x1b[31m" in stream.getvalue()
        assert "[bold]x \\x1b[0m" in stream.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_picture_fits_the_screen(width: int) -> None:
    """However long a label and however many cells run: no line wraps, times stay readable, the height is kept."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, height=24, force_terminal=True, color_system=None)
    reporter = LiveReporter(console, Pace(clock=lambda: 0.0))
    reporter.planned(100, 3)
    for seed in range(40):
        reporter.started(job("a-model-with-a-very-long-name-that-no-column-of-eighty-can-hold", seed))
    stream.truncate(0)
    stream.seek(0)
    console.print(reporter._picture())
    lines = stream.getvalue().splitlines()
    assert len(lines) <= 24
    assert all(len(line) <= width for line in lines)
    assert "3/100" in lines[0]
    assert lines[1].startswith("   0.0 s  mortality/toy x a-model")
    assert "and 22 more" in stream.getvalue()


def test_a_log_says_now_and_then_which_trial_runs() -> None:
    """Trial, number of trials and best so far, in one line; a second trial within seconds adds none."""
    console, stream = plain()
    reporter = PlainReporter(console)
    for number in (3, 4):
        reporter.started(trial(number))
    assert stream.getvalue() == "mortality/toy x ridge x 0: trial 4 of 20, best so far 0.8100\n"


def test_a_log_says_what_is_asked_again_at_the_end() -> None:
    """The last cell may take minutes a second time, when all are counted as done."""
    console, stream = plain()
    reporter = PlainReporter(console)
    reporter.planned(1, 0)
    reporter.started(replace(job(), repeat=True))
    assert "asked again" not in stream.getvalue()
    reporter.settled(record())
    reporter.started(replace(job(), repeat=True))
    assert "asked again, whether the answer is the same: mortality/toy x ridge x 0" in stream.getvalue()


def test_the_picture_shows_what_a_running_cell_said_last(tmp_path: Path) -> None:
    """The last line stands behind the label as long as the cell runs, control characters made visible."""
    stream = io.StringIO()
    reporter = LiveReporter(Console(file=stream, width=100, height=24), Pace(clock=lambda: 0.0))
    running = replace(job(), places=Places(store=str(tmp_path), cache=""))
    reporter.started(running)
    (tmp_path / "unfinished").mkdir()
    place_of(str(tmp_path), running.label).write_bytes(b"epoch 3 of 40 \x1b[31m")
    reporter.console.print(reporter._picture())
    assert "mortality/toy x ridge x 0  epoch 3 of 40 \\x1b[31m" in stream.getvalue()
    reporter.ended(running)
    stream.truncate(0)
    reporter.console.print(reporter._picture())
    assert "epoch" not in stream.getvalue()
