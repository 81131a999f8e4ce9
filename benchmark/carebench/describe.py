"""From a plugin's objects to plain descriptions with digests; runs in the discovering child only.

Separate from loading because a description must survive the objects: it is what keys, lists and boards use.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carebench.canonical import digest, dump
from carebench.catalogue import FamilyEntry, ModelEntry, Origin, TaskEntry
from carebench.errors import PluginError
from carebench.estimators import resolve, takes
from carebench.names import check_name
from carebench.search import plain_space

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carebench.family import Family, Figure
    from carebench.model import Model
    from carebench.task import Task

DESIGNS = ("folds", "fixed", "all-rows")
UNITS = ("patient", "cluster", "replication", "batch")
VIEWS = ("raw", "numeric", "comparators", "demographics", "series", "image")
#: Views that are a modality of their own.
MODALITIES = ("series", "image")


def describe_family(family: Family, origin: Origin) -> FamilyEntry:
    """The description of one family."""
    return FamilyEntry(
        name=check_name(family.name, "family", origin.label),
        title=family.title,
        question=family.question,
        contract=family.contract,
        answers=list(family.answers),
        metrics=list(family.metrics),
        no_skill=family.no_skill,
        perfect=family.perfect,
        rope=family.rope,
        figures=_figures(family, origin),
        beside=_beside(family, origin),
        tunable=family.objective is not None,
        code=_modules_digest(family.modules),
        asking=asking_code(family),
        origin=origin,
    )


def _beside(family: Family, origin: Origin) -> list[str]:
    unknown = set(family.beside) - {metric.name for metric in family.metrics}
    if unknown:
        raise PluginError(
            f"{origin.label}: family {family.name!r} puts {sorted(unknown)} beside the headline; metrics of its own were expected"
        )
    return list(family.beside)


def _figures(family: Family, origin: Origin) -> list[Figure]:
    """The family's figures, once each draws only metrics that the family has."""
    known = {metric.name for metric in family.metrics}
    for figure in family.figures:
        drawn = figure.metrics
        if not drawn or set(drawn) - known:
            raise PluginError(
                f"{origin.label}: figure {figure.name!r} of family {family.name!r} draws {list(drawn)}; "
                f"metrics of the family were expected: {', '.join(sorted(known))}"
            )
        if figure.lines and figure.kind != "over-metrics":
            raise PluginError(
                f"{origin.label}: figure {figure.name!r} of family {family.name!r} is {figure.kind!r} and has lines; "
                "they go with `over-metrics` alone"
            )
        if figure.oracle_at is not None and figure.kind != "over-levels":
            raise PluginError(
                f"{origin.label}: figure {figure.name!r} of family {family.name!r} is {figure.kind!r} and has "
                f"`oracle_at`, {figure.oracle_at}; it goes with `over-levels` alone"
            )
    return list(family.figures)


def describe_task(task: Task, origin: Origin) -> TaskEntry:
    """The description of one task; asks it for its data fingerprint, which prepares nothing."""
    name = check_name(task.name, "task", origin.label)
    for field, allowed in (("design", DESIGNS), ("unit", UNITS)):
        if getattr(task, field) not in allowed:
            said = f"{field} {getattr(task, field)!r}; one of {', '.join(allowed)} was expected"
            raise PluginError(f"{origin.label}: task {name!r} has {said}")
    if name.partition("/")[0] != task.family:
        raise PluginError(
            f"{origin.label}: task {name!r} says family {task.family!r}; its name must begin with it"
        )
    if bool(task.series) != (task.level is not None):
        raise PluginError(
            f"{origin.label}: task {name!r} has series {task.series!r} and level {task.level}; give both or neither"
        )
    if not task.modalities or isinstance(task.modalities, str):
        raise PluginError(
            f"{origin.label}: task {name!r} has modalities {task.modalities!r}; a tuple such as ('tabular', 'series') was expected"
        )
    return TaskEntry(
        name=name,
        version=task.version,
        family=task.family,
        title=task.title,
        cohort=task.cohort,
        unit=task.unit,
        design=task.design,
        modalities=list(task.modalities),
        comparators=list(task.comparators),
        demographics=list(task.demographics),
        static=list(task.static),
        flags=list(task.flags),
        series=task.series,
        level=task.level,
        ranked=task.ranked,
        oracle=task.oracle,
        source=task.source,
        citation=task.citation,
        card=task.card,
        code=task_code(task),
        data=task.fingerprint(),
        libraries={needed: _version(needed) for needed in task.libraries},
        missing=[needed for needed in task.libraries if not _version(needed)],
        origin=origin,
    )


