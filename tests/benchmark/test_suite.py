"""Suite files: every mistake is met with the key, what was expected, and the nearest right name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from carebench.commands.run import Request, requested_suite
from carebench.discovery import discover
from carebench.errors import UsageError
from carebench.plan import make_plan
from carebench.suite import Suite, find_suite, read_suite, seconds, shipped_suites, size

if TYPE_CHECKING:
    from pathlib import Path

GOOD = 'name = "mine"\ntasks = ["mortality/a"]\nmodels = ["ridge"]\n'


def written(folder: Path, content: str | bytes) -> Path:
    """A suite file."""
    path = folder / "mine.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_least_suite_has_one_seed_and_moderate_limits(tmp_path: Path) -> None:
    """Name, tasks and models suffice: seed 0, ten minutes and 4 GiB a cell."""
    suite = read_suite(written(tmp_path, GOOD))
    assert (suite.seeds, suite.limits.time, suite.limits.memory) == ([0], 600.0, 4 * 1024**3)


def test_seeds_are_a_number_or_a_list(tmp_path: Path) -> None:
    """Three seeds are 0, 1 and 2; a list stands as it is."""
    assert read_suite(written(tmp_path, GOOD + "seeds = 3")).seeds == [0, 1, 2]
    assert read_suite(written(tmp_path, GOOD + "seeds = [7, 3]")).seeds == [7, 3]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD + 'task = ["x"]', "unknown key 'task'; did you mean 'tasks'"),
        (GOOD + "sedes = 3", "unknown key 'sedes'; did you mean 'seeds'"),
        (GOOD + '[limits]\nmemmory = "4GiB"', r"unknown key 'limits\.memmory'; did you mean 'memory'"),
        (GOOD.replace("name", "#name"), "the key 'name' is missing"),
        (GOOD.replace("tasks", "#tasks"), "the key 'tasks' is missing"),
        (GOOD.replace("models", "#models"), "the key 'models' is missing"),
        ('name = "mine"\ntasks = []\nmodels = ["a"]', "key 'tasks': List should have at least 1 item"),
        ('name = "mine"\ntasks = "a"\nmodels = ["a"]', r"key 'tasks': .*valid list \(got 'a'\)"),
        ('name = "mine"\ntasks = [1]\nmodels = ["a"]', r"key 'tasks\.0': .*valid string \(got 1\)"),
        ('name = 1\ntasks = ["a"]\nmodels = ["a"]', r"key 'name': .*valid string"),
        (GOOD + "seeds = 0", "key 'seeds': .*at least 1 item"),
        (GOOD + "seeds = -1", "key 'seeds': .*at least 1 item"),
        (GOOD + "seeds = true", "key 'seeds'"),
        (GOOD + 'seeds = "3"', "key 'seeds'"),
        (GOOD + "seeds = [-1]", r"key 'seeds\.0'"),
        (GOOD + "seeds = [1.5]", r"key 'seeds\.0'"),
        (GOOD + "seeds = [1000000]", r"key 'seeds\.0'"),
        (GOOD + "seeds = 999999999999999", "key 'seeds': at most 1000000 seeds"),
        (GOOD + "limits = 5", "key 'limits'"),
        (GOOD + '[limits]\ntime = "5"', "key 'limits.time': '5' is not a time such as 90s, 10m or 2h"),
        (GOOD + '[limits]\ntime = "5 weeks"', "not a time"),
        (GOOD + '[limits]\ntime = "-5s"', "not a time"),
        (GOOD + "[limits]\ntime = 0", "not a time"),
        (GOOD + "[limits]\ntime = inf", "not a time"),
        (GOOD + "[limits]\ntime = nan", "not a time"),
        (GOOD + f'[limits]\ntime = "{"9" * 400}s"', "not a time"),
        (GOOD + '[limits]\ntime = ["5s"]', "not a time"),
        (
            GOOD + '[limits]\nmemory = "4gb"',
            "key 'limits.memory': '4gb' is not a size such as 512MiB or 4GiB",
        ),
        (GOOD + '[limits]\nmemory = "GiB"', "not a size"),
        (GOOD + "[limits]\nmemory = inf", "not a size"),
        (GOOD + "[limits]\nmemory = true", "not a size"),
        (GOOD.replace("mine", "../mine"), r"key 'name': '\.\./mine' is not allowed"),
        (GOOD.replace("mine", ""), "key 'name': '' is not allowed"),
        (GOOD.replace("mine", "Mine"), "key 'name': 'Mine' is not allowed"),
        (GOOD + GOOD, "overwrite"),
        ("name = ", "Invalid value"),
        ("x = " + "[" * 5000, "suite .*mine.toml"),
        (b"name = '\xff'", "can't decode"),
        (b"\x00", "suite .*mine.toml"),
        ("", "the key 'name' is missing; the key 'tasks' is missing; the key 'models' is missing"),
    ],
    ids=lambda value: repr(value)[-40:],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, content: str | bytes, words: str) -> None:
    """Wrong keys get the nearest, missing ones are named, wrong values are shown with what was expected."""
    path = written(tmp_path, content)
    with pytest.raises(UsageError, match=words) as caught:
        read_suite(path)
    assert str(path) in str(caught.value)
    assert "pydantic" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Both with the path."""
    (tmp_path / "folder.toml").mkdir()
    for name in ("absent.toml", "folder.toml"):
        with pytest.raises(UsageError, match=name):
            find_suite(str(tmp_path / name))


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("10m", 600), ("2h", 7200), (" 1.5 m ", 90), (45, 45), (0.5, 0.5)]
)
def test_times_are_seconds(text: object, expected: float) -> None:
    """Seconds, minutes and hours; a bare number is seconds."""
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("512MiB", 512 * 1024**2), ("4GiB", 4 * 1024**3), ("4GB", 4 * 10**9), ("1MB", 10**6), (1024, 1024)],
)
def test_sizes_are_bytes(text: object, expected: int) -> None:
    """Powers of two and of ten are told apart; a bare number is bytes."""
    assert size(text) == expected


