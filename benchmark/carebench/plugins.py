"""Loading one plugin and calling its hooks; separate because only child programs may import a plugin.

Each plugin meets a plugin manager of its own, so one that raises cannot hide the others' registrations.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from carebench import hooks
from carebench.canonical import file_digest
from carebench.catalogue import Origin
from carebench.errors import ChangedPlugin, PluginError
from carebench.family import Family
from carebench.model import Model
from carebench.names import nearest
from carebench.task import Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

MAX_ITEMS = 10_000
HOOKS = ("carebench_families", "carebench_models", "carebench_tasks")
Item = TypeVar("Item")


def installed_origins() -> list[Origin]:
    """The plugins of all installed distributions, sorted; reads metadata only and imports nothing."""
    points = importlib.metadata.entry_points(group=hooks.GROUP)
    return sorted(
        (_entry_point_origin(point) for point in points),
        key=lambda origin: (origin.distribution, origin.name),
    )


def named_origin(plugin: str) -> Origin:
    """The origin that `--plugin FILE_OR_MODULE` names; imports nothing, not even the package of a module.

    Raises:
        PluginError: when there is no such file, and no such module installed.
    """
    path = Path(plugin)
    if path.suffix == ".py" or "/" in plugin:
        if not path.is_file():
            raise PluginError(f"--plugin {plugin}: there is no such file")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return Origin(kind="file", target=str(path.resolve()), name=path.stem, digest=digest)
    try:
        found = importlib.util.find_spec(plugin.partition(".")[0])
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise PluginError(
            f"--plugin {plugin}: no installed module has this name; give a path ending in .py, or install it"
        )
    return Origin(kind="module", target=plugin, name=plugin)


def load(origin: Origin) -> ModuleType:
    """Import the plugin. Whatever its code raises goes through."""
    if origin.kind != "file":
        return importlib.import_module(origin.target)
    if origin.digest and file_digest(Path(origin.target)) != origin.digest:
        raise ChangedPlugin(f"{origin.target} was changed while the run was on; run the same command again")
    module_name = f"carebench_file_plugin_{origin.name}"
    spec = importlib.util.spec_from_file_location(module_name, origin.target)
    if spec is None or spec.loader is None:
        raise PluginError(f"{origin.target} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


def families(module: ModuleType, origin: Origin) -> list[Family]:
    """The kinds of question that the plugin adds; raises `PluginError` when it breaks the contract."""
    return list(_items(_manager(module, origin), "carebench_families", Family, origin))


def tasks(module: ModuleType, origin: Origin) -> list[Task]:
    """The questions that the plugin adds; raises `PluginError` when it breaks the contract."""
    abstract: type[Any] = Task
    return list(_items(_manager(module, origin), "carebench_tasks", abstract, origin))


def models(module: ModuleType, origin: Origin) -> list[Model]:
    """The methods that the plugin adds; raises `PluginError` when it breaks the contract."""
    return list(_items(_manager(module, origin), "carebench_models", Model, origin))


def named(items: Iterable[Item], name: str, origin: Origin) -> Item:
    """The item called `name` among what a plugin registers now.

    Raises:
        PluginError: when it registers it no more.
    """
    for item in items:
        if getattr(item, "name", None) == name:
            return item
    raise PluginError(f"{origin.label} registers no {name!r} any more; was it changed while the run was on?")


def _manager(module: ModuleType, origin: Origin) -> pluggy.PluginManager:
    """A manager that holds this plugin alone, refused for a misspelt hook, a wrong argument, a wrapper, or no hook."""
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    try:
        manager.register(module, name=origin.name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"{origin.label}: {error}{_spelling(module)}") from error
    _refuse_privileges(manager, module, origin)
    return manager


def _entry_point_origin(point: importlib.metadata.EntryPoint) -> Origin:
    name, version = (point.dist.name, point.dist.version) if point.dist else ("", "")
    return Origin(kind="entry-point", target=point.value, name=point.name, distribution=name, version=version)


def _spelling(module: ModuleType) -> str:
    marked = [name for name in vars(module) if hasattr(vars(module)[name], f"{hooks.PROJECT}_impl")]
    strange = [name for name in marked if name not in HOOKS]
    return f"; hook {strange[0]!r}: {nearest(strange[0], HOOKS)}" if strange else ""


def _refuse_privileges(manager: pluggy.PluginManager, module: ModuleType, origin: Origin) -> None:
    callers = manager.get_hookcallers(module) or []
    if not callers:
        raise PluginError(
            f"{origin.label}: implements no hook; mark a function named {', '.join(HOOKS)} with @hookimpl"
        )
    for caller in callers:
        for implementation in caller.get_hookimpls():
            taken = [
                word
                for word in ("wrapper", "hookwrapper", "tryfirst", "trylast")
                if getattr(implementation, word)
            ]
            if taken:
                raise PluginError(
                    f"{origin.label}: {caller.name} asks for {taken[0]}; a plugin cannot change how others run"
                )


def _items(manager: pluggy.PluginManager, hook: str, wanted: type[Item], origin: Origin) -> Iterator[Item]:
    for returned in getattr(manager.hook, hook)():
        taken = list(itertools.islice(iter(returned), MAX_ITEMS + 1))
        if len(taken) > MAX_ITEMS:
            raise PluginError(
                f"{origin.label}: {hook} gave more than {MAX_ITEMS} items; is the generator endless?"
            )
        for item in taken:
            if not isinstance(item, wanted):
                raise PluginError(
                    f"{origin.label}: {hook} gave {type(item).__name__} {item!r:.80}; {wanted.__name__} was expected"
                )
        yield from taken
