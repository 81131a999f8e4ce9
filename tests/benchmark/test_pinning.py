"""Threads, seeds and environment are pinned before a plugin is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from carebench.pinning import cores, environment

DRAWS = """
import json, sys
{first}
from carebench.pinning import seed_everything
seed_everything({seed}, 1)
{second}
import random
import numpy as np
print(json.dumps({{"python": random.random(), "numpy": float(np.random.rand()), {torch} "seeders": len(
    [finder for finder in sys.meta_path if type(finder).__name__ == "_TorchSeeder"])}}))
"""
TORCH = (
    '"torch": float(torch.rand(1)), "threads": torch.get_num_threads(), '
    '"deterministic": torch.are_deterministic_algorithms_enabled(),'
)


def draws(first: str = "", second: str = "", seed: int = 5) -> dict[str, Any]:
    """What a new interpreter draws when `first` stands before the seeding and `second` after."""
    torch = TORCH if "import torch" in first + second else ""
    code = DRAWS.format(first=first, second=second, seed=seed, torch=torch)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.fixture(scope="module")
def imported_before(workplaces: object) -> dict[str, Any]:
    """Draws with torch imported before the seeding."""
    return draws(first="import torch")


def test_torch_is_seeded_whether_imported_before_or_after(imported_before: dict[str, Any]) -> None:
    """The draw, the thread and the deterministic mode are the same, and the import hook has removed itself."""
    after = draws(second="import torch")
    assert after == imported_before
    assert (after["threads"], after["deterministic"], after["seeders"]) == (1, True, 0)


def test_torch_is_seeded_when_only_a_module_of_it_is_imported(imported_before: dict[str, Any]) -> None:
    """`import torch.nn` imports torch on the way, and seeds it."""
    assert draws(second="import torch.nn") == imported_before


def test_torch_draws_what_its_seed_says(imported_before: dict[str, Any]) -> None:
    """The first number is that of torch's own generator with this seed, and another seed gives another."""
    import torch

    generator = torch.Generator().manual_seed(5)
    assert imported_before["torch"] == float(torch.rand(1, generator=generator))
    assert draws(first="import torch", seed=6)["torch"] != imported_before["torch"]


def test_python_and_numpy_draw_what_their_seed_says() -> None:
    """Both global generators are those of the seed, and torch is not imported for it."""
    import random

    import numpy as np

    found = draws()
    assert found["python"] == random.Random(5).random()  # noqa: S311 - the point of the test
    assert found["numpy"] == float(np.random.RandomState(5).rand())
    assert found["seeders"] == 1
    assert draws(second="assert 'torch' not in sys.modules")["python"] == found["python"]


def test_a_missing_torch_stays_missing() -> None:
    """Where torch cannot be found, importing it fails as ever."""
    hide = (
        "import importlib.machinery as m\n"
        "find = m.PathFinder.find_spec\n"
        "m.PathFinder.find_spec = lambda name, *rest: None if name == 'torch' else find(name, *rest)"
    )
    tried = (
        "try:\n    import torch as _\nexcept ModuleNotFoundError:\n    pass\nelse:\n    raise SystemExit(1)"
    )
    code = DRAWS.format(first=hide, second=tried, seed=5, torch="")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_the_environment_is_an_allow_list() -> None:
    """Of the outer environment only what finds programs and libraries is kept; nothing else gets in."""
    outer = {
        "PATH": "/bin",
        "LD_LIBRARY_PATH": "/lib",
        "VIRTUAL_ENV": "/venv",
        "AWS_SECRET_ACCESS_KEY": "x",
        "CAREBENCH_DATA": "/data",
        "PYTHONPATH": "/elsewhere",
        "LD_PRELOAD": "evil.so",
        "HOME": "/root",
        "TMPDIR": "/shared",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "tr_TR",
        "OMP_NUM_THREADS": "64",
        "PYTHONHASHSEED": "random",
    }
    inner = environment(outer, home="/w/home", temporary="/w/tmp", threads=2, marker="m")
    assert {name: inner[name] for name in ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")} == {
        "PATH": "/bin",
        "LD_LIBRARY_PATH": "/lib",
        "VIRTUAL_ENV": "/venv",
    }
    assert not {"AWS_SECRET_ACCESS_KEY", "CAREBENCH_DATA", "PYTHONPATH", "LD_PRELOAD"} & set(inner)
    assert (inner["HOME"], inner["TMPDIR"], inner["CAREBENCH_MARKER"]) == ("/w/home", "/w/tmp", "m")
    assert (inner["TZ"], inner["LC_ALL"], inner["PYTHONHASHSEED"]) == ("UTC", "C.UTF-8", "0")
    threads = {value for name, value in inner.items() if name.endswith("_THREADS")}
    assert threads == {"2"}


def test_an_empty_environment_is_enough() -> None:
    """What is absent outside stays absent: no variable is invented for it."""
    inner = environment({}, home="/h", temporary="/t", threads=1, marker="m")
    assert not {"PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV"} & set(inner)


def test_cores_are_at_least_one() -> None:
    """Some core runs this test."""
    assert cores() >= 1
