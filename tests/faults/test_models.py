"""One grid of models that break one rule each: every one gets the status, phase and reason that it deserves, alone."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sklearn.metrics import roc_auc_score

from carebench import plugins
from carebench.arrays import read_array
from carebench.commands.run import Request, run_suite
from carebench.store import Store

if TYPE_CHECKING:
    from carebench.records import Record

FOLDER = Path(__file__).parent / "plugins"
MISBEHAVING, FORGING = FOLDER / "misbehaving.py", FOLDER / "forging.py"
SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"
TASK = "mortality/spam-toy"
WALL_SECONDS, MEMORY_MIB, PRINTED = 10, 700, 300 * 10**6

#: Model to status, phase and a part of the reason.
EXPECTED = {
    "good": ("ok", "write", ""),
    "raises-in-fit": ("failed", "fit", "RuntimeError: this model always fails in fit"),
    "exits-zero": ("crashed", "fit", "status 0"),
    "os-exits-zero": ("crashed", "fit", "status 0"),
    "segfaults": ("crashed", "fit", "SIGSEGV"),
    "aborts": ("crashed", "fit", "SIGABRT"),
    "kills-itself": ("crashed", "fit", "SIGKILL"),
    "hangs-in-c": ("timeout", "fit", f"limit of {WALL_SECONDS} s"),
    "spins": ("timeout", "fit", f"limit of {WALL_SECONDS} s"),
    "eats-memory": ("oom", "fit", f"limit of {2 * MEMORY_MIB} MiB"),
    "prints-gigabytes": ("ok", "write", ""),
    "odd-exception": ("failed", "fit", "OddError: left"),
    "textless-exception": ("failed", "fit", "TextlessError: (its text is unavailable)"),
    "huge-exception": ("failed", "fit", "characters left out"),
    "keyboard-interrupt": ("failed", "fit", "KeyboardInterrupt"),
    "declines": ("unsuited", "fit", "this model declines every task, to show how that looks"),
    "patches-numpy": ("ok", "write", ""),
    "leaves-a-daemon": ("ok", "write", ""),
    "leaves-a-thread": ("ok", "write", ""),
    "writes-home": ("ok", "write", ""),
    "recurses": ("failed", "fit", "RecursionError"),
    "allocates-descriptors": ("failed", "write", "Too many open files"),
    "raises-in-predict": ("failed", "predict", "RuntimeError: this model always fails in predict_proba"),
    "too-short": ("invalid", "predict", "shape (79,); (80,) was expected"),
    "too-long": ("invalid", "predict", "shape (160,); (80,) was expected"),
    "gives-nan": ("invalid", "predict", "1 of 80 rows, first in row 40"),
    "gives-strings": ("invalid", "predict", "dtype <U"),
    "gives-objects": ("invalid", "predict", "dtype object"),
    "gives-a-pickle": ("invalid", "predict", "dtype object"),
    "out-of-range": ("invalid", "predict", "0 to 1 was expected"),
    "masked": ("invalid", "predict", "masked array"),
    "shuffled-index": ("invalid", "predict", "index is not the test rows"),
    "one-column": ("invalid", "predict", "shape (80, 1)"),
    "lazy-array": ("ok", "write", ""),
    "closes-descriptors": ("ok", "write", ""),
    "constant": ("ok", "write", ""),
    "unseeded": ("ok", "write", ""),
    "transductive": ("ok", "write", ""),
    "forges-a-status": ("invalid", "fit", "none of the answering program's"),
    "forges-seconds": ("invalid", "fit", "some of risk, score, outcome_set were expected"),
    "forges-success": ("invalid", "fit", "some of risk, score, outcome_set were expected"),
    "forges-infinity": ("crashed", "fit", "without a result"),
    "answer-is-a-link": ("invalid", "fit", "risk.npy cannot be read"),
    "answer-is-a-pickle": ("invalid", "fit", "type '|O'"),
    "outcome-is-a-pipe": ("crashed", "start", "without a result"),
}

#: What the board says where it knows more than the attempt: each model has one cell answered twice.
ON_THE_BOARD = {"unseeded": "irreproducible"}
#: Faults that touch neither data nor estimator: the answer must be that of `good`.
HARMLESS = (
    "closes-descriptors",
    "lazy-array",
    "leaves-a-daemon",
    "leaves-a-thread",
    "patches-numpy",
    "prints-gigabytes",
    "writes-home",
)


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What one run left."""

    folder: Path
    status: int
    printed: str

    @property
    def store(self) -> Store:
        return Store(self.folder / "store")

    @property
    def records(self) -> dict[str, Record]:
        return {attempts[0].model: attempts[0] for attempts in self.store.read().attempts.values()}

    @property
    def cells(self) -> dict[str, dict[str, Any]]:
        table = json.loads((self.folder / "board" / "results.json").read_bytes())
        return {cell["model"]: cell for cell in table["cells"]}

    def auroc(self, model: str) -> float:
        """As the board has it."""
        return float(self.cells[model]["metrics"]["auroc"])