def describe_model(model: Model, origin: Origin) -> ModelEntry:
    """The description of one model; a dotted `build` is not imported."""
    name = check_name(model.name, "model", origin.label)
    if model.inputs not in VIEWS:
        raise PluginError(
            f"{origin.label}: model {name!r} wants inputs {model.inputs!r}; one of {', '.join(VIEWS)} was expected"
        )
    for kind in MODALITIES:
        if (model.inputs == kind) != (model.modality == kind):
            raise PluginError(
                f"{origin.label}: model {name!r} has inputs {model.inputs!r} and modality {model.modality!r}; "
                f"{kind!r} was expected of both or of neither"
            )
    if model.cpus < 1 or model.gpus < 0 or (model.memory or 0) < 0:
        asked = f"{model.cpus} cores, {model.gpus} GPUs, {model.memory} bytes"
        raise PluginError(
            f"{origin.label}: model {name!r} asks for {asked}; at least one core and nothing negative was expected"
        )
    missing = [needed for needed in model.requires if not _version(needed)]
    return ModelEntry(
        name=name,
        families=list(model.families),
        title=model.title or name,
        summary=model.summary,
        citation=model.citation,
        inputs=model.inputs,
        modality=model.modality,
        params=_plain_params(model, origin),
        search=_search_space(model, origin),
        build=_build_name(model),
        code=model_code(model, origin),
        libraries={needed: _version(needed) for needed in model.requires},
        missing=missing,
        extra=model.extra,
        cpus=model.cpus,
        gpus=model.gpus,
        memory=model.memory,
        origin=origin,
        reference=model.reference,
    )


def model_code(model: Model, origin: Origin) -> str:
    """Digest of the code that decides a model's answers."""
    return digest([_build_digest(model, origin), _modules_digest(model.modules)])


def asking_code(family: Family) -> str:
    """Digest of the code by which a family fits a model and asks it, hence of what decides answers; no metric is in it."""
    return _modules_digest((_home(family.fit), _home(family.ask), *family.asking))


def task_code(task: Task) -> str:
    """Digest of the code that decides a task's data, split and truth."""
    return _modules_digest((type(task).__module__, *task.modules))


def describe_dotted(dotted: str, families: Iterable[str]) -> ModelEntry:
    """An importable estimator as a model of every family given; imports it, so a wrong name is found here."""
    make = resolve(dotted)
    package = dotted.partition(".")[0]
    distribution = importlib.metadata.packages_distributions().get(package, [""])[0]
    origin = Origin(
        kind="dotted", target=dotted, name=dotted, distribution=distribution, version=_version(distribution)
    )
    source = inspect.getdoc(make) or ""
    return ModelEntry(
        name=dotted,
        families=sorted(families),
        title=dotted.rpartition(".")[2],
        summary=source.strip().partition("\n")[0],
        citation="",
        inputs="numeric",
        modality="tabular",
        params={},
        build=dotted,
        code=digest([distribution, _version(distribution)]),
        libraries={distribution: _version(distribution)} if distribution else {},
        missing=[],
        extra="",
        cpus=1,
        gpus=0,
        memory=None,
        origin=origin,
    )


def _build_name(model: Model) -> str:
    """What builds the estimator, in words that stay the same from run to run."""
    if isinstance(model.build, str):
        return model.build
    made = getattr(model.build, "func", model.build)
    return f"{_home(made)}.{getattr(made, '__qualname__', type(made).__name__)}"


def _plain_params(model: Model, origin: Origin) -> dict[str, Any]:
    try:
        dump(dict(model.params))
    except (TypeError, ValueError) as error:
        raise PluginError(
            f"{origin.label}: model {model.name!r}: params must be plain JSON values ({error})"
        ) from error
    return dict(model.params)


def _search_space(model: Model, origin: Origin) -> dict[str, Any]:
    """The search space as plain values, once each range holds something and `build` takes each parameter."""
    try:
        space = plain_space(model.search)
    except ValueError as error:
        raise PluginError(f"{origin.label}: model {model.name!r}: {error}") from error
    if not isinstance(model.build, str):
        check_parameters(model, origin)
    return space


def check_parameters(model: Model, origin: Origin) -> None:
    """Refuse a search space with a parameter that `build` does not take; a dotted `build` is imported for it."""
    unknown = [name for name in model.search if not takes(model.build, name)]
    if unknown:
        raise PluginError(
            f"{origin.label}: model {model.name!r} searches {', '.join(map(repr, unknown))}; "
            f"its build {_build_name(model)} takes no such argument"
        )


def _build_digest(model: Model, origin: Origin) -> str:
    if not isinstance(model.build, str):
        return _module_digest(_home(model.build))
    if model.build.partition(".")[0] == origin.target.partition(".")[0]:
        return _module_digest(model.build.rpartition(".")[0])
    return digest([model.build, origin.digest])


def _home(function: Any) -> str:
    """Import name of the module that holds a function, or the one that `functools.partial` wraps."""
    return str(getattr(getattr(function, "func", function), "__module__", ""))


def _modules_digest(names: Iterable[str]) -> str:
    return digest({name: _module_digest(name) for name in sorted(set(names))})


@functools.cache
def _module_digest(name: str) -> str:
    """SHA-256 of a module's source file; empty for one without a file."""
    loaded = sys.modules.get(name)
    location = getattr(loaded, "__file__", None) if loaded else None
    if location is None and loaded is None:
        spec = importlib.util.find_spec(name)
        location = spec.origin if spec else None
    path = Path(location) if location else None
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.is_file() else ""


@functools.cache
def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution) if distribution else ""
    except importlib.metadata.PackageNotFoundError:
        return ""