def test_the_shipped_suites_are_valid_and_name_only_what_is_registered() -> None:
    """Every name of every shipped suite is found, and each file is called like its suite."""
    found = discover()
    assert "quick" in shipped_suites()
    for name, path in shipped_suites().items():
        suite = read_suite(path)
        assert suite.name == name
        assert {cell.seed for cell, _, _ in make_plan(suite, found).cells()} == {
            seed for part in suite.parts for seed in part.seeds
        }


def test_the_command_line_changes_only_what_it_names(tmp_path: Path) -> None:
    """Seeds and limits are taken over under the suite's name; a choice gets another, so that no board is overwritten."""
    path = str(written(tmp_path, GOOD))
    same = requested_suite(Request(suite=path, seeds=2, time_limit="30s", memory_limit="1GiB"))
    assert (same.name, same.seeds, same.limits.time, same.limits.memory) == ("mine", [0, 1], 30.0, 1024**3)
    other = requested_suite(Request(models=["forest"]))
    assert (other.name, other.models) == ("custom", ["forest"])
    assert (other.tasks, other.seeds) == (find_suite("quick").tasks, find_suite("quick").seeds)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (Request(time_limit="5 weeks"), "the command line: key 'limits.time': '5 weeks' is not a time"),
        (Request(memory_limit="much"), "the command line: key 'limits.memory': 'much' is not a size"),
        (Request(seeds=10**9), "the command line: key 'seeds': at most 1000000 seeds"),
    ],
)
def test_a_wrong_limit_on_the_command_line_is_one_line(request_: Request, words: str) -> None:
    """The same words as for a file, on one line."""
    with pytest.raises(UsageError, match=words) as caught:
        requested_suite(request_)
    assert "\n" not in str(caught.value)


def test_a_suite_cannot_be_changed() -> None:
    """A suite is only read."""
    suite = Suite(name="a", tasks=["b"], models=["c"])
    with pytest.raises(ValueError, match="frozen"):
        suite.name = "d"


PARTS = (
    GOOD
    + """
[[part]]
tasks = ["defer/b"]
models = ["x"]
seeds = 2
"""
)


def test_a_part_is_a_grid_of_its_own(tmp_path: Path) -> None:
    """Its models meet its tasks alone, for its seeds; the command line changes the seeds of every grid."""
    suite = read_suite(written(tmp_path, PARTS))
    assert [(part.tasks, part.models, part.seeds) for part in suite.parts] == [
        (suite.tasks, suite.models, [0]),
        (["defer/b"], ["x"], [0, 1]),
    ]
    changed = requested_suite(Request(suite=str(tmp_path / "mine.toml"), seeds=3))
    assert [part.seeds for part in changed.parts] == [[0, 1, 2]] * 2
    with pytest.raises(UsageError, match=r"unknown key 'part\.0\.sedes'; did you mean 'seeds'"):
        read_suite(written(tmp_path, PARTS.replace("seeds = 2", "sedes = 2")))
