"""TOML files that people write and plugin packages ship: found, read, checked by pydantic.

Separate from suites and published numbers, which say what such a file may hold, so that every mistake in any of
them is met with the same words: the file, the key, what came, and the nearest valid name.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from carebench import hooks
from carebench.errors import UsageError
from carebench.names import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Declared = TypeVar("Declared", bound=BaseModel)


def shipped_files(folder: str) -> list[Path]:
    """The TOML files in the folder of this name of every installed plugin package; imports no plugin."""
    found: list[Path] = []
    for point in sorted(importlib.metadata.entry_points(group=hooks.GROUP), key=lambda point: point.name):
        spec = importlib.util.find_spec(point.module.partition(".")[0])
        for package in (spec.submodule_search_locations or []) if spec else []:
            found.extend(sorted(Path(package, folder).glob("*.toml")))
    return list(dict.fromkeys(found))


def read_toml(path: Path, source: str) -> dict[str, Any]:
    """What a TOML file holds.

    Raises:
        UsageError: naming `source` and the cause.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{source}: {error}") from error


def checked(model: type[Declared], content: Mapping[str, Any], source: str) -> Declared:
    """The record that `content` describes.

    Raises:
        UsageError: naming `source`, each wrong key and the nearest valid name.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UsageError(
            f"{source}: " + "; ".join(_say(problem, model) for problem in error.errors())
        ) from error


def _say(problem: Any, model: type[BaseModel]) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"unknown key {key!r}; {nearest(str(problem['loc'][-1]), _fields(model, problem['loc'][:-1]))}"
    if problem["type"] == "missing":
        return f"the key {key!r} is missing"
    return f"key {key!r}: {problem['msg'].removeprefix('Value error, ')} (got {problem['input']!r:.80})"


def _fields(model: type[BaseModel], parts: Sequence[int | str]) -> list[str]:
    """The keys that are valid in the part of a record that `parts` lead to."""
    for part in parts:
        if isinstance(part, str):
            declared = model.model_fields[part].annotation
            inner = next(iter(get_args(declared)), declared)
            model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    return list(model.model_fields)
