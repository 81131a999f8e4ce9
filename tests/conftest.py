"""What all tests share: a place of its own for the children of each module, and the proof that none of them is left."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from carebench.processes import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator


#: The modules that take longest, longest first: what begins last should be short, or one core idles at the end.
LONGEST = (
    "tests/benchmark/test_run.py",
    "tests/test_readme.py",
    "tests/benchmark/test_tuning.py",
    "tests/contracts/test_tasks.py",
    "tests/contracts/test_models.py",
    "tests/leaderboard/test_browser.py",
    "tests/benchmark/test_cluster.py",
    "tests/benchmark/test_starting.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest modules; the others keep their order."""
    place = {config.rootpath / path: number for number, path in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


def children_under(folder: Path) -> list[int]:
    """Marked processes whose home lies in `folder`: children of these tests, whoever else runs carebench here."""
    found = []
    for entry in os.scandir("/proc"):
        try:
            surroundings = Path(entry.path, "environ").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if f"{MARKER}=".encode() in surroundings and f"HOME={folder}/".encode() in surroundings:
            found.append(int(entry.name))
    return found


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests remember or keep stays out of the user's own configuration and cache, and theirs out of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CAREBENCH_CONFIG", str(tmp_path_factory.mktemp("configuration")))
        patch.setenv("CAREBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module", autouse=True)
def workplaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The temporary folder of this module; when the module is done, no child that worked in it may be left."""
    folder = tmp_path_factory.mktemp("workplaces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder
    deadline = time.monotonic() + 5
    while (left := children_under(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left, f"processes {left} were left behind"
