"""The discovering child: loads plugins, calls their hooks, hands back plain descriptions."""

from __future__ import annotations

from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from carebench import plugins
from carebench.catalogue import Origin
from carebench.children import harness
from carebench.describe import (
    check_parameters,
    describe_dotted,
    describe_family,
    describe_model,
    describe_task,
)
from carebench.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType


def discover(order: dict[str, Any], work: Path) -> dict[str, Any]:
    """Describe what the plugins of `order["origins"]` and the estimators of `order["dotted"]` register."""
    found = [
        _plugin(Origin(**origin), number, work, tuning=order["tuning"])
        for number, origin in enumerate(order["origins"])
    ]
    harness.mark(work, "estimators")
    names = {*order["families"], *(family["name"] for entry in found for family in entry["families"])}
    return {"plugins": found, "dotted": [_dotted(name, names) for name in order["dotted"]]}


def _plugin(origin: Origin, number: int, work: Path, *, tuning: Sequence[str]) -> dict[str, Any]:
    """One plugin's entry; whatever it raises is kept as its problem, and the mark says which one ended the child."""
    harness.mark(work, f"plugin {number}")
    outcome = harness.attempt(lambda: _describe(plugins.load(origin), origin, tuning=tuning))
    empty = {
        "origin": asdict(origin),
        "families": [],
        "tasks": [],
        "models": [],
        "problems": [],
        "traceback": "",
    }
    if outcome["status"] == "ok":
        return {**empty, **outcome}
    return {**empty, "problems": [outcome["reason"]], "traceback": outcome["traceback"]}


def _describe(module: ModuleType, origin: Origin, *, tuning: Sequence[str]) -> dict[str, Any]:
    models = plugins.models(module, origin)
    described = [describe_model(model, origin) for model in models]
    for model, entry in zip(models, described, strict=True):
        if not entry.missing and any(fnmatchcase(entry.name, each) for each in tuning):
            check_parameters(model, origin)
    return {
        "families": [asdict(describe_family(family, origin)) for family in plugins.families(module, origin)],
        "tasks": [asdict(describe_task(task, origin)) for task in plugins.tasks(module, origin)],
        "models": [asdict(entry) for entry in described],
    }


def _dotted(name: str, families: set[str]) -> dict[str, Any]:
    try:
        return {"name": name, "model": asdict(describe_dotted(name, families)), "problem": ""}
    except PluginError as error:
        return {"name": name, "model": None, "problem": str(error)}


PROGRAM = discover

if __name__ == "__main__":
    harness.main(PROGRAM, harness.named_folder())
