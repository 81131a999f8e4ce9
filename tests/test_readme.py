"""The README is held to the code: its files are written, its commands run, its hooks are the ones that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from carebench import plugins
from carebench.plugins import HOOKS
from carebench.testing import ModelContract

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()
]
FILES = dict(re.findall(r"Write `(\w+\.py)`:\n\n```python\n(.*?)```", README, re.DOTALL))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README tells to write."""
    place = tmp_path_factory.mktemp("readme")
    for name, text in FILES.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def test_the_files_are_found() -> None:
    """The README shows models, of tables, series and pictures, in at most ten lines with something in them, a task, and a causal benchmark."""
    assert set(FILES) == {"my_model.py", "my_pictures.py", "my_series.py", "my_task.py", "my_trial.py"}
    for name in ("my_model.py", "my_series.py", "my_pictures.py"):
        assert len([line for line in FILES[name].splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize("name", ["my_series.py", "my_pictures.py"])
def test_the_model_of_another_modality_keeps_the_contract(folder: Path, name: str) -> None:
    """It answers as its family declares, and each patient from the own series or picture alone."""
    origin = plugins.named_origin(str(folder / name))
    contract = ModelContract()
    (contract.model,) = plugins.models(plugins.load(origin), origin)  # type: ignore[misc]
    contract.test_answers_as_its_family_declares()
    contract.test_company_of_test_rows_does_not_matter()


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_make_knows_its_targets(line: str) -> None:
    """Every `make` command names a target of the Makefile."""
    target = line.split()[1]
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("carebench ")])
def test_commands_run_as_written(line: str, folder: Path) -> None:
    """Every `carebench` command succeeds in the order of the README."""
    words = line.split()[1:]
    extra = ["--executor", "local"] if words[0] in {"run", "replicate"} else []
    outcome = subprocess.run(
        [sys.executable, "-m", "carebench", *words, *extra],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert outcome.stdout.strip()


def test_every_hook_is_named() -> None:
    """All hooks stand in the README, and it names none that does not exist."""
    assert set(re.findall(r"carebench_(?:models|tasks|families)\b(?=\()", README)) == {*HOOKS}


def test_no_command_is_of_another_kind() -> None:
    """Shell blocks hold only `make` and `carebench` commands, so that none goes untested."""
    assert COMMANDS
    assert all(line.startswith(("make ", "carebench ")) for line in COMMANDS)