def run_grid(folder: Path, models: list[str]) -> Grid:
    """Run the models on the toy task, without Ray."""
    request = Request(
        tasks=[TASK],
        models=models,
        plugins=[str(MISBEHAVING), str(FORGING), str(SPAM)],
        seeds=1,
        executor="local",
        cpus=2,
        time_limit=f"{WALL_SECONDS}s",
        memory_limit=f"{MEMORY_MIB}MiB",
        store=folder / "store",
        out=folder / "board",
    )
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = run_suite(request)
    return Grid(folder=folder, status=status, printed=printed.getvalue())


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory, workplaces: Path) -> Grid:
    """All models in one run."""
    return run_grid(tmp_path_factory.mktemp("grid"), list(EXPECTED))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, workplaces: Path) -> Grid:
    """`good` in a run without bad company, and a second attempt of `unseeded`."""
    return run_grid(tmp_path_factory.mktemp("alone"), ["good", "unseeded"])


def is_printable(text: str) -> bool:
    """Whether a terminal shows `text` as it stands: no control character, no half of a pair."""
    return all(character.isprintable() or character in "\n\t" for character in text)


def test_every_model_of_the_faulty_plugins_is_expected_here() -> None:
    """No fault goes untested."""
    found = set()
    for path in (MISBEHAVING, FORGING):
        origin = plugins.named_origin(str(path))
        found |= {model.name for model in plugins.models(plugins.load(origin), origin)}
    assert found == set(EXPECTED)


@pytest.mark.parametrize("model", EXPECTED)
def test_every_fault_has_its_status_phase_and_reason(grid: Grid, model: str) -> None:
    """Status, phase and cause are told apart, and the record names plugin and task."""
    record = grid.records[model]
    status, phase, reason = EXPECTED[model]
    assert (record.status, record.phase) == (status, phase), record.reason
    assert reason in record.reason
    assert bool(record.reason) is (status != "ok")
    assert record.plugin == str(FORGING if "forg" in model or "-is-a-" in model else MISBEHAVING)
    assert (record.task, record.seed) == (TASK, 0)


def test_bad_company_does_not_change_an_answer(grid: Grid, alone: Grid) -> None:
    """A good model's answer and scores are the same whether it runs alone or among faults."""
    assert grid.records["good"].answer == alone.records["good"].answer
    assert grid.cells["good"] == alone.cells["good"]


@pytest.mark.parametrize("model", HARMLESS)
def test_a_fault_outside_of_the_method_changes_no_answer_and_no_score(grid: Grid, model: str) -> None:
    """Patched libraries, stolen frames, strays and closed files neither help nor harm."""
    assert grid.records[model].answer == grid.records["good"].answer
    assert grid.cells[model]["metrics"] == grid.cells["good"]["metrics"]


def test_scores_are_those_of_the_kept_answer(grid: Grid) -> None:
    """The AUROC on the board is scikit-learn's, from the stored answer and the task's truth."""
    origin = plugins.named_origin(str(SPAM))
    (task,) = plugins.tasks(plugins.load(origin), origin)
    for model in ("good", "patches-numpy", "transductive"):
        risk = read_array(grid.store.array_path(grid.records[model].arrays["risk"]))
        assert grid.auroc(model) == pytest.approx(
            roc_auc_score(task.truth(0).answers["event"], risk), abs=1e-12
        )
    assert grid.auroc("constant") == 0.5


def test_what_a_reader_should_know_of_an_answer_is_noted(grid: Grid) -> None:
    """Constant answers and answers that depend on the batch carry a note; a good model's carry none."""
    assert grid.cells["good"]["notes"] == []
    assert grid.cells["constant"]["notes"] == ["the same answer for every test row"]
    (note,) = grid.cells["transductive"]["notes"]
    assert "depend on which other rows" in note


