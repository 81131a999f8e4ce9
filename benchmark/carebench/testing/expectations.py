"""How a contract says what it expected; separate so that the three contracts speak alike."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from unittest import SkipTest

from carebench import plugins, splits
from carebench.answers import check_answer
from carebench.errors import InvalidAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from carebench.family import Family
    from carebench.task import Split, Task


def check_names(contract: type[Any]) -> list[str]:
    """The names of a contract's checks, in the order in which they were written.

    Example:
        >>> from carebench.testing import FamilyContract
        >>> check_names(FamilyContract)[0]
        'test_name_is_allowed'
    """
    found = {name: None for each in reversed(contract.__mro__) for name in vars(each)}
    return [name for name in found if name.startswith("test_")]


def expect(holds: object, message: str) -> None:
    """Raise `AssertionError` with `message`, written for the plugin author, unless `holds`."""
    if not holds:
        raise AssertionError(message)


def skip(reason: str) -> NoReturn:
    """Leave a check out, with the reason; pytest and unittest both show it."""
    raise SkipTest(reason)


def expect_answer(
    arrays: Mapping[str, NDArray[Any]], family: Family, rows: Mapping[str, int], owner: str
) -> None:
    """Hold an answer against what the family declares: names, shapes, finite numbers, ranges."""
    try:
        check_answer(arrays, family.answers, rows)
    except InvalidAnswer as error:
        raise AssertionError(f"{owner}: {error}") from error


@functools.cache
def installed_families() -> Mapping[str, Family]:
    """The families of all installed plugins by name; a plugin that cannot be loaded is nobody's fault here."""
    found: dict[str, Family] = {}
    for origin in plugins.installed_origins():
        with contextlib.suppress(Exception):
            found |= {family.name: family for family in plugins.families(plugins.load(origin), origin)}
    return found


def as_given_to_models(
    split: Split,
    inputs: str,
    comparators: Sequence[str],
    demographics: Sequence[str],
    static: Sequence[str] = (),
) -> Split:
    """The split in the view `inputs`, written and mapped back as the engine does between two processes."""
    with tempfile.TemporaryDirectory(prefix="carebench-testing-") as folder:
        splits.write(Path(folder), split, comparators, demographics, static)
        return splits.read(Path(folder), inputs)


def digest_of(split: Split, task: Task) -> str:
    """SHA-256 of all bytes of a task's split in all its views."""
    with tempfile.TemporaryDirectory(prefix="carebench-testing-") as folder:
        said = splits.write(Path(folder), split, task.comparators, task.demographics, task.static)
        return str(said["digest"])
