"""What a user installs: the wheel's content, and a third party's plugin beside it in a fresh environment.

Separate because it builds and installs, offline and in seconds, where all other tests run on the source.
"""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).parents[1]
SPAM = ROOT / "tests" / "carebench_spam"
PACKAGES = {
    "carebench": "benchmark",
    "carebench_tasks": "tasks",
    "carebench_plugins": "plugins",
    "carebench_leaderboard": "leaderboard",
}


def build(source: Path, folder: Path) -> Path:
    """The wheel of a source tree, made with what is installed here."""
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of carebench."""
    return build(ROOT, tmp_path_factory.mktemp("carebench-wheel"))


@pytest.fixture(scope="module")
def files(wheel: Path) -> list[str]:
    """The files in the wheel of carebench."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """The metadata in the wheel of carebench."""
    return email.message_from_string(_text(wheel, "METADATA"))


def _text(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (path,) = [each for each in archive.namelist() if each.endswith(f".dist-info/{name}")]
        return archive.read(path).decode("utf-8")


def test_top_level_names_are_the_four_packages(files: list[str]) -> None:
    """Nothing else becomes importable, and nothing generic."""
    names = {name.partition("/")[0] for name in files}
    assert {name for name in names if not name.endswith(".dist-info")} == set(PACKAGES)


def test_wheel_holds_all_that_the_source_holds(files: list[str]) -> None:
    """Every module, suite, template, style and type marker of the source is in the wheel, and nothing else."""
    sources = {
        path.relative_to(ROOT / home).as_posix()
        for package, home in PACKAGES.items()
        for path in (ROOT / home / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert {name for name in files if ".dist-info/" not in name} == sources


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_typed(files: list[str], package: str) -> None:
    """Type checkers of plugin authors read our annotations."""
    assert f"{package}/py.typed" in files


def test_suites_templates_and_styles_are_shipped(files: list[str]) -> None:
    """What is no module but is read at run time is there."""
    assert "carebench_tasks/suites/quick.toml" in files
    assert "carebench_leaderboard/templates/index.html" in files
    assert "carebench_leaderboard/static/app.css" in files


def test_no_test_is_shipped(files: list[str]) -> None:
    """Tests stay in the repository."""
    parts = {part for name in files for part in Path(name).parts}
    assert not {part for part in parts if part == "tests" or part.startswith(("test_", "conftest"))}


def test_metadata_names_licence_python_and_readme(metadata: Message) -> None:
    """The licence is Apache-2.0, with its text; the Python version and a description are stated."""
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata.get_payload().strip()  # type: ignore[union-attr]


def test_entry_points_are_those_of_everybody(wheel: Path) -> None:
    """The command, and the two built-in plugin packages in the group that all plugins use."""
    points = ConfigParser()
    points.read_string(_text(wheel, "entry_points.txt"))
    assert points["console_scripts"]["carebench"] == "carebench.cli:main"
    assert dict(points["carebench"]) == {"tasks": "carebench_tasks", "plugins": "carebench_plugins"}


class Installed(NamedTuple):
    """An environment with the two wheels: its folder, and a folder to work in."""

    environment: Path
    work: Path

    def carebench(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its command `carebench` as a user would, in an environment without a trace of this repository."""
        command = [str(self.environment / "bin" / "carebench"), *words]
        variables = {"PATH": os.environ["PATH"], "HOME": str(self.work), "COLUMNS": "200"}
        return subprocess.run(
            command, cwd=self.work, env=variables, capture_output=True, text=True, check=False, timeout=100
        )

    def python(self, code: str) -> str:
        """What its interpreter prints."""
        command = [str(self.environment / "bin" / "python"), "-P", "-c", code]
        return subprocess.run(
            command, cwd=self.work, capture_output=True, text=True, check=True
        ).stdout.strip()


@pytest.fixture(scope="module")
def spam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the third party's plugin."""
    return build(SPAM, tmp_path_factory.mktemp("spam-wheel"))


def install(wheels: list[Path], *where: str, by: tuple[str, ...] = ()) -> None:
    """Install wheels with pip: no dependencies, no network."""
    command = [sys.executable, "-m", "pip", *by, "install", "--no-deps", "--no-index", "--quiet", *where]
    done = subprocess.run([*command, *map(str, wheels)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(wheel: Path, spam: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """A fresh virtual environment with the wheels of carebench and carebench-spam, installed by pip, offline.

    The libraries that they depend on are those of this interpreter, lent by a `.pth` file, after the environment's own.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", symlinks=True)
    install([wheel, spam], by=("--python", str(folder / "venv" / "bin" / "python")))
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv")}))
    lent = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (own / "lent.pth").write_text("\n".join(lent) + "\n", encoding="utf-8")
    (folder / "work").mkdir()
    return Installed(folder / "venv", folder / "work")


def test_installed_packages_are_those_of_the_wheel(installed: Installed) -> None:
    """What follows tests the wheel: the four packages and the plugin come from the environment."""
    names = [*PACKAGES, "carebench_spam"]
    printed = installed.python(
        f"import {', '.join(names)}; print(*[m.__file__ for m in ({', '.join(names)})])"
    )
    assert len(printed.split()) == len(names)
    assert all(Path(path).is_relative_to(installed.environment) for path in printed.split())


def test_third_party_plugin_is_listed_with_distribution_and_version(installed: Installed) -> None:
    """Installed and nothing else: `carebench list plugins` names it, where it comes from, and what it adds."""
    listed = installed.carebench("list", "plugins")
    assert listed.returncode == 0, listed.stderr
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("spam ")]
    assert "carebench-spam 1.0" in line
    assert "1 task, 1 model" in line


def test_third_party_task_and_model_run(installed: Installed) -> None:
    """Its task is prepared, its model fitted, and the answer scored and ranked, from the installed wheels alone."""
    grid = (
        "--task",
        "mortality/spam-toy",
        "--model",
        "spam-naive-bayes",
        "--seeds",
        "2",
        "--executor",
        "local",
    )
    ran = installed.carebench("run", *grid, "--store", "store", "--out", "board")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    results = json.loads((installed.work / "board" / "results.json").read_text(encoding="utf-8"))
    cells = [cell for cell in results["cells"] if cell["model"] == "spam-naive-bayes"]
    assert [cell["status"] for cell in cells] == ["ok", "ok"]
    assert (installed.work / "board" / "index.html").stat().st_size > 1000


def test_suites_are_found_in_the_wheel(installed: Installed) -> None:
    """The suites that ship inside the package are listed."""
    listed = installed.carebench("list", "suites")
    assert listed.returncode == 0, listed.stderr
    assert "quick" in listed.stdout


def test_plugin_on_pythonpath_alone_is_listed_as_not_available(spam: Path, tmp_path: Path) -> None:
    """Children get no PYTHONPATH, so a plugin that only the user's shell can see is named with the reason."""
    install([spam], "--target", str(tmp_path / "target"))
    listed = subprocess.run(
        [sys.executable, "-m", "carebench", "list", "plugins"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "target")},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("spam ")]
    assert "carebench-spam 1.0" in line
    assert "No module named 'carebench_spam'" in line
