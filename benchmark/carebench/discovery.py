"""Finding out what is registered, without importing any plugin here; separate because the driver must stay clean.

One child describes all plugins. If it dies, another describes those that did not end it, so that a
plugin that exits, hangs or crashes at import is named, costs its limit once, and spares the others.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from carebench.catalogue import Catalogue, FamilyEntry, ModelEntry, Origin, PluginEntry, TaskEntry
from carebench.errors import PluginError, UsageError
from carebench.family import Answer, Figure, Metric
from carebench.pinning import data_environment
from carebench.plugins import installed_origins, named_origin
from carebench.text import one_line, printable
from carebench.warden import Ending, Limits, supervise, workplace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LIMITS = Limits(wall=20.0, memory=4 * 2**30)
#: How much longer a child may take that imports every build, and with them the libraries that do the work.
_IMPORTING = 4
_KINDS = ("families", "tasks", "models")


def discover(
    plugins: Sequence[str] = (),
    dotted: Sequence[str] = (),
    blocked: Sequence[str] = (),
    limits: Limits = LIMITS,
    *,
    tuning: Sequence[str] = (),
) -> Catalogue:
    """What all installed plugins, the plugins named, and the dotted estimators register.

    Args:
        plugins: files or modules, as given to `--plugin`.
        dotted: importable estimators, such as `sklearn.svm.SVC`.
        blocked: names of installed plugins to leave out.
        limits: what one discovering child may use.
        tuning: names or patterns of the models whose search spaces are held against what their `build` takes, which
            imports the builds, and takes longer.

    Raises:
        UsageError: when a plugin that was asked for by name, or a dotted estimator, cannot be used.
    """
    asked = [_asked_for(plugin) for plugin in plugins]
    installed = [origin for origin in installed_origins() if origin.name not in blocked]
    limits = replace(limits, wall=_IMPORTING * limits.wall) if tuning else limits
    found = _describe([*installed, *asked], limits, tuning=tuning)
    entries = _refuse_clashes(found)
    _insist(entries, asked)
    families = [FamilyEntry(**_typed(family)) for family in _usable(entries, "families")]
    tasks = [TaskEntry(**_typed(task)) for task in _usable(entries, "tasks")]
    models = [ModelEntry(**_typed(model)) for model in _usable(entries, "models")]
    unknown = sorted(set(dotted) - {model.name for model in models})
    models += _dotted_models(unknown, sorted(family.name for family in families), limits)
    return Catalogue(
        families=tuple(sorted(families, key=lambda entry: entry.name)),
        tasks=tuple(sorted(tasks, key=lambda entry: entry.name)),
        models=tuple(sorted(models, key=lambda entry: entry.name)),
        plugins=tuple(_plugin_entry(entry) for entry in entries),
    )


def _asked_for(plugin: str) -> Origin:
    try:
        return named_origin(plugin)
    except PluginError as error:
        raise UsageError(str(error)) from error


def _describe(origins: Sequence[Origin], limits: Limits, *, tuning: Sequence[str]) -> list[dict[str, Any]]:
    """One entry for each plugin, from one child if it lives; else without the plugin that ended it."""
    order = {
        "origins": [asdict(origin) for origin in origins],
        "dotted": [],
        "families": [],
        "tuning": list(tuning),
    }
    ending = _ask(order, limits)
    if ending.outcome.get("status") == "ok":
        return list(ending.outcome["plugins"])
    if len(origins) < 2:
        return [_dead(origin, ending) for origin in origins]
    blamed = _blamed(ending.phase, len(origins))
    if blamed is None:
        return [entry for origin in origins for entry in _describe([origin], limits, tuning=tuning)]
    others = [origin for number, origin in enumerate(origins) if number != blamed]
    described = _describe(others, limits, tuning=tuning)
    return [*described[:blamed], _dead(origins[blamed], ending), *described[blamed:]]


def _blamed(phase: str, plugins: int) -> int | None:
    """The number of the plugin that the child was at when it ended; None when it does not say."""
    number = phase.removeprefix("plugin ")
    return int(number) if number.isdecimal() and len(number) < 6 and int(number) < plugins else None


def _ask(order: dict[str, Any], limits: Limits) -> Ending:
    with workplace() as work:
        return supervise("discover", order, work, limits, extra_environment=data_environment())


def _dead(origin: Origin, ending: Ending) -> dict[str, Any]:
    """The entry of a plugin whose child did not come back."""
    problem = ending.reason or str(ending.outcome.get("reason", "gave no description"))
    empty: dict[str, Any] = {kind: [] for kind in _KINDS}
    return {
        "origin": asdict(origin),
        **empty,
        "problems": [f"at import: {problem}"],
        "traceback": ending.output,
    }


def _refuse_clashes(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Take a name that two plugins claim from both, and say so in both entries."""
    entries = [dict(entry) for entry in found]
    for kind in _KINDS:
        claims: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(entries):
            for item in entry[kind]:
                claims[item["name"].casefold()].append(number)
        for name, numbers in claims.items():
            if len(numbers) > 1:
                _refuse(entries, kind, name, numbers)
    return entries


