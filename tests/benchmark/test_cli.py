"""The command line: exit statuses, one-line messages, and no traceback for what somebody can mend."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from carebench import __version__
from carebench.cli import main

SPAM = Path(__file__).parents[1] / "carebench_spam" / "carebench_spam.py"
QUICK = [
    "run",
    "--executor",
    "local",
    "--task",
    "mortality/whas500-1y",
    "--model",
    "prevalence",
    "--seeds",
    "1",
]


def called(
    words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command in `folder`."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["carebench", *words])
    with pytest.raises(SystemExit) as ending:
        main()
    printed = capsys.readouterr()
    code = ending.value.code
    return (code if isinstance(code, int) else 0 if code is None else 1), printed.out, printed.err


def test_version_prints_the_version() -> None:
    """As a process of its own: status 0, one line, nothing on stderr."""
    ended = subprocess.run(
        [sys.executable, "-m", "carebench", "version"], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"carebench {__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--help"], ["run", "replicate", "board", "show", "logs", "doctor", "list", "version"]),
        (["replicate", "--help"], ["[ID]", "--list", "--plan", "--executor", "--store", "--out", "--json"]),
        (["run", "--help"], ["--suite", "--plugin", "--executor", "--retry", "--time-limit", "--store"]),
        (["list", "--help"], ["tasks", "models", "families", "plugins", "suites"]),
        (["board", "--help"], ["results.json"]),
        (["show", "--help"], ["TASK,MODEL,SEED"]),
        (["logs", "--help"], ["TASK,MODEL,SEED", "--attempt"]),
        (["doctor", "--help"], ["--store", "--repair", "--filesystem"]),
    ],
)
def test_help_names_commands_and_options(
    words: list[str],
    named: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Help goes to stdout with status 0."""
    status, out, err = called(words, tmp_path, monkeypatch, capsys)
    assert (status, err) == (0, "")
    assert all(word in out for word in named)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--suite", "quik"], "did you mean 'quick'?"),
        (["run", "--suite", "absent.toml"], "absent.toml"),
        (["run", "--executor", "rai"], "did you mean 'ray'?"),
        (["run", "--retry", "timout"], "did you mean 'timeout'?"),
        (
            ["run", "--executor", "local", "--task", "mortality/whas500-1yr"],
            "did you mean 'mortality/whas500-1y'",
        ),
        (["run", "--executor", "local", "--model", "ridge-logistik"], "did you mean 'ridge-logistic'"),
        (
            ["run", "--executor", "local", "--model", "sklearn.svm.SVX"],
            "'sklearn.svm.SVX' cannot be imported",
        ),
        (["run", "--executor", "local", "--plugin", "absent.py"], "there is no such file"),
        (["run", "--time-limit", "soon"], "'soon' is not a time"),
        (["run", "--memory-limit", "much"], "'much' is not a size"),
        (["run", "--seeds", "2000000"], "at most 1000000 seeds"),
        (["replicate", "m1"], "did you mean 'M1'"),
        (["replicate", "absent.toml"], "absent.toml"),
        (["replicate", "--executor", "rai"], "did you mean 'ray'?"),
        (["replicate", "--time-limit", "soon"], "'soon' is not a time"),
        (["board", "empty"], "empty has no results.json"),
        (["show", "mortality/whas500-1y,prevalence,0"], "the store has no cell"),
        (["logs", "mortality/whas500-1y,prevalence,0"], "the store has no cell"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else "",
)
def test_what_somebody_can_mend_is_one_line_and_status_two(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Cause and remedy on stderr in one line, no traceback, and nothing is written."""
    (tmp_path / "empty").mkdir()
    status, out, err = called(words, tmp_path, monkeypatch, capsys)
    assert (status, out) == (2, "")
    assert err.startswith("carebench: ")
    assert said in err
    assert len(err.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["empty"]


@pytest.mark.parametrize(
    "words",
    [["fly"], ["run", "--sweet", "quick"], ["run", "--seeds", "0"], ["run", "--cpus", "none"], ["show"]],
)
def test_what_the_parser_refuses_is_status_two_without_traceback(words: list[str], tmp_path: Path) -> None:
    """Unknown commands and options, numbers out of range and missing arguments."""
    ended = subprocess.run(
        [sys.executable, "-m", "carebench", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Usage" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_file_in_the_stores_way_is_status_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is computed: the path, the cause, and the option that names another folder."""
    (tmp_path / "results").write_text("in the way", encoding="utf-8")
    status, _, err = called(QUICK, tmp_path, monkeypatch, capsys)
    assert status == 3
    assert str(tmp_path / "results") in err
    assert "--store" in err
    assert "Traceback" not in err
    assert (tmp_path / "results").read_text(encoding="utf-8") == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_store_is_status_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder without the right to write is found before anything is computed."""
    (tmp_path / "results").mkdir(mode=0o500)
    status, _, err = called(QUICK, tmp_path, monkeypatch, capsys)
    assert status == 3
    assert "Permission denied" in err


def test_a_damaged_results_table_is_status_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A board cannot be built of anything, and the message is no traceback."""
    (tmp_path / "results.json").write_text('{"format": "carebench-results/99"}', encoding="utf-8")
    status, _, err = called(["board", "."], tmp_path, monkeypatch, capsys)
    assert status == 2
    assert err.startswith("carebench: ")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("tasks", ["mortality/spam-toy", "mortality/rhc-30d"]),
        ("models", ["spam-naive-bayes", "ridge-logistic"]),
        ("families", ["mortality", "AUROC"]),
        ("plugins", ["carebench_spam", "carebench_tasks"]),
    ],
)
def test_lists_show_what_is_registered_with_a_plugin_added(
    kind: str,
    listed: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a single-file plugin adds stands beside the built-in."""
    status, out, err = called(["list", kind, "--plugin", str(SPAM)], tmp_path, monkeypatch, capsys)
    assert (status, err) == (0, "")
    assert all(name in out for name in listed)


@pytest.mark.parametrize("kind", ["tasks", "models", "families", "plugins", "suites"])
def test_lists_are_sorted_and_whole_on_a_narrow_terminal(kind: str, tmp_path: Path) -> None:
    """On 80 columns no line is longer, no word is cut, and names are in order."""
    done = subprocess.run(
        [sys.executable, "-m", "carebench", "list", kind],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80", "FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).splitlines()
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names[names[0] in {"plugin", "suite"} :] == sorted(names[names[0] in {"plugin", "suite"} :])
    assert max(map(len, lines)) <= 80
    assert "…" not in done.stdout
    assert kind in {"families", "plugins", "suites"} or "modality: tabular" in done.stdout


def test_the_shipped_suites_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By name, with their sizes."""
    status, out, _ = called(["list", "suites"], tmp_path, monkeypatch, capsys)
    assert status == 0
    assert "quick" in out
