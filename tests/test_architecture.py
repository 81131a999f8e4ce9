"""Who may import whom, read off the source; separate from all other tests because it speaks of no behaviour.

The rules are section 2 of the design: the leaderboard knows nothing of ours, the engine knows no task and no
model, plugins know the public names of `carebench` alone, and a command line that only lists imports nothing heavy.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import subprocess
import sys
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import carebench
from carebench import hooks, plugins

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
HOMES = {
    "carebench": "benchmark",
    "carebench_tasks": "tasks",
    "carebench_plugins": "plugins",
    "carebench_leaderboard": "leaderboard",
}
GENERIC = {"benchmark", "tasks", "plugins", "leaderboard", "tests", "utils", "helpers", "common"}
HEAVY = "numpy pandas scipy sklearn torch ray pyarrow optuna lightgbm SurvSet wilds pydantic jinja2 rich.progress pytest"


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported name: `importer` says `from module import name`, or `import module` with no name.

    Attributes:
        importer: the module that imports.
        module: the module named.
        name: the name taken from it, or nothing.
        typing: whether it stands under `if TYPE_CHECKING`.
        top: whether it runs when the importer is imported.
    """

    importer: str
    module: str
    name: str
    typing: bool
    top: bool


@functools.cache
def modules() -> dict[str, ast.Module]:
    """The source of every module of the four packages, by import name."""
    found = {}
    for package, home in HOMES.items():
        for path in sorted((ROOT / home / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT / home).with_suffix("").parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@functools.cache
def imports() -> tuple[Import, ...]:
    """Every import of every module."""
    return tuple(
        each for name, tree in modules().items() for each in _imports(name, tree, top=True, typing=False)
    )


def _imports(importer: str, node: ast.AST, *, top: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        guarded = typing or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test))
        outside = top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
        for module, name in _names(child):
            yield Import(
                importer=importer, module=module, name=name, typing=guarded, top=outside and not guarded
            )
        yield from _imports(importer, child, top=outside, typing=guarded)


def _names(node: ast.AST) -> list[tuple[str, str]]:
    if isinstance(node, ast.Import):
        return [(alias.name, "") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(f"{'.' * node.level}{node.module or ''}", alias.name) for alias in node.names]
    return []


def package(module: str) -> str:
    """The top-level package of a module."""
    return module.partition(".")[0]


def of(name: str) -> list[Import]:
    """The imports of one package."""
    return [each for each in imports() if package(each.importer) == name]


def told(found: list[Import]) -> list[str]:
    """Imports as a reader would say them."""
    return sorted({f"{each.importer} imports {each.module} {each.name}".strip() for each in found})


def test_the_source_is_where_the_rules_look() -> None:
    """All four packages were read, modules and imports."""
    assert {package(name) for name in modules()} == set(HOMES)
    assert {package(each.importer) for each in imports()} == set(HOMES)


def test_leaderboard_imports_nothing_of_ours() -> None:
    """The results table is all that the leaderboard knows."""
    ours = [each for each in of("carebench_leaderboard") if package(each.module) in HOMES]
    assert told([each for each in ours if package(each.module) != "carebench_leaderboard"]) == []


def test_engine_imports_no_plugin_package() -> None:
    """Built-in tasks and models are found by entry point, as anybody's are."""
    plugin_packages = {"carebench_tasks", "carebench_plugins"}
    assert told([each for each in of("carebench") if package(each.module) in plugin_packages]) == []


def test_only_commands_know_the_leaderboard() -> None:
    """Within the engine only `carebench.commands` imports the leaderboard, and only its public names."""
    known = [each for each in of("carebench") if package(each.module) == "carebench_leaderboard"]
    public = set(importlib.import_module("carebench_leaderboard").__all__)
    assert known
    assert told([each for each in known if not each.importer.startswith("carebench.commands.")]) == []
    assert told([each for each in known if each.module != "carebench_leaderboard"]) == []
    assert {each.name for each in known} <= public


@pytest.mark.parametrize("name", ["carebench_tasks", "carebench_plugins"])
def test_plugins_import_public_names_only(name: str) -> None:
    """A plugin package takes names that `carebench.__all__` lists, and nothing from another package of ours."""
    strangers = [each for each in of(name) if package(each.module) in set(HOMES) - {name}]
    private = [
        each for each in strangers if (each.module, each.name in carebench.__all__) != ("carebench", True)
    ]
    assert strangers
    assert told(private) == []