def _refuse(entries: list[dict[str, Any]], kind: str, name: str, numbers: Iterable[int]) -> None:
    owners = sorted({Origin(**entries[number]["origin"]).label for number in numbers})
    for number in sorted(set(numbers)):
        entry = entries[number]
        entry[kind] = [item for item in entry[kind] if item["name"].casefold() != name]
        problem = f"the name {name!r} is claimed by {' and by '.join(owners) if len(owners) > 1 else owners[0] + ' twice'}"
        entry["clashes"] = [*entry.get("clashes", []), problem]


def _insist(entries: Sequence[Mapping[str, Any]], asked: Sequence[Origin]) -> None:
    """A plugin that was asked for on the command line must work."""
    for entry in entries:
        if Origin(**entry["origin"]) in asked and (entry["problems"] or entry.get("clashes")):
            problems = "; ".join([*entry["problems"], *entry.get("clashes", [])])
            detail = f"\n{printable(entry['traceback'], 2_000)}" if entry["traceback"] else ""
            raise UsageError(f"plugin {entry['origin']['target']} cannot be used: {problems}{detail}")


def _usable(entries: Sequence[Mapping[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [item for entry in entries if not entry["problems"] for item in entry[kind]]


def _typed(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a description with its nested records made."""
    fields = {**item, "origin": Origin(**item["origin"])}
    if "answers" in fields:
        fields["answers"] = tuple(Answer(**answer) for answer in fields["answers"])
        fields["metrics"] = tuple(Metric(**metric) for metric in fields["metrics"])
        fields["figures"] = tuple(Figure(**figure) for figure in fields["figures"])
    return fields


def _plugin_entry(entry: Mapping[str, Any]) -> PluginEntry:
    return PluginEntry(
        origin=Origin(**entry["origin"]),
        problems=tuple(one_line(problem) for problem in [*entry["problems"], *entry.get("clashes", [])]),
        traceback=printable(entry["traceback"], 16_384),
        adds=tuple(
            f"{kind}: {', '.join(item['name'] for item in entry[kind])}" for kind in _KINDS if entry[kind]
        ),
    )


def _dotted_models(dotted: Sequence[str], families: Sequence[str], limits: Limits) -> list[ModelEntry]:
    if not dotted:
        return []
    ending = _ask(
        {"origins": [], "dotted": list(dotted), "families": list(families), "tuning": False}, limits
    )
    if ending.outcome.get("status") != "ok":
        raise UsageError(
            f"{', '.join(dotted)} cannot be imported: {ending.reason or ending.outcome.get('reason')}"
        )
    problems = [entry["problem"] for entry in ending.outcome["dotted"] if entry["problem"]]
    if problems:
        raise UsageError("; ".join(problems))
    return [ModelEntry(**_typed(entry["model"])) for entry in ending.outcome["dotted"]]