def test_nothing_is_unpickled_and_nothing_is_left_at_home(grid: Grid, workplaces: Path) -> None:
    """Neither the pickle's canary nor what a model wrote to its home or temporary folder is anywhere."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert not (home / "carebench-was-unpickled").exists()
    for folder in {home, Path.home(), Path(tempfile.gettempdir()), Path("/tmp")}:
        assert not (folder / "left-by-a-plugin").exists()
    assert not list(workplaces.glob("carebench-*"))


def test_a_daemon_is_swept_and_counted(grid: Grid) -> None:
    """The record of a model that left one process behind says so; others left none."""
    assert grid.records["leaves-a-daemon"].strays == 1
    assert grid.records["good"].strays == 0


def test_a_thread_that_sleeps_does_not_hold_the_cell(grid: Grid) -> None:
    """The result counts at once, although a thread of 300 s is left."""
    assert grid.records["leaves-a-thread"].cost["wall_s"] < WALL_SECONDS


@pytest.mark.parametrize("model", ["hangs-in-c", "spins"])
def test_a_cell_is_ended_soon_after_its_limit(grid: Grid, model: str) -> None:
    """At most two seconds are given beyond the limit, polite signals ignored or not."""
    assert WALL_SECONDS <= grid.records[model].cost["wall_s"] < WALL_SECONDS + 2


def test_output_is_kept_by_head_and_tail(grid: Grid) -> None:
    """Of 300 MB the first and the last 32 KiB are kept, and the rest is counted."""
    output = grid.records["prints-gigabytes"].output
    assert f"[... {PRINTED - 2 * 32 * 1024} bytes left out ...]" in output
    assert len(output) < 3 * 32 * 1024


def test_hostile_text_is_shown_and_does_nothing(grid: Grid) -> None:
    """Escapes and lone surrogates are spelt out in records, results and on the terminal; 100 MB are cut."""
    assert r"RuntimeError: \x1b[31mred\x1b[0m \udc80 xxx" in grid.records["huge-exception"].reason
    assert len(grid.records["huge-exception"].reason) <= 300
    assert len(grid.records["huge-exception"].traceback) <= 16_384
    for record in grid.records.values():
        assert is_printable(record.reason + record.traceback + record.output)
    assert all(is_printable(cell["reason"]) for cell in grid.cells.values())
    assert is_printable(grid.printed)
    assert "\N{ESCAPE}" not in (grid.folder / "board" / "index.html").read_text(encoding="utf-8")


def test_a_traceback_shows_the_plugins_frames_alone(grid: Grid) -> None:
    """The author sees the own file and line, and none of ours."""
    traceback = grid.records["raises-in-predict"].traceback
    assert str(MISBEHAVING) in traceback
    assert "benchmark/carebench/" not in traceback


def test_the_run_ends_with_status_one_and_a_board_that_names_every_failure(grid: Grid) -> None:
    """Each failed cell stands on the board with its reason, and on the terminal in one line."""
    assert grid.status == 1
    lines = grid.printed.splitlines()
    for model, (status, _, reason) in EXPECTED.items():
        cell = grid.cells[model]
        shown = ON_THE_BOARD.get(model, status)
        assert (cell["status"], cell["metrics"] == {}) == (shown, shown != "ok")
        assert reason in cell["reason"]
        named = [line for line in lines if line.startswith(f"{status}: {TASK} x {model} x 0 (")]
        assert len(named) == (status not in ("ok", "unsuited"))
        assert all(reason in line for line in named)
    assert "raises-in-predict" in (grid.folder / "board" / "standings.csv").read_text(encoding="utf-8")


def test_the_same_command_again_runs_nothing_and_writes_the_same_board(grid: Grid) -> None:
    """A failure under unchanged limits is settled: it is neither run nor counted twice."""
    before = (grid.folder / "board" / "results.json").read_bytes()
    again = run_grid(grid.folder, list(EXPECTED))
    assert f"{len(EXPECTED)} cells, {len(EXPECTED)} done before" in again.printed
    assert again.status == 1
    assert (grid.folder / "board" / "results.json").read_bytes() == before


def test_two_answers_to_one_cell_are_irreproducible_and_no_success(
    grid: Grid, alone: Grid, tmp_path: Path
) -> None:
    """Where the merged stores of two runs disagree, the cell is shown as irreproducible, and the run fails."""
    for run in (grid, alone):
        shutil.copytree(run.folder / "store", tmp_path / "store", dirs_exist_ok=True)
    merged = run_grid(tmp_path, ["good", "unseeded"])
    assert merged.cells["unseeded"]["status"] == "irreproducible"
    assert "different answers" in merged.cells["unseeded"]["reason"]
    assert merged.cells["good"]["status"] == "ok"
    assert merged.status == 1