def test_third_party_plugin_needs_public_names_only() -> None:
    """The example of a third party's plugin is held to the same."""
    tree = ast.parse((ROOT / "tests/carebench_spam/carebench_spam.py").read_text(encoding="utf-8"))
    taken = [each for each in _imports("spam", tree, top=True, typing=False) if package(each.module) in HOMES]
    assert taken
    assert {each.module for each in taken} == {"carebench"}
    assert {each.name for each in taken} <= set(carebench.__all__)


def test_public_names_exist() -> None:
    """Every name of `carebench.__all__` is there, and the list is sorted."""
    assert [name for name in carebench.__all__ if not hasattr(carebench, name)] == []
    assert list(carebench.__all__) == sorted(carebench.__all__)


def test_nothing_generic_is_imported() -> None:
    """No import of `tasks`, `plugins` or the like, which might be somebody's own folder, and none that is relative."""
    assert told([each for each in imports() if package(each.module) in GENERIC]) == []
    assert told([each for each in imports() if each.module.startswith(".")]) == []


def test_source_roots_are_no_packages() -> None:
    """The folders around the packages hold no `__init__.py`, so that `tasks` and `plugins` cannot be imported."""
    assert [home for home in HOMES.values() if (ROOT / home / "__init__.py").exists()] == []


def test_nouns_stand_alone() -> None:
    """What a plugin declares with imports nothing of the engine when it runs; errors import nothing of ours at all."""
    nouns = {f"carebench.{name}" for name in ("task", "model", "family", "hooks", "errors")}
    ours = [each for each in imports() if each.importer in nouns and package(each.module) in HOMES]
    assert told([each for each in ours if not each.typing]) == []
    assert told([each for each in ours if each.importer == "carebench.errors"]) == []


def test_imports_run_one_way() -> None:
    """When modules are imported, no module needs one that needs it."""
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for each in imports():
        target = f"{each.module}.{each.name}" if f"{each.module}.{each.name}" in graph else each.module
        within = target in graph and target != each.importer and target != package(each.importer)
        if each.top and within:
            graph[each.importer].add(target)
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" needs ".join(error.args[1]))
    assert set(order) == set(modules())


def test_only_children_import_plugins() -> None:
    """Loading a plugin, and describing what it registers, happen in child programs and in tests alone."""
    doors = {("carebench.plugins", "load"), ("carebench.plugins", "models"), ("carebench", "describe")}
    users = {each.importer for each in of("carebench") if each.module == "carebench.describe"}
    users |= {each.importer for each in of("carebench") if (each.module, each.name) in doors}
    users |= {
        each.importer for each in of("carebench") if (each.module, each.name) == ("carebench", "plugins")
    }
    assert users
    assert {
        user for user in users if not user.startswith(("carebench.children.", "carebench.testing."))
    } == set()


def test_nobody_imports_the_command_line() -> None:
    """A run begins in `carebench.cli` (or `python -m carebench`), and commands are called from there alone."""
    users = [
        each for each in of("carebench") if each.module.startswith(("carebench.cli", "carebench.commands"))
    ]
    front = ("carebench.cli", "carebench.commands", "carebench.__main__")
    assert users
    assert told([each for each in users if not each.importer.startswith(front)]) == []


def test_every_module_says_what_it_is_for() -> None:
    """Each module opens with a docstring of at least one whole sentence."""
    opening = {name: (ast.get_docstring(tree) or "") for name, tree in modules().items()}
    assert [
        name for name, text in opening.items() if not text.partition("\n\n")[0].endswith((".", "?"))
    ] == []


@pytest.mark.parametrize(
    "module", ["carebench", "carebench.cli", "carebench.testing", "carebench_tasks", "carebench_plugins"]
)
def test_importing_costs_nothing(module: str) -> None:
    """In a fresh interpreter the import loads no numeric library, no Ray, no pydantic and no pytest."""
    code = f"import sys, {module}; print(*set({HEAVY.split()!r}).intersection(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_engine_knows_every_hook() -> None:
    """The names that the loader accepts are those that are specified."""
    assert set(plugins.HOOKS) == set(_hooks())


@pytest.mark.parametrize("hook", plugins.HOOKS)
def test_readme_documents_every_hook(hook: str) -> None:
    """The README names each hook with its arguments, of which there are none."""
    assert f"{hook}{_hooks()[hook]}" in (ROOT / "README.md").read_text(encoding="utf-8")


def _hooks() -> dict[str, str]:
    """The specified hooks, each with its arguments as they are written."""
    marked = {name: each for name, each in vars(hooks).items() if hasattr(each, f"{hooks.PROJECT}_spec")}
    return {name: f"({', '.join(inspect.signature(each).parameters)})" for name, each in marked.items()}
