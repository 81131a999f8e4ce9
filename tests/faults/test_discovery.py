"""Faulty plugins are named with their fault, spare all others, and never run in our own process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from carebench import discovery
from carebench.catalogue import Catalogue, Origin, PluginEntry
from carebench.commands.run import Request, run_suite
from carebench.discovery import discover
from carebench.errors import PluginError, UsageError
from carebench.plan import make_plan
from carebench.plugins import installed_origins, named_origin
from carebench.suite import Suite, find_suite
from carebench.warden import Limits

FOLDER = Path(__file__).parent / "plugins"
LIMITS = Limits(wall=10.0, memory=2 * 2**30)

#: Plugin to parts of what is said of it.
FAULTS = {
    "import_error": ["No module named 'a_module_that_is_not_there'"],
    "exits_at_import": ["ended with status 0", "without a result"],
    "os_exit_at_import": ["ended with status 0", "without a result"],
    "segfaults_at_import": ["SIGSEGV"],
    "hangs_at_import": ["passed the limit of 10 s"],
    "hook_exits": ["ended with status 0", "without a result"],
    "hook_raises": ["RuntimeError: the hook of this plugin always fails"],
    "misspelt_hook": ["carebench_modelz", "did you mean 'carebench_models'"],
    "wrong_argument": ["nonsense"],
    "wrong_type": ["gave str 'random-forest'; Model was expected"],
    "endless_models": ["more than 10000 items"],
    "no_hook": ["implements no hook"],
    "wrapper": ["asks for wrapper"],
    "tryfirst": ["asks for tryfirst"],
    "bad_name": ["the model name '../x' is not allowed"],
    "clash": ["the name 'ridge-logistic' is claimed by"],
}
FINE = ("dirty", "misbehaving", "forging", "forging_task")


def installed(name: str) -> Origin:
    """A file of the folder of faults, as if a distribution had installed it."""
    return replace(named_origin(str(FOLDER / f"{name}.py")), distribution=f"faulty-{name}", version="1")


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What was found with all faulty plugins installed, before ours."""

    catalogue: Catalogue
    seconds: float

    def plugin(self, name: str) -> PluginEntry:
        return next(entry for entry in self.catalogue.plugins if entry.origin.name == name)


@pytest.fixture(scope="module")
def clean(workplaces: Path) -> Catalogue:
    """What our own plugins register."""
    return discover()


@pytest.fixture(scope="module")
def crowd(workplaces: Path) -> Crowd:
    """One discovery with everything installed, the faulty plugins first."""
    origins = [*map(installed, (*FINE, *FAULTS)), *installed_origins()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discovery, "installed_origins", lambda: origins)
        began = time.monotonic()
        found = discover(limits=LIMITS)
    return Crowd(catalogue=found, seconds=time.monotonic() - began)


def test_every_plugin_of_the_folder_is_expected_here() -> None:
    """No faulty plugin goes untested."""
    assert {path.stem for path in FOLDER.glob("*.py")} == {*FAULTS, *FINE, "conftest"}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_plugin_is_listed_with_its_fault_and_adds_nothing(crowd: Crowd, name: str) -> None:
    """An installed plugin that cannot be used is unavailable, with the reason in words."""
    entry = crowd.plugin(name)
    assert not entry.available
    assert all(part in "; ".join(entry.problems) for part in FAULTS[name]), entry.problems
    assert entry.adds == ()
    assert not [model.name for model in crowd.catalogue.models if model.origin.name == name]


@pytest.mark.parametrize("name", FINE)
def test_a_plugin_that_misbehaves_later_is_available(crowd: Crowd, name: str) -> None:
    """Plugins that break no rule at registration are listed with their models and tasks."""
    assert crowd.plugin(name).available
    models = [model.name for model in crowd.catalogue.models if model.origin.name == name]
    assert models or [task.name for task in crowd.catalogue.tasks if task.origin.name == name]


def test_ours_are_described_as_without_the_faulty_ones(crowd: Crowd, clean: Catalogue) -> None:
    """All our families, tasks and models stay, to the last field; only the claimed name goes."""
    assert crowd.catalogue.families == clean.families
    ours = [task for task in crowd.catalogue.tasks if task.origin.distribution == "carebench"]
    assert ours == list(clean.tasks)
    models = [model for model in crowd.catalogue.models if model.origin.distribution == "carebench"]
    assert models == [model for model in clean.models if model.name != "ridge-logistic"]


def test_a_hanging_plugin_costs_its_limit_once(crowd: Crowd) -> None:
    """The one that hangs is left out after one limit, and the others are described without it."""
    assert crowd.seconds < LIMITS.wall + 30


def test_a_traceback_is_kept_for_who_mends_the_plugin(crowd: Crowd) -> None:
    """File and line of the fault are there, our own frames are not."""
    traceback = crowd.plugin("hook_raises").traceback
    assert str(FOLDER / "hook_raises.py") in traceback
    assert "benchmark/carebench/" not in traceback


def test_a_claimed_name_is_taken_from_both_and_both_are_named(crowd: Crowd) -> None:
    """Neither claimant has the name, and the reason names the two distributions."""
    assert "ridge-logistic" not in {model.name for model in crowd.catalogue.models}
    ours = next(entry for entry in crowd.catalogue.plugins if entry.origin.target == "carebench_plugins")
    for entry in (ours, crowd.plugin("clash")):
        (problem,) = entry.problems
        assert "faulty-clash 1" in problem
        assert "carebench 0" in problem
    with pytest.raises(UsageError, match="ridge-logistic"):
        crowd.catalogue.model("ridge-logistic")


def test_a_dirty_plugin_spoils_no_description_made_after_it(
    monkeypatch: pytest.MonkeyPatch, clean: Catalogue
) -> None:
    """Described after it in the same child, our plugins are what they are without it."""
    origins = [installed("dirty"), *installed_origins()]
    monkeypatch.setattr(discovery, "installed_origins", lambda: origins)
    found = discover()
    assert [entry.problems for entry in found.plugins] == [()] * len(origins)
    assert (found.families, found.tasks) == (clean.families, clean.tasks)
    assert [model for model in found.models if model.origin.name != "dirty"] == list(clean.models)


def test_a_dirty_plugin_changes_nothing_in_our_process() -> None:
    """Folder, environment, path, warnings, random state, numpy and loaded modules stay as they were."""

    def state() -> list[object]:
        umask = os.umask(0o22)
        os.umask(umask)
        numbers = (umask, random.getstate(), sys.getrecursionlimit(), np.geterr(), np.mean([1.0, 3.0]))
        return [
            Path.cwd(),
            dict(os.environ),
            list(sys.path),
            list(warnings.filters),
            numbers,
            set(sys.modules),
        ]

    discover([str(FOLDER / "dirty.py")])
    before = state()
    discover([str(FOLDER / "dirty.py")])
    assert state() == before
    assert not [name for name in sys.modules if name.startswith("carebench_file_plugin_dirty")]


@pytest.mark.parametrize(
    "name", ["import_error", "segfaults_at_import", "exits_at_import", "misspelt_hook", "clash", "bad_name"]
)
def test_a_broken_plugin_asked_for_by_name_is_refused(name: str) -> None:
    """What the user named must work: else the run does not begin, and the message names file and fault."""
    path = FOLDER / f"{name}.py"
    with pytest.raises(UsageError) as caught:
        discover([str(path)], limits=LIMITS)
    assert caught.value.status == 2
    assert all(part in str(caught.value) for part in [str(path), *FAULTS[name]])


def test_the_command_line_names_the_broken_plugin_and_exits_with_two(tmp_path: Path) -> None:
    """`list models --plugin` of a plugin without its module: status 2 and the cause on stderr."""
    command = [
        sys.executable,
        "-m",
        "carebench",
        "list",
        "models",
        "--plugin",
        str(FOLDER / "import_error.py"),
    ]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "a_module_that_is_not_there" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("plugin", "words"),
    [
        ("nowhere.py", "there is no such file"),
        ("./nowhere", "there is no such file"),
        ("no_such_module", "no installed module has this name"),
        ("", "no installed module has this name"),
        ("..", "no installed module has this name"),
    ],
)
def test_a_plugin_that_is_not_there_is_refused(plugin: str, words: str) -> None:
    """A wrong path and a wrong module each get their own sentence."""
    with pytest.raises(PluginError, match=words):
        named_origin(plugin)


def test_looking_for_a_module_imports_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that would end our process at import is not imported when a module of it is named."""
    (tmp_path / "ends_at_import").mkdir()
    (tmp_path / "ends_at_import" / "__init__.py").write_text("raise SystemExit(0)", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert named_origin("ends_at_import.models") == Origin(
        kind="module", target="ends_at_import.models", name="ends_at_import.models"
    )
    assert "ends_at_import" not in sys.modules


def test_a_module_that_a_package_lacks_is_refused() -> None:
    """The child that imports it says that it is not there."""
    with pytest.raises(UsageError, match=r"No module named 'carebench_plugins\.nothing'"):
        discover(["carebench_plugins.nothing"], limits=LIMITS)


@pytest.mark.parametrize(
    ("dotted", "words"),
    [
        ("sklearn.svm.SVX", "'sklearn.svm.SVX' cannot be imported"),
        ("no_such_module.Thing", "cannot be imported"),
        ("math.pi", "is no class or function"),
    ],
)
def test_an_estimator_that_cannot_be_imported_is_refused(dotted: str, words: str) -> None:
    """A wrong dotted name is a usage error that quotes it."""
    with pytest.raises(UsageError, match=words):
        discover(dotted=[dotted], limits=LIMITS)


def test_an_unknown_task_or_model_gets_the_nearest_name(clean: Catalogue) -> None:
    """One wrong letter is met with the right name."""
    tasks, models = ["mortality/rhc-30d"], ["random-forest"]
    with pytest.raises(UsageError, match="did you mean 'mortality/rhc-30d'"):
        make_plan(Suite(name="a", tasks=["mortality/rch-30d"], models=models), clean)
    with pytest.raises(UsageError, match="did you mean 'random-forest'"):
        make_plan(Suite(name="a", tasks=tasks, models=["random-forrest"]), clean)


def test_an_unknown_model_names_the_plugins_that_are_not_available(crowd: Crowd) -> None:
    """Whoever misses a model learns which plugins failed."""
    with pytest.raises(UsageError, match=r"not available: .*faulty-import_error 1.*carebench list plugins"):
        crowd.catalogue.model("the-model-of-a-broken-plugin")


def test_an_unknown_suite_executor_or_status_gets_the_nearest_name(tmp_path: Path) -> None:
    """Each refusal offers what was probably meant, before anything runs."""
    with pytest.raises(UsageError, match="did you mean 'quick'"):
        find_suite("quik")
    with pytest.raises(UsageError, match="did you mean 'local'"):
        run_suite(Request(executor="locla", store=tmp_path))
    with pytest.raises(UsageError, match="did you mean 'timeout'"):
        run_suite(Request(retry=["timout"], store=tmp_path))
    assert list(tmp_path.iterdir()) == []
